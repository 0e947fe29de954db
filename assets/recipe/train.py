"""Teaches a dense model to do with less depth: its own frozen copy is the teacher.

    python -m recipe.train --teacher BASE.gguf --origin MOD.gguf --data data --out runs/first
    torchrun --nproc-per-node 8 -m recipe.train …

A run that was stopped goes on from its last checkpoint when the same command is given again; a new run may start from
exported weights (`--origin`). One JSON line a step goes to log.jsonl.
"""

import argparse
import contextlib
import itertools
import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as distributed

from . import weights
from .allocation import Probe, measured_budget
from .budget import Budget, first_budget
from .corpus import Batches
from .distillation import HeadDivergence, state_distance
from .evaluation import evaluate
from .quantisation import quantised
from .schedule import Schedule
from .student import dense, shares_of, student
from .teacher import Teacher


def parse():
    parser = argparse.ArgumentParser(
        prog="recipe.train", description=__doc__.split("\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = parser.add_argument
    add("--teacher", type=Path, required=True, help="the dense base model, GGUF")
    add("--origin", type=Path, required=True, help="where the weights begin: a file of `fathom convert` or of recipe.export")
    add("--data", type=Path, required=True, help="the corpus")
    add("--out", type=Path, required=True, help="the run's folder")
    add("--steps", type=int, default=2000)
    add("--batch", type=int, default=64, help="rows a step and process")
    add("--length", type=int, default=512, help="tokens a row")
    add("--passes", type=int, default=3, help="capacities a step")
    add("--lowest", type=float, default=0.25, help="the lowest capacity trained for")
    add("--descent", type=float, default=0.2, help="the share of the run over which the lowest capacity comes down from 1")
    add("--rate", type=float, default=1e-4, help="learning rate of the backbone")
    add("--router-rate", type=float, default=1e-3, help="learning rate of the routers")
    add("--freeze-embedding", action="store_true", help="leave the tied embedding and head as they are")
    add("--vocabulary", type=int, help="compare the probabilities of the corpus's most frequent tokens only, so many")
    add("--teacher-memory", type=float, default=0.0, help="GiB for what the teacher said of rows that come again")
    add("--states", type=float, default=0.0, help="weight of the distance of hidden states at first")
    add("--states-until", type=float, default=0.5, help="the share of the run over which that weight falls to 0")
    add("--clip", type=float, default=1.0, help="the largest norm of a gradient")
    add("--temperature", type=float, default=0.5, help="how far from the threshold tokens are halved, in spreads of the scores")
    add("--halved", type=float, default=0.2, help="the share of tokens, at the threshold, that a block processes by one half")
    add("--router-hidden", type=int, default=32)
    add("--routed", type=int, nargs="+", help="blocks with a router, if not those of --origin")
    add("--allocate", type=int, default=4, help="rounds of measuring, at first, what blocks are worth; 0: by the scores alone")
    add("--kv", choices=("all", "routed"), help="KV policy, if not that of --origin")
    add("--save-every", type=float, default=300, help="seconds between checkpoints")
    add("--evaluate-every", type=int, default=100, help="steps between evaluations")
    add("--evaluation-rows", type=int, default=64)
    add("--seconds", type=float, default=float("inf"), help="end after this long; the schedule follows")
    add("--seed", type=int, default=1)
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add("--kind", choices=("bf16", "fp32"), default="bf16", help="arithmetic of the matrices")
    add("--compile", action="store_true", help="let torch.compile fuse the model")
    return parser.parse_args()


# Tokens on which blocks are measured; one batch where that is more.
PROBED = 2048
# Scores of no greater spread tell no token from another.
SILENT = 1e-6


class Processes:
    """One process, or those that torchrun started."""

    def __init__(self, device):
        self.world, self.rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
        self.device = device
        if self.world > 1:
            distributed.init_process_group("nccl" if device == "cuda" else "gloo")
            if device == "cuda":
                self.device = f"cuda:{os.environ['LOCAL_RANK']}"
                torch.cuda.set_device(self.device)

    def average(self, tensors):
        """In place, over all processes."""
        if self.world > 1:
            for tensor in tensors:
                distributed.all_reduce(tensor)
                tensor /= self.world

    def first(self, tensor):
        """The first process's."""
        if self.world > 1:
            distributed.broadcast(tensor, 0)
        return tensor

    def mean(self, number):
        tensor = torch.tensor([number], device=self.device)
        self.average([tensor])
        return float(tensor)


class Trainer:
    def __init__(self, options):
        self.options = options
        self.processes = Processes(options.device)
        self.device = self.processes.device
        self.kind = torch.bfloat16 if options.kind == "bf16" else torch.float32
        torch.manual_seed(options.seed)
        origin = weights.read(options.origin)
        teacher = dense(weights.read(options.teacher)).to(self.device)
        self.model = student(origin, options.routed, options.kv, options.router_hidden).to(self.device)
        shape = self.model.shape
        # The residual is compared after the blocks that always run, and some between.
        self.compared = [block for block in range(shape.blocks) if block not in shape.routed or block % 4 == 3]
        self.schedule = Schedule(options.lowest, options.descent)
        self.batches = Batches(options.data, "train", options.length)
        self.held_out = Batches(options.data, "evaluation", options.length, options.evaluation_rows)
        self.model.token_embd.requires_grad_(not options.freeze_embedding)
        routers = [p for name, p in self.model.named_parameters() if "depth_router" in name]
        others = [
            p for name, p in self.model.named_parameters() if "depth_router" not in name and p.requires_grad]
        self.matrices = [p for name, p in self.model.named_parameters() if "depth_router" not in name and p.ndim == 2]
        self.optimiser = torch.optim.AdamW(
            [{"params": others, "peak": options.rate}, {"params": routers, "peak": options.router_rate}],
            betas=(0.9, 0.98), weight_decay=0.0, fused=True)
        self.step, self.seconds = 0, 0.0
        self.budget, self.origin_shares = None, shares_of(origin, shape.routed)
        self.run_model = torch.compile(self.model) if options.compile else self.model
        self.teacher = Teacher(
            torch.compile(teacher) if options.compile else teacher, int(options.teacher_memory * 2**30))
        self.head_rows = slice(None)
        if options.vocabulary:
            self.head_rows = self.batches.most_frequent(options.vocabulary, teacher.shape.vocabulary).to(self.device)
        self.teacher_head = teacher.token_embd[self.head_rows]

    def autocast(self):
        return torch.autocast(torch.device(self.device).type, self.kind, enabled=self.kind != torch.float32)

    @property
    def checkpoint(self):
        return self.options.out / "checkpoint.pt"

    def save(self):
        if self.processes.rank:
            return
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(
            {"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(), "step": self.step,
             "seconds": self.seconds, "shares": self.budget.shares,
             "routed": self.model.shape.routed, "kv": self.model.shape.kv,
             "router_hidden": self.model.shape.router_hidden}, partial)
        partial.replace(self.checkpoint)

    def begin(self):
        """Goes on from the checkpoint if there is one; else shares capacities out, as the origin has it or by the scores, and
        then by what blocks are measured to be worth; and makes the scores of each block of spread 1."""
        self.options.out.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.exists():
            state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
            self.model.load_state_dict(state["model"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step, self.seconds = state["step"], state["seconds"]
            self.budget = Budget(state["shares"].cpu())
            return
        routed = self.model.shape.routed
        self.budget = Budget(self.origin_shares) if self.origin_shares is not None else first_budget(self.scores, len(routed))
        spreads = self.scores(torch.ones(len(routed))).std(1).tolist()
        for block, spread in zip(routed, spreads):
            if spread > SILENT:
                outer = self.model.blk[block].depth_router.outer
                outer.weight.data /= spread
                outer.bias.data /= spread
        # A router that gives all tokens one score cannot leave some of them out, so its block cannot be measured.
        measures = self.options.allocate and min(spreads) > SILENT
        if measures:
            tell = (lambda line: None) if self.processes.rank else print
            self.budget = measured_budget(self.probe(), self.budget, self.options.allocate, tell)
        # What processes measured each for itself may differ in the last place.
        self.budget = Budget(self.processes.first(self.budget.shares.to(self.device)).cpu())
        for parameter in self.model.parameters():
            self.processes.first(parameter.data)
        if measures:
            self.save()

    def probe(self):
        """What blocks are worth on some rows of all kinds."""
        options = self.options
        count = max(PROBED // (options.batch * options.length), 1)
        parts = list(itertools.islice(self.batches.order(options.batch, 0, 1, options.seed), count))
        with self.autocast():
            target = torch.cat([self.teacher(rows, self.batches.batch(rows, self.device)[0])[0] for rows in parts])
        tokens, weight = self.batches.batch(np.concatenate(parts), self.device)
        return Probe(self.model, tokens, weight, self.head_rows, target, self.teacher_head, self.kind)

    @torch.no_grad()
    def scores(self, shares):
        """The routers' scores [R, tokens] on a few thousand tokens, anchors apart, where blocks process these shares."""
        tokens, _ = self.batches.batch(range(min(len(self.batches), 2048 // self.options.length + 1)), self.device)
        with self.autocast():
            return self.model(tokens, shares.to(self.device)).scores[:, :, self.model.shape.anchors :].flatten(1)

    def share(self):
        """How much of the run is done, the same in all processes."""
        options = self.options
        return min(self.processes.mean(max(self.step / options.steps, self.seconds / options.seconds)), 1)

    def run(self):
        self.begin()
        options, saved = self.options, time.monotonic()
        order = self.batches.order(
            options.batch, self.processes.rank, self.processes.world, options.seed, start=self.step)
        asked_to_stop = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: asked_to_stop.append(True))
        with open(options.out / "log.jsonl", "a") if not self.processes.rank else contextlib.nullcontext() as log:
            while (share := self.share()) < 1:
                # All processes stop after the same step.
                if self.processes.mean(float(bool(asked_to_stop))) > 0:
                    break
                started = time.monotonic()
                line = {"step": self.step, "share": round(share, 4), **self.take_step(next(order), share)}
                if (self.step + 1) % options.evaluate_every == 0:
                    line["held_out"] = self.evaluate()
                self.step += 1
                self.seconds += time.monotonic() - started
                self.tell(line, log)
                if time.monotonic() - saved > options.save_every:
                    self.save()
                    saved = time.monotonic()
            else:
                self.tell({"step": self.step, "share": 1, "held_out": self.evaluate()}, log)
        self.save()

    def tell(self, line, log):
        """One line in the log, and the progress on the terminal."""
        if log is None:
            return
        log.write(json.dumps({**line, "seconds": round(self.seconds, 1)}) + "\n")
        log.flush()
        left = self.seconds / max(line["share"], 1e-6) * (1 - line["share"]) / 60
        print(f"\rstep {self.step}  {100 * line['share']:.1f} %  {left:.0f} min left  {line.get('loss', '')}   ", end="", flush=True)
        if "held_out" in line:
            print("\nheld out, perplexity:", line["held_out"])

    def evaluate(self):
        with quantised(self.matrices, True):
            scores = evaluate(
                self.model, self.held_out, self.budget, self.options.batch, self.device, self.kind)
        return {str(capacity): round(perplexity, 4) for capacity, perplexity in scores.items()}

    def take_step(self, rows, share):
        """One update from one batch at several capacities; returns what the log says of it."""
        options = self.options
        tokens, weight = self.batches.batch(rows, self.device)
        fade = options.states * max(1 - share / options.states_until, 0)
        compared = self.compared if fade else ()
        with self.autocast():
            target, target_states = self.teacher(rows, tokens, compared)
        anchors = self.model.shape.anchors
        ordinary = torch.ones_like(weight)
        ordinary[:, :anchors] = 0
        parts = weight / weight.sum()
        capacities = self.schedule.capacities(share, self.step, options.passes)
        losses, distances = {}, {}
        self.optimiser.zero_grad()
        with quantised(self.matrices, self.schedule.is_quantised(share)):
            for capacity in capacities:
                with self.autocast():
                    budget = None if capacity == 1 else self.budget.at(capacity).to(self.device)
                    trace = self.run_model(tokens, budget, options.temperature, states=compared, halved=options.halved)
                loss = HeadDivergence.apply(
                    trace.output.flatten(0, 1), self.model.token_embd[self.head_rows], target.flatten(0, 1),
                    self.teacher_head, parts.flatten(), self.kind)
                total = loss
                if fade:
                    distance = state_distance(trace.states, target_states, ordinary)
                    distances[f"{capacity:.3f}"] = round(distance.item(), 4)
                    total = total + fade * distance
                (total / len(capacities)).backward()
                losses[f"{capacity:.3f}"] = round(self.processes.mean(loss.item()), 4)
        self.processes.average([p.grad for p in self.model.parameters() if p.grad is not None])
        # Apart: a router's gradient, through the slope of its gate, can dwarf the backbone's, which would then learn
        # only from the passes that bypass nothing.
        norms = [torch.nn.utils.clip_grad_norm_(group["params"], options.clip) for group in self.optimiser.param_groups]
        rate = self.schedule.rate(share, self.step)
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * rate
        self.optimiser.step()
        return {"loss": losses, "states": distances, "norms": [round(float(norm), 3) for norm in norms], "rate": round(rate, 4)}


def main():
    Trainer(parse()).run()


if __name__ == "__main__":
    main()
