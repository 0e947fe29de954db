"""What the held-out text says of a model in training."""

import math

import torch

from .distillation import surprise

CAPACITIES = (1.0, 0.75, 0.5, 0.25)


@torch.no_grad()
def evaluate(model, batches, budget, size, device, kind):
    """{capacity: perplexity of the tokens that count} over all rows of `batches`.

    A guide while training: what counts is measured by `fathom eval` on the exported file.
    """
    result = {}
    for capacity in CAPACITIES:
        loss = count = 0.0
        for first in range(0, len(batches), size):
            tokens, weight = batches.batch(range(first, min(first + size, len(batches))), device)
            with torch.autocast(torch.device(device).type, kind, enabled=kind != torch.float32):
                trace = model(tokens, None if capacity == 1 else budget.at(capacity).to(device))
            counts = (weight[:, :-1] >= 1).flatten()
            each = surprise(trace.output[:, :-1].flatten(0, 1), model.token_embd, tokens[:, 1:].flatten(), kind)
            loss, count = loss + float(each[counts].sum()), count + int(counts.sum())
        result[capacity] = math.exp(loss / max(count, 1))
    return result
