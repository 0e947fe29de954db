"""What lies in the folder of a training on the lent machine."""

import contextlib
import fcntl
import json
import os
from pathlib import Path

from .steps import Steps


class Folder:
    """parts: what has arrived. payload: all of it. base, data and start: what is in it. run: the training's folder, as
    of recipe.train. export: what goes back. settings: options that the trial found. clock: when training ends and, from
    the first step on, when it began, with which step and how many rows left."""

    def __init__(self, path):
        self.path = Path(path)
        self.path.mkdir(parents=True, exist_ok=True)
        for name in ("parts", "data", "start", "run", "export", "trial"):
            setattr(self, name, self.path / name)
        self.payload, self.base, self.done = self.path / "payload.pt", self.path / "base.pt", self.path / "done"
        self.output, self.trial_output = self.path / "output", self.path / "trial.output"
        self.steps = Steps(self.path / "steps.jsonl")

    def json(self, name, value=None):
        path = self.path / name
        if value is not None:
            partial = path.with_suffix(".partial")
            partial.write_text(json.dumps(value))
            partial.replace(path)
        return json.loads(path.read_text()) if path.exists() else None

    @property
    def clock(self):
        return self.json("clock.json") or {}

    @clock.setter
    def clock(self, value):
        self.json("clock.json", value)

    @property
    def settings(self):
        """None where no trial worked."""
        return self.json("settings.json")

    @settings.setter
    def settings(self, value):
        self.json("settings.json", value)

    @contextlib.contextmanager
    def lock(self, name):
        """Held by one process at a time, whose number is in it, and free again when that is gone, however it ended."""
        with open(self.path / f"{name}.lock", "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SystemExit(f"Another {name} is going on in {self.path}.") from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def is_held(self, name):
        try:
            with self.lock(name):
                return False
        except SystemExit:
            return True
