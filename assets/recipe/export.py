"""Writes a run's weights as a model file.

    python -m recipe.export --run runs/main-cooled --origin MOD.gguf --out trained.gguf
    fathom calibrate trained.gguf -o models/smollm2-135m-mod.gguf
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from . import names, weights
from .budget import STEPS
from .model import Shape
from .optimiser import fill_from
from .student import model_of, to_file


def exported(state, origin, buffer="average"):
    """A checkpoint's weights as a file's content. Metadata and embedding, which do not learn, are those of `origin`.
    buffer: "average", or "master" for the last weights themselves."""
    shape = Shape(**state["shape"])
    model = model_of(origin, replace(shape, routed=tuple(shape.routed)))
    fill_from(state["optimiser"], model, buffer)
    return to_file(model, origin, state["shares"])


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="recipe.export", description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path, required=True, help="the run's folder")
    parser.add_argument("--origin", type=Path, required=True, help="the file the run started from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", default="SmolLM2-135M-MoD")
    parser.add_argument("--last", action="store_true", help="the last weights, not their average")
    options = parser.parse_args(arguments)
    # Of a checkpoint, which has the optimiser's memory, too, only what is used is read.
    state = torch.load(options.run / "checkpoint.pt", map_location="cpu", weights_only=True, mmap=True)
    file = exported(state, weights.read(options.origin), "master" if options.last else "average")
    kind = file.metadata["general.name"][1]
    file.metadata["general.name"] = (options.name, kind, None)
    # Thresholds are for `fathom calibrate` to find, from the shares; until then whatever scores above zero goes full.
    grid = [step / STEPS for step in range(STEPS + 1)]
    weights.write(options.out, file, [[0.0] * len(grid)] * len(file.value(names.BLOCKS)), grid)
    print(f"{options.out}: step {state['step']}, {state['tokens']} token-passes")


if __name__ == "__main__":
    main()
