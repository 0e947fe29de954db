"""Samples many documents side by side from the dense model."""

import torch
import torch.nn.functional as F

from .model import rms_norm, rotary_angles

# Tokens further down are not sampled: a small model's tail is noise.
TOP_K, TOP_P = 64, 0.95


class Sampler:
    """A batch of documents at different places, each in a slot with a KV cache; a slot whose document is done begins the
    next one at once."""

    def __init__(self, model, script, batch, length, kind):
        shape = model.shape
        self.model, self.script, self.batch, self.length = model, script, batch, length
        self.device = model.token_embd.device
        self.kind = kind
        self.model.to(self.kind)
        # [blocks][B, kv heads, length, head]
        room = (batch, shape.kv_heads, length, shape.head)
        self.keys = [torch.zeros(room, dtype=self.kind, device=self.device) for _ in range(shape.blocks)]
        self.values = [torch.zeros(room, dtype=self.kind, device=self.device) for _ in range(shape.blocks)]
        self.rotary = rotary_angles(length, shape, self.device)
        self.slots = torch.arange(batch, device=self.device)

    @torch.no_grad()
    def documents(self):
        """Yields finished documents, without end."""
        documents = [self.script.begin() for _ in range(self.batch)]
        # Every document begins with the same prefix; its last token is where a slot begins.
        prefix = list(documents[0].tokens)
        self.open_slots(prefix[:-1])
        pending = [prefix[-1:] for _ in documents]
        places = [len(prefix) - 1] * self.batch
        while True:
            tokens = torch.tensor([queue[0] for queue in pending], device=self.device)
            at = torch.tensor(places, device=self.device)
            logits = self.step(tokens, at, max(places) + 1)
            warmth = torch.tensor([document.temperature for document in documents], device=self.device)
            chosen = self.choose(logits, warmth).tolist()
            for slot, document in enumerate(documents):
                places[slot] += 1
                pending[slot].pop(0)
                if pending[slot]:
                    continue
                was_forced = bool(document.forced)
                token = document.forced.pop(0) if was_forced else chosen[slot]
                self.script.take(document, token, was_forced)
                pending[slot] = [token]
                if document.done:
                    yield document
                    documents[slot] = self.script.begin()
                    pending[slot], places[slot] = prefix[-1:], len(prefix) - 1

    def open_slots(self, tokens):
        """Puts the tokens that every document begins with into every slot. Nothing writes there again, so it is done once."""
        for place, token in enumerate(tokens):
            at = torch.full_like(self.slots, place)
            self.step(torch.full_like(self.slots, token), at, place + 1)

    def choose(self, logits, temperature):
        top, ids = logits.topk(TOP_K)
        p = (top.float() / temperature[:, None]).softmax(-1)
        p = torch.where(p.cumsum(-1) - p < TOP_P, p, 0)
        return ids.gather(1, torch.multinomial(p, 1)).squeeze(1)

    def step(self, tokens, at, span):
        """tokens [B] at their documents' places at [B] → logits [B, V]; `span` is the longest document so far."""
        shape = self.model.shape
        cosines, sines = (table[at][:, None, :] for table in self.rotary)
        visible = (torch.arange(span, device=self.device) <= at[:, None])[:, None, None, :]

        def rotate(x):
            even, odd = x.float().unflatten(-1, (-1, 2)).unbind(-1)
            turned = torch.stack((even * cosines - odd * sines, even * sines + odd * cosines), -1)
            return turned.flatten(-2).to(self.kind)

        x = F.embedding(tokens, self.model.token_embd)
        for block, keys, values in zip(self.model.blk, self.keys, self.values):
            normed = rms_norm(x, block.attn_norm.float(), shape.epsilon).to(self.kind)
            query = rotate(block.attn_q(normed).unflatten(-1, (shape.heads, shape.head)))
            keys[self.slots, :, at] = rotate(block.attn_k(normed).unflatten(-1, (shape.kv_heads, shape.head)))
            values[self.slots, :, at] = block.attn_v(normed).unflatten(-1, (shape.kv_heads, shape.head))
            # The query heads that share a KV head are as many rows of one small product.
            query = query.unflatten(1, (shape.kv_heads, -1))
            found = F.scaled_dot_product_attention(query, keys[:, :, :span], values[:, :, :span], attn_mask=visible)
            x = x + block.attn_output(found.flatten(1))
            x = x + block.feed_forward(rms_norm(x, block.ffn_norm.float(), shape.epsilon).to(self.kind))
        return rms_norm(x, self.model.output_norm.float(), shape.epsilon).to(self.kind) @ self.model.token_embd.T
