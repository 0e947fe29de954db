"""Computes what a small model with a thin path should say, by the recipe's PyTorch forward pass on its int8 weights.

    PYTHONPATH=assets python3 make_thin_path.py thin-path.gguf

Writes the model, random but for its thresholds, with what is expected of it among its keys: general.reference.tokens, and
for each capacity, as a percentage P, general.reference.P.logits ([token][vocabulary]) and general.reference.P.grades
([routed block][token]: 0 is bypassed, 1 thin, 2 full). Needs torch and gguf.
"""

import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
import torch

from recipe import names, weights
from recipe.budget import STEPS, Budget, graded_budget
from recipe.routing import FULL, PROCESSED
from recipe.student import student

WIDTH, ROWS, VOCABULARY, BLOCKS, ROUTED, ANCHORS, LENGTH = 32, 128, 48, 3, (1, 2), 2, 32
CAPACITIES = (25, 50, 75, 90)
KIND = gguf.GGUFValueType


def random_file(random):
    numbers = {
        "block_count": BLOCKS, "context_length": 64, "embedding_length": WIDTH, "attention.head_count": 1,
        "attention.head_count_kv": 1, "feed_forward_length": ROWS}
    metadata = {key: (value, KIND.UINT32, None) for key, value in numbers.items()} | {
        "attention.layer_norm_rms_epsilon": (1e-5, KIND.FLOAT32, None), "rope.freq_base": (1e4, KIND.FLOAT32, None),
        "tokenizer.ggml.tokens": ([f"t{id}" for id in range(VOCABULARY)], KIND.ARRAY, KIND.STRING),
        "routing.blocks": (list(ROUTED), None, None), "routing.kv": ("all", None, None),
        "routing.anchor_tokens": (ANCHORS, None, None), "routing.thin_width": (0.5, None, None)}
    tensor = lambda size, *sizes: random.normal(0, size, sizes).astype(np.float32)
    tensors = {"token_embd.weight": tensor(0.5, VOCABULARY, WIDTH), "output_norm.weight": 0.4 + tensor(0.1, WIDTH)}
    for block in range(BLOCKS):
        sizes = {f"attn_{name}": (WIDTH, WIDTH) for name in ("q", "k", "v", "output")}
        sizes |= {"ffn_gate": (ROWS, WIDTH), "ffn_up": (ROWS, WIDTH), "ffn_down": (WIDTH, ROWS)}
        tensors |= {f"blk.{block}.{name}.weight": tensor(0.2, *size) for name, size in sizes.items()}
        tensors |= {f"blk.{block}.{name}_norm.weight": 1 + tensor(0.2, WIDTH) for name in ("attn", "ffn")}
        if block in ROUTED:
            router = {"in.weight": (8, WIDTH), "in.bias": (8,), "out.weight": (8,), "out.bias": (1,)}
            tensors |= {f"blk.{block}.depth_router.{name}": tensor(0.5, *size) for name, size in router.items()}
    return weights.ModelFile(metadata, tensors)


def threshold(scores, share):
    """(what the share of the scores reaches, how far it is from the nearest score)."""
    ordered = scores.sort(descending=True).values.tolist()
    count = int(share * len(ordered) + 0.5)
    above, below = ordered[:count] or [ordered[0] + 2], ordered[count:] or [ordered[-1] - 2]
    return (above[-1] + below[0]) / 2, (above[-1] - below[0]) / 2


def attempt(seed, path):
    """Writes the model of that seed, if no score is so near a threshold that rounding could send a token another way, and
    no threshold rises with the capacity."""
    random = np.random.default_rng(seed)
    grid = [0, *(percent / 100 for percent in CAPACITIES), 1]
    table = lambda first, last: {place: [first, *[0.0] * len(CAPACITIES), last] for place in range(len(ROUTED))}
    with tempfile.TemporaryDirectory() as folder:
        # What is computed with is what the file holds: int8.
        draft = random_file(random)
        weights.write(Path(folder) / "draft.gguf", draft, list(table(0, 0).values()), grid)
        file = weights.read(Path(folder) / "draft.gguf")
    model = student(file, router_hidden=8)
    plain = Budget((torch.arange(STEPS + 1) / STEPS)[:, None, None].expand(-1, 2, len(ROUTED)))
    budget = graded_budget(plain, model.shape.thin_work)
    tokens = torch.from_numpy(random.integers(0, VOCABULARY, (1, LENGTH)))
    tables = [table(9, -9), table(9, -9)]
    draft.metadata["general.reference.tokens"] = (tokens[0].tolist(), KIND.ARRAY, KIND.INT32)
    for point, percent in enumerate(CAPACITIES, 1):
        shares = budget.at(percent / 100)
        with torch.no_grad():
            trace = model(tokens, shares)
            logits = trace.output @ model.token_embd.T
        grades = (trace.processed + trace.processed * trace.full).int()
        for grade in (FULL, PROCESSED):
            for place, scores in enumerate(trace.scores):
                tables[grade][place][point], distance = threshold(scores[ANCHORS:], float(shares[grade, place]))
                if distance < 0.02:
                    return False
        name = f"general.reference.{percent}."
        draft.metadata[name + "logits"] = (logits.flatten().tolist(), KIND.ARRAY, KIND.FLOAT32)
        draft.metadata[name + "grades"] = (grades.flatten().tolist(), KIND.ARRAY, KIND.INT32)
    rows = [row for grade in tables for row in grade.values()]
    if any(high < low for row in rows for high, low in zip(row, row[1:])):
        return False
    shares = torch.stack([budget.at(capacity) for capacity in grid])
    for place, block in enumerate(ROUTED):
        full, processed = shares[:, FULL, place].numpy(), shares[:, PROCESSED, place].numpy()
        rows = {names.SHARE: full, names.THIN_SHARE: processed - full}
        draft.tensors |= {names.in_block(block, name): row for name, row in rows.items()}
    weights.write(path, draft, *[list(tables[FULL].values()), grid, list(tables[PROCESSED].values())])
    print(f"{path}: seed {seed}")
    return True


if __name__ == "__main__":
    next(seed for seed in range(100_000) if attempt(seed, sys.argv[1]))
