#!/usr/bin/env python3
"""What sampling options do to sixty replies: loops, early ends, replies cut by their length, and code that runs.

    Benchmarks/Sampling/run.py [--fathom PATH] [--seeds N] "options" ["options" ...]

Each argument is one set of options of `fathom run`, "" for the defaults. A loop is a reply in which some stretch of twelve
words comes four times, or which ends with a stretch repeated to the end of its last thirty tokens. An early end is a reply
of fewer than eight words. Code counts as run when what stands between the fences compiles, and exits with 0 within five
seconds.
"""

import argparse
import collections
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LONGEST = 400


def loops(text):
    words = text.split()
    stretches = collections.Counter(tuple(words[i:i + 12]) for i in range(len(words) - 11))
    if stretches and max(stretches.values()) >= 4:
        return True
    pieces = re.findall(r"\w+|[^\w\s]|\n", text)[-30:]
    return len(pieces) == 30 and any(
        all(pieces[i] == pieces[i - period] for i in range(period, 30)) for period in range(1, 11))


def runs(text):
    code = "\n".join(re.findall(r"```(?:python|Python|py)?\n(.*?)(?:```|\Z)", text, re.S)) or text
    try:
        compile(code, "reply", "exec")
    except (SyntaxError, ValueError):
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            return subprocess.run(
                [sys.executable, "-I", "-c", code], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                timeout=5).returncode == 0
        except subprocess.TimeoutExpired:
            return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("options", nargs="+")
    parser.add_argument("--fathom", default=str(HERE.parents[1] / ".build/release/fathom"))
    parser.add_argument("--seeds", type=int, default=1)
    arguments = parser.parse_args()
    prompts = [line.split(" ", 1) for line in (HERE / "prompts.txt").read_text().splitlines()]
    print(f"{'options':48} replies  loops  early  cut  code runs  words")
    for options in arguments.options:
        count = collections.Counter()
        for seed in range(arguments.seeds):
            for kind, prompt in prompts:
                done = subprocess.run(
                    [arguments.fathom, "run", "--seed", str(seed), "--max-tokens", str(LONGEST), *shlex.split(options),
                     prompt], stdin=subprocess.DEVNULL, capture_output=True, text=True)
                if done.returncode:
                    sys.exit(done.stderr)
                text = done.stdout
                count["replies"] += 1
                count["words"] += len(text.split())
                count["loops"] += loops(text)
                count["early"] += len(text.split()) < 8
                count["cut"] += "--max-tokens" in done.stderr
                if kind == "code":
                    count["code"] += 1
                    count["runs"] += runs(text)
        code = f"{count['runs']} of {count['code']}"
        print(
            f"{options or '(defaults)':48} {count['replies']:7}  {count['loops']:5}  {count['early']:5}  {count['cut']:3}"
            f"  {code:>9}  {count['words'] / count['replies']:5.0f}", flush=True)


main()
