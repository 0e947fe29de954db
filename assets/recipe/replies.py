"""Sets replies at several capacities side by side, as Markdown.

    python -m recipe.replies --fathom ../.build/release/fathom --model MODEL.gguf > replies.md
"""

import argparse
import subprocess
from pathlib import Path

CAPACITIES = ("1", "0.75", "0.5", "0.25")


def reply(options, prompt, capacity):
    """The unedited reply, the most probable token at every step."""
    command = [
        options.fathom, "run", prompt, "--model", options.model, "--capacity", capacity, "--temperature", "0",
        "--max-tokens", str(options.tokens)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main():
    parser = argparse.ArgumentParser(prog="recipe.replies", description=__doc__.split("\n")[0])
    parser.add_argument("--fathom", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--prompts", type=Path, default=Path(__file__).with_name("prompts.txt"))
    parser.add_argument("--tokens", type=int, default=60, help="the longest reply")
    options = parser.parse_args()
    print("| prompt | " + " | ".join(f"c = {capacity}" for capacity in CAPACITIES) + " |")
    print("|---|" + "---|" * len(CAPACITIES))
    for prompt in options.prompts.read_text().splitlines():
        cells = [prompt, *(reply(options, prompt, capacity) for capacity in CAPACITIES)]
        print("| " + " | ".join(cell.replace("|", "\\|").replace("\n", "<br>") for cell in cells) + " |", flush=True)


if __name__ == "__main__":
    main()
