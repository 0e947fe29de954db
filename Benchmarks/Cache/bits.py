#!/usr/bin/env python3
"""What a smaller KV cache would cost: how far predictions move where keys or values have fewer than 8 bits.

    Benchmarks/Cache/bits.py [--tokens N] MODEL TEXT

MODEL is a dense Llama in one GGUF file with a byte-level BPE vocabulary, TEXT a text in UTF-8, of which the first N tokens
count. The forward pass is PyTorch's, in fp32, with the cache in int8 as fathom's (groups of 32 with a scale) against the
same with keys (K) or values (V) of fewer bits: "asym" with a least value beside the scale, "16s" in groups of 16, "last 128"
with the newest 128 tokens in int8. For each: the mean KL divergence from the cache in int8, in nats a token, over all tokens
and over the second half of them. Needs torch, gguf and tokenizers.
"""

import argparse
import pathlib

import gguf
import tokenizers
import torch

GROUP = 32
CACHES = {
    "V6": dict(values=6), "V5 asym": dict(values=5, asymmetric=True), "V4": dict(values=4),
    "V4 asym": dict(values=4, asymmetric=True), "V4 asym 16s": dict(values=4, asymmetric=True, group=16),
    "V4 asym, last 128": dict(values=4, asymmetric=True, newest=128),
    "V4 asym, last 512": dict(values=4, asymmetric=True, newest=512),
    "K6": dict(keys=6), "K4": dict(keys=4), "K4 asym": dict(keys=4, asymmetric=True),
    "K4 asym, last 128": dict(keys=4, asymmetric=True, newest=128), "K6 V6": dict(keys=6, values=6),
}


def rounded(x, bits, asymmetric=False, group=GROUP):
    """x as it comes back from integers of so many bits."""
    groups = x.reshape(-1, group)
    if asymmetric:
        low, high = groups.amin(-1, keepdim=True), groups.amax(-1, keepdim=True)
        step = ((high - low) / (2 ** bits - 1)).clamp_min(1e-9)
        result = ((groups - low) / step).round() * step + low
    else:
        step = (groups.abs().amax(-1, keepdim=True) / (2 ** (bits - 1) - 1)).clamp_min(1e-9)
        result = (groups / step).round() * step
    return result.reshape(x.shape)


class Llama:
    def __init__(self, path):
        reader = gguf.GGUFReader(path)
        self.weights = {tensor.name: torch.tensor(gguf.quants.dequantize(tensor.data, tensor.tensor_type)).float()
                        for tensor in reader.tensors}
        self.fields = reader.fields
        self.blocks = self.number("block_count")
        self.heads = self.number("attention.head_count")
        self.kv_heads = self.number("attention.head_count_kv")
        self.epsilon = self.number("attention.layer_norm_rms_epsilon")
        self.length = self.weights["blk.0.attn_q.weight"].shape[0] // self.heads

    def number(self, key):
        return self.fields["llama." + key].contents()

    def tokens(self, text, count):
        words = self.fields["tokenizer.ggml.tokens"].contents()
        merges = [tuple(merge.split(" ")) for merge in self.fields["tokenizer.ggml.merges"].contents()]
        tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE({word: id for id, word in enumerate(words)}, merges))
        tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
            tokenizers.pre_tokenizers.Digits(individual_digits=True),
            tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)])
        return torch.tensor(tokenizer.encode(text).ids[:count])

    def norm(self, x, weight):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * weight

    @torch.no_grad()
    def forward(self, tokens, keys=8, values=8, newest=0, **how):
        """[tokens][vocabulary]: the logarithms of the probabilities."""
        count = len(tokens)
        base = self.number("rope.freq_base")
        angles = torch.arange(count)[:, None] * base ** (-torch.arange(0, self.length, 2) / self.length)
        cosine, sine = angles.cos()[:, None], angles.sin()[:, None]
        age = torch.arange(count)[:, None] - torch.arange(count)
        mask = torch.where(age < 0, float("-inf"), 0.0)

        def heads(x, number):
            return x.view(count, number, self.length)

        def turned(x):
            a, b = x[..., 0::2], x[..., 1::2]
            return torch.stack((a * cosine - b * sine, a * sine + b * cosine), -1).flatten(-2)

        def cached(x, bits):
            """[old or new][heads][tokens][head]."""
            new = rounded(x, 8)
            old = rounded(x, bits, **how) if bits < 8 else new
            return [part.transpose(0, 1).repeat_interleave(self.heads // self.kv_heads, 0) for part in (old, new)]

        x = self.weights["token_embd.weight"][tokens]
        for block in range(self.blocks):
            weight = {name: self.weights[f"blk.{block}.{name}.weight"] for name in (
                "attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down")}
            h = self.norm(x, weight["attn_norm"])
            queries = turned(heads(h @ weight["attn_q"].T, self.heads)).transpose(0, 1)
            old_keys, new_keys = cached(turned(heads(h @ weight["attn_k"].T, self.kv_heads)), keys)
            old_values, new_values = cached(heads(h @ weight["attn_v"].T, self.kv_heads), values)
            scores = torch.where(age < newest, queries @ new_keys.mT, queries @ old_keys.mT) / self.length ** 0.5
            weights = (scores + mask).softmax(-1)
            found = (weights * (age < newest)) @ new_values + (weights * (age >= newest)) @ old_values
            x = x + found.transpose(0, 1).reshape(count, -1) @ weight["attn_output"].T
            h = self.norm(x, weight["ffn_norm"])
            hidden = torch.nn.functional.silu(h @ weight["ffn_gate"].T) * (h @ weight["ffn_up"].T)
            x = x + hidden @ weight["ffn_down"].T
        head = self.weights.get("output.weight", self.weights["token_embd.weight"])
        return torch.log_softmax(self.norm(x, self.weights["output_norm.weight"]) @ head.T, -1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, default=1024)
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("text", metavar="TEXT")
    arguments = parser.parse_args()
    model = Llama(arguments.model)
    tokens = model.tokens(pathlib.Path(arguments.text).read_text(encoding="utf-8"), arguments.tokens)
    int8 = model.forward(tokens)
    perplexity = -int8[:-1].gather(1, tokens[1:, None]).mean()
    print(f"{len(tokens)} tokens, perplexity {perplexity.exp():.2f} with a cache in int8")
    for name, cache in CACHES.items():
        moved = (int8.exp() * (int8 - model.forward(tokens, **cache))).sum(-1)
        print(f"{name:20} KL {moved.mean():.5f}, in the second half {moved[len(tokens) // 2:].mean():.5f}", flush=True)


main()
