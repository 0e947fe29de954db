"""How deep each token goes through a block: full, thin or bypassed.

One score a token and block, and two thresholds: full where the score reaches the upper one, thin where it reaches the
lower one, else bypassed. While training, a block keeps its shares of the batch's tokens, whatever its scores, so that a
capacity is kept while routers learn: the thresholds are quantiles of the batch's scores.

Shapes: N tokens, R routed blocks. Shares are pairs [2, R]: of tokens that go full, and of tokens that are processed, full or
thin.
"""

from dataclasses import dataclass

import torch

from .compilation import let_vary

FULL, PROCESSED = 0, 1


class Gate(torch.autograd.Function):
    """1 where the score reaches the threshold, else 0; but one half where `halved`, and only there it teaches the router.

    What a router should know of a token is how much is lost when what the gate lets through is left out: the loss at gate 0
    less the loss at gate 1. The slope of the loss at either end says nothing of that difference, since a whole block is far
    from a small change; at one half it is the midpoint rule, whose error is of third order. Backwards the slope goes to
    the score without the part that all tokens have in common: the threshold is a quantile and would follow.
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
    soft = torch.sigmoid((scores - threshold) / temperature)
    return 4 * soft * (1 - soft)


def quantile(ordered, share):
    """The threshold that a share, one number, of the scores reaches; the scores are given in descending order."""
    count = min(int(share * len(ordered) + 0.5), len(ordered))
    return ordered[count - 1] if count else ordered.new_full((), torch.inf)


def gathers(device):
    """Whether blocks compute only the rows that need it. Off the processor they compute every row: a device would have
    to be waited for, in every block, to know how many there are."""
    return device.type == "cpu"


@dataclass(frozen=True)
class Teaching:
    """How routers learn: some tokens are let through by one half, drawn with the probability `halved` at a threshold, and
    with less the further a score is from it, in units of the `temperature`."""

    halved: float = 0.0
    temperature: float = 0.5


class Grades:
    """What one block does with each token of a batch, and the order in which it computes them.

    full and processed: gates [N], 0, one half or 1; a token's change is processed · (thin part + full · rest).
    rows: the tokens computed, those computed in full first, as many as fill whole buckets. inverse [N]: where each token
    is in that order, beyond its end if it is not computed. full_count: how many rows are computed in full. Where blocks
    compute every row, there is no order: rows and inverse are None.
    """

    # Row counts come in multiples of this one, so that products have few shapes.
    BUCKET = 256

    def __init__(self, scores, shares, anchors, teaching, anchored=None):
        """scores [N]; shares: of tokens in full, and processed, two numbers; anchors [N]: what is always full; anchored:
        how many these are, lest a device be asked for it."""
        detached = scores.detach()
        anchored = int(anchors.sum()) if anchored is None else anchored
        ordered = detached.masked_fill(anchors, -torch.inf).sort(descending=True).values[: len(anchors) - anchored]

        def gate(share, among):
            threshold = quantile(ordered, share)
            half = torch.zeros_like(anchors)
            if teaching.halved and 0 < share < 1:
                chance = teaching.halved * near(detached, threshold, teaching.temperature)
                half = among & (torch.rand_like(detached) < chance)
            return torch.where(anchors, 1.0, Gate.apply(scores, threshold, half))

        self.processed = gate(shares[PROCESSED], ~anchors)
        processed = self.processed.detach() > 0
        # Nothing is full that is not processed, and what is not processed says nothing of what full is worth.
        self.full = gate(shares[FULL], processed & ~anchors)
        self.rows = self.inverse = None
        if gathers(scores.device):
            self.arrange((self.full.detach() > 0) & processed, processed)

    def arrange(self, full, processed):
        order = torch.argsort(full.to(torch.int8) + processed.to(torch.int8), descending=True, stable=True)
        self.inverse = torch.empty_like(order)
        self.inverse[order] = torch.arange(len(order), device=order.device)
        up = lambda count: min(-(-int(count) // self.BUCKET) * self.BUCKET, len(order))
        self.full_count = up(full.sum())
        # At least some, for products and gathers of nothing are cases of their own.
        self.rows = order[: max(up(max(int(processed.sum()), 1)), self.full_count)]

    def in_order(self):
        """(order, full, processed) as `model.graded_block` takes them."""
        if self.rows is None:
            return None, self.full, self.processed
        full, processed = self.full[self.rows[: self.full_count]], self.processed[self.rows]
        let_vary(self.rows, full, processed)
        return (self.rows, self.inverse), full, processed


class Take(torch.autograd.Function):
    """x [N, d] → its rows [n, d]. `rows` is the beginning of a permutation and `inverse` that permutation's inverse, so
    backwards it is a gather, too."""

    @staticmethod
    def forward(context, x, rows, inverse):
        context.save_for_backward(inverse)
        return x[rows]

    @staticmethod
    def backward(context, gradient):
        (inverse,) = context.saved_tensors
        return placed(gradient, inverse), None, None


class Place(torch.autograd.Function):
    """[n, d] → [N, d], zeros in the other rows."""

    @staticmethod
    def forward(context, x, rows, inverse):
        context.save_for_backward(rows)
        return placed(x, inverse)

    @staticmethod
    def backward(context, gradient):
        (rows,) = context.saved_tensors
        return gradient[rows], None, None


def placed(x, inverse):
    count = x.shape[0]
    return torch.where((inverse < count)[:, None], x[inverse.clamp(max=count - 1)], 0)
