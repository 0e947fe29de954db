"""Writes a run's weights as a model file.

    python -m recipe.export --run runs/first --origin MOD.gguf --out trained.gguf
    fathom calibrate trained.gguf -o models/smollm2-135m-mod.gguf
"""

import argparse
from pathlib import Path

import torch

from . import weights
from .student import student, to_file


def main():
    parser = argparse.ArgumentParser(prog="recipe.export", description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path, required=True, help="the run's folder")
    parser.add_argument("--origin", type=Path, required=True, help="the file the run started from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", default="SmolLM2-135M-MoD")
    options = parser.parse_args()
    state = torch.load(options.run / "checkpoint.pt", map_location="cpu", weights_only=True)
    origin = weights.read(options.origin)
    model = student(origin, state["routed"], state["kv"], state["router_hidden"])
    model.load_state_dict(state["model"])
    for block, factor, offset in zip(model.shape.routed, *state["scale"]):
        outer = model.blk[block].depth_router.outer
        outer.weight.data *= factor
        outer.bias.data = outer.bias.data * factor + offset
    file = to_file(model, origin)
    kind = file.metadata["general.name"][1]
    file.metadata["general.name"] = (options.name, kind, None)
    # Thresholds are for `fathom calibrate` to find; until then whatever scores above zero is processed.
    weights.write(options.out, file, [[0.0, 0.0]] * len(model.shape.routed), [0.0, 1.0])
    print(f"{options.out}: step {state['step']}")


if __name__ == "__main__":
    main()
