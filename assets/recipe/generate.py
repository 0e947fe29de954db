"""Makes the training text: the model's own chats and free text, and plain text and code from files.

    python -m recipe.generate chats --model BASE.gguf --out data/chats --tokens 1000000
    python -m recipe.generate texts --model BASE.gguf --out data/chats --tokens 1000000
    python -m recipe.generate files --model BASE.gguf --out data/files --from FOLDER ...
"""

import argparse
import itertools
import random
import time
from pathlib import Path

import numpy as np
import torch

from . import weights
from .corpus import PROMPT, REPLY, Part
from .files import documents_in
from .sampler import Sampler
from .scripts import ChatScript, TextScript, is_repetitive
from .student import dense
from .vocabulary import Vocabulary

# Documents a part holds; what one run makes is many parts, so that it may be stopped at any time.
PART = 2000
ARITHMETIC = {"bf16": torch.bfloat16, "fp32": torch.float32}


def parse(arguments=None):
    parser = argparse.ArgumentParser(prog="recipe.generate", description=__doc__.split("\n")[0])
    parser.add_argument("kind", choices=("chats", "texts", "files"))
    parser.add_argument("--from", dest="folders", nargs="+", type=Path, help="where `files` looks for text and code")
    parser.add_argument("--model", type=Path, required=True, help="the dense base model, GGUF")
    parser.add_argument("--out", type=Path, required=True, help="the corpus to add to")
    parser.add_argument("--tokens", type=int, default=1_000_000, help="how many to make, about")
    parser.add_argument("--length", type=int, default=512, help="the longest document, in tokens")
    parser.add_argument("--batch", type=int, default=96, help="documents sampled at once")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after this long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument(
        "--arithmetic", choices=ARITHMETIC, default="bf16", help="fp32 for processors without AVX-512 in bf16")
    return parser.parse_args(arguments)


def sampled(options, vocabulary, file):
    """Yields (tokens, weights, source) of documents the model writes, without end."""
    # Another part of the same corpus begins elsewhere.
    start = options.seed * 10_000 + len(list(options.out.glob("*.npz")))
    torch.manual_seed(start)
    random.seed(start)
    script = (ChatScript if options.kind == "chats" else TextScript)(vocabulary, options.length)
    sampler = Sampler(dense(file).to(options.device), script, options.batch, options.length, ARITHMETIC[options.arithmetic])
    seen = set()
    for document in sampler.documents():
        tokens = document.tokens
        # The same request again teaches little; neither does a reply that has fallen into a loop.
        key = script.key(tokens)
        if key in seen or is_repetitive(tokens):
            continue
        seen.add(key)
        yield tokens, [REPLY if free else PROMPT for free in document.counts], tokens


def read(options, vocabulary):
    """Yields (tokens, weights, source) of what files hold, cut into documents, in no order: some of every file rather than
    all of a few."""
    documents, size = [], options.length - 1
    for text in documents_in(options.folders):
        tokens = np.array(vocabulary.encode(text), np.uint16)
        documents += [(tokens[start : start + size], tokens[:96]) for start in range(0, len(tokens), size)]
    random.Random(options.seed).shuffle(documents)
    seen = set()
    for document, source in documents:
        document = document.tolist()
        key = hash(tuple(document[:64]))
        if len(document) < 64 or key in seen or is_repetitive(document):
            continue
        seen.add(key)
        yield [vocabulary.start, *document], [REPLY] * (len(document) + 1), source


def main():
    options = parse()
    file = weights.read(options.model)
    vocabulary = Vocabulary(file)
    source = read(options, vocabulary) if options.kind == "files" else sampled(options, vocabulary, file)
    begun, count, documents, shown = time.monotonic(), 0, 0, 0
    number = len(list(options.out.glob("*.npz")))
    while count < options.tokens and time.monotonic() - begun < options.seconds:
        part = Part()
        for tokens, shares, whole in itertools.islice(source, PART):
            part.add(tokens, shares, whole)
            count, documents = count + len(tokens), documents + 1
            elapsed = time.monotonic() - begun
            if elapsed > shown + 10:
                print(f"{documents} documents, {count} tokens, {count / elapsed:.0f} tokens/s", flush=True)
                shown = elapsed
            if count >= options.tokens or elapsed >= options.seconds:
                break
        if not part.count:
            break
        part.write(options.out / f"{options.kind}-{options.seed:04}-{number:04}.npz")
        number += 1
    print(f"{options.out}: {documents} documents, {count} tokens")


if __name__ == "__main__":
    main()
