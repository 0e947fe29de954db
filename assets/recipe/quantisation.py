"""Weights as the engine will read them, while training."""

import contextlib

import torch

GROUP = 32


@torch.no_grad()
def rounded(weight):
    """Q8_0 and back: int8 with an fp16 scale for each group of 32 in a row."""
    groups = weight.unflatten(-1, (-1, GROUP))
    scale = groups.abs().amax(-1, keepdim=True) / 127
    scaled = groups * torch.where(scale > 0, 1 / scale, 0)
    # Halves go away from zero, as in the file format.
    levels = torch.trunc(scaled + torch.copysign(torch.full_like(scaled, 0.5), scaled))
    return (levels * scale.half().float()).flatten(-2)


@contextlib.contextmanager
def quantised(parameters, active):
    """Replaces the matrices by what int8 makes of them and puts them back after, so that gradients taken inside go
    straight through to the full weights."""
    if not active:
        yield
        return
    kept = [(parameter, parameter.data) for parameter in parameters]
    for parameter, data in kept:
        parameter.data = rounded(data)
    try:
        yield
    finally:
        for parameter, data in kept:
            parameter.data = data
