"""How a capacity is kept while routers learn: every block processes its share of the batch, whatever its scores."""

import torch

STEPS = 16


def threshold_for(scores, share, anchors):
    """The threshold at which a block processes `share` of the batch's tokens, anchors apart; scores [B, T]."""
    ordered = scores.detach()[:, anchors:].flatten().sort(descending=True).values
    place = (share * len(ordered)).long().clamp(1, len(ordered)) - 1
    return torch.where(share > 0, ordered[place], torch.inf)


class Budget:
    """The share of tokens that each routed block processes at each capacity: [grid of sixteenths][R], the mean over
    blocks being the capacity.

    Blocks share a capacity out by what their scores say: where one threshold for all blocks together would process more
    at a block, its share grows. That is the threshold `fathom calibrate` looks for; a table of thresholds itself would
    lag behind scores that drift together while routers learn.
    """

    # The share of what a pass showed that is taken over at its own capacity, and how much of that a grid point further.
    RATE, REACH = 0.2, 0.5

    def __init__(self, shares):
        self.shares = shares

    @classmethod
    def even(cls, blocks):
        """Every block the same."""
        return cls((torch.arange(STEPS + 1) / STEPS)[:, None].repeat(1, blocks))

    def at(self, capacity):
        """Shares [R]."""
        place = capacity * STEPS
        low = min(int(place), STEPS - 1)
        return torch.lerp(self.shares[low], self.shares[low + 1], place - low)

    def learn(self, capacity, scores, rate=RATE):
        """Moves towards the shares that one threshold over all blocks gives; `scores` are those of a pass at
        `capacity`, anchors apart: [R, tokens]."""
        distance = (torch.arange(STEPS + 1) - capacity * STEPS).abs()
        for step, weight in enumerate((rate * self.REACH**distance).tolist()):
            shown = pooled_shares(scores, step / STEPS)
            self.shares[step] += weight * (shown - self.shares[step])


def pooled_shares(scores, capacity):
    """The share [R] of each block's scores that is among the highest `capacity` of all."""
    count = round(capacity * scores.numel())
    if count == 0:
        return torch.zeros(len(scores))
    threshold = scores.flatten().kthvalue(scores.numel() - count + 1).values
    return (scores >= threshold).float().mean(1).cpu()


@torch.no_grad()
def first_budget(run, blocks):
    """From scratch; run(shares) gives the scores [R, tokens] of a pass. From the highest capacity down, since bypassed
    blocks change what later ones score."""
    budget = Budget.even(blocks)
    for step in range(STEPS, -1, -2):
        budget.learn(step / STEPS, run(budget.at(step / STEPS)), rate=1.0)
    return budget
