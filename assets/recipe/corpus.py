"""Documents of tokens on disk, and the batches made of them.

A corpus is a folder, with folders in it or not, of `*.npz` parts, each with `tokens` (uint16, all documents one after
the other), `weights` (uint8, one a token: how much the prediction of that token counts, in tenths), `starts` (where
each document begins) and `folds` (uint8, one a document: which split it is in).
"""

import itertools
import zlib
from pathlib import Path

import numpy as np
import torch

# A prompt's tokens are predicted, too, but replies are what counts.
PROMPT, REPLY = 2, 10
# Of 50 chats or files, one is kept for calibration and one for evaluation.
FOLDS, SPLITS = 50, {0: "calibration", 1: "evaluation"}


class Part:
    """Collects documents and writes them as one part."""

    def __init__(self):
        self.tokens, self.weights, self.starts, self.folds, self.count = [], [], [], [], 0

    def add(self, tokens, weights, source=None):
        """`source` is the whole, as tokens, of which a document is a part: all its parts are in one split."""
        self.starts.append(self.count)
        self.folds.append(fold_of(tokens if source is None else source))
        self.tokens.append(np.array(tokens, np.uint16))
        self.weights.append(np.array(weights, np.uint8))
        self.count += len(tokens)

    def write(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            path, tokens=np.concatenate(self.tokens), weights=np.concatenate(self.weights),
            starts=np.array(self.starts, np.int64), folds=np.array(self.folds, np.uint8))


def documents(folder, split):
    """Yields (tokens, weights) of every document of a split: "train", "calibration" or "evaluation".

    Which split a document is in follows from the beginning of what it is a part of, so new parts change nothing.
    """
    for path in sorted(Path(folder).rglob("*.npz")):
        part = np.load(path)
        tokens, weights, starts = part["tokens"], part["weights"], part["starts"]
        for start, end, fold in zip(starts, [*starts[1:], len(tokens)], part["folds"]):
            if SPLITS.get(int(fold), "train") == split:
                yield tokens[start:end], weights[start:end]


def fold_of(tokens):
    return zlib.crc32(np.array(tokens[:96], np.uint16).tobytes()) % FOLDS


def rows_of(source, length):
    """Yields (tokens, weights) of exactly `length`. A row begins with a document and goes on with the next ones; what is
    left of the one that fills it begins the next row, unless that is short."""
    tokens, weights = np.zeros(0, np.uint16), np.zeros(0, np.uint8)
    for document, weight in source:
        tokens, weights = np.concatenate((tokens, document)), np.concatenate((weights, weight))
        while len(tokens) >= length:
            yield tokens[:length], weights[:length]
            tokens, weights = tokens[length:], weights[length:]
            if len(tokens) < length // 2:
                tokens, weights = tokens[:0], weights[:0]


class Batches:
    """The rows of one split, `limit` of them at most, and batches of them."""

    def __init__(self, folder, split, length, limit=None):
        rows = list(itertools.islice(rows_of(documents(folder, split), length), limit))
        if not rows:
            raise SystemExit(f"{folder} has no {split} text of {length} tokens; run generate first.")
        self.tokens = np.stack([tokens for tokens, _ in rows])
        self.weights = np.stack([weights for _, weights in rows])

    def __len__(self):
        return len(self.tokens)

    def batch(self, rows, device):
        """(tokens [B, T] int64, weights [B, T]: of the prediction made at each position, 0 at the last)."""
        tokens = torch.from_numpy(self.tokens[rows].astype(np.int64)).to(device)
        weights = torch.from_numpy(self.weights[rows].astype(np.float32) / REPLY).to(device)
        return tokens, torch.cat((weights[:, 1:], torch.zeros_like(weights[:, :1])), 1)

    def most_frequent(self, count, vocabulary):
        """The ids [count] of the tokens that come most often, in order of their ids."""
        often = np.bincount(self.tokens.ravel(), minlength=vocabulary)
        return torch.from_numpy(np.sort(np.argsort(-often, kind="stable")[:count]))

    def order(self, size, rank, world, seed, start=0):
        """Yields the rows of batch after batch for ever: an epoch is one permutation, shared out among the ranks."""
        step, epoch = 0, 0
        while True:
            permutation = np.random.default_rng(seed + epoch).permutation(len(self))
            share = np.resize(permutation, max(len(self), size * world))[rank::world]
            for first in range(0, len(share) - size + 1, size):
                if step >= start:
                    yield share[first : first + size]
                step += 1
            epoch += 1

