"""A Llama model with depth routers, as the engine computes it. CONTRIBUTING.md, two folders up, has a glossary.

Shapes: B sequences, T tokens in each, N = B·T tokens, d the embedding length, f the hidden units of the feed-forward, t
those of the thin path, R routed blocks.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from .attention import HIDDEN, Positions, attend
from .compilation import compiled
from .routing import Grades, Place, Take, Teaching


@dataclass(frozen=True)
class Shape:
    """What the model's matrices look like, and how it is routed. thin: hidden units of the thin path; all of the
    feed-forward's where there is none, so that full is all that is processed. stand_in_rank: of the maps that stand in for
    bypassed blocks; 0 where nothing does."""

    blocks: int
    embedding: int
    heads: int
    kv_heads: int
    feed_forward: int
    vocabulary: int
    epsilon: float
    rope_base: float
    routed: tuple
    kv: str
    anchors: int
    router_hidden: int
    thin: int
    stand_in_rank: int = 0

    @property
    def head(self):
        return self.embedding // self.heads

    @property
    def is_graded(self):
        return self.thin < self.feed_forward

    @property
    def thin_work(self):
        """The work of a thin token ÷ that of one in full: the weights that the thin path reads ÷ all of a block's."""
        attention = 2 * self.embedding * (self.heads + self.kv_heads) * self.head
        return (attention + 3 * self.embedding * self.thin) / (attention + 3 * self.embedding * self.feed_forward)


# The matrices of a block, and what they look like. They lie with the shorter side first: of the gradient's two factors the
# one to be transposed is then the narrower one.
MATRICES = {
    "q": ("embedding", "embedding"),
    "kv": ("keys_values", "embedding"),
    "output": ("embedding", "embedding"),
    "gate_up": ("embedding", "twice_thin"),
    "down": ("embedding", "thin"),
    "gate_up_rest": ("embedding", "twice_rest"),
    "down_rest": ("embedding", "rest"),
    "stand_in_inner": ("stand_in_rank", "embedding"),
    "stand_in_outer": ("stand_in_rank", "embedding"),
}
ROUTER = ("inner", "inner_bias", "outer", "outer_bias")
STAND_IN = ("stand_in_inner", "stand_in_outer", "stand_in_bias")


@dataclass
class Trace:
    """What a pass through the model leaves behind.

    output: [N, d], normed, ready for the head. states: the residual [N, d] after each block that was asked for.
    scores, full and processed: [R, N]; the gates are 1, 0, or one half where a token was halved.
    """

    output: torch.Tensor
    states: dict
    scores: torch.Tensor | None
    full: torch.Tensor | None
    processed: torch.Tensor | None


def turned(x):
    """xᵀ, as it is multiplied fastest: a processor wants it in one piece."""
    return x.t().contiguous() if x.device.type == "cpu" else x.t()


class Wide(torch.autograd.Function):
    """x [N, in] @ w [in, out]."""

    @staticmethod
    def forward(context, x, w):
        context.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(context, gradient):
        x, w = context.saved_tensors
        return gradient @ w.t(), turned(x) @ gradient


class Narrow(torch.autograd.Function):
    """x [N, in] @ w [out, in]ᵀ."""

    @staticmethod
    def forward(context, x, w):
        context.save_for_backward(x, w)
        return x @ w.t()

    @staticmethod
    def backward(context, gradient):
        x, w = context.saved_tensors
        return gradient @ w, turned(gradient) @ x


def rms_norm(x, weight, epsilon: float):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon) * weight


def feed_forward(x, gate_up, down):
    """x [n, d] → [n, d]; gate_up [d, 2 rows], down [d, rows]."""
    gate, up = Wide.apply(x, gate_up).float().chunk(2, -1)
    return Narrow.apply((F.silu(gate) * up).to(x.dtype), down)


def stand_in(normed, w):
    """normed [N, d] → what stands in for the block's change [N, d], in fp32: a map of low rank."""
    inner = Narrow.apply(normed, w["stand_in_inner"])
    return Wide.apply(inner, w["stand_in_outer"]).float() + w["stand_in_bias"]


