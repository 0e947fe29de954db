"""Adam over flat buffers: full-precision weights, and the copies that the passes compute with."""

import math
from dataclasses import dataclass

import torch

from .compilation import compiled
from .model import MATRICES, ROUTER, STAND_IN
from .quantisation import rounded_matrix


class NotFinite(SystemExit):
    """A loss or a gradient is not a number."""


def adam(master, copy, first, second, average, origin, gradient, rate, scale, corrections, decays, pull, mixing):
    """One step of AdamW (arXiv 1711.05101), in place, whose decay goes towards `origin` and not towards 0. gradient is
    multiplied by `scale`; corrections: 1 − β₁ᵗ and 1 − β₂ᵗ; decays: β₁ and β₂; average ← (1 − mixing) · average + mixing ·
    the new weights."""
    gradient = gradient.float() * scale
    first.lerp_(gradient, 1 - decays[0])
    second.mul_(decays[1]).add_(gradient.square() * (1 - decays[1]))
    change = first / corrections[0] / ((second / corrections[1]).sqrt() + 1e-8)
    master.sub_(rate * (change + pull * (master - origin)))
    average.lerp_(master, mixing)
    copy.copy_(master)


run_adam = compiled(adam)


def sorted_tensors(model):
    """{sort: [(name, tensor)]} of all that learns: matrices, norms, routers and stand-ins."""
    sorts = {"matrices": [], "norms": [], "routers": [], "stand_ins": []}
    for name, tensor in model.tensors():
        sorts[sort_of(name.rpartition(".")[2])].append((name, tensor))
    return {sort: named for sort, named in sorts.items() if named}


def sort_of(key):
    """What sort a block's tensor of that name is."""
    for sort, keys in (("stand_ins", STAND_IN), ("routers", ROUTER), ("matrices", MATRICES)):
        if key in keys:
            return sort
    return "norms"


# What the base model does not have, and so is pulled nowhere.
ADDED = ("routers", "stand_ins")
# What passes compute with in their own kind of number, and not in fp32.
NARROW = ("matrices", "stand_ins")


class Layout:
    """Where tensors lie in a flat buffer: one after the other."""

    # So that every tensor begins on a cache line.
    ALIGNED = 64

    def __init__(self, named):
        self.shapes, self.starts, self.size = {}, {}, 0
        for name, tensor in named:
            self.starts[name], self.shapes[name] = self.size, tensor.shape
            self.size += -(-tensor.numel() // self.ALIGNED) * self.ALIGNED

    def view(self, buffer, name):
        shape = self.shapes[name]
        return buffer[self.starts[name] : self.starts[name] + shape.numel()].view(shape)


class Group(Layout):
    """Tensors of one kind and one learning rate in flat buffers.

    master, first, second, average: fp32, the weights, Adam's two moments, and a running average of the weights. copy and
    gradient: in the kind of the passes; the model's tensors and their gradients are views of them. origin: what weights
    are pulled towards.
    """

    KEPT = ("master", "first", "second", "average", "origin")

    def __init__(self, named, kind, rate):
        super().__init__(named)
        self.rate, device = rate, named[0][1].device
        for buffer in self.KEPT:
            setattr(self, buffer, torch.zeros(self.size, device=device))
        self.copy, self.gradient = (torch.zeros(self.size, dtype=kind, device=device) for _ in range(2))
        for name, tensor in named:
            self.view(self.master, name).copy_(tensor)
        for buffer in (self.average, self.origin, self.copy):
            buffer.copy_(self.master)


@dataclass(frozen=True)
class Rates:
    """model: of matrices and norms, routers: of routers and stand-ins: the peak learning rates. pull: the decay towards
    the origin. clip: the largest norm of a group's gradient. decays: Adam's β₁ and β₂. half_life: of the average of the
    weights, ÷ the steps taken so far."""

    model: float = 1e-4
    routers: float = 1e-3
    pull: float = 0.0
    clip: float = 1.0
    decays: tuple = (0.9, 0.99)
    half_life: float = 0.05


class Optimiser:
    """All that learns of a model. The model's tensors are replaced by views of the copies."""

    def __init__(self, model, kind, rates, origin=None):
        """model: fp32; origin: the model that weights are pulled towards, of `model`'s shape."""
        self.rates, self.step_count = rates, 0
        self.groups = {
            sort: Group(named, kind if sort in NARROW else torch.float32, rates.routers if sort in ADDED else rates.model)
            for sort, named in sorted_tensors(model).items()}
        self.model = model
        if origin is not None:
            for name, tensor in origin.tensors():
                for sort, group in self.groups.items():
                    if name in group.starts and sort not in ADDED:
                        group.view(group.origin, name).copy_(tensor)
        for group in self.groups.values():
            for name in group.starts:
                leaf = group.view(group.copy, name).requires_grad_()
                leaf.grad = group.view(group.gradient, name)
                model.replace(name, leaf)

    def gradients(self):
        """The flat gradients, one tensor a group."""
        return [group.gradient for group in self.groups.values()]

    def clear(self):
        for gradient in self.gradients():
            gradient.zero_()

    @torch.no_grad()
    def step(self, factor, quantised=False):
        """One update at `factor` times the peak rates; returns the gradients' norms. With `quantised` the copies are what
        int8 makes of the weights."""
        norms = {
            sort: float(torch.linalg.vector_norm(group.gradient, dtype=torch.float32)) for sort, group in self.groups.items()}
        if not all(map(math.isfinite, norms.values())):
            raise NotFinite(f"The gradients' norms are {norms}. The last checkpoint is sound.")
        self.step_count += 1
        rates, device = self.rates, next(iter(self.groups.values())).master.device
        number = lambda value: torch.tensor(value, dtype=torch.float32, device=device)
        corrections = number([1 - decay**self.step_count for decay in rates.decays])
        mixing = 1 - 0.5 ** (1 / max(rates.half_life * self.step_count, 1))
        for sort, group in self.groups.items():
            run_adam(
                group.master, group.copy, group.first, group.second, group.average, group.origin, group.gradient,
                number(group.rate * factor), number(min(1.0, rates.clip / (norms[sort] + 1e-6))), corrections,
                number(rates.decays), number(0.0 if sort in ADDED else rates.pull), number(mixing))
        if quantised:
            self.fill(self.model, "master", True)
        return norms

    @torch.no_grad()
    def fill(self, model, buffer, quantised):
        """Writes what a buffer holds into the tensors of a model of this shape, as int8 makes it where asked."""
        for name, target in model.tensors():
            for group in self.groups.values():
                if name in group.starts:
                    found = group.view(getattr(group, buffer), name)
                    target.copy_(rounded_matrix(name.rpartition(".")[2], found) if quantised else found)

    def state(self):
        return {"step_count": self.step_count, "groups": {
            sort: {name: getattr(group, name) for name in Group.KEPT} for sort, group in self.groups.items()}}

    @torch.no_grad()
    def restore(self, state):
        """Goes on from a state. Of what that does not know, such as new stand-ins, nothing has been learnt yet."""
        self.step_count = state["step_count"]
        for sort, kept in state["groups"].items():
            group = self.groups[sort]
            for name in Group.KEPT:
                getattr(group, name).copy_(kept[name])
            group.copy.copy_(group.master)


@torch.no_grad()
def fill_from(state, model, buffer):
    """Writes what a buffer of an optimiser's state holds into the tensors of a model of its shape."""
    for sort, named in sorted_tensors(model).items():
        layout = Layout(named)
        for name, target in named:
            target.copy_(layout.view(state["groups"][sort][buffer], name))
