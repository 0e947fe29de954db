"""Where texts come from: of what kind each source is, and which ones training never sees."""

import fnmatch
import functools
from dataclasses import dataclass

# What held-out text is told apart by.
KINDS = ("chats", "encyclopedic", "fiction", "code", "manuals")


@dataclass(frozen=True)
class Source:
    kind: str
    # Kept from training whole; of other sources one document of `corpus.FOLDS` is.
    held_out: bool = False


# The first pattern that fits counts. What `generate files` reads is named by package and folder ("git-doc/technical"),
# and what the model wrote by its beginning ("chats/clinc/oos-eval": answers to these requests).
SOURCES = {
    "chats*": Source("chats"),
    "texts": Source("texts"),
    "wikipedia": Source("encyclopedic", held_out=True),
    "dict-*": Source("encyclopedic"),
    "standardebooks/arthur-conan-doyle_*": Source("fiction", held_out=True),
    "standardebooks/samuel-pepys_*": Source("diary"),
    "libpython*/asyncio": Source("code", held_out=True),
    "libpython*": Source("code"),
    "TheAlgorithms/*": Source("code"),
    "rust-lang/book": Source("manuals", held_out=True),
    "debian-handbook*": Source("manuals", held_out=True),
    "18F/handbook": Source("essays"),
    "github/opensource.guide": Source("essays"),
    "anarchism*": Source("essays"),
    "fortunes*": Source("sayings"),
    "*": Source("manuals"),
}


@functools.cache
def source(name):
    return next(found for pattern, found in SOURCES.items() if fnmatch.fnmatchcase(name, pattern))
