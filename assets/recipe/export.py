"""Writes a run's weights as a model file.

    python -m recipe.export --run runs/first --origin MOD.gguf --out trained.gguf
    fathom calibrate trained.gguf -o models/smollm2-135m-mod.gguf
"""

import argparse
from pathlib import Path

import torch

from . import weights
from .budget import STEPS
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
    file = to_file(model, origin, state["shares"])
    kind = file.metadata["general.name"][1]
    file.metadata["general.name"] = (options.name, kind, None)
    # Thresholds are for `fathom calibrate` to find, from the shares; until then whatever scores above zero is processed.
    grid = [step / STEPS for step in range(STEPS + 1)]
    weights.write(options.out, file, [[0.0] * len(grid)] * len(model.shape.routed), grid)
    print(f"{options.out}: step {state['step']}")


if __name__ == "__main__":
    main()
