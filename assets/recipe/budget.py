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
    blocks being the capacity. The file carries them, and `fathom calibrate` finds thresholds that keep them.

    The shares stay as they were when training began. Letting them follow the scores undoes them: the optimiser moves
    every router by its own gradient's usual size, so the scores of blocks that matter little rise as fast as those of
    blocks that matter much.
    """

    def __init__(self, shares):
        self.shares = shares

    def at(self, capacity):
        """Shares [R]."""
        place = capacity * STEPS
        low = min(int(place), STEPS - 1)
        return torch.lerp(self.shares[low], self.shares[low + 1], place - low)


def pooled_shares(scores, capacity):
    """The share [R] of each block's scores [R, tokens] that is among the highest `capacity` of all.

    A block whose router says nothing yet, so that all its scores are the same, processes `capacity` itself.
    """
    silent = scores.amax(1) == scores.amin(1)
    shares = torch.full((len(scores),), float(capacity))
    telling = scores[~silent]
    count = round(capacity * telling.numel())
    if count == 0 or not len(telling):
        return shares if len(telling) == 0 else torch.where(silent.cpu(), shares, 0.0)
    threshold = telling.flatten().kthvalue(telling.numel() - count + 1).values
    shares[~silent.cpu()] = (telling >= threshold).float().mean(1).cpu()
    return shares


@torch.no_grad()
def first_budget(run, blocks):
    """Shares a capacity out by what the scores say, as one threshold for all blocks would; run(shares) gives the scores
    [R, tokens] of a pass. From the highest capacity down, since bypassed blocks change what later ones score."""
    shares = torch.ones(STEPS + 1, blocks)
    for step in range(STEPS - 1, -1, -1):
        shares[step] = pooled_shares(run(shares[step + 1]), step / STEPS)
    return Budget(shares)
