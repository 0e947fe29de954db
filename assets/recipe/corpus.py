"""Documents of tokens on disk, and the rows and batches made of them.

A corpus is a folder, with folders in it or not, of `*.npz` parts, each with `tokens` (uint16, all documents one after
the other), `weights` (uint8, one a token: how much the prediction of that token counts, in tenths), `starts` (where
each document begins), `folds` (uint8, one a document: which split it is in), `sources` (a table of names) and `origins`
(uint16, one a document: its place in that table).
"""

import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from .sources import source

# A prompt's tokens are predicted, too, but replies are what counts.
PROMPT, REPLY = 2, 10
# Of 50 chats or files, one is kept for calibration and one for evaluation; of sources held out, all for evaluation.
FOLDS, SPLITS = 50, {0: "calibration", 1: "evaluation"}
# How often a row may be trained on.
MOST_USES = 4


@dataclass
class Document:
    """tokens and weights [n]; `source` is the name of where it comes from."""

    tokens: np.ndarray
    weights: np.ndarray
    source: str

    @property
    def kind(self):
        return source(self.source).kind


class Part:
    """Collects documents and writes them as one part."""

    def __init__(self):
        self.tokens, self.weights, self.starts, self.folds, self.count = [], [], [], [], 0
        self.sources, self.origins = {}, []

    def add(self, tokens, weights, source, whole=None):
        """`whole` are tokens that several documents have in common, such as the text they are parts of: they are all in
        one split."""
        self.starts.append(self.count)
        self.folds.append(fold_of(tokens if whole is None else whole))
        self.origins.append(self.sources.setdefault(source, len(self.sources)))
        self.tokens.append(np.array(tokens, np.uint16))
        self.weights.append(np.array(weights, np.uint8))
        self.count += len(tokens)

    def write(self, path):
        """Writes it whole or not at all, however the process ends."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        with open(partial, "wb") as file:
            np.savez(
                file, tokens=np.concatenate(self.tokens), weights=np.concatenate(self.weights),
                starts=np.array(self.starts, np.int64), folds=np.array(self.folds, np.uint8),
                sources=np.array(list(self.sources)), origins=np.array(self.origins, np.uint16))
        partial.replace(path)


def fold_of(tokens):
    return zlib.crc32(np.array(tokens, np.uint16).tobytes()) % FOLDS


def split_of(name, fold):
    """The split of a document of the source `name`: "train", "calibration" or "evaluation"."""
    return "evaluation" if source(name).held_out else SPLITS.get(int(fold), "train")


def parts_of(folder):
    return sorted(Path(folder).rglob("*.npz"))


def documents(path, split):
    """Yields every document of a part that is in the split.

    Which split that is follows from the source and from what the document is a part of, so new parts change nothing.
    """
    part = np.load(path)
    tokens, weights, starts, sources = part["tokens"], part["weights"], part["starts"], part["sources"].tolist()
    for start, end, fold, origin in zip(starts, [*starts[1:], len(tokens)], part["folds"], part["origins"]):
        if split_of(sources[origin], fold) == split:
            yield Document(tokens[start:end], weights[start:end], sources[origin])


def rows_of(documents, length):
    """Yields (tokens, weights) of exactly `length`. A row begins with a document and goes on with the next ones; what
    is left of the one that fills it begins the next row, unless that is short."""
    tokens, weights = np.zeros(0, np.uint16), np.zeros(0, np.uint8)
    for document in documents:
        tokens, weights = np.concatenate((tokens, document.tokens)), np.concatenate((weights, document.weights))
        while len(tokens) >= length:
            yield tokens[:length], weights[:length]
            tokens, weights = tokens[length:], weights[length:]
            if len(tokens) < length // 2:
                tokens, weights = tokens[:0], weights[:0]


@dataclass
class Piece:
    """The rows of one part: those from `first` on, `count` of them, in the order of their numbers."""

    path: Path
    first: int
    count: int


class Batches:
    """The rows of one split and batches of them.

    Rows are made part by part, and in a part kind by kind, so that what a row holds follows from its part, the split,
    the length and its number there, whatever other parts there are.

    tokens [N, T] uint16; weights [N, T] uint8; kinds [N]: names; numbers [N]: each row's number within its part; parts:
    a `Piece` each, in the order of the rows.
    """

    def __init__(self, folder, split, length, limit=None, kinds=None):
        """`limit` takes so many rows of each kind at most, those of the lowest checksums: some of everything, and mostly
        rows that it took before parts were added. `kinds`: the only kinds to take."""
        tokens, weights, names, numbers, paths = [], [], [], [], []
        for path in parts_of(folder):
            by_kind = {}
            for document in documents(path, split):
                by_kind.setdefault(document.kind, []).append(document)
            number = 0
            for kind in sorted(by_kind):
                for row, weight in rows_of(by_kind[kind], length):
                    if kinds is None or kind in kinds:
                        tokens.append(row)
                        weights.append(weight)
                        names.append(kind)
                        numbers.append(number)
                        paths.append(path)
                    number += 1
        if not tokens:
            raise SystemExit(f"{folder} has no {split} text of {length} tokens; run generate first.")
        chosen = np.arange(len(tokens))
        if limit is not None:
            by_checksum = np.argsort([zlib.crc32(row.tobytes()) for row in tokens], kind="stable")
            some = [[row for row in by_checksum if names[row] == kind][:limit] for kind in sorted(set(names))]
            chosen = np.sort(np.concatenate(some))
        self.tokens = np.stack([tokens[row] for row in chosen])
        self.weights = np.stack([weights[row] for row in chosen])
        self.kinds = np.array([names[row] for row in chosen])
        self.numbers = np.array([numbers[row] for row in chosen])
        self.parts = []
        for place, row in enumerate(chosen):
            if not self.parts or self.parts[-1].path != paths[row]:
                self.parts.append(Piece(paths[row], place, 0))
            self.parts[-1].count += 1

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

    def order(self, size, rank, world, seed, start=0, shares=None, uses=None):
        return Order(self, size, rank, world, seed, start, shares, uses)

    def checksums(self, salt):
        """A number [N] for each row, from its part's name and its number there: an order that new parts leave alone."""
        result = np.empty(len(self), np.uint64)
        for part in self.parts:
            rows = slice(part.first, part.first + part.count)
            base = zlib.crc32(f"{salt} {name_of(part.path)}".encode())
            result[rows] = scrambled(self.numbers[rows].astype(np.uint64) + (np.uint64(base) << np.uint64(32)))
        return result


