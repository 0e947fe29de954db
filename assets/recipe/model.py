"""The Llama block with a depth router, as the engine computes it (shared vocabulary: capacity, threshold, score).

Shapes: B sequences, T tokens in each, d the embedding length, R routed blocks.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .attention import attend
from .budget import threshold_for


@dataclass(frozen=True)
class Shape:
    """What the model's matrices look like, and how it is routed."""

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

    @property
    def head(self):
        return self.embedding // self.heads


@dataclass
class Trace:
    """What a pass through the model leaves behind.

    output: [B, T, d], normed, ready for the head. states: the residual after each block that was asked for.
    scores and processed: [R, B, T]; processed is 1, 0, or one half where a token was halved.
    """

    output: torch.Tensor
    states: dict
    scores: torch.Tensor | None
    processed: torch.Tensor | None


class Gate(torch.autograd.Function):
    """1 where the score reaches the threshold, else 0; but one half where `halved`, and only there it teaches the router.

    What a router should know of a token is how much is lost when the block leaves it out: the loss at gate 0 less the loss
    at gate 1. The slope of the loss at either end says nothing of that difference, since a whole block is far from a small
    change; at one half it is the midpoint rule, whose error is of third order. Backwards the slope goes to the score
    without the part that all tokens have in common: the threshold is a quantile and would follow.
    """

    @staticmethod
    def forward(context, score, threshold, halved):
        context.save_for_backward(halved)
        return torch.where(halved, 0.5, (score >= threshold).to(score.dtype))

    @staticmethod
    def backward(context, gradient):
        (halved,) = context.saved_tensors
        common = (halved * gradient).sum() / halved.sum().clamp(min=1)
        return halved * (gradient - common), None, None


def near(scores, threshold, temperature):
    """How near a score is to the threshold: the slope of σ((score − threshold) / temperature), 1 at the threshold itself.

    There decisions are in the balance, and half a block does little harm."""
    soft = torch.sigmoid((scores.detach() - threshold) / temperature)
    return 4 * soft * (1 - soft)


def rms_norm(x, weight, epsilon):
    return F.rms_norm(x.float(), (x.shape[-1],), weight, epsilon)


class Router(nn.Module):
    """W2 · silu(W1 · x + b1) + b2 in fp32: one score a token."""

    def __init__(self, shape):
        super().__init__()
        self.inner = nn.Linear(shape.embedding, shape.router_hidden)
        self.outer = nn.Linear(shape.router_hidden, 1)

    def forward(self, x):
        with torch.autocast(x.device.type, enabled=False):
            return self.outer(F.silu(self.inner(x.float()))).squeeze(-1)


