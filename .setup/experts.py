#!/usr/bin/env python3
"""Compares four ways to read fewer of a model's weights for a token, without training: the table of experts in README.

    python3 .setup/experts.py .build/release/fathom .model/base/SmolLM2-135M-Instruct.Q4_1.gguf FOLDER

Mixture-of-Depths alone, experts alone, depth routers before experts (staged), and a no-op among experts in place of depth
routers (integrated). All are converted from one model, fitted to the chats that come with fathom, and scored on the
replies in assets/calibration/held-out.jsonl. Conversions are kept in FOLDER, and are not made again where they are
there; all of it takes half an hour on two cores. Needs nothing but Python's standard library.
"""

import json
import subprocess
import sys
from pathlib import Path

EXPERTS = 24
# Of so many experts a token that goes through 7/8, 3/4 or 5/8 reads about as much as at these capacities.
TOPS, CAPACITIES = (21, 18, 15), (0.875, 0.75, 0.625)
# What is staged leaves out few experts, and blocks for the rest.
STAGED_TOP, STAGED_CAPACITIES = 22, (0.955, 0.83, 0.7)
TEXT = "assets/calibration/held-out.jsonl"


def convert(fathom, base, folder, name, *options):
    """The first file of a conversion."""
    made = lambda: sorted(folder.glob(f"{name}*.gguf"))
    if not made():
        subprocess.run([fathom, "convert", base, "-o", folder / f"{name}.gguf", *options], check=True, stdout=sys.stderr)
    return made()[0]


def use_experts(path, count):
    """Writes into a model's file through how many experts a token goes."""
    data = path.read_bytes()
    place = data.index(b".expert_used_count") + len(b".expert_used_count") + 4
    with path.open("r+b") as file:
        file.seek(place)
        file.write(count.to_bytes(4, "little"))


def scores(fathom, path, *capacities):
    """[(share of the dense model's weights read, perplexity)], by capacity."""
    options = ["--policy", "held", "--capacities", *map(str, capacities)] if capacities else []
    command = [fathom, "eval", TEXT, "--model", path, "--format", "json", *options]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()
    return [(row["reads"], row["perplexity"]) for row in map(json.loads, lines)]


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    fathom, base, folder = (Path(argument).resolve() for argument in sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    depth = convert(fathom, base, folder, "depth")
    rows = {"depth routers": scores(fathom, depth, *CAPACITIES)}
    staged = convert(fathom, base, folder, "staged", "--experts", str(EXPERTS), "--top", str(STAGED_TOP))
    rows["experts"] = []
    for top in TOPS:
        # At capacity 1 a staged model is one of experts alone.
        use_experts(staged, top)
        rows["experts"] += scores(fathom, staged, 1)
    use_experts(staged, STAGED_TOP)
    rows["staged"] = scores(fathom, staged, *STAGED_CAPACITIES)
    rows["integrated"] = []
    for top in TOPS:
        options = ("--experts", str(EXPERTS), "--top", str(top), "--integrated")
        rows["integrated"] += scores(fathom, convert(fathom, base, folder, f"integrated-{top}", *options))
    print("dense model", *(f"{perplexity:.2f}" for _, perplexity in scores(fathom, depth, 1)))
    for name, row in rows.items():
        print(f"| {name} |", " | ".join(f"{perplexity:.2f} at {100 * reads:.1f} %" for reads, perplexity in row), "|")


if __name__ == "__main__":
    main()
