"""Files in parts that are carried one by one, of which some may get lost or damaged.

A part begins with a line of JSON: which whole it belongs to, its number, how many there are, and a checksum.
"""

import hashlib
import json
from dataclasses import dataclass

# Room for the line that a part begins with.
HEADER = 4096


class Damaged(Exception):
    """A part is not what was written."""


class Incomplete(SystemExit):
    """Parts are missing, or they belong to different wholes."""


@dataclass
class Part:
    """whole: the checksum of the file it is a part of; number: from 1 to `of`; about: what else its line says."""

    whole: str
    number: int
    of: int
    about: dict
    content: bytes


def checksum(content):
    return hashlib.sha256(content).hexdigest()


def split(content, size, about=None):
    """Yields (name, bytes) of parts of at most `size` bytes."""
    room = size - HEADER
    count, whole = max(-(-len(content) // room), 1), checksum(content)
    for number in range(1, count + 1):
        piece = content[(number - 1) * room : number * room]
        line = {"whole": whole, "number": number, "of": count, "sum": checksum(piece), "about": about or {}}
        yield f"{number:02}-of-{count:02}.part", json.dumps(line).encode() + b"\n" + piece


def read(path):
    line, _, content = path.read_bytes().partition(b"\n")
    try:
        known = json.loads(line)
        part = Part(known["whole"], known["number"], known["of"], known["about"], content)
    except (ValueError, KeyError, TypeError):
        raise Damaged(path) from None
    if checksum(content) != known["sum"]:
        raise Damaged(path)
    return part


def read_all(paths):
    """({number: Part} of one whole, the paths that are damaged)."""
    found, damaged = {}, []
    for path in sorted(paths):
        try:
            part = read(path)
            found.setdefault(part.whole, {})[part.number] = part
        except Damaged:
            damaged.append(path)
    if len(found) > 1:
        raise Incomplete(f"These are parts of {len(found)} different files: leave only one file's.")
    return next(iter(found.values()), {}), damaged


def missing(found):
    """The numbers of the parts that are not there; None where nothing is known of them."""
    return sorted(set(range(1, next(iter(found.values())).of + 1)) - set(found)) if found else None


def join(paths):
    found, damaged = read_all(paths)
    lost = missing(found)
    if lost or not found:
        told = f"; damaged: {', '.join(str(path) for path in damaged)}" if damaged else ""
        raise Incomplete(f"Parts {lost} are missing{told}." if found else f"There are no parts{told}.")
    content = b"".join(found[number].content for number in sorted(found))
    if checksum(content) != next(iter(found.values())).whole:
        raise Incomplete("The parts are sound, but not what they are parts of.")
    return content
