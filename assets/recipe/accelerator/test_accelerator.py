"""python -m unittest recipe.accelerator.test_accelerator, two folders above: the whole journey, tiny and on a CPU."""

import contextlib
import dataclasses
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

import gguf
import numpy as np
import torch
from gguf.quants import quantize

from . import __main__ as accelerator
from . import packed, parts
from .folder import Folder
from .job import COOLDOWN, Timed
from .steps import table
from .. import routing, weights
from ..budget import Budget
from ..corpus import Batches, Part
from ..distillation import HeadDivergence, HeadRows, output_distance
from ..optimiser import ADDED, Optimiser, Rates
from ..routing import Teaching
from ..student import dense, student, with_thin_path

RECIPE = Path(__file__).resolve().parents[1]
BLOCKS, WIDTH, INNER, HEADS, SHARED, VOCABULARY, LENGTH = 4, 64, 128, 4, 2, 512, 32
# Of recipe.train, for a tiny run.
TINY = (
    f"--batch 8 --passes 2 --length {LENGTH} --evaluation-rows 8 --allocate 0 --warmup 5 --descent 5 "
    "--device cpu --no-compile").split()


def write_base(path, seed=0):
    """A dense model as it is quantised in files, that has learnt nothing."""
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, "llama")
    numbers = {
        "block_count": BLOCKS, "embedding_length": WIDTH, "feed_forward_length": INNER, "attention.head_count": HEADS,
        "attention.head_count_kv": SHARED}
    for key, number in numbers.items():
        writer.add_uint32(f"llama.{key}", number)
    writer.add_string("general.name", "tiny")
    writer.add_float32("llama.attention.layer_norm_rms_epsilon", 1e-5)
    writer.add_float32("llama.rope.freq_base", 1e4)
    writer.add_array(packed.TOKENS, [f"t{index}" for index in range(VOCABULARY)])

    def add(name, shape, kind):
        found = quantize((random.standard_normal(shape) * 0.1).astype(np.float32), kind)
        writer.add_tensor(f"{name}.weight", found, raw_dtype=kind)

    add("token_embd", (VOCABULARY, WIDTH), gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    keys = WIDTH // HEADS * SHARED
    sizes = {"attn_q": (WIDTH, WIDTH), "attn_k": (keys, WIDTH), "attn_v": (keys, WIDTH), "attn_output": (WIDTH, WIDTH),
             "ffn_gate": (INNER, WIDTH), "ffn_up": (INNER, WIDTH), "ffn_down": (WIDTH, INNER)}
    for index in range(BLOCKS):
        for name, shape in sizes.items():
            add(f"blk.{index}.{name}", shape, gguf.GGMLQuantizationType.Q4_1)
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{index}.{name}.weight", np.ones(WIDTH, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_corpus(folder, documents=3000):
    random, part = np.random.default_rng(0), Part()
    for number in range(documents):
        source = "wikipedia" if number % 20 == 0 else "texts"
        part.add(random.integers(VOCABULARY, size=random.integers(40, 90)), [10] * 40, source, whole=[0])
        part.weights[-1] = np.full(len(part.tokens[-1]), 10, np.uint8)
    part.write(folder / "texts" / "texts-00000-0001.npz")


def changed(model, seed=1):
    """Another model not far away."""
    torch.manual_seed(seed)
    for _, tensor in model.tensors():
        tensor += torch.randn_like(tensor) * 0.01
    return model


class PartTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.content = np.random.default_rng(0).bytes(20_000)
        self.paths = self.write(self.content)

    def write(self, content, place="a"):
        folder = self.folder / place
        folder.mkdir()
        for name, piece in parts.split(content, parts.HEADER + 6000, {"of": "us"}):
            self.assertLessEqual(len(piece), parts.HEADER + 6000)
            (folder / name).write_bytes(piece)
        return sorted(folder.iterdir())

    def test_parts_in_any_order_make_the_whole(self):
        self.assertEqual(len(self.paths), 4)
        self.assertEqual(parts.join(reversed(self.paths)), self.content)
        self.assertEqual(parts.read(self.paths[1]).about, {"of": "us"})

    def test_a_missing_part_is_named(self):
        with self.assertRaisesRegex(parts.Incomplete, r"\[2\]"):
            parts.join([self.paths[0], *self.paths[2:]])

    def test_a_damaged_part_is_named(self):
        data = self.paths[2].read_bytes()
        for other in (data[:-1] + bytes([data[-1] ^ 1]), data[:-10], b"{}\n", b"", b"1" + data):
            self.paths[2].write_bytes(other)
            with self.assertRaisesRegex(parts.Incomplete, self.paths[2].name):
                parts.join(self.paths)

    def test_parts_of_two_wholes_are_not_mixed(self):
        others = self.write(self.content[::-1], "b")
        with self.assertRaises(parts.Incomplete):
            parts.join([*self.paths[:3], *others[3:]])


class PackedTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.base = self.folder / "base.gguf"
        write_base(self.base)

    def through_file(self, value):
        file = io.BytesIO(accelerator.to_file(value))
        return torch.load(file, weights_only=True)

    def test_the_base_model_arrives_as_it_is(self):
        found, expected = packed.unpack_base(self.through_file(packed.pack_base(self.base))), weights.read(self.base)
        self.assertEqual(list(found.tensors), list(expected.tensors))
        for name, tensor in expected.tensors.items():
            np.testing.assert_array_equal(found.tensors[name], tensor)
        self.assertEqual(dense(found).shape, dense(expected).shape)

    def state(self):
        plain = dense(weights.read(self.base)).shape
        shape = dataclasses.replace(plain, routed=(1, 2), router_hidden=8, thin=INNER // 2, stand_in_rank=32)
        orders = torch.stack([torch.randperm(INNER) for _ in range(BLOCKS)])
        arranged = lambda: with_thin_path(dense(weights.read(self.base)), orders, 0.5).with_silent_routing(shape)
        base, other = arranged(), arranged()
        optimiser = Optimiser(changed(other), torch.float32, Rates(), base)
        return {"optimiser": optimiser.state(), "shape": dataclasses.asdict(shape), "orders": orders, "step": 7}

    def test_weights_arrive_close_to_what_they_were(self):
        state, base = self.state(), dense(weights.read(self.base))
        for levels in (127, 15):
            found = packed.unpack_state(self.through_file(packed.pack_state(state, base, "average", levels)), base)
            self.assertEqual((found["step"], found["shape"]), (7, state["shape"]))
            for sort, group in state["optimiser"]["groups"].items():
                kept = found["optimiser"]["groups"][sort]
                if sort not in ADDED:
                    self.assertTrue(torch.equal(kept["origin"], group["origin"]))
                error = (kept["master"] - group["average"]).abs()
                # Half a level, and what a scale of 8 bits adds.
                allowed = 0.6 / levels + 2**-8 if sort == "matrices" else 0
                largest = float((group["average"] - group["origin"]).abs().max())
                self.assertLessEqual(float(error.max()), allowed * largest)

    def test_another_base_model_is_refused(self):
        state = packed.pack_state(self.state(), dense(weights.read(self.base)), "master")
        write_base(self.base, seed=1)
        with self.assertRaises(SystemExit):
            packed.unpack_state(state, dense(weights.read(self.base)))

    def test_the_corpus_arrives_as_it_is(self):
        write_corpus(self.folder / "data", 100)
        packed.unpack_corpus(self.through_file(packed.pack_corpus(self.folder / "data")), self.folder / "other")
        for split in ("train", "evaluation"):
            before, after = (Batches(self.folder / name, split, LENGTH) for name in ("data", "other"))
            np.testing.assert_array_equal(before.tokens, after.tokens)
            np.testing.assert_array_equal(before.weights, after.weights)
            np.testing.assert_array_equal(before.checksums("salt"), after.checksums("salt"))


class TimeTests(unittest.TestCase):
    def test_the_rate_falls_to_nothing_in_the_last_part(self):
        at = lambda done: Timed(warmup=10, progress=lambda: done, first=100)
        self.assertEqual(at(0.0).rate(99 + 5), 0.5)
        self.assertAlmostEqual(at(1 - COOLDOWN).rate(200), 1)
        self.assertAlmostEqual(at(1 - COOLDOWN / 2).rate(200), 0.5)
        self.assertEqual([at(1 - COOLDOWN * share).is_quantised(200) for share in (0.6, 0.4)], [False, True])
        self.assertEqual([at(done).is_over(200) for done in (0.99, 1.0)], [False, True])

    def test_a_trial_goes_on_with_what_works(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        outcomes = [(1, "torch.OutOfMemoryError: no room"), (1, "the compiler is not there"), (0, "")]
        runs = [subprocess.CompletedProcess([], code, text) for code, text in outcomes]
        self.enterContext(mock.patch.object(accelerator.subprocess, "run", side_effect=runs))
        with contextlib.redirect_stdout(io.StringIO()):
            accelerator.main(["trial", "--work", str(folder), "--shape", "{}", "--", "--passes", "2"])
        self.assertEqual(Folder(folder).settings, ["--passes", "4", "--no-compile"])


class DeviceTests(unittest.TestCase):
    """On a device whose tensors hold nothing, what waits for a number of it fails, and so does what lies elsewhere."""

    def model(self, device, kind):
        with tempfile.TemporaryDirectory() as folder:
            write_base(Path(folder) / "base.gguf")
            file = weights.read(Path(folder) / "base.gguf")
        return with_thin_path(student(file, (1, 2), "all", 8), [torch.arange(INNER)] * BLOCKS, 0.5).to(device, kind)

    def run_pass(self, capacity, frequent=None):
        model = self.model("meta", torch.bfloat16)
        Optimiser(model, torch.bfloat16, Rates())
        tokens, weight = torch.empty(8, LENGTH, dtype=torch.int64, device="meta"), torch.ones(8, LENGTH, device="meta")
        shares = Budget(torch.rand(17, 2, 2).sort(0).values).at(capacity)
        with torch.no_grad():
            target = model(tokens).output
        trace = model(tokens, shares, Teaching(0.2, 0.3))
        head = HeadRows(model.token_embd, torch.bfloat16, frequent, 16).draw()
        loss = HeadDivergence.apply(trace.output, target, head, weight.flatten())
        (loss + output_distance(trace.output, target, weight.flatten())).backward()

    def test_no_pass_waits_for_the_device(self):
        for capacity in (0.9, 0.5):
            self.run_pass(capacity)
        self.run_pass(0.5, torch.arange(100))

    def test_gathered_rows_would(self):
        with mock.patch.object(routing, "gathers", lambda device: True), self.assertRaises(Exception):
            self.run_pass(0.5)

    def test_all_rows_give_what_gathered_rows_give(self):
        model = self.model("cpu", torch.float32)
        for index in (1, 2):
            torch.nn.init.normal_(model.blocks[index]["outer"])
        tokens, shares = torch.randint(VOCABULARY, (8, LENGTH)), torch.tensor([[0.3, 0.5], [0.7, 0.8]])

        def run(is_gathered):
            for _, tensor in model.tensors():
                tensor.grad = None
                tensor.requires_grad_()
            torch.manual_seed(0)
            with mock.patch.object(routing, "gathers", lambda device: is_gathered):
                output = model(tokens, shares, Teaching(0.3, 0.3)).output
            output.square().mean(1).sum().backward()
            return [output.detach(), *(tensor.grad for _, tensor in model.tensors() if tensor.grad is not None)]

        for found, expected in zip(run(False), run(True), strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5 * float(expected.abs().max()))


class JourneyTests(unittest.TestCase):
    """Here and there are two folders; what is there has no `gguf`."""

    # So that there are several parts of everything.
    CARRIED, BACK = 90_000, 60_000
    SECONDS = 25

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.here, self.there, self.work = (self.folder / name for name in ("here", "there", "work"))
        for root in (self.here, self.there):
            shutil.copytree(RECIPE, root / "assets/recipe", ignore=shutil.ignore_patterns("__pycache__"))
        (self.here / ".gitignore").write_text("/assets/runs/\n__pycache__/\n")
        subprocess.run(["git", "init", "--quiet", self.here], check=True)
        self.enterContext(mock.patch.object(accelerator, "ROOT", self.here.resolve()))
        without = self.folder / "without"
        without.mkdir()
        (without / "gguf.py").write_text("raise ImportError('there is none')")
        threads = {"OMP_NUM_THREADS": "1"}
        self.environment = {"here": os.environ | threads, "there": os.environ | threads | {"PYTHONPATH": str(without)}}
        self.base, self.data = self.folder / "base.gguf", self.folder / "data"
        self.runs, self.carried = self.here / "assets/runs", self.here / "assets/runs/carried"
        write_base(self.base)
        write_corpus(self.data)
        self.addCleanup(self.end)

    def end(self):
        """Ends what may still be going on there."""
        for lock in self.work.glob("*.lock"):
            if Folder(self.work).is_held(lock.stem):
                os.kill(int(lock.read_text()), signal.SIGKILL)

    def main(self, *arguments):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = accelerator.main([str(argument) for argument in arguments])
        return code, output.getvalue()

    def python(self, place, module, *arguments):
        done = subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)], cwd=getattr(self, place) / "assets", text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self.environment[place])
        return done.returncode, done.stdout

    def train(self, out, *more):
        code, output = self.python(
            "here", "recipe.train", "--teacher", self.base, "--origin", self.base, "--data", self.data, "--out", out,
            "--routed", 1, 2, "--router-hidden", 8, *TINY, *more)
        self.assertEqual(code, 0, output)

    def pack(self):
        self.train(self.runs / "main", "--steps", 12)
        code, output = self.main(
            "pack", "--run", self.runs / "main", "--base", self.base, "--data", self.data, "--out", self.carried,
            "--largest", self.CARRIED)
        self.assertFalse(code)
        self.assertNotIn("TOO LARGE", output)
        self.calls = sorted(self.carried.glob("call-*"), key=lambda path: int(path.name[5:]))
        self.assertGreater(len(self.calls), 2)

    def carry(self, call):
        arrived = self.there / "carried"
        shutil.rmtree(arrived, ignore_errors=True)
        shutil.copytree(call, arrived / call.name)
        return arrived

    def start(self, wait=0, *more):
        return self.python(
            "there", "recipe.accelerator", "start", self.there / "carried", "--work", self.work,
            "--seconds", self.SECONDS, "--wait", wait, *more, "--", *TINY, "--save-every", 1)

    def collect_all(self, out, at_once=False):
        """Call by call; `at_once` in this process, which takes no time to start."""
        work = self.main if at_once else lambda *arguments: self.python("there", "recipe.accelerator", *arguments)
        for call in range(1, 100):
            code, output = work(
                "collect", "--work", self.work, "--call", call, "--out", out / str(call),
                "--largest", self.BACK, "--files", 2)
            self.assertEqual(code, 0, output)
            self.assertLessEqual(len(list((out / str(call)).iterdir())), 2)
            if f"Call {call} of {call}:" in output:
                return output

    def merge(self, out, *folders):
        return self.main("merge", "--parts", *folders, "--base", self.base, "--out", out, "--packed", self.carried)

    def until(self, is_so, seconds=120):
        end = time.monotonic() + seconds
        while not is_so():
            self.assertLess(time.monotonic(), end, Folder(self.work).output.read_text())
            time.sleep(0.05)

    def log(self, folder=None):
        return [json.loads(line) for line in ((folder or self.work / "run") / "log.jsonl").read_text().splitlines()]

    def test_the_whole_journey(self):
        self.pack()
        self.assertEqual(self.main("plan", "--out", self.carried)[0], 0)
        # One part arrives damaged, and has to be carried again.
        for call in self.calls[:-1]:
            path = next(iter(self.carry(call).rglob("*.part")))
            if call is self.calls[1]:
                path.write_bytes(path.read_bytes()[:-1])
                code, output = self.start()
                self.assertEqual(code, 1)
                self.assertIn(f"carry {call.name} again", output)
                self.carry(call)
            code, output = self.start()
            self.assertEqual(code, 0, output)
            self.assertIn("Still to come", output)
        self.carry(self.calls[-1])
        code, output = self.start()
        self.assertEqual(code, 0, output)
        self.assertIn("Training goes on.", output)
        checkpoint = self.work / "run/checkpoint.pt"
        self.until(checkpoint.exists)
        # While it goes on the last checkpoint can be had.
        self.collect_all(self.folder / "early", at_once=True)
        os.kill(int((self.work / "train.lock").read_text()), signal.SIGKILL)
        self.until(lambda: not Folder(self.work).is_held("train"))
        kept = torch.load(checkpoint, weights_only=True)["step"]
        # Killed, it goes on from there, and to the same end.
        clock = Folder(self.work).clock
        code, output = self.start(120)
        self.assertEqual(code, 0, output)
        self.assertIn("Training is over.", output)
        self.assertEqual(Folder(self.work).clock, clock)
        steps = [line["step"] for line in self.log() if "took" in line]
        self.assertIn(kept, steps)
        self.assertEqual(steps[0], 12)
        last = torch.load(checkpoint, weights_only=True)
        self.assertEqual(last["step"], steps[-1] + 1)
        output = self.collect_all(self.folder / "back")
        for step in ("arrive", "trial", "unpack", "train", "save", "export"):
            self.assertRegex(output, rf"\d  {step}\b")
        self.merge_what_came_back(last)

    def merge_what_came_back(self, last):
        back = self.folder / "back"
        code, output = self.merge(self.runs / "early", self.folder / "early")
        self.assertFalse(code)
        code, output = self.merge(self.runs / "lent", back)
        self.assertFalse(code)
        self.assertIn("pack the corpus", output)
        found = torch.load(self.runs / "lent/checkpoint.pt", weights_only=True)
        self.assertEqual((found["step"], found["tokens"]), (last["step"], last["tokens"]))
        self.assertGreater(found["step"], torch.load(self.runs / "early/checkpoint.pt", weights_only=True)["step"])
        for sort, group in last["optimiser"]["groups"].items():
            distance = float((group["average"] - group["origin"]).abs().max())
            error = float((found["optimiser"]["groups"][sort]["average"] - group["average"]).abs().max())
            self.assertLessEqual(error, 0.01 * distance)
        # Training goes on from it.
        self.train(self.runs / "on", "--copy", self.runs / "lent", "--steps", found["step"] + 3)
        self.assertEqual(self.log(self.runs / "on")[-1]["step"], found["step"] + 2)
        # A part that is missing or damaged is told of.
        lost = next(iter((back / "2").iterdir()))
        lost.write_bytes(lost.read_bytes()[:-1])
        with self.assertRaisesRegex(SystemExit, lost.name):
            self.merge(self.runs / "other", back)
        lost.unlink()
        with self.assertRaisesRegex(SystemExit, "missing"):
            self.merge(self.runs / "other", back)

    def test_time_that_has_run_out_ends_it_with_what_there_is(self):
        self.pack()
        for call in self.calls:
            self.carry(call)
            self.start(0, "--no-trial")
        self.until((self.work / "run/checkpoint.pt").exists)
        os.kill(int((self.work / "train.lock").read_text()), signal.SIGKILL)
        self.until(lambda: not Folder(self.work).is_held("train"))
        steps = torch.load(self.work / "run/checkpoint.pt", weights_only=True)["step"]
        folder = Folder(self.work)
        folder.clock |= {"end": time.time() - 1}
        code, output = self.start(120)
        self.assertEqual(code, 0, output)
        self.assertEqual(torch.load(self.work / "run/checkpoint.pt", weights_only=True)["step"], steps)
        self.assertIn("Training is over.", table(folder.steps.text()) + output)


if __name__ == "__main__":
    unittest.main()
