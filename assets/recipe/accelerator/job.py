"""The training itself, on the lent machine: for so many seconds, rows and teacher on the device, cooldown included.

Started by `recipe.accelerator start` in a folder with the payload; see `Folder` for what it finds and leaves there.
"""

import json
import time
import zlib
from dataclasses import asdict, dataclass, replace
from typing import Callable

import numpy as np
import torch

from . import packed
from .folder import Folder
from .. import weights
from ..compilation import use_compiler
from ..corpus import Part
from ..schedule import Schedule
from ..train import Trainer, parse

# The last part of the training, as a fraction, is the cooldown.
COOLDOWN = 0.2
# Steps of a trial: the first ones compile.
STEPS = 6


@dataclass(frozen=True)
class Timed(Schedule):
    """A schedule that follows the clock: `progress` says how much of the training is done, 0…1; `first` is the step it
    began with, since when the rate rises again."""

    progress: Callable = lambda: 0.0
    first: int = 0

    def cooled(self, step):
        return min(max((self.progress() - 1 + COOLDOWN) / COOLDOWN, 0.0), 1.0)

    def rate(self, step):
        return super().rate(step - self.first)

    def is_over(self, step):
        return self.cooled(step) >= 1


class Lent(Trainer):
    """A trainer that ends by the clock, which goes on when it is killed and started again."""

    def __init__(self, options, folder):
        self.folder, self.log = folder, folder.steps
        with self.log.time("load") as notes:
            super().__init__(options)
            device = torch.cuda.get_device_name() if self.device.type == "cuda" else str(self.device)
            notes += [f"PyTorch {torch.__version__}", device, f"{len(self.batches)} rows of {options.length}"]
        tokens, weight = self.batches.batch(np.arange(len(self.batches)), self.device)

        def batch(rows, _):
            index = torch.as_tensor(np.asarray(rows)).to(self.device)
            return tokens[index], weight[index]

        self.batches.batch = batch
        # Passes of one size only: another size would be compiled anew.
        rows, size = self.evaluation.rows, self.evaluation.size
        self.evaluation.rows = rows[: len(rows) // size * size] or rows

    def resume(self, state):
        super().resume(packed.unpack_state(state, self.base) if "packed" in state else state)

    def progress(self):
        """How much of the training is done, 0…1: of its seconds, or of its rows where those come to an end before."""
        clock, now, batch = self.clock, time.time(), self.options.batch
        seconds = (now - clock["at"]) / (clock["end"] - clock["at"]) if now < clock["end"] else 1.0
        # The last batch is not used: that of a rate of 0.
        rows = (clock["left"] - self.order.left) / (clock["left"] - batch) if self.order.left > batch else 1.0
        return max(seconds, rows)

    def wind(self):
        """Begins the training's time with the first step, but for a run that goes on."""
        self.clock = {"at": time.time(), "step": self.step, "left": self.order.left} | self.folder.clock
        self.folder.clock = self.clock
        self.schedule = Timed(
            **asdict(replace(self.schedule, cooldown=0)), progress=self.progress, first=self.clock["step"])

    def tell_table(self, name):
        with self.log.time(name) as notes:
            table = self.evaluate()
            notes.append(" ".join(f"c={capacity}: {nats:.4f}" for capacity, nats in table["all"].items()))
        return table

    def run(self):
        options = self.options
        # What comes but once is not worth compiling.
        use_compiler(False)
        with self.log.time("begin"):
            self.begin()
        use_compiler(options.compile)
        if options.compile:
            with self.log.time("compile and check"):
                self.check()
        with open(options.out / "log.jsonl", "a") as log:
            if "at" not in self.folder.clock:
                table = self.tell_table("first evaluation")
                self.tell({"step": self.step, "tokens": self.tokens, "held_out": table}, log)
            self.wind()
            with self.log.time("train") as notes:
                self.take_steps(log, notes)
            self.tell({"step": self.step, "tokens": self.tokens, "held_out": self.tell_table("last evaluation")}, log)
        with self.log.time("save"):
            self.save()

    def take_steps(self, log, notes):
        options, tokens, step = self.options, self.tokens, self.step
        begun = saved = time.time()
        # The first step compiles what the check did not.
        settled, saving, count = None, 0.0, 0
        while not self.is_over():
            at, rows = time.time(), next(self.order, None)
            if rows is None:
                break
            line = {"step": self.step, **self.take_step(rows)}
            self.step += 1
            settled = settled or (time.time(), self.tokens)
            line["took"] = round(time.time() - at, 4)
            self.seconds += line["took"]
            self.tell(line, log)
            if time.time() - saved > options.save_every:
                at = time.time()
                self.save()
                saved, count = time.time(), count + 1
                saving += saved - at
        took = time.time() - (settled[0] if settled else begun) - saving
        rate = (self.tokens - settled[1]) / max(took, 1e-9) if settled else 0
        notes += [
            f"{self.step - step} steps", f"{self.tokens - tokens} token-passes", f"{rate:.0f} a second",
            f"{count} checkpoints in {saving:.1f} s"]
        if self.device.type == "cuda":
            notes.append(f"{torch.cuda.max_memory_allocated() / 2**30:.1f} GiB")


def options_of(folder, extra):
    """What the training is told: what was asked for, and what the trial found out."""
    return parse([
        "--teacher", str(folder.base), "--origin", str(folder.base), "--data", str(folder.data),
        "--out", str(folder.run), *extra, *(folder.settings or [])])


def train(folder, extra):
    if not folder.base.exists():
        with folder.steps.time("unpack") as notes:
            payload = torch.load(folder.payload, weights_only=True, mmap=True)
            notes.append(f"{packed.unpack_corpus(payload['corpus'], folder.data)} tokens")
            folder.start.mkdir(exist_ok=True)
            torch.save(payload["start"], folder.start / "checkpoint.pt")
            # It comes last, and says that all is there.
            partial = folder.base.with_suffix(".partial")
            torch.save(payload["base"], partial)
            partial.replace(folder.base)
    run(folder, options_of(folder, [*extra, "--copy", str(folder.start)]))
    folder.done.touch()


def run(folder, options, kind=Lent):
    weights.read = lambda path: packed.unpack_base(torch.load(path, weights_only=True))
    kind(options, folder).run()


class Trial(Lent):
    """Some steps that lead to nothing."""

    def save(self):
        pass


def attempt(folder, shape, extra):
    """Compiles all that the training will need, and takes some steps, with weights and rows that mean nothing: while
    the rest is carried. Shows what goes wrong, and what a step takes."""
    options = options_of(folder, extra)
    torch.save(random_base(shape), folder.base)
    # For every step a new batch, and rows to evaluate.
    random_corpus(folder.data, shape["vocabulary"], max(STEPS * options.batch, options.evaluation_rows), options.length)
    folder.clock = {"end": time.time() + 1e6}
    routed = [str(block) for block in shape["routed"]]
    rank = shape.get("stand_in_rank") or options.stand_ins
    run(folder, options_of(folder, [
        *extra, "--thin", str(shape["thin"] / shape["feed_forward"]), "--routed", *routed, "--kv", shape["kv"],
        "--router-hidden", str(shape["router_hidden"]), "--stand-ins", str(rank), "--steps", str(STEPS), "--descent", "0"]), Trial)


def random_base(shape):
    """A dense model of that shape, as `packed.pack_base` packs it, that has learnt nothing."""
    count, width, inner = shape["blocks"], shape["embedding"], shape["feed_forward"]
    keys = width // shape["heads"] * shape["kv_heads"]
    sizes = {"attn_q": (width, width), "attn_k": (keys, width), "attn_v": (keys, width), "attn_output": (width, width),
             "ffn_gate": (inner, width), "ffn_up": (inner, width), "ffn_down": (width, inner)}
    drawn = {"token_embd.weight": (shape["vocabulary"], width)} | {
        f"blk.{index}.{name}.weight": size for index in range(count) for name, size in sizes.items()}
    norms = [f"blk.{index}.{name}.weight" for index in range(count) for name in ("attn_norm", "ffn_norm")]
    tensors = {name: torch.randn(size) * 0.05 for name, size in drawn.items()}
    tensors |= {name: torch.ones(width) for name in ["output_norm.weight", *norms]}
    pack = lambda tensor: ("F32", list(tensor.shape), packed.to_tensor(zlib.compress(tensor.numpy().tobytes(), 0)))
    metadata = {
        "block_count": count, "embedding_length": width, "attention.head_count": shape["heads"],
        "attention.head_count_kv": shape["kv_heads"], "feed_forward_length": inner,
        "attention.layer_norm_rms_epsilon": shape["epsilon"], "rope.freq_base": shape["rope_base"]}
    found = {name: pack(tensor) for name, tensor in tensors.items()}
    return {"metadata": metadata, "vocabulary": shape["vocabulary"], "tensors": found}


def random_corpus(folder, vocabulary, rows, length):
    """Rows to train on, and as many held-out ones."""
    part = Part()
    for source in ("texts", "wikipedia"):
        for _ in range(rows):
            # Not of the calibration's or the evaluation's fold.
            part.add(np.random.randint(vocabulary, size=length), [10] * length, source, whole=[0])
    part.write(folder / "random" / "random-00000-0001.npz")