def scrambled(x):
    """A permutation of all 64-bit numbers without a pattern (the finaliser of splitmix64)."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return x ^ (x >> np.uint64(31))


class Order:
    """Iterates over the rows of batch after batch, [size] each, and ends when every row has been used `MOST_USES`
    times, or fewer rows are left than all ranks need for one batch. A row is used again only after every other row of its
    kind.

    `start` counts the rows that all ranks together have used of this very order; where it must go on after parts were
    added, give what `uses` said instead. `shares` are the fractions of the rows that some kinds make up, {"chats": 0.5};
    the other kinds make up the rest by their size, and a kind that is exhausted leaves its fraction to those that are not.
    """

    def __init__(self, batches, size, rank, world, seed, start=0, shares=None, uses=None):
        self.batches, self.size, self.rank, self.world, self.position = batches, size, rank, world, start
        self.before = np.zeros(len(batches), np.uint8)
        for part in batches.parts:
            if uses and (known := uses.get(name_of(part.path))) is not None:
                numbers = batches.numbers[part.first : part.first + part.count]
                seen = numbers < len(known)
                self.before[part.first : part.first + part.count][seen] = known[numbers[seen]]
        self.sequence = mixed(self.queues(seed), shares or {})

    def queues(self, seed):
        """{kind: its rows, as often as each may still be used, the least used first}."""
        keys = [self.batches.checksums(f"{seed} {use}") for use in range(MOST_USES)]
        result = {}
        for kind in np.unique(self.batches.kinds):
            rows = np.flatnonzero(self.batches.kinds == kind)
            turns = [rows[self.before[rows] <= use] for use in range(MOST_USES)]
            result[str(kind)] = np.concatenate(
                [turn[np.argsort(key[turn], kind="stable")] for turn, key in zip(turns, keys)])
        return result

    @property
    def left(self):
        """How many rows are still to come, for all ranks together."""
        return len(self.sequence) - self.position

    def uses(self):
        """{name of a part: how often each of its rows was used, uint8}, to go on from."""
        counts = self.before + np.bincount(self.sequence[: self.position], minlength=len(self.batches)).astype(np.uint8)
        result = {}
        for part in self.batches.parts:
            rows = slice(part.first, part.first + part.count)
            numbers = self.batches.numbers[rows]
            known = np.zeros(numbers.max() + 1, np.uint8)
            known[numbers] = counts[rows]
            result[name_of(part.path)] = known
        return result

    def __iter__(self):
        return self

    def __next__(self):
        if self.left < self.size * self.world:
            raise StopIteration
        first = self.position + self.rank * self.size
        self.position += self.size * self.world
        return self.sequence[first : first + self.size]


def name_of(path):
    return f"{path.parent.name}/{path.name}"


def mixed(queues, shares):
    """The queues' rows as one sequence, in which every kind comes evenly, as often as its fraction says."""
    size = sum(len(rows) for kind, rows in queues.items() if kind not in shares)
    rest = 1 - sum(share for kind, share in shares.items() if kind in queues)
    speed = {kind: shares.get(kind, rest * len(rows) / max(size, 1)) for kind, rows in queues.items()}
    due = np.concatenate([(np.arange(len(rows)) + 0.5) / max(speed[kind], 1e-9) for kind, rows in queues.items()])
    return np.concatenate(list(queues.values()))[np.argsort(due, kind="stable")]
