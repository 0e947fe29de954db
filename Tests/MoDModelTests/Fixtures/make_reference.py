"""Computes what an int8 model should say, without fathom: a NumPy fp32 forward pass on the dequantised GGUF.

    python3 make_reference.py CHATS.jsonl reference.bin lens.bin MODEL-00001-of-00003.gguf …

Writes, little-endian: the magic "FREF", u32 sequences, u32 tokens in each, u32 k; then for each token u16 id, k × u16
the most probable next tokens, k × f32 their log-probabilities. And, of the first tokens, the logit lens: the magic
"FLEN", u32 tokens, u32 depths; then for each token u16 id, and for the embedding and each block u16 the most probable
next token, f32 its log-probability, f32 that of the token which is the most probable after the last block. Needs numpy,
gguf and tokenizers.
"""

import json
import struct
import sys

import gguf
import numpy as np
from gguf.quants import dequantize
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

SEQUENCES, LENGTH, TOP, LENS = 3, 720, 32, 64
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


def tokenizer(reader):
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    merges = [tuple(m.split(" ")) for m in reader.fields["tokenizer.ggml.merges"].contents()]
    result = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens)}, merges))
    result.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    result.decoder = decoders.ByteLevel()
    result.add_special_tokens([t for t in tokens if t.startswith("<|")])
    return result


def rms_norm(x, weight, epsilon):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * weight


def forward(reader, tensors, ids):
    """Log-probabilities [tokens][vocabulary] of every next token, all blocks processed: after the embedding and
    after each block a function that computes them there, to be called before the next."""
    prefix = reader.fields["general.architecture"].contents()
    value = lambda key: reader.fields[f"{prefix}.{key}"].contents()
    blocks, heads, kv_heads = value("block_count"), value("attention.head_count"), value("attention.head_count_kv")
    epsilon, base = value("attention.layer_norm_rms_epsilon"), value("rope.freq_base")

    def weight(name):
        t = tensors[name]
        return dequantize(t.data, t.tensor_type).reshape(tuple(reversed(t.shape.tolist()))).astype(np.float32)

    embedding = weight("token_embd.weight")
    x = embedding[ids]
    n, length = len(ids), embedding.shape[1] // heads
    angles = np.arange(n)[:, None] * base ** (-2 * np.arange(length // 2) / length)
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]

    def rotate(v):
        even, odd = v[..., 0::2], v[..., 1::2]
        return np.stack([even * cos - odd * sin, even * sin + odd * cos], -1).reshape(v.shape).astype(np.float32)

    def read_out():
        logits = rms_norm(x, weight("output_norm.weight"), epsilon) @ embedding.T
        logits -= logits.max(-1, keepdims=True)
        return logits - np.log(np.exp(logits).sum(-1, keepdims=True))

    yield read_out
    mask = np.triu(np.full((n, n), -np.inf, np.float32), 1)
    for b in range(blocks):
        w = lambda name: weight(f"blk.{b}.{name}.weight")
        h = rms_norm(x, w("attn_norm"), epsilon)
        q = rotate((h @ w("attn_q").T).reshape(n, heads, length))
        k = rotate((h @ w("attn_k").T).reshape(n, kv_heads, length))
        v = (h @ w("attn_v").T).reshape(n, kv_heads, length)
        out = np.empty((n, heads, length), np.float32)
        for head in range(heads):
            shared = head // (heads // kv_heads)
            s = q[:, head] @ k[:, shared].T / np.sqrt(length) + mask
            s = np.exp(s - s.max(-1, keepdims=True))
            out[:, head] = s / s.sum(-1, keepdims=True) @ v[:, shared]
        x = x + out.reshape(n, -1) @ w("attn_output").T
        h = rms_norm(x, w("ffn_norm"), epsilon)
        gate = h @ w("ffn_gate").T
        x = x + (gate / (1 + np.exp(-gate)) * (h @ w("ffn_up").T)) @ w("ffn_down").T
        yield read_out


def write_lens(destination, ids, depths):
    choices = [d.argmax(1) for d in depths]
    with open(destination, "wb") as out:
        out.write(b"FLEN" + struct.pack("<2I", len(ids), len(depths)))
        for t, token in enumerate(ids):
            out.write(struct.pack("<H", token))
            for choice, logs in zip(choices, depths):
                out.write(struct.pack("<H2f", choice[t], logs[t, choice[t]], logs[t, choices[-1][t]]))


def main(chats, destination, lens, *shards):
    readers = [gguf.GGUFReader(shard) for shard in shards]
    # The first shard has the metadata.
    reader = readers[0]
    tensors = {t.name: t for each in readers for t in each.tensors}
    encode = tokenizer(reader).encode
    text = ""
    for line in open(chats, encoding="utf-8"):
        text += f"<|im_start|>system\n{SYSTEM}<|im_end|>\n"
        for message in json.loads(line)["messages"]:
            text += f"<|im_start|>{message['role']}\n{message['content']}<|im_end|>\n"
    ids = np.array(encode(text, add_special_tokens=False).ids)
    with open(destination, "wb") as out:
        out.write(b"FREF" + struct.pack("<3I", SEQUENCES, LENGTH, TOP))
        for s in range(SEQUENCES):
            part = ids[s * LENGTH:(s + 1) * LENGTH]
            assert len(part) == LENGTH, "more text is needed"
            *_, last = forward(reader, tensors, part)
            logs = last()
            top = np.argsort(-logs, axis=1, kind="stable")[:, :TOP]
            for token, best, row in zip(part, top, logs):
                out.write(struct.pack("<H", token) + best.astype("<u2").tobytes() + row[best].astype("<f4").tobytes())
    few = ids[:LENS]
    write_lens(lens, few, [read_out() for read_out in forward(reader, tensors, few)])


if __name__ == "__main__":
    main(*sys.argv[1:])
