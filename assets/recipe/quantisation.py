"""Weights as the engine will read them, while training."""

import torch

from .model import MATRICES, Model

GROUP = 32


@torch.no_grad()
def rounded(weight, inputs=-1):
    """Q8_0 and back: int8 with an fp16 scale for each group of 32 along the dimension `inputs`."""
    groups = weight.movedim(inputs, -1).unflatten(-1, (-1, GROUP))
    scale = groups.abs().amax(-1, keepdim=True) / 127
    scaled = groups * torch.where(scale > 0, 1 / scale, 0)
    # Halves go away from zero, as in the file format.
    levels = torch.trunc(scaled + torch.copysign(torch.full_like(scaled, 0.5), scaled))
    return (levels * scale.half().float()).flatten(-2).movedim(-1, inputs)


# The matrices that lie as [in, out]; every other lies as [out, in].
WIDE = ("q", "gate_up", "gate_up_rest", "stand_in_outer")


def rounded_matrix(name, tensor):
    """A block's tensor as int8 makes it; what is no matrix stays."""
    return rounded(tensor, 0 if name in WIDE else -1) if name in MATRICES else tensor


def rounded_model(model):
    """The model as its file will hold it, fp32."""
    blocks = [{name: rounded_matrix(name, x) for name, x in block.items()} for block in model.blocks]
    return Model(model.shape, rounded(model.token_embd), model.output_norm, blocks)
