"""Samples many documents side by side from the dense model."""

import torch
import torch.nn.functional as F

from .cache import Cache
from .compilation import compiled
from .model import rms_norm

# Tokens further down are not sampled: a small model's tail is noise.
TOP_K, TOP_P = 64, 0.95
# Tokens are searched in groups of so many: the best ones are in the groups with the best maxima.
GROUP = 64
# Of a document whose next tokens are known so many are taken at a time.
CHUNK = 32


def before_attention(x, w, epsilon: float):
    """x [M, d] → queries [M, H·D], keys and values [M, 2·K·D]."""
    normed = rms_norm(x, w["attn_norm"], epsilon).to(w["q"].dtype)
    return normed @ w["q"], normed @ w["kv"].t()


def after_attention(x, found, w, epsilon: float):
    """x [M, d], the residual, and found [M, H·D], what attention found → the residual [M, d] after the block."""
    x = x + found @ w["output"].t()
    normed = rms_norm(x, w["ffn_norm"], epsilon).to(w["q"].dtype)
    gate, up = (normed @ w["gate_up"]).chunk(2, -1)
    return x + (F.silu(gate.float()) * up.float()).to(w["q"].dtype) @ w["down"].t()


def scores_of(states, head):
    """states [M, d], head [V, d] → logits [M, GROUP, V / GROUP] and their maxima [M, V / GROUP]."""
    logits = (states @ head.t()).unflatten(1, (GROUP, -1))
    return logits, logits.amax(1)


run_before, run_after, run_scores = compiled(before_attention), compiled(after_attention), compiled(scores_of)


class Sampler:
    """A batch of documents at different places, each in a slot with a KV cache; a slot whose document is done begins
    the next one at once.

    Every step takes M rows, as many as there are slots: the next token of each document, and several of one whose next
    tokens are known, for which others wait a step.
    """

    def __init__(self, model, script, batch, length, device, kind):
        self.model, self.script, self.batch = model.to(device, kind), script, batch
        self.device, self.kind = device, kind
        self.head = self.model.token_embd.to(kind)
        self.cache = Cache(batch, length, model.shape, device, kind)

    @torch.no_grad()
    def documents(self):
        """Yields finished documents, without end."""
        documents = [self.script.begin() for _ in range(self.batch)]
        # Every document begins with the same prefix; its last token is where a slot begins.
        prefix = len(self.script.prefix) - 1
        for first in range(0, prefix, self.batch):
            rows = [(self.script.prefix[place], 0, place) for place in range(first, min(first + self.batch, prefix))]
            # Repeating a row changes nothing, and compiled code is for one number of rows.
            self.step(rows + rows[-1:] * (self.batch - len(rows)))
        self.cache.share(prefix)
        taken, turn = [prefix] * self.batch, 0
        while True:
            rows, ends = [], []
            while len(rows) < self.batch:
                document, begin = documents[turn], taken[turn]
                taken[turn] = min(len(document.tokens), begin + CHUNK, begin + self.batch - len(rows))
                rows += [(document.tokens[place], turn, place) for place in range(begin, taken[turn])]
                if taken[turn] == len(document.tokens):
                    ends.append((len(rows) - 1, turn))
                turn = (turn + 1) % self.batch
            warmth = torch.ones(self.batch)
            for row, slot in ends:
                warmth[row] = documents[slot].temperature
            chosen = self.choose(*run_scores(self.step(rows), self.head), warmth.to(self.device)).tolist()
            for row, slot in ends:
                document = documents[slot]
                self.script.take(document, chosen[row])
                if document.done:
                    yield document
                    documents[slot], taken[slot] = self.script.begin(), prefix

    def choose(self, logits, maxima, temperature):
        """What `scores_of` gives and temperature [M] → tokens [M]."""
        best = maxima.topk(min(TOP_K, maxima.shape[1])).indices
        top, places = logits.gather(2, best[:, None].expand(-1, GROUP, -1)).flatten(1).topk(TOP_K)
        count = best.shape[1]
        ids = places // count * maxima.shape[1] + best.gather(1, places % count)
        p = (top.float() / temperature[:, None]).softmax(-1)
        p = torch.where(p.cumsum(-1) - p < TOP_P, p, 0)
        return ids.gather(1, torch.multinomial(p, 1)).squeeze(1)

    def step(self, rows):
        """rows: M of (token, slot, place) → normed states [M, d], ready for the head."""
        tokens, slots, places = torch.tensor(rows, device=self.device).T.contiguous()
        epsilon = self.model.shape.epsilon
        x = F.embedding(tokens, self.model.token_embd).float()
        for index, block in enumerate(self.model.blocks):
            query, kv = run_before(x, block, epsilon)
            x = run_after(x, self.cache.attend(index, query, kv, slots, places), block, epsilon)
        return rms_norm(x, self.model.output_norm, epsilon).to(self.kind)
