"""The forward pass from its definition, slow and plain, to hold `model` against: a model file's own matrices [out, in],
pairs of neighbours for rotary embeddings, masks instead of gathered rows, and nothing fused.

Shapes: B sequences, T tokens in each, d the embedding length, H query heads, D the length of a head, R routed blocks.
"""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F

from . import names


@dataclass
class Outcome:
    """output [B, T, d], normed; states: the residual [B, T, d] after each block; scores, full and processed: [B, T] for
    each routed block, in order."""

    output: torch.Tensor | None = None
    states: list = field(default_factory=list)
    scores: list = field(default_factory=list)
    full: list = field(default_factory=list)
    processed: list = field(default_factory=list)


class Thresholds:
    """Grades by given thresholds [2, R]: full where the score reaches the first, thin where it reaches the second."""

    def __init__(self, thresholds):
        self.thresholds = thresholds

    def __call__(self, place, scores, anchors):
        """Scores and anchors [B, T] of the routed block at that place → (full, processed), 1 or 0 for each token."""
        return tuple(((scores >= self.thresholds[grade][place]) | anchors).to(scores.dtype) for grade in (0, 1))


class Shares:
    """Grades by shares [2, R] of the batch: so many of the tokens that are no anchors, those that score highest. With
    masks `halved` [2, R, B, T] a grade is one half there, and there alone it follows the score, but for what scores
    have in common."""

    def __init__(self, shares, halved=None):
        self.shares, self.halved = shares, halved

    def __call__(self, place, scores, anchors):
        return tuple(self.gate(grade, place, scores, anchors) for grade in (0, 1))

    def gate(self, grade, place, scores, anchors):
        ranked = scores.detach()[~anchors].sort(descending=True).values.tolist()
        count = int(float(self.shares[grade][place]) * len(ranked) + 0.5)
        threshold = ranked[count - 1] if count else float("inf")
        gate = ((scores >= threshold) | anchors).to(scores.dtype)
        if self.halved is None or not self.halved[grade][place].any():
            return gate
        half = self.halved[grade][place]
        apart = scores - scores[half].mean()
        return torch.where(half, 0.5 + apart - apart.detach(), gate)


class ReferenceModel:
    """A model file in double precision. `tensors` are leaves, whose gradients may be asked for."""

    def __init__(self, file):
        self.file = file
        leaf = lambda array: torch.tensor(array, dtype=torch.float64, requires_grad=True)
        self.tensors = {name: leaf(array) for name, array in file.tensors.items()}
        self.routed = list(file.value(names.BLOCKS) or ())
        self.has_stand_ins = bool(file.value(names.STAND_IN_RANK))
        self.thin = round((file.value(names.THIN_WIDTH) or 1.0) * file.value("feed_forward_length"))

    def run(self, tokens, grade=None):
        """tokens [B, T] → Outcome. grade(place, scores, anchors), a `Thresholds` or a `Shares`, gives the grades of each
        routed block; without it every token goes full through every block."""
        outcome = Outcome()
        x = self.tensors["token_embd.weight"][tokens]
        for index in range(self.file.value("block_count")):
            x = self.block(index, x, grade, outcome)
            outcome.states.append(x)
        outcome.output = self.norm(x, "output_norm")
        return outcome

    def block(self, index, x, grade, outcome):
        weight = lambda name: self.tensors[f"blk.{index}.{name}.weight"]
        count, length, _ = x.shape
        normed = self.norm(x, f"blk.{index}.attn_norm")
        full = processed = torch.ones(count, length, dtype=x.dtype)
        if grade is not None and index in self.routed:
            scores = self.scores(index, normed.detach())
            anchors = torch.arange(length).expand(count, length) < self.file.value(names.ANCHOR_TOKENS)
            full, processed = grade(self.routed.index(index), scores, anchors)
            outcome.scores.append(scores)
            outcome.full.append(full)
            outcome.processed.append(processed)
        # A bypassed token has a key for those after it only where the file keeps them all. That it sees itself has no
        # effect.
        seen = torch.ones(count, length, length, dtype=torch.bool)
        if self.file.value(names.KV) == "routed":
            seen = (processed > 0)[:, None, :] | torch.eye(length, dtype=torch.bool)
        attended = self.attention(normed, weight("attn_q"), weight("attn_k"), weight("attn_v"), seen.tril())
        change = attended @ weight("attn_output").T
        inner = self.norm(x + change, f"blk.{index}.ffn_norm")
        active = F.silu(inner @ weight("ffn_gate").T) * (inner @ weight("ffn_up").T)
        down = weight("ffn_down")
        thin = active[..., : self.thin] @ down[:, : self.thin].T
        rest = active[..., self.thin :] @ down[:, self.thin :].T
        change = processed[..., None] * (change + thin + full[..., None] * rest)
        if index in self.routed and self.has_stand_ins:
            change = change + (1 - processed[..., None]) * self.stand_in(index, normed)
        return x + change

    def stand_in(self, index, normed):
        """What a token gets, [B, T, d], that bypasses the block."""
        tensor = lambda name: self.tensors[names.in_block(index, name)]
        inner = normed @ tensor(names.STAND_IN_INNER).T
        return inner @ tensor(names.STAND_IN_OUTER).T + tensor(names.STAND_IN_BIAS)

    def attention(self, normed, q, k, v, seen):
        """normed [B, T, d], seen [B, T, T]: which keys each token sees → what the heads found, one after the other
        [B, T, H·D]."""
        heads, shared = self.file.value("attention.head_count"), self.file.value("attention.head_count_kv")
        query = self.rotated((normed @ q.T).unflatten(-1, (heads, -1)))
        key = self.rotated((normed @ k.T).unflatten(-1, (shared, -1)))
        value = (normed @ v.T).unflatten(-1, (shared, -1))
        found = []
        for head in range(heads):
            own = head // (heads // shared)
            scores = query[:, :, head] @ key[:, :, own].transpose(1, 2) / query.shape[-1] ** 0.5
            found.append(scores.masked_fill(~seen, float("-inf")).softmax(-1) @ value[:, :, own])
        return torch.cat(found, -1)

    def rotated(self, x):
        """Turns each pair of neighbours (2i, 2i + 1) of x [B, T, heads, D] by the position times base^(−2i / D)."""
        length, size = x.shape[1], x.shape[3]
        pairs = torch.arange(size // 2, dtype=x.dtype)
        angles = torch.arange(length)[:, None, None] * self.file.value("rope.freq_base") ** (-2 * pairs / size)
        even, odd = x[..., 0::2], x[..., 1::2]
        turned = even * angles.cos() - odd * angles.sin(), even * angles.sin() + odd * angles.cos()
        return torch.stack(turned, -1).flatten(-2)

    def scores(self, index, normed):
        weight = lambda name: self.tensors[names.in_block(index, name)]
        hidden = F.silu(normed @ weight(names.IN_WEIGHT).T + weight(names.IN_BIAS))
        return hidden @ weight(names.OUT_WEIGHT) + weight(names.OUT_BIAS)

    def norm(self, x, name):
        mean = x.square().mean(-1, keepdim=True)
        return x / (mean + self.file.value("attention.layer_norm_rms_epsilon")).sqrt() * self.tensors[f"{name}.weight"]
