"""Plain English and code out of files that come with packages."""

import gzip
import html.parser
import re

TEXT = {".txt", ".md", ".rst", ".pod", ".tex", ""}
CODE = {".py", ".c", ".h", ".js", ".pl", ".sh"}
HTML = {".html", ".htm"}
LARGEST = 2 << 20


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
    """Yields the text of every file in the folders that looks like English or code."""
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if not path.is_file() or path.is_symlink() or path.stat().st_size > LARGEST:
                continue
            name = path.name.removesuffix(".gz")
            suffix = name[name.rfind(".") :].lower() if "." in name else ""
            if suffix not in TEXT | CODE | HTML:
                continue
            text = read(path)
            if text and suffix in HTML:
                parser = Prose()
                parser.feed(text)
                text = "".join(parser.parts)
            if text and (suffix in CODE or is_english(text)):
                yield re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip()


def read(path):
    data = path.read_bytes()
    if path.suffix == ".gz":
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
