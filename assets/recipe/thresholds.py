"""The threshold that makes a capacity, followed while routers and weights move."""

import torch

STEPS = 16


class ThresholdTable:
    """τ(c) on a grid of sixteenths: one threshold for all routed blocks, so that blocks share a capacity out by what
    their scores say, and the mean over blocks is c, as `fathom calibrate` has it.

    A block's scores depend on what the blocks before did, so the quantile is known only after a pass; each pass
    corrects the table for the next one.
    """

    # How much of the difference a pass showed is taken over, near its capacity and everywhere: scores drift together.
    NEAR, EVERYWHERE = 0.4, 0.1

    def __init__(self, values):
        self.values = values

    def at(self, capacity):
        place = capacity * STEPS
        low = min(int(place), STEPS - 1)
        share = place - low
        return float(self.values[low] * (1 - share) + self.values[low + 1] * share)

    def correct(self, capacity, quantile):
        """`quantile` is the threshold that would have made `capacity` in the pass just done."""
        gap = quantile - self.at(capacity)
        distance = (torch.arange(STEPS + 1) - capacity * STEPS).abs()
        self.values += gap * (self.EVERYWHERE + self.NEAR * (1 - distance / 2).clamp(min=0))
        # Lower capacities need higher thresholds; where they cross, what this pass showed holds.
        if gap < 0:
            self.values = self.values.cummin(0).values
        else:
            self.values = self.values.flip(0).cummax(0).values.flip(0)


def quantile(trace, capacity, anchors):
    """The threshold at which `capacity` of the trace's (token, block) pairs, anchors apart, would be processed."""
    scores = trace.scores[:, :, anchors:].flatten()
    place = min(int((1 - capacity) * len(scores)), len(scores) - 1)
    return float(scores.kthvalue(place + 1).values)


@torch.no_grad()
def calibrate(run, anchors):
    """A table from scratch; run(threshold) gives the trace of a pass. One pass a grid point: the quantile for the next
    lower capacity is taken from the scores at this one."""
    values = torch.zeros(STEPS + 1)
    trace = run(float("-inf"))
    values[STEPS] = quantile(trace, 1, anchors)
    for step in range(STEPS - 1, -1, -1):
        trace = run(quantile(trace, step / STEPS, anchors))
        values[step] = quantile(trace, step / STEPS, anchors)
    return ThresholdTable(values.flip(0).cummax(0).values.flip(0))
