"""Teaches a dense model to do with less depth: its own frozen copy is the teacher.

    python -m recipe.train --teacher BASE.gguf --origin MOD.gguf --data data --out runs/main
    python -m recipe.train … --out runs/main-cooled --copy runs/main --cooldown 300

The first runs without an end and goes on from its last checkpoint when the same command is given again. The second goes on
from a copy while the rate falls to 0, and ends. One JSON line a step goes to log.jsonl.
"""

import argparse
import contextlib
import fcntl
import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
import zlib
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
import torch.distributed as distributed

from . import weights
from .allocation import Probe, measured_budget
from .budget import Budget, graded_budget, scored_budget
from .compilation import check_compiler, use_compiler
from .corpus import Batches
from .distillation import HeadDivergence, HeadRows, output_distance
from .evaluation import Evaluation
from .model import Model, Shape
from .optimiser import NotFinite, Optimiser, Rates, fill_from
from .routing import Teaching
from .schedule import GOLDEN, RunningMeans, Schedule
from .sources import KINDS
from .stand_ins import fitted, with_stand_ins
from .student import dense, rows_by_weight, shares_of, student, with_thin_path
from .teacher import Teacher

CHECKPOINT = "checkpoint.pt"


def parse(arguments=None):
    parser = argparse.ArgumentParser(
        prog="recipe.train", description=__doc__.split("\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = parser.add_argument
    add("--teacher", type=Path, required=True, help="the dense base model, GGUF")
    add("--origin", type=Path, required=True, help="where weights begin: the base model, or a file with routers and no thin path")
    add("--data", type=Path, required=True, help="the corpus")
    add("--out", type=Path, required=True, help="the run's folder")
    add("--copy", type=Path, help="begin with a copy of this run's checkpoint")
    add("--cooldown", type=int, default=0, help="steps over which the rate falls to 0; then the run ends")
    add("--steps", type=int, help="end after so many steps")
    add("--seconds", type=float, help="end after this long; a cooldown is then a part of it")
    add("--processes", type=int, default=1, help="start so many on this machine, a thread each")
    add("--batch", type=int, default=8, help="rows a step and process")
    add("--length", type=int, default=256, help="tokens a row")
    add("--passes", type=int, default=2, help="parts of a process's rows, each at a capacity of its own")
    add("--lowest", type=float, default=0.45, help="the lowest capacity trained for; one pass in twenty is below it")
    add("--descent", type=int, default=100, help="the steps over which the lowest capacity comes down from 1")
    add("--warmup", type=int, default=50, help="the steps over which the rate rises")
    add("--rate", type=float, default=1e-4, help="learning rate of matrices and norms")
    add("--router-rate", type=float, default=1e-3, help="learning rate of the routers and stand-ins")
    add("--pull", type=float, default=1.0, help="decay of the weights towards the teacher's")
    add("--blend", type=float, default=0.0, help="the share of the teacher's weights in those that a run begins with")
    add("--thin", type=float, default=0.5, help="width of the thin path, a share of the feed-forward rows; 0: none")
    add("--stand-ins", type=int, default=0, help="rank of what stands in for bypassed blocks, where there is nothing yet; 0: none")
    add("--outputs", type=float, default=0.1, help="weight of the distance between the normed outputs")
    add("--vocabulary", type=int, help="compare so many of the most frequent tokens always, if not all")
    add("--drawn", type=int, default=2048, help="with --vocabulary: of the others, so many drawn for every batch")
    add("--halved", type=float, default=0.15, help="the share of tokens, at a threshold, that pass it by one half")
    add("--temperature", type=float, default=0.3, help="how far from a threshold tokens are halved, in spreads of the scores")
    add("--router-hidden", type=int, default=32)
    add("--routed", type=int, nargs="+", help="blocks with a router, if not those of --origin")
    add("--kv", choices=("all", "routed"), help="KV policy, if not that of --origin")
    add("--allocate", type=int, default=0, help="measure at first what shares are worth, in so many rounds, and share out anew")
    add("--chats", type=float, default=0.5, help="the share of chats among the rows")
    add("--remember", action="store_true", help="keep the teacher's outputs on disk, 1.15 KB a token, for rows that come again")
    add("--save-every", type=float, default=600, help="seconds between checkpoints")
    add("--evaluate-every", type=int, default=100, help="steps between evaluations")
    add("--evaluation-rows", type=int, default=16, help="held-out rows of each kind of text")
    add("--seed", type=int, default=1)
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add("--kind", choices=("bf16", "fp32"), default="bf16", help="arithmetic of the matrices")
    add("--compile", action=argparse.BooleanOptionalAction, default=True, help="let torch.compile fuse the blocks")
    return parser.parse_args(arguments)


def as_tensors(arrays):
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


# Tokens on which rows and shares are measured, and those that stand-ins are fitted to.
PROBED, FITTED = 2048, 32768
# The part of the fitted stand-ins that weights begin with that have learnt to do without: all of them at once would do
# harm at low capacities.
LATE = 0.3
# Scores of no greater spread tell no token from another.
SILENT = 1e-6


class Processes:
    """One process, or those that `start` or torchrun started."""

    def __init__(self, device):
        self.world, self.rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
        self.device = torch.device(device)
        if self.world > 1:
            distributed.init_process_group("nccl" if device == "cuda" else "gloo")
            if device == "cuda":
                self.device = torch.device(f"cuda:{os.environ['LOCAL_RANK']}")
                torch.cuda.set_device(self.device)

    @staticmethod
    def start(count):
        """Makes this process the first of `count`, and starts the others with the same command."""
        if count == 1 or "WORLD_SIZE" in os.environ:
            return []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        common = {"WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
        os.environ |= common | {"RANK": "0", "LOCAL_RANK": "0"}
        torch.set_num_threads(1)
        others = [{**os.environ, "RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(1, count)]
        return [subprocess.Popen([sys.executable, "-m", "recipe.train", *sys.argv[1:]], env=each) for each in others]

    def average(self, tensors):
        """Averages tensors over all processes, in place."""
        if self.world > 1:
            for tensor in tensors:
                distributed.all_reduce(tensor)
                tensor /= self.world

    def total(self, tensor):
        if self.world > 1:
            distributed.all_reduce(tensor)
        return tensor

    def first(self, tensor):
        """Gives a tensor the first process's values, in place."""
        if self.world > 1:
            distributed.broadcast(tensor, 0)
        return tensor

    def mean(self, number):
        return float(self.total(torch.tensor([number], device=self.device))) / self.world

    def any(self, condition):
        return float(self.total(torch.tensor([float(condition)], device=self.device))) > 0


class Trainer:
    def __init__(self, options):
        self.options = options
        self.processes = Processes(options.device)
        self.device = self.processes.device
        self.kind = torch.bfloat16 if options.kind == "bf16" else torch.float32
        torch.manual_seed(options.seed)
        self.base = dense(weights.read(options.teacher)).to(self.device, torch.float32)
        self.batches = Batches(options.data, "train", options.length)
        dense_teacher = self.base.to(self.device, self.kind)
        self.teacher = Teacher(dense_teacher, self.batches, options.remember)
        frequent = None
        if options.vocabulary:
            frequent = self.batches.most_frequent(options.vocabulary, self.base.shape.vocabulary)
        self.heads = HeadRows(self.base.token_embd, self.kind, frequent, options.drawn)
        whole = HeadRows(self.base.token_embd, self.kind).draw()
        held_out = Batches(options.data, "evaluation", options.length, options.evaluation_rows, KINDS)
        self.evaluation = Evaluation(
            held_out, dense_teacher, whole, max(options.batch // options.passes, 1), self.processes.rank, self.processes.world)
        self.step, self.seconds, self.tokens = 0, 0.0, 0
        self.schedule = Schedule(options.warmup, options.descent, lowest=options.lowest)
        self.means = RunningMeans()
        self.teaching = Teaching(options.halved, options.temperature)
        # How often rows had been used when their order began, and how many were taken of it since.
        self.uses, self.position = None, 0

    @property
    def checkpoint(self):
        return self.options.out / CHECKPOINT

    @property
    def text(self):
        """What the order of the rows follows from besides."""
        return [zlib.crc32(self.batches.tokens), self.options.seed, self.options.chats]

    def ordered(self):
        options, processes = self.options, self.processes
        shares = {"chats": options.chats}
        return self.batches.order(
            options.batch, processes.rank, processes.world, options.seed, self.position, shares, self.uses)

    def save(self):
        if self.processes.rank:
            return
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(
            {"optimiser": self.optimiser.state(), "shape": asdict(self.model.shape), "orders": self.orders,
             "shares": self.budget.shares, "step": self.step, "seconds": self.seconds, "tokens": self.tokens,
             "begun": self.schedule.begun, "means": self.means.values,
             "uses": as_tensors(self.order.uses()), "text": self.text, "before": as_tensors(self.uses or {}),
             "position": self.order.position}, partial)
        partial.replace(self.checkpoint)

    def begin(self):
        """Goes on from this run's checkpoint, or from a copy of another's, or else begins with the weights of a file."""
        options = self.options
        options.out.mkdir(parents=True, exist_ok=True)
        is_new = not self.checkpoint.exists()
        source = options.copy / CHECKPOINT if is_new and options.copy else self.checkpoint
        if not is_new or options.copy:
            self.resume(torch.load(source, map_location=self.device, weights_only=True))
        else:
            self.create()
        if is_new and options.cooldown:
            self.schedule = replace(self.schedule, begun=self.step)
        self.schedule = replace(self.schedule, cooldown=options.cooldown)
        if self.step and self.schedule.is_quantised(self.step - 1):
            self.optimiser.fill(self.model, "master", True)
        self.order = self.ordered()
        if options.allocate:
            self.allocate()
        if is_new and not options.copy:
            self.save()

    def resume(self, state):
        shape = Shape(**state["shape"])
        shape = replace(shape, routed=tuple(shape.routed))
        self.orders = state["orders"]
        model = self.arranged(self.base, shape).with_silent_routing(shape)
        self.budget = Budget(state["shares"].cpu())
        if self.options.stand_ins and not shape.stand_in_rank:
            # Some tensors are the teacher's own.
            learnt = model.like()
            fill_from(state["optimiser"], learnt, "master")
            model = self.with_stand_ins(learnt, LATE)
        self.model = model
        self.optimise(self.arranged(self.base, shape))
        self.optimiser.restore(state["optimiser"])
        self.step, self.seconds, self.tokens = state["step"], state["seconds"], state["tokens"]
        self.schedule = replace(self.schedule, begun=state["begun"])
        self.means = RunningMeans(state["means"])
        # While the text stays what it was, the order goes on where it was. With more text it is another order.
        is_same = state.get("text") == self.text
        uses = state["before" if is_same else "uses"]
        self.uses = {name: used.cpu().numpy() for name, used in uses.items()}
        self.position = state["position"] if is_same else 0

    def create(self):
        options = self.options
        origin = weights.read(options.origin)
        model = student(origin, options.routed, options.kv, options.router_hidden).to(self.device, torch.float32)
        # The embedding does not learn, and is the teacher's.
        model = Model(model.shape, self.base.token_embd, model.output_norm, model.blocks)
        width = options.thin or 1.0
        if model.shape.is_graded:
            raise SystemExit(
                f"{options.origin} has a thin path already; go on from its run with --copy, or begin with the base model.")
        self.orders = self.processes.first(torch.stack(rows_by_weight(model, next(self.probed())[0])))
        model = with_thin_path(model, self.orders, width)
        self.model = model
        base = self.arranged(self.base, model.shape)
        if options.blend:
            ours = dict(model.tensors())
            for name, tensor in base.tensors():
                ours[name].lerp_(tensor, options.blend)
        routed = model.shape.routed
        shares = shares_of(origin, routed)
        run = lambda shares: self.scores(model, shares)
        plain = Budget(shares) if shares is not None else scored_budget(run, len(routed))
        self.budget = graded_budget(plain, model.shape.thin_work) if model.shape.is_graded else plain
        # The temperature of halving is in spreads of the scores.
        for block, spread in zip(routed, run(torch.ones(2, len(routed))).std(1).tolist()):
            if spread > SILENT:
                model.blocks[block]["outer"] /= spread
                model.blocks[block]["outer_bias"] /= spread
        for _, tensor in model.tensors():
            self.processes.first(tensor)
        if options.stand_ins and not model.shape.stand_in_rank:
            self.model = self.with_stand_ins(model)
        self.optimise(base)

    def with_stand_ins(self, model, part=1.0):
        """The model, fp32, with a part of what stands in for its blocks, fitted at capacities as in training."""
        parts = [
            (tokens, self.budget.at(self.schedule.capacity((place + 0.5) * GOLDEN % 1, self.schedule.descent)))
            for place, (tokens, _) in enumerate(self.probed(self.processes.rank, FITTED // self.processes.world))]
        found = fitted(model.to(self.device, self.kind), parts, self.options.stand_ins, self.processes.total)
        return with_stand_ins(model, [[self.processes.first(tensor) for tensor in tensors] for tensors in found], part)

    def arranged(self, model, shape):
        """A dense model with its hidden units in this run's order, and the run's thin path."""
        return with_thin_path(model, self.orders, shape.thin / shape.feed_forward)

    def optimise(self, origin):
        options = self.options
        self.optimiser = Optimiser(
            self.model, self.kind, Rates(model=options.rate, routers=options.router_rate, pull=options.pull), origin)
        self.averaged = self.model.like()

    def probed(self, rank=0, count=None):
        """Yields (tokens, weights) of some rows of `count` tokens in all, if not PROBED, which follow from the rank alone, as
        many at once as in training."""
        size, count = max(self.options.batch // self.options.passes, 1), count or PROBED
        rows = np.random.default_rng((self.options.seed, rank)).permutation(len(self.batches))
        for first in range(0, min(max(count // self.options.length, size), len(rows) - size + 1), size):
            yield self.batches.batch(rows[first : first + size], self.device)

    @torch.no_grad()
    def scores(self, model, shares):
        """The routers' scores [R, tokens] on a few thousand tokens, anchors apart, where blocks process these shares."""
        found = []
        for tokens, _ in self.probed():
            places = torch.arange(tokens.shape[1], device=self.device).repeat(len(tokens))
            found.append(model(tokens, shares).scores[:, places >= model.shape.anchors])
        return torch.cat(found, 1)

    def allocate(self):
        """Measures what shares are worth, and keeps those that are worth most."""
        tell = (lambda line: None) if self.processes.rank else lambda line: print(line, flush=True)
        spreads = self.scores(self.model, torch.ones(2, len(self.model.shape.routed))).std(1)
        # A router that gives all tokens one score cannot leave some of them out, so its block cannot be measured.
        if float(spreads.min()) > SILENT:
            parts = [(tokens, weight, self.teacher.model(tokens).output) for tokens, weight in self.probed(self.processes.rank)]
            probe = Probe(self.model, parts, self.heads.draw(), self.processes.mean)
            self.budget = measured_budget(probe, self.budget, self.options.allocate, tell)
        self.budget = Budget(self.processes.first(self.budget.shares.to(self.device)).cpu())

    def check(self):
        """Holds the gradients of two compiled blocks, one of them thin for all tokens but the anchors, to those of plain
        blocks."""
        tokens, weight = next(self.probed())
        shape, blocks = self.model.shape, self.model.blocks
        small = Model(
            replace(shape, blocks=2, routed=(1,)), self.model.token_embd, self.model.output_norm,
            [blocks[0], blocks[shape.routed[0]]])
        target = self.teacher.model(tokens).output
        thin = torch.tensor([[0.0], [1.0]])

        def gradients():
            torch.manual_seed(self.options.seed)
            self.optimiser.clear()
            self.divergence(small, tokens, weight, target, thin, Teaching()).backward()
            found = [tensor.grad.clone() for _, tensor in small.tensors() if tensor.grad.norm() > 0]
            self.optimiser.clear()
            return found

        check_compiler(gradients)

    def divergence(self, model, tokens, weight, target, shares, teaching):
        trace = model(tokens, shares, teaching)
        parts = (weight / weight.sum()).flatten()
        loss = HeadDivergence.apply(trace.output, target, self.heads.draw(), parts)
        return loss + self.options.outputs * output_distance(trace.output, target, parts) if self.options.outputs else loss

    def take_step(self, rows):
        """One update from one batch at several capacities; returns what the log says of it."""
        options, world = self.options, self.processes.world
        # What is drawn at random follows from the step, so that a run that was interrupted draws what it would have drawn.
        entropy = np.random.SeedSequence((options.seed, self.step, self.processes.rank))
        torch.manual_seed(int(entropy.generate_state(1)[0]))
        capacities = self.schedule.capacities(self.step, options.passes, self.processes.rank, world)
        losses = []
        for part, capacity in zip(np.array_split(rows, options.passes), capacities):
            tokens, weight = self.batches.batch(part, self.device)
            target = self.teacher(part, tokens)
            shares = None if capacity == 1 else self.budget.at(capacity)
            loss = self.divergence(self.model, tokens, weight, target, shares, self.teaching)
            mean = self.means.at(capacity) or float(loss.detach())
            (loss / max(mean, RunningMeans.LEAST) / options.passes).backward()
            losses.append(float(loss.detach()))
        known = torch.zeros(world, options.passes, 2, device=self.device)
        known[self.processes.rank] = torch.tensor(list(zip(capacities, losses)))
        known = self.processes.total(known).flatten(0, 1).tolist()
        if not all(math.isfinite(loss) for _, loss in known):
            raise NotFinite(f"The losses are {known} at step {self.step}. The last checkpoint is sound.")
        for capacity, loss in known:
            self.means.add(capacity, loss)
        self.processes.average(self.optimiser.gradients())
        rate = self.schedule.rate(self.step)
        norms = self.optimiser.step(rate, self.schedule.is_quantised(self.step))
        self.optimiser.clear()
        self.tokens += len(rows) * world * options.length
        rounded = lambda value: round(value, 4)
        return {
            "tokens": self.tokens, "losses": {str(rounded(c)): rounded(loss) for c, loss in sorted(known)},
            "norms": {sort: rounded(norm) for sort, norm in norms.items()}, "rate": rounded(rate)}

    def evaluate(self):
        """The divergence of the averaged weights as int8, kind by kind of text."""
        self.optimiser.fill(self.averaged, "average", True)
        return self.evaluation.table(self.processes.total(self.evaluation.sums(self.averaged, self.budget)))

    def is_over(self):
        options = self.options
        return self.schedule.is_over(self.step) or (options.steps is not None and self.step >= options.steps)

    def run(self):
        options = self.options
        self.begin()
        if options.compile:
            self.check()
        # Until here there is nothing to save.
        asked_to_stop = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: asked_to_stop.append(True))
        started = saved = time.monotonic()
        with open(options.out / "log.jsonl", "a") if not self.processes.rank else contextlib.nullcontext() as log:
            if self.step == 0:
                self.tell({"step": 0, "tokens": 0, "held_out": self.evaluate()}, log)
            while not self.is_over():
                late = options.seconds is not None and time.monotonic() - started > options.seconds
                # All processes stop after the same step.
                if self.processes.any(bool(asked_to_stop) or late):
                    break
                begun, rows = time.monotonic(), next(self.order, None)
                if rows is None:
                    self.tell({"step": self.step, "tokens": self.tokens, "end": "All rows were used as often as they may be."}, log)
                    break
                line = {"step": self.step, **self.take_step(rows)}
                self.step += 1
                if self.step % options.evaluate_every == 0 or self.is_over():
                    line["held_out"] = self.evaluate()
                line["took"] = round(time.monotonic() - begun, 2)
                self.seconds += line["took"]
                self.tell(line, log)
                if self.processes.any(time.monotonic() - saved > options.save_every):
                    self.save()
                    saved = time.monotonic()
        self.save()

    def tell(self, line, log):
        if log is not None:
            log.write(json.dumps(line) + "\n")
            log.flush()


@contextlib.contextmanager
def sole(folder):
    """One process at a time trains in a folder; its number is in `pid` meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "pid", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"Another process is training in {folder}.") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def main():
    options = parse()
    is_first = "WORLD_SIZE" not in os.environ
    with sole(options.out) if is_first else contextlib.nullcontext():
        others = Processes.start(options.processes)
        try:
            use_compiler(options.compile)
            Trainer(options).run()
        finally:
            for other in others:
                try:
                    other.wait(60)
                except subprocess.TimeoutExpired:
                    other.kill()


if __name__ == "__main__":
    main()
