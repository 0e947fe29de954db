#!/usr/bin/env python3
"""What it costs to hold the dial: perplexity of `held` ÷ that of `table` where both do the same work.

    Benchmarks/Dial/equal.py [--fathom PATH] TEXT [TEXT ...] [options of `fathom eval` ...]

Each text is a file that `fathom eval` takes, and is scored in windows of 8192 tokens, at 21 capacities under the policy
`table` and at eight under `held`. The table's perplexity at the capacity that `held` realised lies between those at the two
nearest capacities that `table` realised, linear in its logarithm. For each text: realised:ratio, and their geometric mean;
at last the mean over all of them. A ratio below 1 is in favour of `held`.
"""

import argparse
import json
import math
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
TABLE = [step / 20 for step in range(21)]
HELD = [0.9375, 0.875, 0.8125, 0.75, 0.625, 0.5, 0.375, 0.25]


def measured(fathom, text, policy, capacities, options):
    """[capacities]: the capacity realised, and the logarithm of the perplexity."""
    run = subprocess.run([fathom, "eval", text, "--window", "8192", "--policy", policy, "--format", "json", *options,
                          "--capacities", *map(str, capacities)], stdout=subprocess.PIPE, text=True, check=True)
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    return [(row["realised"], math.log(row["perplexity"])) for row in rows]


def between(points, place):
    """The value at a place between two of the points, which ascend; None beside them."""
    for (low, first), (high, second) in zip(points, points[1:]):
        if low <= place <= high:
            return first + (second - first) * (place - low) / (high - low) if high > low else first
    return None


def mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else float("nan")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fathom", default=str(HERE.parents[1] / ".build/release/fathom"))
    parser.add_argument("texts", nargs="+", metavar="TEXT")
    arguments, options = parser.parse_known_args()
    every = []
    for text in arguments.texts:
        table = sorted(measured(arguments.fathom, text, "table", TABLE, options))
        ratios = {}
        for realised, held in measured(arguments.fathom, text, "held", HELD, options):
            if (natural := between(table, realised)) is not None:
                ratios[realised] = math.exp(held - natural)
        every += ratios.values()
        points = " ".join(f"{realised:.3f}:{ratio:.3f}" for realised, ratio in ratios.items())
        print(f"{pathlib.Path(text).name}  {points}  mean {mean(ratios.values()):.3f}", flush=True)
    print(f"all  mean {mean(every):.3f}")


main()
