#!/usr/bin/env python3
"""Make the README's picture of the screen from a real run.

    make && python3 .setup/picture.py [chat|compare|lens|report]

Starts `fathom chat` in tmux, asks a question, turns the capacity down while the reply comes, and draws what the
terminal then shows as assets/screen.svg; or answers it at two capacities (assets/compare.svg), or looks into a token of
the reply (assets/lens.svg). Needs tmux, the built program and its model; nothing but Python's standard
library. `--help` lists what can be changed. With `report` a browser takes a picture of the upper part of a page that
`fathom report` makes of the README (assets/report.png); that needs Chromium.

Blocks and lines are drawn as shapes and every run of text is stretched to its cells, so that the picture looks the
same whatever fonts the reader has.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import defaultdict
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 120, 36

# Cells are whole pixels, so that neighbouring blocks meet without a seam. 9 / 15 is the width of usual fonts.
CELL_WIDTH, CELL_HEIGHT, FONT_SIZE, MARGIN = 9, 18, 15, 14
BACKGROUND, FOREGROUND = "#14161b", "#d4d7dd"
SYSTEM_COLORS = (
    "#2b2f38 #e06c75 #98c379 #e5c07b #61afef #c678dd #56b6c2 #abb2bf "
    "#5c6370 #ff7b85 #b5e890 #ffd68a #7cc4ff #dd9bf0 #6fd3df #ffffff"
).split()


def color(index):
    """The xterm colour with this index, 0 to 255."""
    if index < 16:
        return SYSTEM_COLORS[index]
    if index < 232:
        levels = (0, 95, 135, 175, 215, 255)
        cube = index - 16
        return "#%02x%02x%02x" % (levels[cube // 36], levels[cube // 6 % 6], levels[cube % 6])
    return "#%02x%02x%02x" % ((8 + 10 * (index - 232),) * 3)


class Style:
    """What SGR sequences have set so far."""

    def __init__(self):
        self.reset()

    def reset(self):
        self.front = self.back = None
        self.bold = self.dim = self.underline = self.reverse = False

    def apply(self, codes):
        codes = iter(codes or [0])
        for code in codes:
            if code == 0:
                self.reset()
            elif code in (1, 2, 4, 7):
                setattr(self, {1: "bold", 2: "dim", 4: "underline", 7: "reverse"}[code], True)
            elif code == 22:
                self.bold = self.dim = False
            elif code in (24, 27):
                setattr(self, {24: "underline", 27: "reverse"}[code], False)
            elif code in (38, 48):
                kind = next(codes, None)
                value = color(next(codes, 0)) if kind == 5 else "#%02x%02x%02x" % tuple(next(codes, 0) for _ in "rgb")
                setattr(self, "front" if code == 38 else "back", value)
            elif code in (39, 49):
                setattr(self, "front" if code == 39 else "back", None)
            else:
                for base, name, first in ((30, "front", 0), (40, "back", 0), (90, "front", 8), (100, "back", 8)):
                    if base <= code < base + 8:
                        setattr(self, name, color(first + code - base))

    def colors(self):
        """Foreground and, unless it is the picture's own, background."""
        front, back = self.front or FOREGROUND, self.back
        return (back or BACKGROUND, front) if self.reverse else (front, back)


def cells(captured):
    """Yields (column, row, character, colours, bold, dim, underline) of what `capture-pane -e` printed."""
    style = Style()
    for row, line in enumerate(captured.split("\n")[:ROWS]):
        column = 0
        for sequence, character in re.findall(r"\x1b\[([\d;:]*)m|([^\x1b])", line):
            if not character:
                style.apply([int(code or 0) for code in re.split("[;:]", sequence)])
                continue
            if unicodedata.combining(character) or character in "\u200d\ufe0f":
                continue
            yield column, row, character, style.colors(), style.bold, style.dim, style.underline
            column += 2 if unicodedata.east_asian_width(character) in "WF" else 1


