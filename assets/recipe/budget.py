"""The shares of a capacity that routed blocks have.

Shapes: R routed blocks; shares are pairs [2, R]: of tokens that go full, and of tokens that are processed, full or thin.
"""

import torch

from .routing import FULL, PROCESSED

STEPS = 16


def work_of(shares, thin_work):
    """The capacity that shares [2, R] come to: the routed blocks' work ÷ all of it."""
    return float((thin_work * shares[PROCESSED] + (1 - thin_work) * shares[FULL]).mean())


class Budget:
    """The shares of each routed block at each capacity: [grid of sixteenths][2][R]. The file carries them, and
    `fathom calibrate` finds thresholds that keep them.

    The shares stay as they were when training began. Letting them follow the scores undoes them: the optimiser moves
    every router by its own gradient's usual size, so the scores of blocks that matter little rise as fast as those of
    blocks that matter much.
    """

    def __init__(self, shares):
        self.shares = shares

    def at(self, capacity):
        """Shares [2, R]; linear between the points of the grid."""
        place = capacity * STEPS
        low = min(int(place), STEPS - 1)
        return torch.lerp(self.shares[low], self.shares[low + 1], place - low)


def pooled_shares(scores, share):
    """The shares [R] that blocks have when one threshold for all their scores [R, tokens] lets `share` of them through.

    A block whose router says nothing yet, so that all its scores are equal, has `share` itself.
    """
    silent = scores.amax(1) == scores.amin(1)
    shares = torch.full((len(scores),), float(share))
    telling = scores[~silent]
    count = round(share * telling.numel())
    if count == 0 or not len(telling):
        return shares if len(telling) == 0 else torch.where(silent.cpu(), shares, 0.0)
    threshold = telling.flatten().kthvalue(telling.numel() - count + 1).values
    shares[~silent.cpu()] = (telling >= threshold).float().mean(1).cpu()
    return shares


@torch.no_grad()
def scored_budget(run, blocks):
    """A budget of the shares that one threshold for all blocks' scores gives, without a thin path; run(shares) gives the
    scores [R, tokens] of a pass. From the highest capacity down, since bypassed blocks change what later blocks score."""
    shares = torch.ones(STEPS + 1, 2, blocks)
    for step in range(STEPS - 1, -1, -1):
        shares[step] = pooled_shares(run(shares[step + 1]), step / STEPS)
    return Budget(shares)


# Shares of tokens in full, and in full or thin, that a capacity is best spent on before blocks differ: measured on the
# base model with a thin path of half the hidden units.
GRADED = ((0.0, 0.0), (0.125, 0.75), (0.25, 0.875), (0.5, 1.0), (0.75, 1.0), (1.0, 1.0))


def graded_budget(plain, thin_work):
    """A first budget for a model with a thin path, from a budget without: at each capacity the shares of GRADED that come
    to it."""
    graded = lambda full, most: torch.stack((plain.at(full)[PROCESSED], plain.at(most)[PROCESSED]))
    points = [(work_of(graded(full, most), thin_work), full, most) for full, most in GRADED]
    rows = []
    for step in range(STEPS + 1):
        # The last point may fall just short of 1.
        capacity = min(step / STEPS, points[-1][0])
        for (low, *below), (high, *above) in zip(points, points[1:]):
            if capacity <= high:
                part = (capacity - low) / max(high - low, 1e-9)
                rows.append(graded(*(a + part * (b - a) for a, b in zip(below, above))))
                break
    return Budget(torch.stack(rows))
