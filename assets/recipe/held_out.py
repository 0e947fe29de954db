"""Writes the chats and texts that training leaves out as JSON, one a line: for `fathom eval` and `fathom calibrate`.

    python -m recipe.held_out --model BASE.gguf --data data/chats --split evaluation > held-out.jsonl
"""

import argparse
import json
from pathlib import Path

from . import weights
from .corpus import documents
from .vocabulary import SYSTEM, Vocabulary


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


def main():
    parser = argparse.ArgumentParser(prog="recipe.held_out", description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="the dense base model, GGUF")
    parser.add_argument("--data", type=Path, required=True, help="a corpus")
    parser.add_argument("--split", choices=("calibration", "evaluation"), nargs="+", default=["evaluation"])
    options = parser.parse_args()
    vocabulary = Vocabulary(weights.read(options.model))
    for split in options.split:
        for tokens, _ in documents(options.data, split):
            print(json.dumps(document(tokens.tolist(), vocabulary), ensure_ascii=False))


if __name__ == "__main__":
    main()
