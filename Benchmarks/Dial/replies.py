#!/usr/bin/env python3
"""How near the dial comes to what is asked of it in replies that are generated freely at nine capacities.

    Benchmarks/Dial/replies.py [--fathom PATH] [options of `fathom run` ...]

For each capacity: the tokens of four replies, realised less asked over all of them and over each reply of 500 tokens or more,
and of every run of 128 tokens after a reply's first 64 how many lie within 5 points. For models without a thin path whose
blocks without a router are the first and the last, as many at either end.
"""

import argparse
import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
PROMPTS = ["Why is the sky blue?", "Write a long story about a lighthouse keeper.",
           "Write a Python program that sorts a list, with comments.",
           "List twenty animals and say a sentence about each."]
CAPACITIES = [0.9375, 0.875, 0.8125, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]


def works(fathom, prompt, capacity, seed, options):
    """[tokens of the reply]: of the blocks that have a router, those that took the token, ÷ all of them."""
    run = subprocess.run([fathom, "run", "--format", "json", "--capacity", str(capacity), "--seed", str(seed), "--max-tokens", "700",
                          *options, prompt], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    tokens = [json.loads(line) for line in run.stdout.splitlines()]
    shares = []
    for token in tokens:
        if not token.get("grades"):
            continue
        # Grades are those of all blocks, scores those of the blocks with a router.
        routed = len(token["scores"])
        first = (len(token["grades"]) - routed) // 2
        shares.append(sum(grade == "full" for grade in token["grades"][first:first + routed]) / routed)
    return shares


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fathom", default=str(HERE.parents[1] / ".build/release/fathom"))
    arguments, options = parser.parse_known_args()
    print(f"{'capacity':>8} {'tokens':>6} {'real - asked':>12} {'worst reply':>11} {'runs within 5':>13}")
    for capacity in CAPACITIES:
        replies = [works(arguments.fathom, prompt, capacity, seed, options) for seed, prompt in enumerate(PROMPTS, 3)]
        every = [work for reply in replies for work in reply]
        longest = [sum(reply) / len(reply) - capacity for reply in replies if len(reply) >= 500]
        runs = [sum(reply[first:first + 128]) / 128 - capacity
                for reply in replies for first in range(64, len(reply) - 127)]
        kept = sum(abs(run) <= 0.05 for run in runs)
        print(f"{capacity:8} {len(every):6} {sum(every) / len(every) - capacity:12.4f} "
              f"{max(longest, key=abs, default=float('nan')):11.4f} {kept / len(runs) if runs else float('nan'):13.3f}",
              flush=True)


main()
