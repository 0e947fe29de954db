"""The threshold that makes a capacity, followed while routers and weights move."""

import torch

STEPS = 16


class ThresholdTable:
    """τ(c) on a grid of sixteenths: one threshold for all routed blocks, so that blocks share a capacity out by what
    their scores say, and the mean over blocks is c, as `fathom calibrate` has it.

    A block's scores depend on what the blocks before did, so the quantile is known only after a pass; each pass
    corrects the table for the next one.
    """

    # The share of what a pass showed that is taken over at its own capacity, and how much of that a grid point further:
    # scores of all capacities drift together while routers learn.
    RATE, REACH = 0.5, 0.75

    def __init__(self, values):
        self.values = values

    def at(self, capacity):
        place = capacity * STEPS
        low = min(int(place), STEPS - 1)
        share = place - low
        return float(self.values[low] * (1 - share) + self.values[low + 1] * share)

    def correct(self, capacity, shown):
        """Moves towards `shown`, the thresholds [grid] that would have made each capacity in a pass at `capacity`."""
        distance = (torch.arange(STEPS + 1) - capacity * STEPS).abs()
        self.values += self.RATE * self.REACH**distance * (shown - self.values)
        # Lower capacities need higher thresholds; where they cross, what this pass showed holds.
        here = round(capacity * STEPS)
        self.values[:here] = self.values[:here].clamp(min=self.values[here]).sort(descending=True).values
        self.values[here:] = self.values[here:].clamp(max=self.values[here]).sort(descending=True).values


def quantiles(trace, anchors):
    """The threshold [grid] at which each capacity's share of the trace's (token, block) pairs, anchors apart, would be
    processed."""
    scores = trace.scores[:, :, anchors:].flatten().sort(descending=True).values
    places = (torch.arange(STEPS + 1) * len(scores) // STEPS - 1).clamp(min=0)
    return scores[places.to(scores.device)].cpu()


@torch.no_grad()
def calibrate(run, anchors):
    """A table from scratch; run(threshold) gives the trace of a pass. One pass a grid point, from the highest capacity
    down: each gives the thresholds of its own capacity and of those below a better start."""
    values = quantiles(run(float("-inf")), anchors)
    for step in range(STEPS - 1, -1, -1):
        values[: step + 1] = quantiles(run(float(values[step])), anchors)[: step + 1]
    return ThresholdTable(values.sort(descending=True).values)
