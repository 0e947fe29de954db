"""Training beside other work: starts or goes on with it, stops it, says how far it is.

    python -m recipe.background start|stop|status [--run runs/main] [--text FOLDER]

It may be killed at any moment: the next start goes on from the last checkpoint. `stop` lets it finish its step and save.
`status` also draws the learning curve, RUN/curve.svg. Where there is no corpus yet, `start` makes one of the folder's
documents.jsonl.gz, and has the model write chats, beginning with the requests in prompts.jsonl.gz, before it trains.
"""

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from .evaluation import CAPACITIES

FOLDER = Path(__file__).resolve().parents[1]
BASE = FOLDER.parent / ".model/base/SmolLM2-135M-Instruct.Q4_1.gguf"
ORIGIN = FOLDER / "models/smollm2-135m-mod-00001-of-00003.gguf"
# Tokens of chats to begin with.
CHATS = 2_000_000
# What suits two processor cores: a thread a process, and few of the head's rows that rarely matter.
PROCESSES = 2
OPTIONS = [
    "--processes", str(PROCESSES), "--vocabulary", "16384", "--drawn", "2048", "--blend", "0.3", "--descent", "20", "--rate", "7e-5",
    "--router-rate", "5e-4", "--pull", "1"]
COLOURS = ("#2a78b5", "#3f9c6b", "#c98a1b", "#c4572f", "#8d4fa8")


def running(run):
    """The number of the process that trains there, or None."""
    try:
        number = int((run / "pid").read_text() or 0)
        os.kill(number, 0)
        # The number may be another process's by now.
        command = Path(f"/proc/{number}/cmdline")
        return number if number and (not command.exists() or b"recipe.train" in command.read_bytes()) else None
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None


def generate(kind, *options):
    return [sys.executable, "-m", "recipe.generate", kind, "--model", BASE, "--out", FOLDER / "data" / kind, *options]


def make_corpus(text):
    """Reads the documents, and has one process a core write chats."""
    if text is None:
        sys.exit("There is no corpus yet. Name a folder with documents.jsonl.gz and prompts.jsonl.gz: make train TEXT=FOLDER.")
    subprocess.run(generate("documents", "--tokens", "1000000000", "--from", text / "documents.jsonl.gz"), cwd=FOLDER, check=True)
    print(f"Writing {CHATS:,} tokens of chats.", flush=True)
    share = str(CHATS // PROCESSES)
    chats = [
        subprocess.Popen(
            generate("chats", "--prompts", text / "prompts.jsonl.gz", "--tokens", share, "--length", "256", "--compile", "--seed", str(seed)),
            cwd=FOLDER, stdout=subprocess.DEVNULL)
        for seed in range(1, PROCESSES + 1)]
    if any([process.wait() for process in chats]):
        sys.exit("The model could not write chats; run recipe.generate by hand to see why.")


def give_way():
    """Lets other programs go first. Where Linux shares the processors out among sessions (autogroup), a process's own
    niceness counts only within its session, so the session gets one, too."""
    os.nice(19)
    try:
        Path("/proc/self/autogroup").write_text("19")
    except OSError:
        pass


def start(run, text, extra):
    if running(run):
        return print(f"Training is going on in {run}.")
    if not any((FOLDER / "data").rglob("*.npz")):
        make_corpus(text and text.resolve())
    run.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", "recipe.train", "--teacher", BASE, "--origin", ORIGIN, "--data", FOLDER / "data", "--out", run,
        *OPTIONS, *extra]
    with open(run / "output", "a") as output:
        process = subprocess.Popen(
            command, cwd=FOLDER, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            preexec_fn=give_way)
    print(f"Training in {run}, process {process.pid}; what it prints is in {run / 'output'}.")


def stop(run, seconds=180):
    number = running(run)
    if not number:
        return print(f"Nothing is training in {run}.")
    os.kill(number, signal.SIGTERM)
    for _ in range(seconds * 2):
        if running(run) != number:
            return print("Stopped, and saved.")
        time.sleep(0.5)
    sys.exit(f"Process {number} has not stopped within {seconds} s. It may still be compiling; try again, or kill it.")


