"""Plain English and code out of files: those that come with packages, and those that hold many documents."""

import bz2
import gzip
import html.parser
import json
import re

from .wiki import articles

TEXT = {".txt", ".md", ".rst", ".pod", ".tex", ""}
CODE = {".py", ".c", ".h", ".js", ".pl", ".sh"}
HTML = {".html", ".htm"}
DICTIONARY = ".dict"
PACKED = (".gz", ".dz")
LARGEST = 4 << 20


class Prose(html.parser.HTMLParser):
    """The text of an HTML page without its navigation."""

    HIDDEN = {"script", "style", "head", "nav", "header", "footer"}
    BREAKS = {"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "pre", "dt", "dd", "br"}

    def __init__(self):
        super().__init__()
        self.parts, self.hidden = [], 0

    def handle_starttag(self, tag, attributes):
        self.hidden += tag in self.HIDDEN
        if tag in self.BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag):
        self.hidden -= tag in self.HIDDEN and self.hidden > 0
        if tag in self.BREAKS:
            self.parts.append("\n")

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(data)


def documents_in(folders):
    """Yields (text, source) of every file in the folders that looks like English or code. The source is named by the
    folder given and the one the file lies in."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or path.is_symlink() or path.stat().st_size > LARGEST:
                continue
            name = path.name
            for ending in PACKED:
                name = name.removesuffix(ending)
            suffix = name[name.rfind(".") :].lower() if "." in name else ""
            if suffix not in TEXT | CODE | HTML | {DICTIONARY}:
                continue
            text = read(path)
            if text and suffix in HTML:
                parser = Prose()
                parser.feed(text)
                text = "".join(parser.parts)
            elif text and suffix == DICTIONARY:
                # References to other entries.
                text = re.sub(r"{([^{}]+)}", r"\1", text)
            if text and (suffix in CODE or is_english(text)):
                yield tidy(text), f"{folder.name}/{path.parent.name}"


def documents_of(files):
    """Yields (text, source) of files that hold many documents: `.jsonl.gz` with `text` and `source`, one object a line,
    or `.bz2` with pages as Wikipedia exports them."""
    for path in files:
        if path.suffix == ".bz2":
            with bz2.open(path, "rt", encoding="utf-8") as file:
                for text in articles(file.read()):
                    yield tidy(text), "wikipedia"
        else:
            for document in objects(path):
                yield tidy(document["text"]), document["source"]


def objects(path):
    """The objects of a file of JSON, one a line, packed or not."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def tidy(text):
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip()


def read(path):
    data = path.read_bytes()
    if path.suffix in PACKED:
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError):
            return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def is_english(text):
    """Whether the usual short words are there as often as in English prose."""
    words = re.findall(r"[A-Za-z']+", text.lower())
    common = sum(word in {"the", "of", "and", "to", "a", "in", "is", "that", "for", "it"} for word in words)
    return len(words) > 100 and common > 0.12 * len(words)
