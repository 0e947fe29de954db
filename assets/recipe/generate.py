"""Makes the training text: the model's own chats and free text, and plain text and code from files.

    python -m recipe.generate chats --model BASE.gguf --out data/chats --prompts PROMPTS.jsonl.gz --tokens 1000000
    python -m recipe.generate texts --model BASE.gguf --out data/texts --tokens 1000000
    python -m recipe.generate files --model BASE.gguf --out data/files --from FOLDER ...
    python -m recipe.generate documents --model BASE.gguf --out data/documents --from FILE.jsonl.gz ...

It may be killed at any time: parts are written whole or not at all, 200 documents each, and the command, given again,
adds more. On a processor run one process a core, with a `--seed` each, and `--compile`.
"""

import argparse
import itertools
import random
import time
from pathlib import Path

import numpy as np
import torch

from . import weights
from .compilation import use_compiler
from .corpus import PROMPT, REPLY, Part, fold_of, split_of
from .files import documents_in, documents_of, objects
from .held_out import HeldOut
from .sampler import Sampler
from .scripts import ChatScript, TextScript, is_repetitive
from .student import dense
from .vocabulary import Vocabulary

# Documents a part holds, which is what is lost at most where a run is killed.
PART = 200
# A piece of a text is no document if it is shorter.
SHORTEST = 64
ARITHMETIC = {"bf16": torch.bfloat16, "fp32": torch.float32}
# Requests whose replies the model card shows.
SHOWN = Path(__file__).with_name("prompts.txt")
CALIBRATION = Path(__file__).parents[1] / "calibration"


def parse(arguments=None):
    parser = argparse.ArgumentParser(prog="recipe.generate", description=__doc__.split("\n")[0])
    parser.add_argument("kind", choices=("chats", "texts", "files", "documents"))
    parser.add_argument(
        "--from", dest="origins", nargs="+", type=Path,
        help="folders where `files` looks for text and code, or files of `documents`: .jsonl.gz, or Wikipedia's .bz2")
    parser.add_argument("--prompts", type=Path, help="requests for `chats`: a .jsonl.gz with prompt and source")
    parser.add_argument("--prompted", type=float, default=0.5, help="the share of chats that begin with one of them")
    parser.add_argument("--model", type=Path, required=True, help="the dense base model, GGUF")
    parser.add_argument("--out", type=Path, required=True, help="the corpus to add to")
    parser.add_argument("--tokens", type=int, default=1_000_000, help="how many to make, about")
    parser.add_argument("--length", type=int, default=512, help="the longest document, in tokens")
    parser.add_argument("--batch", type=int, default=256, help="documents sampled at once")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after this long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="of the processor")
    parser.add_argument("--compile", action="store_true", help="let torch.compile fuse the model")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument(
        "--arithmetic", choices=ARITHMETIC, default="bf16", help="fp32 for processors without AVX-512 in bf16")
    parser.add_argument(
        "--held-out", nargs="*", type=Path, default=sorted(CALIBRATION.glob("*.jsonl")),
        help="chats and texts that are measured with, so that training must not see them")
    return parser.parse_args(arguments)


def next_number(folder):
    """The number of the next part. Later parts have higher ones, whichever process writes them."""
    numbers = [int(path.stem.split("-")[1]) for path in folder.glob("*-*-*.npz")]
    return max(numbers, default=-1) + 1


def sampled(options, vocabulary, file, held_out):
    """Yields (tokens, weights, source, whole) of documents the model writes, without end."""
    # Another part of the same corpus begins elsewhere.
    start = options.seed * 100_000 + next_number(options.out)
    torch.manual_seed(start)
    random.seed(start)
    if options.kind == "chats":
        script = ChatScript(vocabulary, options.length, prompts(options, vocabulary), options.prompted)
    else:
        script = TextScript(vocabulary, options.length)
    kind = ARITHMETIC[options.arithmetic]
    sampler = Sampler(dense(file), script, options.batch, options.length, options.device, kind)
    seen = set()
    for document in sampler.documents():
        tokens = document.tokens
        # A document that was there before teaches little; neither does a reply that has fallen into a loop.
        key = script.key(document)
        if key in seen or is_repetitive(tokens):
            continue
        seen.add(key)
        whole = tokens
        if options.kind == "chats":
            # Whatever the replies are, a request is in one split.
            whole = script.request(tokens)
            if held_out.has_request(vocabulary.decode(whole)):
                continue
        yield tokens, [REPLY if free else PROMPT for free in document.counts], document.source, whole


def prompts(options, vocabulary):
    """[(request's tokens, source)] that leave room for a reply."""
    if options.prompts is None:
        return []
    encoded = [(vocabulary.encode(item["prompt"].strip()), item["source"]) for item in objects(options.prompts)]
    return [(tokens, source) for tokens, source in encoded if 0 < len(tokens) < options.length // 2]


def read(options, vocabulary, held_out):
    """Yields (tokens, weights, source, whole) of what files hold, cut into documents, in no order: some of every file
    rather than all of a few."""
    pieces, size = [], options.length - 1
    for text, source in (documents_in if options.kind == "files" else documents_of)(options.origins):
        tokens = np.array(vocabulary.encode(text), np.uint16)
        if split_of(source, fold_of(tokens)) == "train" and held_out.overlaps(tokens):
            continue
        pieces += [(tokens[start : start + size], source, tokens) for start in range(0, len(tokens), size)]
    random.Random(options.seed).shuffle(pieces)
    seen = set()
    for piece, source, whole in pieces:
        piece = piece.tolist()
        key = hash(tuple(piece[:SHORTEST]))
        if len(piece) < SHORTEST or key in seen or is_repetitive(piece):
            continue
        seen.add(key)
        yield [vocabulary.start, *piece], [REPLY] * (len(piece) + 1), source, whole


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    use_compiler(options.compile)
    file = weights.read(options.model)
    vocabulary = Vocabulary(file)
    held_out = HeldOut(options.held_out, vocabulary, SHOWN.read_text().splitlines())
    is_read = options.kind in ("files", "documents")
    documents = read(options, vocabulary, held_out) if is_read else sampled(options, vocabulary, file, held_out)
    begun, count, written, shown = time.monotonic(), 0, 0, 0
    while count < options.tokens and time.monotonic() - begun < options.seconds:
        part = Part()
        for document in itertools.islice(documents, PART):
            part.add(*document)
            count, written = count + len(document[0]), written + 1
            elapsed = time.monotonic() - begun
            if elapsed > shown + 10:
                print(f"{written} documents, {count} tokens, {count / elapsed:.0f} tokens/s", flush=True)
                shown = elapsed
            if count >= options.tokens or elapsed >= options.seconds:
                break
        if not part.count:
            break
        part.write(options.out / f"{options.kind}-{next_number(options.out):05}-{options.seed:04}.npz")
    print(f"{options.out}: {written} documents, {count} tokens")


if __name__ == "__main__":
    main()
