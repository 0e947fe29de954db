"""Shares a capacity out among the routed blocks by what each of them is worth.

Worth is measured: the loss with a little less of one block, and with a little more. The slope of a hard gate will not do,
for the reason that `Gate` gives.
"""

import math

import numpy as np
import torch

from .budget import STEPS, Budget
from .distillation import HeadDivergence

# Where shares are measured, in the order they are: a block processes no more at a lower capacity.
CAPACITIES = (0.875, 0.75, 0.5, 0.25)
# How much of a block's tokens one round may move at first, and where moving less is no longer worth it.
REACH, LEAST = 0.2, 0.04


class Probe:
    """The divergence from the teacher on some rows, as a function of what the blocks process."""

    def __init__(self, model, tokens, weights, head_rows, target, teacher_head, kind):
        """tokens and weights [B, T]; target [B, T, d]: what the teacher says of them."""
        self.model, self.tokens, self.kind = model, tokens, kind
        self.weights = (weights / weights.sum()).flatten()
        self.head, self.target, self.teacher_head = model.token_embd[head_rows].detach(), target.flatten(0, 1), teacher_head

    @torch.no_grad()
    def loss(self, shares, resume=None, states=()):
        """(nats a token where the blocks process `shares` [R], the residuals after the blocks in `states`). With
        `resume`, a pair of a block and the residual that enters it, what comes before is not run again."""
        with torch.autocast(self.tokens.device.type, self.kind, enabled=self.kind != torch.float32):
            trace = self.model(self.tokens, shares.to(self.tokens.device), states=states, resume=resume)
        loss = HeadDivergence.apply(
            trace.output.flatten(0, 1), self.head, self.target, self.teacher_head, self.weights, self.kind)
        return float(loss), trace.states

    def worth(self, shares, up, down):
        """(nats gained a share [R] where a block processes up to `up` more, nats lost a share where it processes `down`
        less). Nothing can be gained, and everything lost, where there is no room."""
        routed = self.model.shape.routed
        base, entering = self.loss(shares, states=[block - 1 for block in routed])
        gain, cost = torch.full_like(shares, -math.inf), torch.full_like(shares, math.inf)
        for place, block in enumerate(routed):
            resume = (block, entering[block - 1]) if block else None
            for result, by in ((gain, up[place]), (cost, -down[place])):
                if by.abs() >= 0.01:
                    moved = shares.clone()
                    moved[place] += by
                    result[place] = (base - self.loss(moved, resume)[0]) / by
        return base, gain, cost


def exchange(shares, gain, cost, up, down):
    """Shares moved from blocks that lose least to those that gain most, as long as more is gained than lost."""
    result, gave, took = shares.clone(), set(), set()
    up, down = up.clone(), down.clone()
    takers, givers = gain.argsort(descending=True).tolist(), cost.argsort().tolist()
    while takers and givers and gain[takers[0]] > cost[givers[0]]:
        taker, giver = takers[0], givers[0]
        if taker in gave or up[taker] <= 0:
            takers.pop(0)
        elif giver in took or giver == taker or down[giver] <= 0:
            givers.pop(0)
        else:
            amount = min(float(up[taker]), float(down[giver]))
            for change, block, room in ((amount, taker, up), (-amount, giver, down)):
                result[block] += change
                room[block] -= amount
            gave.add(giver)
            took.add(taker)
    return result


def improved(probe, shares, most, rounds):
    """Shares [R] of the same mean at which the model loses less; a block's is at most `most` [R]."""
    reach = REACH
    for _ in range(rounds):
        if reach < LEAST:
            break
        base, gain, cost = probe.worth(shares, (most - shares).clamp(0, reach), shares.clamp(0, reach))
        while reach >= LEAST:
            moved = exchange(shares, gain, cost, (most - shares).clamp(0, reach), shares.clamp(0, reach))
            if probe.loss(moved)[0] < base:
                # What rounding leaves of nothing, or leaves out of everything, is no share.
                moved = torch.where(moved < 1e-4, 0, torch.minimum(moved, most))
                shares = torch.where(moved > 1 - 1e-4, 1, moved)
                break
            # What single blocks are worth does not add up.
            reach /= 2
    return shares


def scaled(shares, most, mean):
    """`shares` [R] by a factor, so that their mean is `mean` while none is above `most` [R]."""
    low, high = 0.0, 1e3
    for _ in range(60):
        factor = (low + high) / 2
        low, high = (factor, high) if torch.minimum(shares * factor, most).mean() < mean else (low, factor)
    return torch.minimum(shares * high, most)


def measured_budget(probe, first, rounds, tell=lambda line: None):
    """A budget that begins at `first` and gets better by `rounds` rounds at each of a few capacities; linear between them."""
    most = torch.ones_like(first.at(1))
    known = {1.0: most}
    for capacity in CAPACITIES:
        begun = scaled(first.at(capacity), most, capacity)
        most = improved(probe, begun, most, rounds)
        known[capacity] = most
        tell(f"capacity {capacity}: {probe.loss(begun)[0]:.4f} → {probe.loss(most)[0]:.4f} nats")
    known[0.0] = torch.zeros_like(most)
    points, grid = sorted(known), [step / STEPS for step in range(STEPS + 1)]
    rows = [np.interp(grid, points, row) for row in torch.stack([known[point] for point in points], 1)]
    return Budget(torch.tensor(np.stack(rows, 1), dtype=torch.float32))