def lines_of(run):
    """The log's lines. One that a kill cut short is left away, and so is what was trained again after a kill."""
    lines = []
    try:
        with open(run / "log.jsonl") as log:
            for text in log:
                try:
                    line = json.loads(text)
                except ValueError:
                    continue
                while lines and lines[-1]["tokens"] >= line["tokens"]:
                    lines.pop()
                lines.append(line)
    except FileNotFoundError:
        pass
    return lines


def status(run):
    lines = lines_of(run)
    print(f"{run}: {'training' if running(run) else 'stopped'}")
    if not lines:
        return
    last, timed = lines[-1], [line for line in lines[-50:] if "took" in line]
    speed = len(timed) and timed[-1]["tokens"] - timed[0]["tokens"] + timed[0]["tokens"] // (timed[0]["step"] + 1)
    print(f"{last['tokens']:,} token-passes in {last['step'] + 1} steps", end="")
    if timed:
        print(f", {speed / sum(line['took'] for line in timed):.0f} a second lately, rate {timed[-1]['rate']} of its peak")
    else:
        print()
    if "end" in last:
        print(last["end"])
    evaluated = [line for line in lines if "held_out" in line]
    if evaluated:
        print(f"divergence from the base model on held-out text, nats, after {evaluated[-1]['tokens']:,} token-passes:")
        print("".join(["capacity".ljust(16), *(str(capacity).rjust(8) for capacity in CAPACITIES)]))
        for kind, row in evaluated[-1]["held_out"].items():
            print("".join([kind.ljust(16), *(f"{row[str(capacity)]:8.3f}" for capacity in CAPACITIES)]))
        (run / "curve.svg").write_text(curve(evaluated))
        print(f"learning curve: {run / 'curve.svg'}")


def curve(evaluated, width=640, height=360, margin=48):
    """Token-passes against the divergence at each capacity, on logarithmic scales of nats, as SVG."""
    points = [(line["tokens"], line["held_out"]["all"]) for line in evaluated]
    values = [value for _, row in points for value in row.values() if value > 0]
    most, low, high = max(tokens for tokens, _ in points) or 1, math.log(min(values)), math.log(max(values))
    across = lambda tokens: margin + (width - 2 * margin) * tokens / most
    down = lambda value: height - margin - (height - 2 * margin) * (math.log(value) - low) / max(high - low, 1e-9)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{margin}" y="20">Divergence from the base model on held-out text, nats, by token-passes</text>']
    for tick in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2):
        if low <= math.log(tick) <= high:
            parts.append(f'<path d="M{margin} {down(tick):.1f}H{width - margin}" stroke="#ddd"/>')
            parts.append(f'<text x="8" y="{down(tick) + 4:.1f}">{tick}</text>')
    for part in range(5):
        tokens = most * part / 4
        parts.append(f'<text x="{across(tokens) - 12:.1f}" y="{height - margin + 18}">{tokens / 1e6:.1f} M</text>')
    for colour, capacity in zip(COLOURS, CAPACITIES):
        line = [(across(tokens), down(row[str(capacity)])) for tokens, row in points if row[str(capacity)] > 0]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in line)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{line[-1][0] + 4:.1f}" y="{line[-1][1] + 4:.1f}" fill="{colour}">{capacity:g}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(prog="recipe.background", description=__doc__.split("\n")[0])
    parser.add_argument("action", choices=("start", "stop", "status"))
    parser.add_argument("--run", type=Path, default=FOLDER / "runs/main")
    parser.add_argument("--text", type=Path, help="where documents.jsonl.gz and prompts.jsonl.gz are")
    options, extra = parser.parse_known_args()
    if options.action == "start":
        start(options.run.resolve(), options.text, extra)
    else:
        {"stop": stop, "status": status}[options.action](options.run)


if __name__ == "__main__":
    main()
