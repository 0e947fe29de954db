"""Learning rates and capacities of a run without an end, and of the cooldown that turns it into weights.

Warm-up, stable, decay (arXiv 2404.06395): the rate rises over the first steps and stays; whenever weights are wanted a copy
of the run goes on with a rate that falls to 0.
"""

import math
from dataclasses import dataclass

GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Schedule:
    """warmup: the steps over which the rate rises. descent: those over which the lowest capacity comes down from 1.
    cooldown: the steps over which the rate falls to 0, from `begun` on; 0 for none. lowest: the lowest capacity that is
    trained for much."""

    warmup: int = 50
    descent: int = 100
    begun: int = 0
    cooldown: int = 0
    lowest: float = 0.45

    # Fractions of the passes: at the dense model, and at capacities from half the lowest up to the lowest.
    DENSE, BELOW = 0.1, 0.05
    # The last part of a cooldown, as a fraction, sees the weights as int8.
    QUANTISED = 0.5

    def cooled(self, step):
        """How much of the cooldown is done, 0…1."""
        return min(max(step - self.begun, 0) / self.cooldown, 1) if self.cooldown else 0.0

    def rate(self, step):
        """The learning rate at a step ÷ the peak rate."""
        return min((step + 1) / max(self.warmup, 1), 1.0) * (1 - self.cooled(step))

    def is_over(self, step):
        return bool(self.cooldown) and self.cooled(step) >= 1

    def is_quantised(self, step):
        return self.cooled(step) > 1 - self.QUANTISED

    def capacity(self, place, step):
        """The capacity at a place, 0…1, of the distribution that is trained for: the highest first."""
        floor = 1 - (1 - self.lowest) * min(step / self.descent, 1) if self.descent else self.lowest
        if place < self.DENSE:
            return 1.0
        if place >= 1 - self.BELOW:
            return floor * (1 - 0.5 * (place - 1 + self.BELOW) / self.BELOW)
        return 1 - (1 - floor) * (place - self.DENSE) / (1 - self.DENSE - self.BELOW)

    def capacities(self, step, passes, rank, world):
        """The capacities of a process's passes in a step. Those of all processes are spread evenly over the distribution,
        over every step and over any run of steps, and dealt so that processes have about as much to compute."""
        count = passes * world
        shift = (step * GOLDEN) % 1
        spread = [self.capacity((index + shift) / count, step) for index in range(count)]
        # To and fro, as children pick teams.
        turns = [index if (index // world) % 2 == 0 else (index // world) * world + world - 1 - index % world for index in range(count)]
        return [spread[index] for index in turns[rank::world]]


class RunningMeans:
    """The mean loss at each capacity, by which losses are divided so that none outweighs the others: by sixteenths, linear
    in between, and forgotten with time."""

    STEPS, KEPT = 16, 0.98
    # A model that is still its teacher has no loss to speak of.
    LEAST = 0.02

    def __init__(self, values=None):
        self.values = values or {}

    def add(self, capacity, loss):
        place = round(capacity * self.STEPS)
        known = self.values.get(place, loss)
        self.values[place] = self.KEPT * known + (1 - self.KEPT) * loss

    def at(self, capacity):
        """None where nothing is known yet."""
        if not self.values:
            return None
        places = sorted(self.values)
        place = min(max(capacity * self.STEPS, places[0]), places[-1])
        low = max(known for known in places if known <= place)
        high = min(known for known in places if known >= place)
        part = (place - low) / (high - low) if high > low else 0
        return max(self.values[low] + part * (self.values[high] - self.values[low]), self.LEAST)