def block(character):
    """The parts of a cell a block element fills, as (x, y, width, height, opacity); none for other characters."""
    width, height = CELL_WIDTH, CELL_HEIGHT
    if "▁" <= character <= "█":
        filled = round(height * (ord(character) - ord("▁") + 1) / 8)
        return (0, height - filled, width, filled, 1)
    return {
        "▀": (0, 0, width, height // 2, 1), "▌": (0, 0, width // 2, height, 1),
        "▏": (0, 0, 1, height, 1), "▕": (width - 1, 0, 1, height, 1),
        "░": (0, 0, width, height, 0.25), "▒": (0, 0, width, height, 0.5), "▓": (0, 0, width, height, 0.75),
    }.get(character)


# Which of a cell's middle lines a character is made of: left, right, up, down.
LINES = {"─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu", "├": "rud", "┤": "lud", "╷": "d"}


class Picture:
    """Collects shapes by colour and text by run."""

    def __init__(self):
        self.fills = defaultdict(list)
        self.strokes = defaultdict(list)
        self.dots = defaultdict(list)
        self.runs = []

    def add(self, column, row, character, colors, bold, dim, underline):
        front, back = colors
        x, y = MARGIN + column * CELL_WIDTH, MARGIN + row * CELL_HEIGHT
        wide = unicodedata.east_asian_width(character) in "WF"
        if back:
            self.fill((back, 1), x, y, CELL_WIDTH * (1 + wide), CELL_HEIGHT)
        shape = block(character)
        if shape:
            left, top, width, height, opacity = shape
            self.fill((front, opacity), x + left, y + top, width, height)
        elif character in LINES:
            middle = (x + CELL_WIDTH // 2 + 0.5, y + CELL_HEIGHT // 2 + 0.5)
            ends = {"l": (x, middle[1]), "r": (x + CELL_WIDTH, middle[1]), "u": (middle[0], y),
                    "d": (middle[0], y + CELL_HEIGHT)}
            for side in LINES[character]:
                self.strokes[front].append("M%g %gL%g %g" % (*middle, *ends[side]))
        elif character == "·":
            self.dots[front].append("M%g %gh0" % (x + CELL_WIDTH / 2, y + CELL_HEIGHT / 2))
        elif character != " ":
            self.write(column, row, character, (front, bold, dim, underline), 1 + wide)

    def fill(self, ink, x, y, width, height):
        """Adds a rectangle; one that goes on where the last one of its colour ended makes that one longer."""
        boxes = self.fills[ink]
        if boxes and boxes[-1][0] + boxes[-1][2] == x and boxes[-1][1::2] == [y, height]:
            boxes[-1][2] += width
        else:
            boxes.append([x, y, width, height])

    def write(self, column, row, character, style, columns):
        """Adds a character to the run of text it belongs to: over one space at most."""
        last = self.runs[-1] if self.runs else None
        if last and last["row"] == row and last["style"] == style and 0 <= column - last["end"] <= 1:
            last["text"] += " " * (column - last["end"]) + character
            last["end"] = column + columns
        else:
            self.runs.append(
                {"column": column, "row": row, "style": style, "text": character, "end": column + columns})

    def svg(self, title):
        width, height = COLUMNS * CELL_WIDTH + 2 * MARGIN, ROWS * CELL_HEIGHT + 2 * MARGIN
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" rx="10" fill="{BACKGROUND}"/>',
            '<g shape-rendering="crispEdges">',
        ]
        for (ink, opacity), boxes in self.fills.items():
            path = "".join("M%d %dh%dv%dh-%dz" % (x, y, w, h, w) for x, y, w, h in boxes)
            shade = "" if opacity == 1 else f' opacity="{opacity}"'
            parts.append(f'<path fill="{ink}"{shade} d="{path}"/>')
        parts.append("</g>")
        for ink, lines in self.strokes.items():
            parts.append(f'<path stroke="{ink}" d="{"".join(lines)}"/>')
        for ink, dots in self.dots.items():
            parts.append(f'<path stroke="{ink}" stroke-width="3" stroke-linecap="round" d="{"".join(dots)}"/>')
        parts.append(
            f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace" '
            f'font-size="{FONT_SIZE}">')
        for run in self.runs:
            ink, bold, dim, underline = run["style"]
            look = "".join([
                ' font-weight="bold"' if bold else "", ' opacity=".6"' if dim else "",
                ' text-decoration="underline"' if underline else ""])
            parts.append(
                f'<text x="{MARGIN + run["column"] * CELL_WIDTH}" '
                f'y="{MARGIN + run["row"] * CELL_HEIGHT + 14}" '
                f'textLength="{(run["end"] - run["column"]) * CELL_WIDTH}" lengthAdjust="spacingAndGlyphs" '
                f'fill="{ink}"{look}>{escape(run["text"])}</text>')
        return "\n".join(parts + ["</g>", "</svg>", ""])


class Chat:
    """fathom in a terminal of its own."""

    def __init__(self, command, home):
        self.tmux = ["tmux", "-L", f"fathom-picture-{os.getpid()}", "-f", "/dev/null"]
        environment = {
            **os.environ, "LC_ALL": "C.UTF-8", "XDG_DATA_HOME": home, "XDG_STATE_HOME": home,
            "COLORTERM": "", "TERM": "xterm-256color"}
        environment.pop("NO_COLOR", None)
        environment.pop("TMUX", None)
        subprocess.run(
            [*self.tmux, "set-option", "-g", "default-terminal", "tmux-256color", ";",
             "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), *command],
            env=environment, check=True)

    def screen(self, *options):
        done = subprocess.run(
            [*self.tmux, "capture-pane", "-p", *options], capture_output=True, text=True)
        if done.returncode:
            sys.exit("picture.py: the chat ended early; run it by hand to see why")
        return done.stdout

    def press(self, *keys):
        subprocess.run([*self.tmux, "send-keys", *keys], check=True)

    def wait(self, what, is_there, seconds=60):
        end = time.monotonic() + seconds
        while not is_there(self.screen()):
            if time.monotonic() > end:
                sys.exit(f"picture.py: waited {seconds} s in vain for {what}")
            time.sleep(0.02)

    def close(self):
        subprocess.run([*self.tmux, "kill-server"], capture_output=True)


def tokens(screen):
    """How many tokens the status line says are in the context."""
    found = re.search(r"ctx (\d+)/", screen)
    return int(found.group(1)) if found else 0


def talk(chat, choice):
    """Asks, and turns the capacity down while the reply comes."""
    chat.press("-l", choice.question)
    chat.press("Enter")
    chat.wait("the reply", lambda screen: tokens(screen) >= choice.turn_at)
    chat.press(*["C-Down"] * choice.steps)
    asked = f"{int((1 - choice.steps / 16) * 100 + 0.5) / 100:.2f}"
    chat.wait("the dial", lambda screen: f" {asked} asked" in screen)
    drawn_at = tokens(chat.screen()) + choice.draw_after
    chat.wait("more of the reply", lambda screen: tokens(screen) >= drawn_at)


def compare(chat, choice):
    """Answers at two capacities."""
    chat.press("-l", f"/compare 1 0.5 {choice.question}")
    chat.press("Enter")
    chat.wait("both replies", lambda screen: "Esc closes" in screen)


def lens(chat, choice):
    """Looks into a token near the end of a reply."""
    chat.press("-l", choice.question)
    chat.press("Enter")
    chat.wait("the end of the reply", lambda screen: tokens(screen) > 60 and "^C leave" in screen)
    chat.press("Tab", *["Left"] * 3, "l")
    chat.wait("the lens", lambda screen: "all blocks full" in screen)


def report(choice, output):
    """Has a browser take a picture of the upper part of a report on the beginning of the README."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        text = Path(folder) / "README.md"
        text.write_text((ROOT / "README.md").read_text()[:2500])
        subprocess.run([choice.program, "report", str(text), "-o", str(page), "--capacity", "0.5"], check=True)
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}",
             "--window-size=1120,1190", f"--screenshot={output}", page.as_uri()],
            check=True, capture_output=True)


SCENES = {"chat": talk, "compare": compare, "lens": lens}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default=str(ROOT / ".build/release/fathom"))
    parser.add_argument("--question", default="Why is the sky blue?")
    parser.add_argument("--seed", default="3")
    parser.add_argument("--turn-at", type=int, default=110, help="tokens in the context when the dial turns")
    parser.add_argument("--draw-after", type=int, default=24, help="tokens that come between then and the picture")
    parser.add_argument("--steps", type=int, default=4, help="sixteenths the capacity goes down by")
    parser.add_argument("--output", type=Path, help="[default: assets/screen.svg, compare.svg, lens.svg or report.png]")
    parser.add_argument("scene", nargs="?", choices=[*SCENES, "report"], default="chat")
    choice = parser.parse_args()
    name = {"chat": "screen.svg", "report": "report.png"}.get(choice.scene, f"{choice.scene}.svg")
    output = choice.output or ROOT / "assets" / name
    if choice.scene == "report":
        report(choice, output)
        print(f"{output}: {output.stat().st_size // 1024} KB")
        return

    with tempfile.TemporaryDirectory() as home:
        chat = Chat([choice.program, "chat", "--no-save", "--capacity", "1", "--max-tokens", "140", "--seed", choice.seed], home)
        try:
            chat.wait("the chat", lambda screen: "Enter send" in screen)
            SCENES[choice.scene](chat, choice)
            captured = chat.screen("-e")
        finally:
            chat.close()

    picture = Picture()
    for cell in cells(captured):
        picture.add(*cell)
    titles = {
        "chat": "fathom: the chat, and beside it which blocks each token used",
        "compare": "fathom: one question answered at two capacities",
        "lens": "fathom: what the model would have said after each block"}
    output.write_text(picture.svg(titles[choice.scene]))
    print(f"{output}: {output.stat().st_size // 1024} KB")


main()