def dense_block(x, w, positions, bias, epsilon: float, rows: int, head: int):
    """x [N, d], the residual → the residual [N, d] after the block in full. w: the block's tensors; rows: B."""
    cosines, sines = positions
    heads = lambda y: y.view(rows, y.shape[0] // rows, -1, head)
    normed = rms_norm(x, w["attn_norm"], epsilon).to(w["q"].dtype)
    key, value = heads(Narrow.apply(normed, w["kv"])).chunk(2, 2)
    found = attend(heads(Wide.apply(normed, w["q"])), key, value, cosines, sines, bias)
    x = x + Narrow.apply(found, w["output"])
    normed = rms_norm(x, w["ffn_norm"], epsilon).to(w["q"].dtype)
    x = x + feed_forward(normed, w["gate_up"], w["down"])
    return x + feed_forward(normed, w["gate_up_rest"], w["down_rest"]) if "down_rest" in w else x


def score(x, w, epsilon: float):
    """x [N, d] → (normed [N, d] for the block's products, scores [N] in fp32)."""
    normed = rms_norm(x, w["attn_norm"], epsilon)
    # The slope of a gate is large where a block does much: it may teach routers, but not the residual they read.
    hidden = F.silu(normed.detach() @ w["inner"].t() + w["inner_bias"])
    return normed.to(w["q"].dtype), hidden @ w["outer"] + w["outer_bias"]


def graded_block(x, normed, w, order, full, processed, positions, bias, epsilon: float, rows: int, head: int):
    """x [N, d], the residual → the residual [N, d] after the block, changed for the tokens it computes, and for the others
    by what stands in for it, where something does. order: (rows [n], inverse [N]) of `Grades`, or None: every row as it
    comes. processed [n] and full [m], m ≤ n: gates, in that order. Every token has a key and a value."""
    cosines, sines = positions
    take = place = lambda y: y
    if order is not None:
        taken, inverse = order
        take = lambda y: Take.apply(y, taken, inverse)
        place = lambda y: Place.apply(y, taken, inverse)
    heads = lambda y: y.view(rows, y.shape[0] // rows, -1, head)
    key, value = heads(Narrow.apply(normed, w["kv"])).chunk(2, 2)
    query = place(Wide.apply(take(normed), w["q"]))
    change = Narrow.apply(take(attend(heads(query), key, value, cosines, sines, bias)), w["output"])
    hidden = rms_norm(take(x) + change, w["ffn_norm"], epsilon).to(normed.dtype)
    change = change + feed_forward(hidden, w["gate_up"], w["down"])
    if "down_rest" in w:
        count = full.shape[0]
        rest = full[:, None] * feed_forward(hidden[:count], w["gate_up_rest"], w["down_rest"])
        change = change + rest if order is None else torch.cat((change[:count] + rest, change[count:].float()))
    after = x + place(processed[:, None] * change)
    # For every row, used or not: to gather the bypassed ones would cost as much.
    return after + (1 - place(processed[:, None])) * stand_in(normed, w) if "stand_in_inner" in w else after


run_dense, run_score, run_graded = compiled(dense_block), compiled(score), compiled(graded_block)
run_norm = compiled(rms_norm)


class Model:
    """All weights. token_embd: [V, d]; output_norm: [d]; blocks: a dictionary of tensors each, the matrices as in MATRICES
    (the rest only with a thin path), fp32 norms attn_norm and ffn_norm [d], and, where routed, the fp32 router: inner [h, d],
    inner_bias [h], outer [h], outer_bias [], and what stands in for the block, if anything does, with stand_in_bias [d].
    Queries and keys lie in halves: pair i of a head is (i, i + D/2)."""

    def __init__(self, shape, token_embd, output_norm, blocks):
        self.shape, self.token_embd, self.output_norm, self.blocks = shape, token_embd, output_norm, blocks
        self.positions = {}

    def tensors(self):
        """Yields (name, tensor) of everything but the embedding, which does not learn."""
        yield "output_norm", self.output_norm
        for index, block in enumerate(self.blocks):
            for name, tensor in block.items():
                yield f"{index}.{name}", tensor

    def replace(self, name, tensor):
        place, _, key = name.rpartition(".")
        if place:
            self.blocks[int(place)][key] = tensor
        else:
            self.output_norm = tensor

    def to(self, device, kind):
        """A copy of the model with matrices and stand-ins of a kind of number, on a device."""
        moved = lambda name, x: x.to(device, kind if name in MATRICES or name in STAND_IN else torch.float32)
        blocks = [{name: moved(name, x) for name, x in block.items()} for block in self.blocks]
        return Model(self.shape, self.token_embd.to(device), self.output_norm.to(device), blocks)

    def like(self):
        """A model with tensors of this one's shapes and kinds, which, but for the embedding, hold nothing yet."""
        blocks = [{name: torch.empty_like(x, requires_grad=False) for name, x in block.items()} for block in self.blocks]
        return Model(self.shape, self.token_embd, torch.empty_like(self.output_norm, requires_grad=False), blocks)

    def with_silent_routing(self, shape):
        """A model of this one's weights, with routers and stand-ins as `shape` has them, all zeros."""
        sizes = dict(zip(ROUTER, ((shape.router_hidden, shape.embedding), (shape.router_hidden,), (shape.router_hidden,), ())))
        if shape.stand_in_rank:
            matrix = (shape.stand_in_rank, shape.embedding)
            sizes |= dict(zip(STAND_IN, (matrix, matrix, (shape.embedding,))))
        blocks = [
            block | ({name: self.token_embd.new_zeros(size) for name, size in sizes.items()} if index in shape.routed else {})
            for index, block in enumerate(self.blocks)]
        return Model(shape, self.token_embd, self.output_norm, blocks)

    def places(self, length):
        device = self.token_embd.device
        if (length, device) not in self.positions:
            self.positions[length, device] = Positions(length, self.shape.head, self.shape.rope_base, device)
        return self.positions[length, device]

    def __call__(self, tokens, shares=None, teaching=Teaching(), states=(), resume=None):
        """tokens [B, T] → Trace. shares [2, R] say how much of the batch each routed block processes; without them every
        block runs in full: the dense model. With `resume`, a pair of a block and the residual [N, d] that enters it, the
        pass begins there."""
        shape, (count, length) = self.shape, tokens.shape
        places = self.places(length)
        positions, bias = (places.cosines, places.sines), places.bias
        anchors = (torch.arange(length, device=tokens.device) < shape.anchors).repeat(count)
        first, x = resume or (0, F.embedding(tokens.flatten(), self.token_embd).float())
        kept, scores, full, processed = {}, [], [], []
        for index in range(first, shape.blocks):
            block = self.blocks[index]
            if shares is None or index not in shape.routed:
                x = run_dense(x, block, positions, bias, shape.epsilon, count, shape.head)
            else:
                normed, found = run_score(x, block, shape.epsilon)
                share = shares[:, shape.routed.index(index)].tolist()
                grades = Grades(found, share, anchors, teaching, count * min(shape.anchors, length))
                visible = bias if shape.kv == "all" else bias + hiding(grades.processed, count, length)
                x = run_graded(
                    x, normed, block, *grades.in_order(), positions, visible, shape.epsilon, count, shape.head)
                scores.append(found.detach())
                full.append(grades.full.detach())
                processed.append(grades.processed.detach())
            if index in states:
                kept[index] = x
        stacked = lambda tensors: torch.stack(tensors) if tensors else None
        return Trace(run_norm(x, self.output_norm, shape.epsilon), kept, *map(stacked, (scores, full, processed)))


def hiding(processed, count, length):
    """A sum to scores [B, 1, 1, T, T] that hides the keys of bypassed tokens, but from themselves, so that a row that is
    not used stays finite."""
    seen = (processed.detach() > 0).view(count, 1, 1, 1, length) | torch.eye(
        length, dtype=torch.bool, device=processed.device)
    return torch.where(seen, 0.0, HIDDEN)
