"""How long each step took, on every machine: a log, and a table of it."""

import contextlib
import json
import time


class Steps:
    """A log with one JSON line a step."""

    def __init__(self, path):
        self.path = path

    def add(self, name, began, took, note=""):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "a") as file:
            file.write(json.dumps({"step": name, "began": began, "took": took, "note": note}) + "\n")

    @contextlib.contextmanager
    def time(self, name):
        """Times what is done in this context; what it appends to the list that it gets is noted."""
        began, notes = time.time(), []
        try:
            yield notes
        except BaseException as error:
            notes.append(f"failed: {type(error).__name__}")
            raise
        finally:
            self.add(name, began, time.time() - began, ", ".join(map(str, notes)))

    def text(self):
        return self.path.read_text() if self.path.exists() else ""


def table(text):
    """The steps of logs as a table, each at the seconds since the first."""
    steps = sorted((json.loads(line) for line in text.splitlines()), key=lambda step: step["began"])
    rows = [("at s", "took s", "step", "what")]
    for step in steps:
        rows.append((f"{step['began'] - steps[0]['began']:.0f}", f"{step['took']:.1f}", step["step"], step["note"]))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    line = lambda row: f"{row[0]:>{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:<{widths[2]}}  {row[3]}".rstrip()
    return "\n".join(map(line, rows))
