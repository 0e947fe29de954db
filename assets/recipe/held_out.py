"""Writes the chats and texts that training leaves out as JSON, one a line: for `fathom eval` and `fathom calibrate`.

    python -m recipe.held_out --model BASE.gguf --data data --kind fiction > fiction.jsonl

Every line says its source, too. What was written once and is measured with is kept from training for ever by `generate
--held-out`.
"""

import argparse
import json
import zlib
from pathlib import Path

import numpy as np

from . import weights
from .corpus import documents, parts_of
from .files import objects
from .sources import KINDS, SOURCES
from .vocabulary import SYSTEM, Vocabulary


class HeldOut:
    """What training must not see: the requests and texts of files that this module wrote, and other `requests`."""

    # Tokens in a row that no two texts have in common by chance.
    RUN = 24

    def __init__(self, files, vocabulary, requests=()):
        self.requests, runs = {normal(request) for request in requests}, [np.zeros(0, np.uint64)]
        for item in (item for file in files for item in objects(file)):
            messages = item.get("messages", [])
            self.requests |= {normal(m["content"]) for m in messages[:2] if m["role"] == "user"}
            for text in [m["content"] for m in messages] or [item["text"]]:
                runs.append(runs_of(np.array(vocabulary.encode(text), np.uint16), self.RUN))
        self.runs = np.unique(np.concatenate(runs))

    def has_request(self, text):
        return normal(text) in self.requests

    def overlaps(self, tokens):
        """Whether a run of the tokens is held out."""
        return bool(np.isin(runs_of(tokens, self.RUN), self.runs).any())


def normal(text):
    return " ".join(text.casefold().split())


def runs_of(tokens, length):
    """A number for each run of so many tokens, [n − length + 1]; equal runs have equal numbers."""
    count = max(len(tokens) - length + 1, 0)
    result = np.zeros(count, np.uint64)
    for place in range(length):
        result = result * np.uint64(0x9E3779B97F4A7C15) + tokens[place : place + count].astype(np.uint64) + np.uint64(1)
    return result


def messages_of(tokens, vocabulary):
    """The messages of a chat, the usual system message left away. The last one may be cut short."""
    turns, current = [], []
    for token in tokens:
        if token == vocabulary.turn:
            current = []
        elif token == vocabulary.end:
            turns.append(current)
            current = []
        else:
            current.append(token)
    # After the end of a message comes a line break, and no more where the chat is over.
    if len(current) > 1:
        turns.append(current)
    messages = []
    for turn in turns:
        role, _, content = vocabulary.decode(turn).partition("\n")
        messages.append({"role": role, "content": content})
    return messages[1:] if messages[:1] == [{"role": "system", "content": SYSTEM}] else messages


def document(tokens, vocabulary):
    """A document as an object: a chat, or a text."""
    if tokens[0] == vocabulary.turn:
        return {"messages": messages_of(tokens, vocabulary)}
    return {"text": vocabulary.decode(tokens[tokens[0] == vocabulary.start :])}


def chosen(found, count):
    """So many of the documents, some of everything: those of the lowest checksums, in their order."""
    ranks = np.argsort([zlib.crc32(item.tokens.tobytes()) for item in found], kind="stable")[:count]
    return [found[place] for place in sorted(ranks)]


def main():
    parser = argparse.ArgumentParser(prog="recipe.held_out", description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="the dense base model, GGUF")
    parser.add_argument("--data", type=Path, required=True, help="a corpus")
    parser.add_argument("--split", choices=("calibration", "evaluation"), default="evaluation")
    kinds = sorted({source.kind for source in SOURCES.values()})
    parser.add_argument("--kind", choices=kinds, nargs="+", default=KINDS)
    parser.add_argument("--count", type=int, help="how many documents at most, in all")
    options = parser.parse_args()
    vocabulary = Vocabulary(weights.read(options.model))
    found = [item for path in parts_of(options.data) for item in documents(path, options.split)]
    for item in chosen([item for item in found if item.kind in options.kind], options.count):
        line = document(item.tokens.tolist(), vocabulary) | {"source": item.source}
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
