"""How rates and capacities go over a run."""

import math
from dataclasses import dataclass

GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Schedule:
    """What holds when a share of the run, 0…1, is done: of its steps or of its time, whichever is further."""

    lowest: float
    # The lowest capacity goes from 1 down to `lowest` over this share.
    descent: float = 0.2
    # Steps, not a share: a run's first seconds may all be compilation.
    warmup: int = 50
    # The last share sees the weights as int8.
    quantised: float = 0.1

    def rate(self, share, step):
        """The share of the peak learning rate: a cosine that a linear warm-up comes before."""
        return min((step + 1) / self.warmup, 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share)))

    def floor(self, share):
        """The lowest capacity."""
        return 1 - (1 - self.lowest) * (min(share / self.descent, 1) if self.descent else 1)

    def capacities(self, share, step, passes):
        """The capacities of a step's passes. With three or more it is a sandwich (arXiv 1903.05134): the dense model, the
        lowest, and others between. With fewer the steps share these out: one in five dense, one in ten the lowest."""
        floor = self.floor(share)
        # Evenly spread over any run of steps.
        spread = lambda index: (index * GOLDEN) % 1
        if passes >= 3:
            between = [floor + (1 - floor) * spread(step * (passes - 2) + index) for index in range(passes - 2)]
            return [1.0, floor, *between]
        result = []
        for index in range(passes):
            place = spread(step * passes + index)
            result.append(1.0 if place < 0.2 else floor + (1 - floor) * max(place - 0.3, 0) / 0.7)
        return result

    def is_quantised(self, share):
        return share >= 1 - self.quantised