class Block(nn.Module):
    def __init__(self, shape, routed):
        super().__init__()
        d, kv = shape.embedding, shape.kv_heads * shape.head
        linear = lambda inputs, outputs: nn.Linear(inputs, outputs, bias=False)
        self.shape = shape
        self.attn_norm = nn.Parameter(torch.ones(d))
        self.ffn_norm = nn.Parameter(torch.ones(d))
        self.attn_q, self.attn_k, self.attn_v = linear(d, d), linear(d, kv), linear(d, kv)
        self.attn_output = linear(d, d)
        self.ffn_gate, self.ffn_up = linear(d, shape.feed_forward), linear(d, shape.feed_forward)
        self.ffn_down = linear(shape.feed_forward, d)
        self.depth_router = Router(shape) if routed else None

    def forward(self, x, rotary, route=None):
        """x [B, T, d] → the same, with the scores [B, T] and gates [B, T] where `route` decides from scores."""
        normed = rms_norm(x, self.attn_norm, self.shape.epsilon)
        scores = gate = None
        if route is not None:
            # The slope of a gate is large where a block does much: it may teach routers, but not the residual they read.
            scores = self.depth_router(normed.detach())
            gate = route(scores)
        visible = gate if gate is not None and self.shape.kv == "routed" else None
        hidden = x + self.attention(normed, rotary, visible)
        change = hidden + self.feed_forward(rms_norm(hidden, self.ffn_norm, self.shape.epsilon)) - x
        return x + (change if gate is None else gate.unsqueeze(-1) * change), scores, gate

    def attention(self, x, rotary, visible):
        heads = lambda matrix, count: matrix(x).unflatten(-1, (count, self.shape.head)).transpose(1, 2)
        query = rotate(heads(self.attn_q, self.shape.heads), rotary)
        key = rotate(heads(self.attn_k, self.shape.kv_heads), rotary)
        value = heads(self.attn_v, self.shape.kv_heads)
        mask = None
        if visible is not None:
            # A bypassed token has no key here; it may see itself, so that its unused row stays finite.
            length = x.shape[1]
            causal = torch.ones(length, length, dtype=torch.bool, device=x.device).tril()
            itself = torch.eye(length, dtype=torch.bool, device=x.device)
            mask = causal & ((visible > 0)[:, None, None, :] | itself)
        found = attend(query, key, value, mask)
        return self.attn_output(found.transpose(1, 2).flatten(2))

    def feed_forward(self, x):
        return self.ffn_down(F.silu(self.ffn_gate(x)) * self.ffn_up(x))


def rotary_angles(length, shape, device):
    """Cosines and sines [T, head / 2] (arXiv 2104.09864)."""
    pairs = torch.arange(shape.head // 2, device=device, dtype=torch.float32)
    angles = torch.outer(torch.arange(length, device=device), shape.rope_base ** (-2 * pairs / shape.head))
    return angles.cos(), angles.sin()


def rotate(x, rotary):
    """Turns the interleaved pairs of x [B, heads, T, head], as GGUF Llama files order them."""
    cosines, sines = rotary
    even, odd = x.float().unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.stack((even * cosines - odd * sines, even * sines + odd * cosines), -1)
    return turned.flatten(-2).to(x.dtype)


class Model(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Parameter(torch.empty(shape.vocabulary, shape.embedding))
        self.blk = nn.ModuleList(Block(shape, index in shape.routed) for index in range(shape.blocks))
        self.output_norm = nn.Parameter(torch.ones(shape.embedding))

    def forward(self, tokens, shares=None, temperature=1.0, states=(), resume=None, halved=0.0):
        """tokens [B, T] → Trace. Routed block r processes the `shares[r]` of the batch's tokens that score highest;
        without shares every block runs: the dense model. With `resume`, a pair of a block and the residual [B, T, d] that
        enters it, the pass begins there. Of the tokens whose scores are near the threshold, a routed block processes the share
        `halved` by one half, from which its router learns."""
        anchors = torch.arange(tokens.shape[1], device=tokens.device) < self.shape.anchors
        rotary = rotary_angles(tokens.shape[1], self.shape, tokens.device)
        first, x = resume or (0, F.embedding(tokens, self.token_embd))
        kept, scores, gates = {}, [], []
        for index, block in enumerate(self.blk[first:], first):
            route = None
            if shares is not None and index in self.shape.routed:
                share = shares[self.shape.routed.index(index)]

                def route(scores, share=share):
                    threshold = threshold_for(scores, share, self.shape.anchors)
                    half = torch.zeros_like(scores, dtype=torch.bool)
                    if halved:
                        half = ~anchors & (torch.rand_like(scores) < halved * near(scores, threshold, temperature))
                    return torch.where(anchors, 1.0, Gate.apply(scores, threshold, half))

            x, score, gate = block(x, rotary, route)
            if index in states:
                kept[index] = x
            if score is not None:
                scores.append(score.detach())
                gates.append(gate.detach())
        return Trace(
            output=rms_norm(x, self.output_norm, self.shape.epsilon), states=kept,
            scores=torch.stack(scores) if scores else None, processed=torch.stack(gates) if gates else None)
