"""Fits what stands in for the blocks that a token bypasses, without training: for each block the map of low rank from
its normed input that is nearest to its change of the residual, by least squares.

Shapes: N tokens, d the embedding length, r the rank, R routed blocks.
"""

from dataclasses import replace

import torch

from .model import STAND_IN, Model, rms_norm

# The ridge, in units of the variance of the inputs × the tokens.
RIDGE = 0.05


class ReducedRank:
    """Least squares by a map of a given rank with a ridge (reduced-rank regression, Izenman 1975,
    doi:10.1016/0047-259X(75)90042-1), from sums over tokens."""

    def __init__(self, width, device):
        self.sums = torch.zeros(2 * width + 1, width + 1, dtype=torch.float64, device=device)
        self.width = width

    def add(self, inputs, outputs):
        """inputs and outputs [n, d]."""
        ones = torch.ones(len(inputs), 1, device=inputs.device)
        self.sums += (torch.cat((inputs, outputs, ones), 1).t() @ torch.cat((inputs, ones), 1)).double()

    def solve(self, rank):
        """(inner [r, d], outer [r, d], bias [d]) in fp32 that minimise Σ |outerᵀ · (inner · x) + bias − y|² and the ridge's
        λ · |outerᵀ · inner|². Without tokens the map gives nothing, but may learn."""
        width = self.width
        count = self.sums[-1, -1].clamp(min=1)
        squares, products = self.sums[:width, :width], self.sums[width : 2 * width, :width]
        input_mean, output_mean = self.sums[:width, -1] / count, self.sums[width : 2 * width, -1] / count
        squares = squares - count * torch.outer(input_mean, input_mean)
        products = products - count * torch.outer(output_mean, input_mean)
        ridge = RIDGE * squares.trace() / width + 1e-9
        system = squares + ridge * torch.eye(width, dtype=squares.dtype, device=squares.device)
        # The best map of full rank, [outputs][inputs], and the directions in which what it says varies most.
        whole = torch.linalg.solve(system, products.t()).t()
        directions = torch.linalg.eigh(whole @ products.t()).eigenvectors[:, -rank:]
        inner = directions.t() @ whole
        # As large as each other, so that they learn alike.
        balance = (inner.norm() / directions.norm()).sqrt() or 1.0
        bias = output_mean - directions @ (inner @ input_mean)
        return (inner / balance).float(), (directions.t() * balance).float(), bias.float()


def with_stand_ins(model, found, part=1.0):
    """The model with a part of what stands in for its routed blocks: for each (inner [r, d], outer [r, d], bias [d])."""
    blocks = list(model.blocks)
    for block, (inner, outer, bias) in zip(model.shape.routed, found, strict=True):
        blocks[block] = blocks[block] | dict(zip(STAND_IN, (inner, part * outer, part * bias)))
    shape = replace(model.shape, stand_in_rank=len(found[0][0]))
    return Model(shape, model.token_embd, model.output_norm, blocks)


@torch.no_grad()
def fitted(model, parts, rank, total=lambda tensor: tensor):
    """What stands in for each routed block of a model without, as `with_stand_ins` takes it. parts: for each pass tokens
    [B, T] and the shares [2, R] that blocks process of them. Block by block, so that the inputs are those that a block
    gets where others are bypassed, with what stands in for them. total: over processes that have other parts."""
    shape, found = model.shape, []
    entering = [torch.nn.functional.embedding(tokens.flatten(), model.token_embd).float() for tokens, _ in parts]
    for index in range(shape.routed[-1] + 1):
        block = model.blocks[index]
        through = Model(replace(shape, blocks=index + 1), model.token_embd, model.output_norm, list(model.blocks))

        def run(tokens, x, shares=None):
            trace = through(tokens, shares, states=(index,), resume=(index, x))
            return trace.states[index], trace.processed

        if index in shape.routed:
            sums = ReducedRank(shape.embedding, model.token_embd.device)
            for (tokens, shares), x in zip(parts, entering):
                bypassed = run(tokens, x, shares)[1][0] == 0
                normed = rms_norm(x, block["attn_norm"], shape.epsilon)
                sums.add(normed[bypassed], (run(tokens, x)[0] - x)[bypassed])
            sums.sums = total(sums.sums)
            found.append(sums.solve(rank))
            kind = block["q"].dtype
            through.blocks[index] = block | dict(zip(STAND_IN, (tensor.to(kind) for tensor in found[-1])))
        entering = [run(tokens, x, shares)[0] for (tokens, shares), x in zip(parts, entering)]
    return found
