#!/usr/bin/env python3
"""Draws assets/routing.svg: perplexity against the weights read for a token.

    .build/release/fathom eval TEXT --removal --format json --capacities 1 0.875 0.75 0.625 0.5 0.375 0.25 |
        python3 .setup/figure.py

Three ways to read less: learned routing, random routing at the same capacity, and leaving out whole blocks. Needs
nothing but Python's standard library.
"""

import json
import math
import sys
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 24, 56
INK, GRID = "#8b949e", "#8b949e33"
SERIES = (
    ("perplexity", "learned routing", "#2f81f7"),
    ("removal", "blocks removed", "#d29922"),
    ("random", "random routing", "#f85149"),
)


def points(rows, key):
    """(share read, perplexity), the dense model first, which all ways begin from."""
    dense = rows[0]
    return [(dense["reads"], dense["perplexity"])] + [(row["reads"], row[key]) for row in rows[1:] if key in row]


def ticks(low, high):
    """1, 2 and 5 times powers of ten."""
    for exponent in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        for step in (1, 2, 5):
            if low <= step * 10**exponent <= high:
                yield step * 10**exponent


def main():
    rows = sorted((json.loads(line) for line in sys.stdin), key=lambda row: -row["capacity"])
    if not rows or rows[0]["capacity"] != 1 or len(rows) < 2:
        sys.exit("figure.py: give it the rows of `fathom eval --format json`, capacity 1 and others")
    curves = [(label, color, points(rows, key)) for key, label, color in SERIES]
    shares = [share for _, _, curve in curves for share, _ in curve]
    values = [value for _, _, curve in curves for _, value in curve]
    left, right = math.floor(min(shares) * 10) / 10, 1.0
    low, high = min(values) / 1.15, max(values) * 1.15
    across = lambda share: LEFT + (share - left) / (right - left) * (WIDTH - LEFT - RIGHT)
    up = lambda value: TOP + (math.log(high / value) / math.log(high / low)) * (HEIGHT - TOP - BOTTOM)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" font-family="system-ui, sans-serif" font-size="13" fill="{INK}">',
        "<title>Perplexity against the weights read for a token</title>",
    ]
    for value in ticks(low, high):
        y = up(value)
        parts.append(f'<path stroke="{GRID}" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    for tenth in range(round(left * 10), 11):
        x = across(tenth / 10)
        parts.append(f'<path stroke="{GRID}" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{tenth * 10} %</text>')
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">weights read for a token</text>')
    parts.append(
        f'<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">perplexity</text>')
    for index, (label, color, curve) in enumerate(curves):
        path = "L".join(f"{across(share):.1f} {up(value):.1f}" for share, value in curve)
        parts.append(f'<path fill="none" stroke="{color}" stroke-width="2" d="M{path}"/>')
        parts += [f'<circle cx="{across(s):.1f}" cy="{up(v):.1f}" r="3.5" fill="{color}"/>' for s, v in curve]
        parts.append(
            f'<text x="{WIDTH - RIGHT + 12}" y="{TOP + 16 + 22 * index}" fill="{color}">{escape(label)}</text>')
    target = Path(__file__).resolve().parent.parent / "assets/routing.svg"
    target.write_text("\n".join(parts + ["</svg>", ""]))
    print(target)


main()
