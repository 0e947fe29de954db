"""Plain prose out of pages as Wikipedia exports them (XML around its own markup)."""

import html
import re

# Sections of links and notes, which are no prose.
APPENDICES = {
    "see also", "references", "notes", "footnotes", "external links", "further reading", "bibliography", "sources"}
REFERENCES = r"<ref[^>]*/>|<(ref|math|gallery|timeline|table|div)\b.*?</\1>"


def articles(export):
    """Yields the title and prose of every page that is an article."""
    for page in re.findall(r"<page>.*?</page>", export, re.DOTALL):
        title = re.search(r"<title>(.*?)</title>", page)
        space = re.search(r"<ns>(\d+)</ns>", page)
        text = re.search(r"<text[^>]*>(.*?)</text>", page, re.DOTALL)
        if not title or not text or (space and space[1] != "0"):
            continue
        markup = html.unescape(text[1])
        if not markup.lstrip().lower().startswith("#redirect"):
            yield f"{html.unescape(title[1])}\n\n{prose(markup)}"


def prose(markup):
    """The paragraphs and headings of a page, without its tables, boxes, notes and pictures."""
    text = re.sub(r"<!--.*?-->", "", markup, flags=re.DOTALL)
    text = re.sub(REFERENCES, "", text, flags=re.DOTALL | re.IGNORECASE)
    text = without(without(text, "{{", "}}"), "{|", "|}")
    text = re.sub(r"<[^>]+>", "", text)
    text = links(text)
    text = re.sub(r"\[\w+://\S+\s*([^\]]*)\]", r"\1", text)
    text = html.unescape(re.sub(r"'{2,}", "", text)).replace("\xa0", " ")
    kept, skipping = [], False
    for line in text.split("\n"):
        line = line.strip()
        heading = re.fullmatch(r"=+\s*(.*?)\s*=+", line)
        if heading:
            skipping = heading[1].lower() in APPENDICES
            line = f"\n{heading[1]}\n"
        elif line.startswith(("|", "!", "__", "Category:")):
            continue
        if not skipping:
            kept.append(re.sub(r"^[*#:;]+\s*", "", line))
    return re.sub(r"\(\s*[,;]?\s*\)|(?<=\()[,;]\s*", "", re.sub(r"\n{3,}", "\n\n", "\n".join(kept))).strip()


def without(text, opening, closing):
    """The text outside of all brackets, which may stand in one another."""
    result, depth, place = [], 0, 0
    for mark in re.finditer(f"{re.escape(opening)}|{re.escape(closing)}", text):
        if not depth:
            result.append(text[place : mark.start()])
        depth = max(depth + (1 if mark[0] == opening else -1), 0)
        place = mark.end()
    return "".join(result) + ("" if depth else text[place:])


def links(text):
    """"[[page|words]]" as "words"; pictures, which may hold links themselves, and categories go."""
    inner = re.compile(r"\[\[([^\[\]]*)\]\]")
    while found := inner.search(text):
        text = inner.sub(
            lambda link: "" if re.match(r":?(file|image|category|[a-z-]{2,12}):", link[1], re.IGNORECASE)
            else link[1].split("|")[-1], text)
    return text
