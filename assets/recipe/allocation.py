"""Finds the shares of a capacity that routed blocks should have, full and thin, by what each is worth.

Worth is measured: the loss with a little less of one share, and with a little more. The slope of a hard gate will not do,
since a whole block is far from a small change (`routing.Gate`).

Shapes: R routed blocks; shares are pairs [2, R]: of tokens that go full, and of tokens that are processed, full or thin.
Without a thin path only the second counts, and the first equals it.
"""

import math

import numpy as np
import torch

from .budget import STEPS, Budget, work_of
from .distillation import HeadDivergence
from .routing import FULL, PROCESSED

# The capacities at which shares are measured, in this order: a block processes no more at a lower capacity.
CAPACITIES = (0.875, 0.75, 0.625, 0.5, 0.25)
# How much of a block's tokens one round may move at first, and where moving less is no longer worth it.
REACH, LEAST = 0.2, 0.04


class Knobs:
    """The shares that may move, and the work that a unit of each costs: prices [2, 1]."""

    def __init__(self, shape):
        self.is_graded = shape.is_graded
        self.prices = torch.tensor([[1 - shape.thin_work], [shape.thin_work]])

    def rooms(self, shares, most, reach):
        """(how far up, how far down) [2, R] each share may move. None is above `most`, and none goes full that is not
        processed."""
        above, below = most - shares, shares.clone()
        if self.is_graded:
            above[FULL] = torch.minimum(above[FULL], shares[PROCESSED] - shares[FULL])
            below[PROCESSED] = shares[PROCESSED] - shares[FULL]
        else:
            above[FULL], below[FULL] = 0, 0
        return above.clamp(0, reach), below.clamp(0, reach)

    def moved(self, shares, grade, place, by):
        result = shares.clone()
        result[grade, place] += by
        if not self.is_graded:
            result[FULL] = result[PROCESSED]
        return result


class Probe:
    """The divergence from the teacher on some rows, as a function of what the blocks process."""

    def __init__(self, model, parts, head, average=lambda loss: loss):
        """parts: for each pass tokens and weights [B, T], and what the teacher says of the tokens, [N, d]. average: over
        processes that have other parts."""
        self.model, self.head, self.parts, self.average = model, head, parts, average
        self.total = sum(weights.sum() for _, weights, _ in parts)
        self.knobs = Knobs(model.shape)

    @torch.no_grad()
    def loss(self, shares, resume=None, states=()):
        """(nats a token where the blocks process `shares`, for each pass the residuals after the blocks in `states`). With
        `resume`, a pair of a block and for each pass the residual that enters it, what comes before is not run again."""
        total, kept = 0.0, []
        for place, (tokens, weights, target) in enumerate(self.parts):
            trace = self.model(tokens, shares, states=states, resume=resume and (resume[0], resume[1][place]))
            total += float(HeadDivergence.apply(trace.output, target, self.head, (weights / self.total).flatten()))
            kept.append(trace.states)
        return self.average(total), kept

    def worth(self, shares, up, down):
        """(the loss at `shares`, nats gained a unit of work [2, R] where a share goes up by `up`, nats lost a unit of work
        [2, R] where a share goes down by `down`). Nothing can be gained, and everything lost, where there is no room."""
        routed = self.model.shape.routed
        base, entering = self.loss(shares, states=[block - 1 for block in routed])
        gain, cost = torch.full_like(shares, -math.inf), torch.full_like(shares, math.inf)
        for place, block in enumerate(routed):
            resume = (block, [states[block - 1] for states in entering]) if block else None
            for grade in (FULL, PROCESSED):
                for result, by in ((gain, up[grade, place]), (cost, -down[grade, place])):
                    if by.abs() >= 0.01:
                        moved = self.knobs.moved(shares, grade, place, by)
                        price = 1.0 if not self.knobs.is_graded else float(self.knobs.prices[grade])
                        result[grade, place] = (base - self.loss(moved, resume)[0]) / (by * price)
        return base, gain, cost


