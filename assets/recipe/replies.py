"""Sets replies at several capacities side by side, as Markdown, and counts those that loop or end early.

    python -m recipe.replies --fathom ../.build/release/fathom --model MODEL.gguf > replies.md
    python -m recipe.replies --temperature 0.6 --fathom ../.build/release/fathom --model MODEL.gguf > sampled.md
"""

import argparse
import subprocess
from pathlib import Path

from .scripts import is_repetitive

CAPACITIES = ("1", "0.75", "0.5", "0.25")
# Words, of which a reply of fewer has ended early.
SHORT = 3


def reply(options, prompt, capacity):
    """The unedited reply; at temperature 0 the most probable token at every step."""
    command = [
        options.fathom, "run", prompt, "--model", options.model, "--capacity", capacity, "--temperature",
        str(options.temperature), "--seed", str(options.seed), "--max-tokens", str(options.tokens)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def counts(replies):
    """How many replies are loops, and how many end early."""
    words = [text.split() for text in replies]
    return sum(map(is_repetitive, words)), sum(len(some) < SHORT for some in words)


def main():
    parser = argparse.ArgumentParser(prog="recipe.replies", description=__doc__.split("\n")[0])
    parser.add_argument("--fathom", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--prompts", type=Path, default=Path(__file__).with_name("prompts.txt"))
    parser.add_argument("--tokens", type=int, default=60, help="the longest reply")
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| prompt | " + " | ".join(f"c = {capacity}" for capacity in CAPACITIES) + " |")
    print("|---|" + "---|" * len(CAPACITIES))
    written = []
    for prompt in options.prompts.read_text().splitlines():
        written.append([reply(options, prompt, capacity) for capacity in CAPACITIES])
        cells = [prompt, *written[-1]]
        print("| " + " | ".join(cell.replace("|", "\\|").replace("\n", "<br>") for cell in cells) + " |", flush=True)
    loops, ends = zip(*(counts(replies) for replies in zip(*written)))
    for name, found in (("loops", loops), ("early ends", ends)):
        print(f"| **{name}** | " + " | ".join(map(str, found)) + " |")


if __name__ == "__main__":
    main()