def exchange(knobs, shares, gain, cost, up, down):
    """Work moved from the shares that lose least to those that gain most, as long as more is gained than lost."""
    prices = (knobs.prices if knobs.is_graded else torch.ones(2, 1)).expand_as(shares).flatten()
    result, gave, took = shares.clone().flatten(), set(), set()
    gain, cost = gain.flatten(), cost.flatten()
    # In units of work.
    up, down = up.flatten() * prices, down.flatten() * prices
    takers, givers = gain.argsort(descending=True).tolist(), cost.argsort().tolist()
    while takers and givers and gain[takers[0]] > cost[givers[0]]:
        taker, giver = takers[0], givers[0]
        if taker in gave or up[taker] <= 0:
            takers.pop(0)
        elif giver in took or giver == taker or down[giver] <= 0:
            givers.pop(0)
        else:
            amount = min(float(up[taker]), float(down[giver]))
            for change, knob, room in ((amount, taker, up), (-amount, giver, down)):
                result[knob] += change / prices[knob]
                room[knob] -= amount
            gave.add(giver)
            took.add(taker)
    result = result.view_as(shares)
    if not knobs.is_graded:
        result[FULL] = result[PROCESSED]
    return result


def improved(probe, shares, most, rounds):
    """Shares [2, R] that come to the work of `shares` and at which the model loses less; none is above `most` [2, R]."""
    reach, knobs = REACH, probe.knobs
    for _ in range(rounds):
        if reach < LEAST:
            break
        base, gain, cost = probe.worth(shares, *knobs.rooms(shares, most, reach))
        while reach >= LEAST:
            moved = exchange(knobs, shares, gain, cost, *knobs.rooms(shares, most, reach))
            # A block's two shares may have moved towards each other.
            moved[FULL] = torch.minimum(moved[FULL], moved[PROCESSED])
            moved = scaled(moved, most, work_of(shares, float(knobs.prices[PROCESSED])), float(knobs.prices[PROCESSED]))
            if probe.loss(moved)[0] < base:
                # What rounding leaves of nothing, or leaves out of everything, is no share.
                moved = torch.where(moved < 1e-4, 0, torch.minimum(moved, most))
                shares = torch.where(moved > 1 - 1e-4, 1, moved)
                break
            # What shares are worth one by one does not add up: all changes together may lose.
            reach /= 2
    return shares


def scaled(shares, most, work, thin_work):
    """`shares` [2, R] times a factor, so that they come to `work` while none is above `most` [2, R]."""
    low, high = 0.0, 1e3
    for _ in range(60):
        factor = (low + high) / 2
        below = work_of(torch.minimum(shares * factor, most), thin_work) < work
        low, high = (factor, high) if below else (low, factor)
    return torch.minimum(shares * high, most)


def measured_budget(probe, first, rounds, tell=lambda line: None):
    """A budget that begins at `first` and gets better by `rounds` rounds at each of a few capacities; linear in between."""
    thin_work = probe.model.shape.thin_work
    most = torch.ones_like(first.at(1))
    known = {1.0: most}
    for capacity in CAPACITIES:
        begun = scaled(first.at(capacity), most, capacity, thin_work)
        most = improved(probe, begun, most, rounds)
        known[capacity] = most
        tell(f"capacity {capacity}: {probe.loss(begun)[0]:.4f} → {probe.loss(most)[0]:.4f} nats")
    known[0.0] = torch.zeros_like(most)
    points, grid = sorted(known), [step / STEPS for step in range(STEPS + 1)]
    table = torch.stack([known[point] for point in points]).flatten(1)
    rows = [np.interp(grid, points, column) for column in table.T.numpy()]
    return Budget(torch.tensor(np.stack(rows, 1), dtype=torch.float32).view(STEPS + 1, 2, -1))
