"""python -m unittest recipe.test_recipe, in the folder above."""

import contextlib
import io
import itertools
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from dataclasses import replace
from pathlib import Path
from unittest import mock

import gguf
import numpy as np
import torch
import torch.nn.functional as F
from gguf.quants import dequantize, quantize

from . import export, train, weights
from .allocation import Knobs, Probe, exchange, improved, measured_budget
from .attention import attend
from .budget import STEPS, Budget, graded_budget, pooled_shares, scored_budget, work_of
from .compilation import Compiled, Miscompiled, check_compiler, use_compiler
from .corpus import REPLY, Batches, Part
from .distillation import HeadDivergence, HeadRows, divergences, output_distance
from .evaluation import CAPACITIES, Evaluation
from .model import MATRICES, STAND_IN, Model, run_graded, run_score, stand_in
from .optimiser import Group, NotFinite, Optimiser, Rates, fill_from
from .quantisation import rounded, rounded_matrix, rounded_model
from .reference import ReferenceModel, Shares, Thresholds
from .routing import FULL, PROCESSED, Gate, Grades, Place, Take, Teaching, near, quantile
from .schedule import RunningMeans, Schedule
from .stand_ins import ReducedRank, fitted, with_stand_ins
from .student import (
    activations, dense, halves, joined, pairs, rows_by_weight, shares_of, student, to_file, with_thin_path)
from .teacher import Teacher

VOCABULARY, WIDTH, ROWS = 160, 64, 128
# Shares to try, for each routed block (full, full or thin).
SHARES = (
    ((1.0, 1.0), (1.0, 1.0)), ((0.25, 0.5), (0.75, 0.5)), ((0.0, 0.3), (1.0, 0.8)), ((0.0, 0.0), (0.6, 0.2)),
    ((0.0, 0.0), (0.0, 0.0)))


def setUpModule():
    # For shapes this small, threads only wait for each other.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    unittest.addModuleCleanup(torch.set_num_threads, threads)


def tiny_file(seed=0, thin=0.5, kv="all", routed=(1, 2), anchors=2, rank=0):
    """A file of random weights: 4 blocks, a router on some of them, a thin path of that width, and stand-ins of that rank;
    0: none."""
    kind, string = gguf.GGUFValueType, gguf.GGUFValueType.STRING
    numbers = {
        "block_count": 4, "embedding_length": WIDTH, "attention.head_count": 4, "attention.head_count_kv": 2,
        "feed_forward_length": ROWS}
    metadata = {key: (value, kind.UINT32, None) for key, value in numbers.items()}
    metadata |= {
        "attention.layer_norm_rms_epsilon": (2**-17, kind.FLOAT32, None), "rope.freq_base": (1e4, kind.FLOAT32, None),
        "tokenizer.ggml.tokens": ([f"t{id}" for id in range(VOCABULARY)], kind.ARRAY, string),
        "general.name": ("tiny", string, None), "routing.blocks": (list(routed), None, None),
        "routing.kv": (kv, None, None), "routing.anchor_tokens": (anchors, None, None)}
    if thin:
        metadata["routing.thin_width"] = (thin, None, None)
    if rank:
        metadata["routing.stand_in_rank"] = (rank, None, None)
    random = np.random.default_rng(seed)
    tensor = lambda *sizes: random.normal(0, 0.2, sizes).astype(np.float32)
    tensors = {"token_embd.weight": tensor(VOCABULARY, WIDTH), "output_norm.weight": 1 + tensor(WIDTH)}
    for block in range(4):
        sizes = {
            "attn_q": (WIDTH, WIDTH), "attn_k": (WIDTH // 2, WIDTH), "attn_v": (WIDTH // 2, WIDTH),
            "attn_output": (WIDTH, WIDTH), "ffn_gate": (ROWS, WIDTH), "ffn_up": (ROWS, WIDTH),
            "ffn_down": (WIDTH, ROWS)}
        tensors |= {f"blk.{block}.{name}.weight": tensor(*size) for name, size in sizes.items()}
        tensors |= {f"blk.{block}.{name}_norm.weight": 1 + tensor(WIDTH) for name in ("attn", "ffn")}
        if block in routed:
            router = {"in.weight": (8, WIDTH), "in.bias": (8,), "out.weight": (8,), "out.bias": (1,)}
            tensors |= {f"blk.{block}.depth_router.{name}": tensor(*size) for name, size in router.items()}
        if block in routed and rank:
            stand_in = {"in.weight": (rank, WIDTH), "out.weight": (WIDTH, rank), "out.bias": (WIDTH,)}
            tensors |= {f"blk.{block}.depth_stand_in.{name}": tensor(*size) for name, size in stand_in.items()}
    return weights.ModelFile(metadata, tensors)


def tiny_model(**options):
    return student(tiny_file(**options), router_hidden=8)


def some_tokens(count=3, length=24, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).integers(0, VOCABULARY, (count, length)))


def as_shares(by_block):
    """((full, full or thin) of each block) → [2, R]."""
    return torch.tensor(by_block).T.contiguous()


def buckets(size):
    """In this context rows are gathered in multiples of that size; None: every row is computed."""
    if size is None:
        return mock.patch("recipe.routing.gathers", lambda device: False)
    return mock.patch.object(Grades, "BUCKET", size)


def even_shares(blocks=2):
    """The shares when each block has the capacity itself, without a thin path: [grid][2][R]."""
    return (torch.arange(STEPS + 1) / STEPS)[:, None, None].expand(-1, 2, blocks).clone()


def as_leaves(model):
    for name, tensor in list(model.tensors()):
        model.replace(name, tensor.detach().clone().requires_grad_())
    return model


def distance(found, expected):
    """The relative distance of whole tensors."""
    found, expected = found.detach(), expected.detach()
    return float((found.double() - expected.double()).norm() / expected.double().norm())


def equal(test, found, expected, tolerance=0.0):
    torch.testing.assert_close(found.double(), expected.double(), rtol=tolerance, atol=tolerance)


class ModelTests(unittest.TestCase):
    """`Model` against the definition, on a file's own tensors."""

    def hold(self, file, tokens, shares=None):
        model, reference = student(file, router_hidden=8), ReferenceModel(file)
        trace = model(tokens, shares, states=range(4))
        expected = reference.run(tokens, Shares(shares) if shares is not None else None)
        size = len(tokens), tokens.shape[1]
        equal(self, trace.output.view(*size, -1), expected.output, 2e-4)
        for index, state in enumerate(expected.states):
            equal(self, trace.states[index].view(*size, -1), state, 2e-4)
        if shares is not None:
            for place in range(2):
                equal(self, trace.scores[place].view(size), expected.scores[place], 2e-4)
                for found, plain in ((trace.full, expected.full), (trace.processed, expected.processed)):
                    self.assertEqual(found[place].view(size).tolist(), plain[place].tolist())
        return trace

    def test_dense(self):
        # Attention takes an odd number of queries at once, and an even one in pieces.
        for length in (24, 11, 1):
            self.hold(tiny_file(), some_tokens(length=length))

    def test_full_thin_and_bypassed(self):
        for kv, bucket, shares in itertools.product(("all", "routed"), (8, 256, None), SHARES):
            with self.subTest(kv=kv, bucket=bucket, shares=shares), buckets(bucket):
                trace = self.hold(tiny_file(kv=kv), some_tokens(), as_shares(shares))
                for place, (full, processed) in enumerate(shares):
                    self.assertAlmostEqual(float(trace.processed[place].sum()), 6 + 66 * processed, delta=0.51)
                    self.assertAlmostEqual(float(trace.full[place].sum()), 6 + 66 * full, delta=0.51)

    def test_stand_ins(self):
        for kv, thin, bucket, shares in itertools.product(("all", "routed"), (0, 0.5), (8, None), SHARES):
            with self.subTest(kv=kv, thin=thin, bucket=bucket, shares=shares), buckets(bucket):
                given = as_shares(shares)
                self.hold(tiny_file(kv=kv, thin=thin, rank=32), some_tokens(), given if thin else given[1:].expand(2, -1))

    def test_stand_ins_change_bypassed_tokens_only(self):
        file, tokens, shares = tiny_file(rank=32), some_tokens(), as_shares(((0.25, 0.5), (0.5, 0.75)))
        # Blocks without a stand-in are those of the same numbers.
        model, plain = student(file, router_hidden=8), student(tiny_file(), router_hidden=8)
        for name, tensor in plain.tensors():
            plain.replace(name, dict(model.tensors())[name])
        with buckets(8):
            found, expected = (each(tokens, shares, states=(1,)) for each in (model, plain))
            same = (found.states[1] == expected.states[1]).all(1)
            self.assertEqual(same.tolist(), (found.processed[0] == 1).tolist())
            self.assertTrue(0.2 < float(same.float().mean()) < 0.8)
            for given in (None, torch.ones(2, 2)):
                equal(self, model(tokens, given).output, plain(tokens, given).output)

    def test_pure_mixture_of_depths_is_the_same_without_a_thin_path(self):
        file = tiny_file(thin=0)
        self.assertFalse(any("rest" in name for name, _ in student(file).tensors()))
        for share, bucket in itertools.product((1.0, 0.6, 0.0), (8, None)):
            with buckets(bucket):
                self.hold(file, some_tokens(), as_shares(((share, share), (0.5, 0.5))))

    def test_grades_are_those_of_thresholds(self):
        """What training keeps by shares the engine keeps by thresholds."""
        file, tokens = tiny_file(), some_tokens()
        with buckets(8):
            trace = student(file, router_hidden=8)(tokens, as_shares(((0.25, 0.5), (0.5, 0.75))))
        free = (torch.arange(24) >= 2).repeat(3)
        lowest = lambda gates: [
            float(scores[free & (gate > 0)].min()) - 1e-4 for scores, gate in zip(trace.scores, gates)]
        thresholds = torch.tensor([lowest(trace.full), lowest(trace.processed)])
        expected = ReferenceModel(file).run(tokens, Thresholds(thresholds))
        for place in range(2):
            self.assertEqual(trace.full[place].tolist(), expected.full[place].flatten().tolist())
            self.assertEqual(trace.processed[place].tolist(), expected.processed[place].flatten().tolist())
        equal(self, trace.output, expected.output.flatten(0, 1), 2e-4)

    def test_without_anchors_nothing_need_be_processed(self):
        for bucket in (8, 256, None):
            with buckets(bucket):
                trace = self.hold(tiny_file(anchors=0), some_tokens(), torch.zeros(2, 2))
            self.assertEqual(float(trace.processed.sum()), 0)

    def test_a_pass_that_begins_later_ends_the_same(self):
        model, tokens, shares = tiny_model(), some_tokens(), as_shares(((0.25, 0.5), (0.5, 0.75)))
        with buckets(8):
            whole = model(tokens, shares, states=(1,))
            later = model(tokens, shares, resume=(2, whole.states[1]))
        equal(self, later.output, whole.output)
        equal(self, later.scores[0], whole.scores[1])

    def halved(self, file, bucket, shares):
        """(the model, its trace with tokens halved, the reference's outcome along the same halves)."""
        torch.manual_seed(3)
        model, tokens = as_leaves(student(file, router_hidden=8)), some_tokens()
        with buckets(bucket):
            trace = model(tokens, shares, Teaching(0.4, 2.0))
        masks = [(gate == 0.5).view(2, 3, 24) for gate in (trace.full, trace.processed)]
        reference = ReferenceModel(file)
        return model, trace, reference, reference.run(tokens, Shares(shares, masks)), masks

    def test_halved_gates(self):
        for bucket, rank in ((8, 0), (8, 32), (256, 0), (None, 32)):
            _, trace, _, expected, masks = self.halved(tiny_file(rank=rank), bucket, as_shares(((0.25, 0.5), (0.5, 0.75))))
            for mask in masks:
                self.assertTrue(0.05 < float(mask.float().mean()) < 0.5)
            equal(self, trace.output, expected.output.flatten(0, 1), 2e-4)
            equal(self, trace.full, torch.stack(expected.full).flatten(1), 1e-12)
            equal(self, trace.processed, torch.stack(expected.processed).flatten(1), 1e-12)
            # What is bypassed says nothing of what full is worth.
            self.assertFalse(((trace.full == 0.5) & (trace.processed == 0)).any())

    def hold_gradients(self, file, model, output, reference, expected):
        probe = torch.randn(output.shape, generator=torch.Generator().manual_seed(5))
        (output * probe).sum().backward()
        (expected.flatten(0, 1) * probe).sum().backward()
        slopes = model.like()
        for name, tensor in model.tensors():
            slopes.replace(name, torch.zeros_like(tensor) if tensor.grad is None else tensor.grad)
        found = to_file(slopes, file, torch.zeros(STEPS + 1, 2, 2)).tensors
        for name, tensor in reference.tensors.items():
            if name != "token_embd.weight":
                plain = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
                slope, most = torch.from_numpy(found[name]).double(), float(plain.abs().max())
                with self.subTest(name):
                    torch.testing.assert_close(slope, plain, rtol=1e-3, atol=1e-3 * most + 1e-4)
        return found

    def test_gradients_of_the_dense_model(self):
        file, tokens = tiny_file(), some_tokens()
        model, reference = as_leaves(student(file, router_hidden=8)), ReferenceModel(file)
        self.hold_gradients(file, model, model(tokens).output, reference, reference.run(tokens).output)

    def test_gradients_of_all_weights_and_of_routers(self):
        shares = as_shares(((0.25, 0.5), (0.5, 0.75)))
        for thin, kv, bucket, rank in (
                (0.5, "all", 8, 0), (0.5, "routed", 256, 32), (0.5, "all", None, 32), (0.5, "all", 8, 32), (0, "all", 8, 0)):
            file = tiny_file(thin=thin, kv=kv, rank=rank)
            given = shares if thin else shares[1:].expand(2, -1)
            model, trace, reference, expected, _ = self.halved(file, bucket, given)
            found = self.hold_gradients(file, model, trace.output, reference, expected.output)
            for block in (1, 2):
                self.assertGreater(float(np.abs(found[f"blk.{block}.depth_router.in.weight"]).max()), 1e-3)
                for name in ("in.weight", "out.weight", "out.bias") if rank else ():
                    self.assertGreater(float(np.abs(found[f"blk.{block}.depth_stand_in.{name}"]).max()), 1e-3)

    def test_hard_gates_teach_no_router(self):
        model = as_leaves(tiny_model())
        model(some_tokens(), as_shares(((0.25, 0.5), (0.5, 0.75)))).output.square().sum().backward()
        self.assertEqual(float(model.blocks[1]["inner"].grad.abs().sum()), 0)
        self.assertGreater(float(model.blocks[1]["down_rest"].grad.abs().sum()), 0)

    def test_narrow_arithmetic_is_near(self):
        """bf16 keeps 8 bits, so a product errs by up to 0.4 %, and a pass through four blocks by a few times that."""
        tokens, probe = some_tokens(), torch.randn(72, WIDTH, generator=torch.Generator().manual_seed(0))
        # All tokens alike, so that no score at the edge of a threshold decides otherwise.
        for given in (None, as_shares(((0.0, 1.0), (1.0, 1.0))), as_shares(((0.0, 0.0), (0.0, 1.0)))):
            outputs, slopes = [], []
            for kind in (torch.float32, torch.bfloat16):
                model = as_leaves(tiny_model().to("cpu", kind))
                with buckets(8):
                    outputs.append(model(tokens, given).output)
                (outputs[-1] * probe).sum().backward()
                slopes.append({name: tensor.grad for name, tensor in model.tensors() if tensor.grad is not None})
                self.assertEqual(outputs[-1].dtype, torch.float32)
            self.assertLess(distance(outputs[1], outputs[0]), 0.03)
            self.assertGreater(distance(outputs[1], outputs[0]), 0)
            for name, slope in slopes[0].items():
                if name.rpartition(".")[2] in MATRICES:
                    self.assertLess(distance(slopes[1][name], slope), 0.1, name)

    def test_attention_is_that_of_the_library(self):
        query, key, value = torch.randn(2, 12, 6, 8), torch.randn(2, 12, 3, 8), torch.randn(2, 12, 3, 8)
        still = torch.ones(12, 1, 4), torch.zeros(12, 1, 4)
        for visible in (torch.ones(12, 12).tril() > 0, (torch.rand(2, 1, 1, 12, 12).tril() + torch.eye(12)) > 0.5):
            bias = torch.where(visible, 0.0, -1e30)
            mask = visible if visible.ndim == 2 else visible[:, 0]
            expected = F.scaled_dot_product_attention(
                *(x.transpose(1, 2) for x in (query, key, value)), attn_mask=mask, enable_gqa=True)
            equal(self, attend(query, key, value, *still, bias), expected.transpose(1, 2).reshape(24, 48), 1e-5)


class RoutingTests(unittest.TestCase):
    def setUp(self):
        self.scores = torch.randn(300, generator=torch.Generator().manual_seed(0))
        self.anchors = torch.arange(300) % 50 < 2

    def test_gate_is_hard_but_where_halved(self):
        scores = torch.tensor([-2.0, 0.0, 1.0, 0.5, -0.3], requires_grad=True)
        halved = torch.tensor([False, False, False, True, True])
        gate = Gate.apply(scores, 0.0, halved)
        self.assertEqual(gate.tolist(), [0, 1, 1, 0.5, 0.5])
        (gate * torch.tensor([9.0, 9.0, 9.0, 3.0, 1.0])).sum().backward()
        # A worth of 3 and one of 1, but for what they have in common.
        self.assertEqual(scores.grad.tolist(), [0, 0, 0, 1, -1])

    def test_tokens_are_halved_near_the_threshold(self):
        close = near(torch.tensor([0.0, 0.5, -0.5, 3.0]), 0.0, 0.5)
        self.assertEqual(float(close[0]), 1)
        self.assertAlmostEqual(float(close[1]), float(close[2]), 5)
        self.assertLess(float(close[3]), 0.02)

    def test_the_slope_at_one_half_tells_what_a_block_is_worth(self):
        """Against the loss with and without: better than the slope with the block."""
        model = tiny_model()
        block, target = model.blocks[1], torch.randn(12, WIDTH, generator=torch.Generator().manual_seed(0))
        x = torch.randn(12, WIDTH, generator=torch.Generator().manual_seed(1)) * 3
        alone = Model(replace(model.shape, blocks=1, routed=()), model.token_embd, model.output_norm, [block])
        with torch.no_grad():
            change = alone(some_tokens(1, 12), states=(0,), resume=(0, x)).states[0] - x
        loss = lambda gate: -((x + gate * change).softmax(-1) * target.softmax(-1)).sum().log()

        def slope(at):
            gate = torch.tensor(at, requires_grad=True)
            return float(torch.autograd.grad(loss(gate), gate)[0])

        worth = float(loss(1.0) - loss(0.0))
        self.assertLess(abs(slope(0.5) - worth), 0.5 * abs(slope(1.0) - worth))

    def test_quantile(self):
        ordered = torch.tensor([9.0, 7.0, 5.0, 3.0])
        found = [float(quantile(ordered, share)) for share in (0, 0.1, 0.25, 0.5, 0.9, 1, 1.00001)]
        self.assertEqual(found, [math.inf, math.inf, 9, 7, 3, 3, 3])

    def test_rows_begin_with_those_in_full_and_fill_buckets(self):
        with buckets(16):
            grades = Grades(self.scores, (0.2, 0.6), self.anchors, Teaching())
        full, processed = grades.full > 0, grades.processed > 0
        self.assertEqual((int(full.sum()), int(processed.sum())), (12 + 58, 12 + 173))
        self.assertEqual((grades.full_count, len(grades.rows)), (80, 192))
        self.assertTrue(full[grades.rows[:70]].all() and not full[grades.rows[70:]].any())
        self.assertTrue(processed[grades.rows[:185]].all())
        self.assertEqual(grades.inverse[grades.rows].tolist(), list(range(192)))
        self.assertTrue((grades.inverse[~processed] >= 185).all())
        self.assertTrue(full[self.anchors].all())
        lowest = float(self.scores[processed & ~self.anchors].min())
        self.assertTrue((self.scores[~processed] < lowest).all())

    def test_halves_follow_the_distance_and_leave_anchors_alone(self):
        torch.manual_seed(0)
        counts = torch.zeros(300)
        for _ in range(200):
            counts += Grades(self.scores, (0.3, 0.3), self.anchors, Teaching(0.5, 0.2)).processed == 0.5
        self.assertEqual(float(counts[self.anchors].sum()), 0)
        threshold = self.scores[~self.anchors].sort(descending=True).values[86]
        far = (self.scores - threshold).abs()
        free = ~self.anchors
        self.assertAlmostEqual(float(counts[free & (far < 0.03)].mean()) / 200, 0.5, delta=0.08)
        self.assertLess(float(counts[free & (far > 1.5)].mean()) / 200, 0.01)

    def test_gathering_and_its_gradient(self):
        order = torch.randperm(20, generator=torch.Generator().manual_seed(0))
        inverse, rows = order.argsort(), order[:7]
        x = torch.randn(20, 3, dtype=torch.float64, requires_grad=True)
        taken = Take.apply(x, rows, inverse)
        self.assertTrue(torch.equal(taken, x[rows]))
        back = Place.apply(taken, rows, inverse)
        mask = torch.zeros(20, 1).index_fill(0, rows, 1)
        self.assertTrue(torch.equal(back, x * mask))
        for gather, given in ((Take, x), (Place, taken.detach().requires_grad_())):
            self.assertTrue(torch.autograd.gradcheck(lambda y: gather.apply(y, rows, inverse), given))


class ThinPathTests(unittest.TestCase):
    def setUp(self):
        self.file = tiny_file(thin=0)
        self.model, self.tokens = student(self.file, router_hidden=8), some_tokens()
        self.orders = rows_by_weight(self.model, self.tokens)
        self.thin = with_thin_path(self.model, self.orders, 0.5)

    def test_nothing_changes_at_full_depth(self):
        self.assertEqual((self.thin.shape.thin, self.model.shape.thin), (64, 128))
        equal(self, self.thin(self.tokens).output, self.model(self.tokens).output, 1e-4)
        shares = as_shares(((0.5, 0.5), (0.7, 0.7)))
        equal(self, self.thin(self.tokens, shares).output, self.model(self.tokens, shares).output, 1e-4)

    def test_rows_are_sorted_by_what_they_add(self):
        """The mean |activation| × the norm of the column of `down` falls from row to row, and all rows are there."""
        reference, inner = ReferenceModel(self.file), []
        norm = reference.norm
        reference.norm = lambda x, name: inner.append((name, norm(x, name))) or inner[-1][1]
        reference.run(self.tokens)
        for block, order in enumerate(self.orders):
            normed = dict(inner)[f"blk.{block}.ffn_norm"]
            gate, up, down = (reference.tensors[f"blk.{block}.ffn_{name}.weight"] for name in ("gate", "up", "down"))
            active = (F.silu(normed @ gate.T) * (normed @ up.T)).abs().mean((0, 1))
            worth = (active * down.norm(dim=0))[order]
            self.assertTrue((worth.diff() <= 1e-5).all())
            self.assertEqual(sorted(order.tolist()), list(range(ROWS)))
            equal(self, activations(self.model, self.tokens)[block], active, 1e-4)
            equal(self, self.thin.blocks[block]["down"], down.float()[:, order[:64]])
            equal(self, joined(self.thin.blocks[block])[0], gate.float()[order])

    def test_another_order_gives_another_thin_path_only(self):
        other = with_thin_path(self.thin, [torch.arange(ROWS).flip(0)] * 4, 0.25)
        self.assertEqual(other.shape.thin, 32)
        equal(self, other(self.tokens).output, self.model(self.tokens).output, 1e-4)

    def test_the_thin_path_reads_its_share_of_a_block(self):
        block = self.thin.blocks[0]
        sizes = {name: tensor.numel() for name, tensor in block.items() if name in MATRICES}
        rest = sum(size for name, size in sizes.items() if name.endswith("_rest"))
        self.assertAlmostEqual(self.thin.shape.thin_work, 1 - rest / sum(sizes.values()), 12)
        self.assertEqual(self.model.shape.thin_work, 1)


class FileTests(unittest.TestCase):
    def written(self, file, *tables):
        with tempfile.TemporaryDirectory() as folder:
            weights.write(f"{folder}/tiny.gguf", file, *tables)
            return weights.read(f"{folder}/tiny.gguf")

    def test_halves_are_undone(self):
        rows = torch.arange(64.0)[:, None] * torch.ones(1, 3)
        self.assertEqual(halves(rows, 16)[:16, 0].tolist(), [*range(0, 16, 2), *range(1, 16, 2)])
        self.assertTrue(torch.equal(pairs(halves(rows, 16), 16), rows))

    def test_a_file_s_tensors_come_back_as_they_were(self):
        for thin, rank in ((0, 0), (0.5, 0), (0.5, 32), (0, 32)):
            file = tiny_file(thin=thin, rank=rank)
            again = to_file(student(file, router_hidden=8), file, even_shares())
            for name, tensor in file.tensors.items():
                np.testing.assert_array_equal(again.tensors[name], tensor)

    def test_what_is_written_is_read_back(self):
        origin = tiny_file(thin=0, rank=32)
        model = with_thin_path(student(origin, router_hidden=8), [torch.randperm(ROWS) for _ in range(4)], 0.5)
        shares = even_shares() * torch.tensor([[0.5, 0.25], [1.0, 0.75]])
        full, thin = [[3.0, -1.0], [4.0, -2.0]], [[1.0, -3.0], [2.0, -4.0]]
        again = self.written(to_file(model, origin, shares), full, [0.0, 1.0], thin)
        self.assertEqual(again.value("routing.thin_width"), 0.5)
        self.assertEqual(again.metadata["routing.thin_width"][1], gguf.GGUFValueType.FLOAT32)
        self.assertEqual(again.value("routing.stand_in_rank"), 32)
        for place, block in enumerate((1, 2)):
            tensor = lambda name: torch.from_numpy(again.tensors[f"blk.{block}.depth_router.{name}"])
            self.assertEqual(tensor("threshold").tolist(), full[place])
            self.assertEqual(tensor("thin_threshold").tolist(), thin[place])
            equal(self, tensor("share"), shares[:, FULL, place])
            equal(self, tensor("thin_share"), (shares[:, PROCESSED] - shares[:, FULL])[:, place])
        equal(self, shares_of(again, (1, 2)), shares, 1e-6)
        self.assertIsNone(shares_of(again, (1,)))
        other, narrow = student(again, router_hidden=8), rounded_model(model)
        self.assertEqual(other.shape, model.shape)
        equal(self, other.token_embd, narrow.token_embd, 1e-6)
        for (name, found), (_, expected) in zip(other.tensors(), sorted_like(narrow, other), strict=True):
            with self.subTest(name):
                torch.testing.assert_close(
                    found, expected, rtol=0, atol=1e-6 if name.rpartition(".")[2] in MATRICES else 0)
        # What a model with a thin path is at full depth is what a dense reader makes of the file.
        equal(self, dense(again)(some_tokens()).output, other(some_tokens()).output, 1e-5)

    def test_pure_files_know_no_thin_path(self):
        origin = tiny_file(thin=0)
        again = self.written(to_file(tiny_model(thin=0), origin, even_shares()), [[1.0, 0.0]] * 2, [0.0, 1.0])
        for key in ("routing.thin_width", "routing.stand_in_rank"):
            self.assertNotIn(key, again.metadata)
        self.assertFalse(any("thin" in name or "stand_in" in name for name in again.tensors))
        equal(self, shares_of(again, (1, 2)), even_shares())
        self.assertFalse(student(again).shape.is_graded)

    def test_no_token_is_thin_without_thresholds_for_it(self):
        origin = tiny_file()
        again = self.written(to_file(tiny_model(), origin, even_shares()), [[1.0, 0.0]] * 2, [0.0, 1.0])
        self.assertEqual(again.tensors["blk.1.depth_router.thin_threshold"].tolist(), [1.0, 0.0])

    def test_the_capacities_a_file_shares_out_never_fall(self):
        shares = even_shares()
        shares[8, :, 0] -= 0.2
        found = shares_of(to_file(tiny_model(thin=0), tiny_file(thin=0), shares), (1, 2))
        self.assertTrue((found.diff(dim=0) >= 0).all())

    def test_older_files_open(self):
        """A file without the keys of a thin path, nor of shares, and with a narrower router than is asked for."""
        old = self.written(tiny_file(thin=0), [[1.0, 0.0]] * 2, [0.0, 1.0])
        self.assertIsNone(shares_of(old, (1, 2)))
        narrow, wide = student(old, router_hidden=8), student(old, router_hidden=20)
        equal(self, wide.blocks[1]["inner"][:8], narrow.blocks[1]["inner"])
        self.assertEqual((wide.shape.thin, wide.shape.kv, wide.shape.anchors), (ROWS, "all", 2))
        shares = as_shares(((0.5, 0.5), (0.5, 0.5)))
        equal(self, wide(some_tokens(), shares).output, narrow(some_tokens(), shares).output, 1e-5)
        other = student(old, routed=(0, 1), kv="routed", router_hidden=8)
        self.assertEqual((other.shape.routed, other.shape.kv), ((0, 1), "routed"))
        # A new router says nothing yet.
        self.assertEqual(float(other(some_tokens(), torch.ones(2, 2)).scores[0].std()), 0)
        old.metadata["routing.gate"] = ("scaled", None, None)
        with self.assertRaises(SystemExit):
            student(old)


class QuantisationTests(unittest.TestCase):
    def test_rounding_is_that_of_the_file_format(self):
        matrix = torch.randn(7, 96) * torch.rand(7, 1)
        kind = gguf.GGMLQuantizationType.Q8_0
        expected = dequantize(quantize(matrix.numpy(), kind), kind)
        np.testing.assert_allclose(rounded(matrix).numpy(), expected, rtol=0, atol=1e-7)
        np.testing.assert_allclose(rounded(matrix.T, 0).numpy(), expected.T, rtol=0, atol=1e-7)
        self.assertTrue(torch.equal(rounded(torch.zeros(2, 32)), torch.zeros(2, 32)))


class StandInTests(unittest.TestCase):
    """Stand-ins fitted in closed form."""

    def test_a_map_of_low_rank_is_found(self):
        random = torch.Generator().manual_seed(0)
        normal = lambda *sizes: torch.randn(sizes, generator=random)
        inner, outer, bias = normal(4, 24), normal(24, 4), normal(24)
        inputs = normal(4000, 24) + 0.5
        outputs = inputs @ (outer @ inner).t() + bias
        sums = ReducedRank(24, "cpu")
        for some in (slice(0, 1500), slice(1500, 4000)):
            sums.add(inputs[some], outputs[some] + 0.01 * normal(4000, 24)[some])
        with mock.patch("recipe.stand_ins.RIDGE", 1e-6):
            found = sums.solve(4)
            self.assertEqual([tuple(tensor.shape) for tensor in found], [(4, 24), (4, 24), (24,)])
            self.assertLess(distance(inputs @ found[0].t() @ found[1] + found[2], outputs), 0.01)
            self.assertAlmostEqual(float(found[0].norm() / found[1].norm()), 1, 3)
            # Of two directions it finds those in which outputs vary most.
            variances = torch.linalg.svdvals(torch.cov(outputs.t()))
            left = (inputs @ sums.solve(2)[0].t() @ sums.solve(2)[1] + sums.solve(2)[2] - outputs).square().sum(1).mean()
            self.assertAlmostEqual(float(left / variances[2:].sum()), 1, delta=0.02)

    def test_a_ridge_keeps_it_small(self):
        sums, inputs = ReducedRank(16, "cpu"), torch.randn(20, 16, generator=torch.Generator().manual_seed(0))
        sums.add(inputs, inputs)
        size = lambda ridge: float(torch.linalg.matrix_norm(applied(sums, ridge)))
        self.assertLess(size(1.0), 0.7 * size(1e-3))

    def test_without_tokens_nothing_stands_in(self):
        inner, outer, bias = ReducedRank(16, "cpu").solve(4)
        self.assertEqual((float(inner.abs().max()), float(bias.abs().max())), (0, 0))
        # From there it can learn.
        self.assertAlmostEqual(float(outer.norm()), 2, 5)

    def test_fitted_stand_ins_are_nearer_than_nothing(self):
        """In every block, on tokens that it was not fitted to, in the states that earlier stand-ins leave."""
        model, share = tiny_model(), as_shares(((0.25, 0.5), (0.5, 0.75)))
        with buckets(8):
            found = fitted(model, [(some_tokens(160, seed=seed), share) for seed in range(2)], 32)
            better, tokens = with_stand_ins(model, found), some_tokens(40, seed=9)
            self.assertEqual(better.shape.stand_in_rank, 32)
            states = better(tokens, share, states=range(4)).states
            for block in model.shape.routed:
                x = states[block - 1]
                alone = lambda model, shares: model(tokens, shares, states=(block,), resume=(block, x))
                bypassed = alone(model, share).processed[0] == 0
                full, with_it, without = (
                    trace.states[block][bypassed] for trace in (alone(model, None), alone(better, share), alone(model, share)))
                self.assertLess(float((with_it - full).norm()), 0.92 * float((without - full).norm()))
            # A part of a map is that part of what it gives.
            normed = torch.randn(5, WIDTH)
            whole, part = (stand_in(normed, with_stand_ins(model, found, part).blocks[1]) for part in (1.0, 0.25))
            equal(self, 0.25 * whole, part, 1e-4)
            # What a block's stand-in is fitted to follows from those before it.
            for other in range(2):
                self.assertFalse(torch.equal(found[0][other], found[1][other]))

    def test_processes_fit_to_all_of_their_tokens(self):
        model, share = tiny_model(), as_shares(((0.25, 0.5), (0.5, 0.75)))
        parts = [(some_tokens(8, seed=seed), share) for seed in range(2)]
        sums = []
        with buckets(8):
            together = fitted(model, parts, 32)
            fitted(model, parts[1:], 32, lambda tensor: sums.append(tensor) or tensor)
            apart = fitted(model, parts[:1], 32, lambda tensor: tensor + sums.pop(0))
        # Of the first routed block: later ones see what the other process made of it.
        for one, other in zip(together[0], apart[0]):
            equal(self, one, other, 1e-4)


def applied(sums, ridge):
    """The map [d, d] that a ridge gives."""
    with mock.patch("recipe.stand_ins.RIDGE", ridge):
        inner, outer, _ = sums.solve(sums.width)
    return inner.t() @ outer


class OptimiserTests(unittest.TestCase):
    def optimiser(self, origin=None, kind=torch.float32, **rates):
        return Optimiser(tiny_model(rank=32), kind, Rates(**({"clip": 1e9} | rates)), origin)

    def push(self, optimiser, seed):
        torch.manual_seed(seed)
        for gradient in optimiser.gradients():
            gradient.copy_(torch.randn(gradient.shape))

    def test_steps_are_those_of_the_library(self):
        optimiser = self.optimiser(model=1e-2, decays=(0.8, 0.95))
        group = optimiser.groups["matrices"]
        plain = torch.nn.Parameter(group.master.clone())
        library = torch.optim.AdamW([plain], lr=1e-2, betas=(0.8, 0.95), eps=1e-8, weight_decay=0.0)
        for step in range(6):
            self.push(optimiser, step)
            plain.grad = group.gradient.clone()
            library.param_groups[0]["lr"] = 1e-2 * (1 - step / 10)
            library.step()
            optimiser.step(1 - step / 10)
            torch.testing.assert_close(group.master, plain.detach(), rtol=1e-5, atol=1e-6)
        self.assertEqual(optimiser.step_count, 6)

    def test_the_model_computes_with_the_copies_and_fills_the_gradients(self):
        optimiser = self.optimiser(kind=torch.bfloat16)
        model = optimiser.model
        self.assertEqual(model.blocks[1]["down"].dtype, torch.bfloat16)
        self.assertEqual(model.blocks[1]["inner"].dtype, torch.float32)
        self.assertEqual({model.blocks[1][name].dtype for name in STAND_IN}, {torch.bfloat16})
        model(some_tokens(), as_shares(((0.5, 0.75), (0.5, 0.9))), Teaching(0.5, 1.0)).output.square().sum().backward()
        for sort, group in optimiser.groups.items():
            for name in group.starts:
                # What all scores have in common teaches nothing.
                if not name.endswith("outer_bias"):
                    self.assertGreater(float(group.view(group.gradient, name).abs().sum()), 0, name)
        optimiser.step(1.0)
        for name, tensor in model.tensors():
            group = next(group for group in optimiser.groups.values() if name in group.starts)
            self.assertTrue(torch.equal(tensor, group.view(group.master, name).to(tensor.dtype)), name)
        optimiser.clear()
        self.assertEqual(sum(float(gradient.abs().sum()) for gradient in optimiser.gradients()), 0)

    def test_every_sort_has_its_rate(self):
        optimiser = self.optimiser(model=1e-3, routers=1e-2)
        before = {sort: group.master.clone() for sort, group in optimiser.groups.items()}
        self.push(optimiser, 0)
        optimiser.step(0.5)
        for sort, rate in (("matrices", 1e-3), ("norms", 1e-3), ("routers", 1e-2), ("stand_ins", 1e-2)):
            moved = (optimiser.groups[sort].master - before[sort]).abs()
            self.assertAlmostEqual(float(moved.median()), rate / 2, delta=rate / 100)

    def test_weights_but_neither_routers_nor_stand_ins_are_pulled_towards_the_origin(self):
        origin = dense(tiny_file(seed=9))
        optimiser = self.optimiser(origin, model=1e-2, pull=5.0)
        for sort in ("routers", "stand_ins"):
            for buffer in (optimiser.groups[sort].master, optimiser.groups[sort].copy):
                buffer += 1.0
        before = {name: tensor.detach().clone() for name, tensor in optimiser.model.tensors()}
        optimiser.step(1.0)
        goal = dict(origin.tensors())
        for name, tensor in optimiser.model.tensors():
            expected = torch.lerp(before[name], goal[name], 0.05) if name in goal else before[name]
            torch.testing.assert_close(tensor.detach(), expected, rtol=1e-5, atol=1e-6)
        self.assertFalse({"1.inner", "1.stand_in_inner"} & goal.keys())

    def test_the_average_has_its_half_life(self):
        optimiser = self.optimiser(half_life=0.05)
        optimiser.step_count = 1000
        group = optimiser.groups["norms"]
        group.average.zero_()
        group.master.fill_(1.0)
        for _ in range(50):
            optimiser.step(0.0)
        self.assertAlmostEqual(float(group.average.mean()), 0.5, delta=0.02)
        # At first it is what the weights are.
        early = self.optimiser(half_life=0.05)
        self.push(early, 0)
        early.step(1.0)
        self.assertLess(distance(early.groups["norms"].average, early.groups["norms"].master), 1e-3)

    def test_copies_are_int8_where_asked(self):
        optimiser = self.optimiser()
        self.push(optimiser, 0)
        optimiser.step(1.0, True)
        for name, tensor in optimiser.model.tensors():
            group = next(group for group in optimiser.groups.values() if name in group.starts)
            master, key = group.view(group.master, name), name.rpartition(".")[2]
            self.assertTrue(torch.equal(tensor, rounded_matrix(key, master)), name)
            self.assertEqual(torch.equal(tensor, master), key not in MATRICES, name)
        optimiser.step(1.0)
        group = optimiser.groups["matrices"]
        self.assertTrue(torch.equal(group.copy, group.master))

    def test_large_gradients_are_clipped_group_by_group(self):
        optimiser = self.optimiser(clip=2.0)
        for sort, group in optimiser.groups.items():
            group.gradient[0] = 0.5 if sort == "norms" else -30.0
        norms = optimiser.step(1.0)
        found = {sort: round(norm, 4) for sort, norm in norms.items()}
        self.assertEqual(found, {"matrices": 30, "norms": 0.5, "routers": 30, "stand_ins": 30})
        for sort, kept in (("matrices", -2.0), ("routers", -2.0), ("norms", 0.5), ("stand_ins", -2.0)):
            self.assertAlmostEqual(float(optimiser.groups[sort].first[0]), 0.1 * kept, 5)

    def test_what_is_not_finite_changes_nothing(self):
        for wrong in (math.nan, math.inf):
            optimiser = self.optimiser(kind=torch.bfloat16)
            self.push(optimiser, 0)
            optimiser.step(1.0)
            buffers = lambda group: [getattr(group, name).clone() for name in (*group.KEPT, "copy")]
            before = {sort: buffers(group) for sort, group in optimiser.groups.items()}
            self.push(optimiser, 1)
            optimiser.groups["routers"].gradient[3] = wrong
            with self.assertRaises(NotFinite):
                optimiser.step(1.0)
            self.assertEqual(optimiser.step_count, 1)
            for sort, group in optimiser.groups.items():
                self.assertTrue(all(map(torch.equal, buffers(group), before[sort])), sort)

    def test_state_is_restored(self):
        origin = dense(tiny_file(seed=9))
        one, other = (self.optimiser(origin, torch.bfloat16, pull=1.0) for _ in range(2))
        for step in range(3):
            self.push(one, step)
            one.step(1.0)
        other.restore(one.state())
        for optimiser in (one, other):
            self.push(optimiser, 7)
            optimiser.step(1.0)
        for sort, group in one.groups.items():
            for name in (*group.KEPT, "copy"):
                self.assertTrue(torch.equal(getattr(group, name), getattr(other.groups[sort], name)), name)
        averaged, filled = one.model.like(), tiny_model(seed=4, rank=32)
        one.fill(averaged, "average", False)
        fill_from(one.state(), filled, "average")
        for (name, tensor), (_, same) in zip(averaged.tensors(), filled.tensors()):
            equal(self, tensor, same.to(tensor.dtype))
            group = next(group for group in one.groups.values() if name in group.starts)
            self.assertTrue(torch.equal(same, group.view(group.average, name)))

    def test_a_state_without_stand_ins_leaves_them_as_they_begin(self):
        one, other = Optimiser(tiny_model(seed=4), torch.bfloat16, Rates()), self.optimiser(kind=torch.bfloat16)
        self.push(one, 0)
        one.step(1.0)
        begun = {name: getattr(other.groups["stand_ins"], name).clone() for name in Group.KEPT}
        other.restore(one.state())
        self.assertEqual(other.step_count, 1)
        for name in Group.KEPT:
            self.assertTrue(torch.equal(getattr(other.groups["matrices"], name), getattr(one.groups["matrices"], name)))
            self.assertTrue(torch.equal(getattr(other.groups["stand_ins"], name), begun[name]))
        self.assertEqual(float(begun["first"].abs().sum()), 0)


class CompilationTests(unittest.TestCase):
    def setUp(self):
        self.addCleanup(use_compiler, Compiled.in_use)
        use_compiler(False)

    COMPILERS = os.environ.get("CXX", "c++"), "g++", "clang++"

    @unittest.skipUnless(any(map(shutil.which, COMPILERS)), "needs a C++ compiler")
    def test_a_compiled_block_has_the_gradients_of_the_plain_one(self):
        model = as_leaves(tiny_model(rank=32).to("cpu", torch.bfloat16))
        block, places, shape = model.blocks[1], model.places(32), model.shape
        x, probe = torch.randn(64, WIDTH, requires_grad=True), torch.randn(64, WIDTH)

        def gradients():
            torch.manual_seed(0)
            for tensor in (x, *block.values()):
                tensor.grad = None
            normed, scores = run_score.plain(x, block, shape.epsilon)
            with buckets(8):
                grades = Grades(scores, (0.4, 0.7), torch.arange(64) % 32 < 2, Teaching(0.3, 1.0))
            positions = places.cosines, places.sines
            output = run_graded(
                x, normed, block, *grades.in_order(), positions, places.bias, shape.epsilon, 2, shape.head)
            (output * probe).sum().backward()
            # But for the last bias: what all scores have in common teaches nothing, and its slope is rounding.
            return [x.grad, *(tensor.grad for name, tensor in block.items() if name != "outer_bias")]

        check_compiler(gradients)
        self.assertTrue(Compiled.in_use)
        self.assertGreater(torch._dynamo.utils.counters["stats"]["unique_graphs"], 0)

    def test_what_compiles_wrongly_is_noticed(self):
        for wrong in (math.nan, 1.2):
            with self.assertRaises(Miscompiled):
                check_compiler(lambda: [torch.ones(4), torch.full((4,), wrong if Compiled.in_use else 1.0)])
        check_compiler(lambda: [torch.full((4,), 1.01 if Compiled.in_use else 1.0)])


class DistillationTests(unittest.TestCase):
    def setUp(self):
        random = torch.Generator().manual_seed(1)
        # More tokens than are compared at once.
        self.student, self.teacher = (torch.randn(1100, 16, generator=random) for _ in range(2))
        self.embedding, self.weight = torch.randn(50, 16, generator=random), torch.rand(1100, generator=random)

    def plain(self, student, bias=0.0):
        """KL(teacher ‖ student) [N] over the whole vocabulary, from its definition."""
        q = (self.teacher @ self.embedding.T + bias).softmax(-1)
        return (q * (q.log() - (student @ self.embedding.T + bias).log_softmax(-1))).sum(-1)

    def test_divergence_and_its_gradient(self):
        for bias in (torch.zeros(50), torch.linspace(-1, 1, 50)):
            head = HeadRows(self.embedding, torch.float32).draw()
            self.assertTrue(torch.equal(head.bias, torch.zeros(50)))
            head.bias = bias
            slopes, values = [], []
            for loss in (
                lambda x: (self.weight * self.plain(x, bias)).sum(),
                lambda x: HeadDivergence.apply(x, self.teacher, head, self.weight)):
                x = self.student.clone().requires_grad_()
                values.append(loss(x))
                (3 * values[-1]).backward()
                slopes.append(x.grad)
            torch.testing.assert_close(values[1], values[0], rtol=1e-4, atol=1e-4)
            torch.testing.assert_close(slopes[1], slopes[0], rtol=1e-4, atol=1e-5)
            each = divergences(self.student, self.teacher, head)
            torch.testing.assert_close(each, self.plain(self.student, bias), rtol=1e-4, atol=1e-4)
        self.assertLess(float(divergences(self.teacher, self.teacher, head).abs().max()), 1e-5)

    def test_narrow_arithmetic_is_near(self):
        head = HeadRows(self.embedding, torch.bfloat16).draw()
        x = self.student.clone().requires_grad_()
        value = HeadDivergence.apply(x, self.teacher.bfloat16(), head, self.weight)
        value.backward()
        self.assertAlmostEqual(float(value.detach() / (self.weight * self.plain(self.student)).sum()), 1, delta=0.01)
        exact = self.student.clone().requires_grad_()
        (self.weight * self.plain(exact)).sum().backward()
        self.assertLess(distance(x.grad, exact.grad), 0.02)

    def test_drawn_rows_stand_for_the_rest(self):
        """The sum over the vocabulary is right on average, within four standard errors, and is not without the bias."""
        torch.manual_seed(0)
        frequent = torch.tensor([3, 5, 8, 40])
        # Of logits that hardly differ a few tell much.
        self.student, self.teacher = 0.2 * self.student, 0.2 * self.teacher
        heads, chosen = HeadRows(self.embedding, torch.float32, frequent, 12), set()
        logits = self.embedding @ self.student[0]
        sums, bare, slopes = [], [], []
        for _ in range(600):
            head = heads.draw()
            self.assertEqual(len(head.rows), 16)
            self.assertTrue(torch.equal(head.rows[:4], self.embedding[frequent]))
            ids = (head.rows[4:] @ self.embedding.T - self.embedding.square().sum(1) / 2).argmax(1).tolist()
            self.assertFalse(set(ids) & set(frequent.tolist()))
            self.assertEqual(len(set(ids)), 12)
            chosen |= set(ids)
            found = (head.rows @ self.student[0] + head.bias).exp().sum()
            sums.append(float(found))
            bare.append(float((head.rows @ self.student[0]).exp().sum()))
            x = self.student[:40].clone().requires_grad_()
            HeadDivergence.apply(x, self.teacher[:40], head, torch.ones(40)).backward()
            slopes.append(x.grad)
        self.assertEqual(len(chosen), 46)
        whole = float(logits.exp().sum())
        bound = lambda values: 4 * np.std(values) / len(values) ** 0.5
        self.assertLess(abs(np.mean(sums) - whole), bound(sums))
        self.assertGreater(abs(np.mean(bare) - whole), bound(bare))
        # The slope is a ratio of such sums, right on average but for the spread of the sum: far nearer than one draw's.
        exact, whole = self.student[:40].clone().requires_grad_(), HeadRows(self.embedding, torch.float32).draw()
        HeadDivergence.apply(exact, self.teacher[:40], whole, torch.ones(40)).backward()
        mean = distance(torch.stack(slopes).mean(0), exact.grad)
        single = np.mean([distance(slope, exact.grad) for slope in slopes])
        self.assertLess(mean, 0.5 * single)

    def test_distance_of_outputs(self):
        spread = self.teacher.var(0)
        each = ((self.student - self.teacher) ** 2 / (spread + 1e-6)).mean(1)
        torch.testing.assert_close(output_distance(self.student, self.teacher, self.weight), (self.weight * each).sum())
        changed = self.teacher.clone()
        changed[0] += 100
        self.weight[0] = 0
        self.assertEqual(float(output_distance(changed, self.teacher, self.weight)), 0)


class BudgetTests(unittest.TestCase):
    def setUp(self):
        self.model, self.tokens = tiny_model(thin=0), some_tokens(16, 64)

    def scores(self, shares):
        with torch.no_grad():
            return self.model(self.tokens, shares).scores.view(2, 16, 64)[:, :, 2:].flatten(1)

    def test_work_counts_thin_for_its_share(self):
        shares = as_shares(((0.5, 1.0), (0.0, 0.25)))
        self.assertAlmostEqual(work_of(shares, 0.6), (0.5 + 0.5 * 0.6 + 0.25 * 0.6) / 2, 6)

    def test_between_points_a_budget_is_linear(self):
        shares = even_shares() ** 2
        found = Budget(shares).at(0.53)
        self.assertAlmostEqual(float(found[0, 0]), 0.52 * 0.25 + 0.48 * (9 / 16) ** 2, 5)
        equal(self, Budget(shares).at(1.0), shares[-1])
        equal(self, Budget(shares).at(0.0), shares[0])

    def test_scores_of_all_blocks_share_a_capacity_out(self):
        budget = scored_budget(self.scores, 2)
        for step in range(STEPS + 1):
            self.assertAlmostEqual(work_of(budget.shares[step], 1.0), step / STEPS, delta=0.01)
        scores = torch.tensor([[5.0, 4.0, 3.0, 0.0], [2.0, 1.0, 0.5, 0.0]])
        self.assertEqual(pooled_shares(scores, 0.5).tolist(), [0.75, 0.25])

    def test_routers_that_say_nothing_yet_share_evenly(self):
        self.model.blocks[1]["outer"].zero_()
        budget = scored_budget(self.scores, 2)
        for step in range(STEPS + 1):
            for share in budget.shares[step].flatten().tolist():
                self.assertAlmostEqual(share, step / STEPS, delta=0.01)

    def test_grades_come_to_the_capacity(self):
        tilted = even_shares() ** torch.tensor([2.0, 0.5])
        tilted = tilted / tilted.mean(2, keepdim=True).clamp(min=1e-9) * even_shares()
        # The last shares need not come to all of the work.
        plains = even_shares(), tilted.clamp(max=1), 0.99 * even_shares()
        for plain, thin_work in itertools.product(plains, (0.3, 0.625, 0.9)):
            thin_work = float(thin_work)
            shares = graded_budget(Budget(plain), thin_work).shares
            self.assertEqual(shares.shape, (STEPS + 1, 2, 2))
            self.assertTrue((shares[:, FULL] <= shares[:, PROCESSED] + 1e-6).all())
            self.assertTrue((shares.diff(dim=0) >= -1e-6).all())
            for step in range(STEPS + 1):
                self.assertAlmostEqual(work_of(shares[step], thin_work), work_of(plain[step], 1.0), delta=0.02)


class AllocationTests(unittest.TestCase):
    def probe(self, thin, change):
        """A model of which `change` was made, and the divergence from what it is at full depth."""
        model, tokens = tiny_model(thin=thin), some_tokens(8, 64)
        change(model.blocks)
        with torch.no_grad():
            target = model(tokens).output
        head = HeadRows(model.token_embd, torch.float32).draw()
        parts = zip(tokens.split(4), torch.ones(8, 64).split(4), target.split(4 * 64))
        return Probe(model, list(parts), head)

    def idle(self, thin):
        """The first routed block does nothing, so nothing is lost without it."""
        def change(blocks):
            for name in ("output", "down", "down_rest"):
                if name in blocks[1]:
                    blocks[1][name].zero_()
        return self.probe(thin, change)

    def check(self, probe, budget):
        """Capacities are kept, none falls as the capacity rises, and nothing is full that is not processed."""
        thin_work = probe.model.shape.thin_work
        for step in range(STEPS + 1):
            self.assertAlmostEqual(work_of(budget.shares[step], thin_work), step / STEPS, delta=2e-3)
        self.assertTrue((budget.shares.diff(dim=0) >= -1e-6).all())
        self.assertTrue((budget.shares[:, FULL] <= budget.shares[:, PROCESSED] + 1e-6).all())
        if thin_work == 1:
            equal(self, budget.shares[:, FULL], budget.shares[:, PROCESSED])

    def test_what_matters_gets_what_does_not_gives(self):
        for thin, most in ((0, 0.1), (0.5, 0.1)):
            probe = self.idle(thin)
            even = Budget(even_shares())
            if thin:
                even = graded_budget(even, probe.model.shape.thin_work)
            budget = measured_budget(probe, even, 4)
            self.check(probe, budget)
            for capacity in (0.875, 0.75, 0.5):
                idle, busy = (work_of(budget.at(capacity)[:, [place]], probe.model.shape.thin_work) for place in (0, 1))
                self.assertGreater(busy - idle, most)
                self.assertLess(probe.loss(budget.at(capacity))[0], probe.loss(even.at(capacity))[0])

    def test_what_full_adds_nothing_to_goes_thin(self):
        """In the first routed block only the thin part does anything, in the second all of it."""
        probe = self.probe(0.5, lambda blocks: blocks[1]["down_rest"].zero_())
        even = graded_budget(Budget(even_shares()), probe.model.shape.thin_work)
        budget = measured_budget(probe, even, 4)
        self.check(probe, budget)
        for capacity in (0.875, 0.75):
            before, after = even.at(capacity), budget.at(capacity)
            self.assertLess(float(after[FULL, 0]), float(before[FULL, 0]) - 0.2)
            self.assertGreater(float(after[FULL, 1]), float(before[FULL, 1]))
            self.assertLess(probe.loss(after)[0], 0.7 * probe.loss(before)[0])

    def test_shares_of_the_same_work_are_kept_where_none_is_better(self):
        probe = self.idle(0)
        best = as_shares(((0.0, 0.0), (1.0, 1.0)))
        equal(self, improved(probe, best, torch.ones(2, 2), 2), best)

    def test_work_is_kept_where_a_block_s_shares_meet(self):
        """What gains most is that all processed tokens go full, and that fewer are processed, so the shares cross."""
        shape = tiny_model().shape
        shares = as_shares(((0.5, 0.6), (0.3, 0.9)))
        gain, cost = torch.full((2, 2), -math.inf), torch.full((2, 2), math.inf)
        gain[FULL, 0], cost[PROCESSED, 0] = 2.0, 1.0
        probe = mock.Mock(knobs=Knobs(shape), worth=lambda *_: (1.0, gain, cost), loss=lambda shares: (0.5, []))
        moved = improved(probe, shares, torch.ones(2, 2), 1)
        self.assertTrue((moved[FULL] <= moved[PROCESSED]).all())
        self.assertGreater(float(moved[FULL, 0]), 0.5)
        self.assertAlmostEqual(work_of(moved, shape.thin_work), work_of(shares, shape.thin_work), 6)
        # What single shares are worth does not add up: where all of it is no gain nothing moves.
        probe.loss = lambda shares: (1.5, [])
        equal(self, improved(probe, shares, torch.ones(2, 2), 1), shares)

    def test_loss_is_the_mean_over_all_passes(self):
        probe, shares = self.idle(0.5), as_shares(((0.3, 0.6), (0.5, 0.7)))
        model, head = probe.model, probe.head
        each = [divergences(model(tokens, shares).output, target, head) for tokens, _, target in probe.parts]
        self.assertAlmostEqual(probe.loss(shares)[0], float(torch.cat(each).mean()), 5)
        whole, states = probe.loss(shares, states=[1])
        later, _ = probe.loss(shares, resume=(2, [kept[1] for kept in states]))
        self.assertEqual(whole, later)

    def test_worth_is_the_difference_that_a_share_makes(self):
        probe, shares = self.idle(0.5), as_shares(((0.3, 0.6), (0.5, 0.7)))
        prices = probe.knobs.prices[:, 0].tolist()
        up, down = torch.full((2, 2), 0.1), torch.full((2, 2), 0.2)
        up[FULL, 0] = 0
        base, gain, cost = probe.worth(shares, up, down)
        for grade, place in itertools.product((0, 1), (0, 1)):
            more, less = shares.clone(), shares.clone()
            more[grade, place] += 0.1
            less[grade, place] -= 0.2
            if (grade, place) == (FULL, 0):
                self.assertEqual(float(gain[grade, place]), -math.inf)
            else:
                gained = (base - probe.loss(more)[0]) / (0.1 * prices[grade])
                self.assertAlmostEqual(float(gain[grade, place]), gained, 4)
            lost = (probe.loss(less)[0] - base) / (0.2 * prices[grade])
            self.assertAlmostEqual(float(cost[grade, place]), lost, 4)

    def test_exchange_stops_where_no_more_is_gained(self):
        knobs = Knobs(tiny_model(thin=0).shape)
        room = torch.stack((torch.zeros(4), torch.full((4,), 0.2)))
        never, nothing = torch.full((4,), -math.inf), torch.full((4,), math.inf)
        gain = torch.stack((never, torch.tensor([3.0, 1.0, 0.1, 0.1])))
        cost = torch.stack((nothing, torch.tensor([9.0, 9.0, 0.5, 2.0])))
        moved = exchange(knobs, torch.full((2, 4), 0.5), gain, cost, room, room)
        equal(self, moved, torch.tensor([0.7, 0.5, 0.3, 0.5]).expand(2, -1), 1e-6)

    def test_exchange_moves_work_and_not_shares(self):
        shape = tiny_model().shape
        knobs, shares = Knobs(shape), as_shares(((0.2, 0.6), (0.2, 0.6)))
        gain, cost = torch.full((2, 2), -math.inf), torch.full((2, 2), math.inf)
        gain[PROCESSED, 0], cost[FULL, 1] = 2.0, 1.0
        moved = exchange(knobs, shares, gain, cost, torch.full((2, 2), 0.1), torch.full((2, 2), 0.2))
        self.assertAlmostEqual(work_of(moved, shape.thin_work), work_of(shares, shape.thin_work), 6)
        self.assertGreater(float(moved[PROCESSED, 0]), 0.65)
        self.assertLess(float(moved[FULL, 1]), 0.15)

    def test_there_is_room_only_between_nothing_full_and_processed(self):
        knobs, shares = Knobs(tiny_model().shape), as_shares(((0.2, 0.3), (0.5, 0.95)))
        up, down = knobs.rooms(shares, torch.ones(2, 2), 0.2)
        equal(self, up, as_shares(((0.1, 0.2), (0.2, 0.05))), 1e-6)
        equal(self, down, as_shares(((0.2, 0.1), (0.2, 0.2))), 1e-6)
        up, down = Knobs(tiny_model(thin=0).shape).rooms(shares, torch.ones(2, 2), 0.2)
        self.assertEqual(float(up[FULL].sum() + down[FULL].sum()), 0)


class ScheduleTests(unittest.TestCase):
    def test_capacities_cover_what_is_trained_for(self):
        for passes, world in ((1, 1), (2, 1), (2, 2)):
            schedule = Schedule(lowest=0.4, descent=0)
            drawn = np.array([
                capacity for step in range(600) for rank in range(world)
                for capacity in schedule.capacities(step, passes, rank, world)])
            self.assertAlmostEqual(np.mean(drawn == 1), 0.1, delta=0.01)
            self.assertAlmostEqual(np.mean(drawn < 0.4), 0.05, delta=0.01)
            self.assertGreaterEqual(drawn.min(), 0.2)
            between = drawn[(drawn < 1) & (drawn >= 0.4)]
            for low in (0.4, 0.55, 0.7, 0.85):
                self.assertAlmostEqual(np.mean((between >= low) & (between < low + 0.15)), 0.25, delta=0.02)

    def test_any_run_of_steps_covers_it(self):
        schedule = Schedule(lowest=0.45, descent=0)
        for first in (0, 137):
            drawn = [c for step in range(first, first + 20) for c in schedule.capacities(step, 2, 0, 1)]
            self.assertTrue(2 <= sum(c == 1 for c in drawn) <= 6)
            self.assertTrue(1 <= sum(c < 0.45 for c in drawn) <= 4)
            mean = np.mean([schedule.capacity((place + 0.5) / 999, 0) for place in range(999)])
            self.assertAlmostEqual(np.mean(drawn), mean, delta=0.02)

    def test_processes_have_about_as_much_to_compute(self):
        schedule = Schedule(lowest=0.45, descent=0)
        both = np.array([[sum(schedule.capacities(step, 2, rank, 2)) for rank in (0, 1)] for step in range(300)])
        self.assertLess(np.abs(both[:, 0] - both[:, 1]).max(), 0.35)
        self.assertLess(abs(both.mean(0)[0] - both.mean(0)[1]), 0.05)
        together = lambda step: sorted(c for rank in (0, 1) for c in schedule.capacities(step, 2, rank, 2))
        self.assertEqual(together(7), sorted(schedule.capacities(7, 4, 0, 1)))

    def test_the_lowest_comes_down(self):
        schedule = Schedule(lowest=0.4, descent=10)
        for step, expected in ((0, 1.0), (5, 0.7), (10, 0.4), (500, 0.4)):
            lowest = min(schedule.capacity(place / 100, step) for place in range(95))
            self.assertAlmostEqual(lowest, expected, delta=0.01)

    def test_rates_rise_stay_and_fall(self):
        endless = Schedule(warmup=50)
        self.assertEqual([endless.rate(step) for step in (0, 24, 49, 10**7)], [1 / 50, 0.5, 1, 1])
        self.assertFalse(endless.is_over(10**7) or endless.is_quantised(10**7))
        self.assertEqual(Schedule(warmup=0).rate(0), 1)
        cooling = Schedule(warmup=50, begun=1000, cooldown=20)
        self.assertEqual([cooling.rate(step) for step in (999, 1000, 1010, 1019, 1020)], [1, 1, 0.5, 1 - 19 / 20, 0])
        self.assertEqual([cooling.is_quantised(step) for step in (1005, 1010, 1011, 1019)], [False, False, True, True])
        self.assertEqual([cooling.is_over(step) for step in (1000, 1019, 1020)], [False, False, True])


class RunningMeansTests(unittest.TestCase):
    def test_means(self):
        means = RunningMeans()
        self.assertIsNone(means.at(0.5))
        means.add(0.5, 2.0)
        self.assertEqual((means.at(0.5), means.at(1), means.at(0.1)), (2.0, 2.0, 2.0))
        means.add(0.75, 1.0)
        self.assertAlmostEqual(means.at(0.625), 1.5)
        self.assertEqual((means.at(0.9), means.at(0.2)), (1.0, 2.0))
        for _ in range(34):
            means.add(0.5, 4.0)
        # Half of what was is forgotten.
        self.assertAlmostEqual(means.at(0.5), 3.0, delta=0.02)
        means.add(1, 1e-6)
        self.assertEqual(means.at(1), RunningMeans.LEAST)
        self.assertEqual(RunningMeans(means.values).at(0.5), means.at(0.5))


def write_corpus(folder, count=120, seed=0, name="one"):
    """Documents of 33 tokens, of three kinds. Chats begin with a prompt; most tokens follow from the one before."""
    random, part = np.random.default_rng(seed), Part()
    for number in range(count):
        tokens = [random.integers(VOCABULARY)]
        for _ in range(32):
            tokens.append((tokens[-1] * 7 + 3) % VOCABULARY if random.random() < 0.8 else random.integers(VOCABULARY))
        source = ("chats", "git-doc/technical", "chats", "libpython3/json", "chats")[number % 5]
        part.add(tokens, [2] * 9 + [REPLY] * 24 if source == "chats" else [REPLY] * 33, source)
    part.write(Path(folder) / f"{name}.npz")


class TeacherTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.runs, self.model = Path(folder.name), 0, dense(tiny_file())
        write_corpus(self.folder)

    def teacher(self, length=16, remember=True):
        """A teacher that counts the rows it has to run."""
        batches = Batches(self.folder, "train", length)

        def model(tokens):
            self.runs += len(tokens)
            return self.model(tokens)

        model.shape = self.model.shape
        return Teacher(model, batches, remember)

    def say(self, teacher, rows):
        tokens, _ = teacher.batches.batch(rows, "cpu")
        found, runs = teacher(rows, tokens), self.runs
        plain = self.model(tokens).output
        torch.testing.assert_close(found.float(), plain, rtol=0.01, atol=1e-3)
        return found, runs

    def test_rows_that_come_again_are_remembered_on_disk(self):
        first, runs = self.say(self.teacher(), [7, 8, 40])
        self.assertEqual(runs, 3)
        again, runs = self.say(self.teacher(), [40, 7])
        self.assertEqual(runs, 3)
        self.assertTrue(torch.equal(again.view(2, 16, -1), first.view(3, 16, -1)[[2, 0]]))
        self.assertEqual(again.dtype, first.dtype)
        # Where one of them is new all are computed, and then all are known.
        teacher = self.teacher()
        self.assertEqual(self.say(teacher, [8, 9])[1], 5)
        self.assertEqual(self.say(teacher, [9, 8, 7])[1], 5)
        # Rows of another length are other rows.
        self.assertEqual(self.say(self.teacher(24), [7])[1], 6)

    def test_parts_may_be_added(self):
        before = self.teacher()
        kept = before.batches.tokens[[3, 50]]
        self.say(before, [3, 50])
        write_corpus(self.folder, seed=1, name="aaa")
        teacher = self.teacher()
        self.assertGreater(len(teacher.batches), len(before.batches))
        rows = [int(np.flatnonzero((teacher.batches.tokens == row).all(1))[0]) for row in kept]
        self.assertNotEqual(rows, [3, 50])
        self.assertEqual(self.say(teacher, rows)[1], 2)
        self.assertEqual(self.say(teacher, [3, 50])[1], 4)

    def test_a_row_whose_text_has_changed_is_not_known(self):
        self.say(self.teacher(), [3])
        write_corpus(self.folder, seed=2)
        self.assertEqual(self.say(self.teacher(), [3])[1], 2)

    def test_nothing_is_kept_unless_asked(self):
        teacher = self.teacher(remember=False)
        self.say(teacher, [3])
        self.assertEqual(self.say(teacher, [3])[1], 2)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["one.npz"])


class EvaluationTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        write_corpus(folder.name, 800)
        self.batches = Batches(folder.name, "evaluation", 16, 9)
        self.teacher, self.model = dense(tiny_file()), tiny_model()
        for block in self.model.blocks:
            block["down"] *= 0.8
        self.head = HeadRows(self.teacher.token_embd, torch.float32).draw()
        self.budget = graded_budget(Budget(even_shares()), self.model.shape.thin_work)

    def evaluation(self, rank=0, world=1):
        return Evaluation(self.batches, self.teacher, self.head, 4, rank, world)

    def test_table_is_the_mean_divergence_of_the_tokens_that_count(self):
        evaluation = self.evaluation()
        kinds = set(self.batches.kinds)
        self.assertEqual(kinds, {"chats", "code", "manuals"})
        order = np.argsort(self.batches.kinds, kind="stable")
        found = {}
        for first in range(0, len(order), 4):
            rows = order[first : first + 4]
            tokens, weight = self.batches.batch(rows, "cpu")
            for capacity in CAPACITIES:
                shares = self.budget.at(capacity) if capacity < 1 else None
                with torch.no_grad():
                    p = (self.model(tokens, shares).output @ self.teacher.token_embd.T).log_softmax(-1)
                    q = (self.teacher(tokens).output @ self.teacher.token_embd.T).log_softmax(-1)
                each = (q.exp() * (q - p)).sum(-1).view(len(rows), 16)
                for row, values, counts in zip(rows, each, weight):
                    cell = found.setdefault((str(self.batches.kinds[row]), capacity), [])
                    cell += values[counts > 0.99].tolist()
        table = evaluation.table(evaluation.sums(self.model, self.budget))
        for kind, capacity in found:
            expected = np.mean(found[kind, capacity])
            self.assertAlmostEqual(table[kind][str(capacity)] / expected, 1, delta=0.01)
        for capacity in CAPACITIES:
            each = [np.mean(found[kind, capacity]) for kind in kinds]
            self.assertAlmostEqual(table["all"][str(capacity)] / np.mean(each), 1, delta=0.01)
        # Half a capacity costs something.
        self.assertGreater(table["all"]["0.5"], 1.1 * table["all"]["1.0"])
        # Prompts do not count, and neither does what comes after the last token of a row.
        counted = sum(len(values) for (_, capacity), values in found.items() if capacity == 1)
        self.assertEqual(int(evaluation.sums(self.model, self.budget)[:, 0, 1].sum()), counted)
        self.assertLess(counted, 15 * len(order))

    def test_kinds_count_alike_however_many_tokens_they_have(self):
        sums = torch.zeros(3, len(CAPACITIES), 2)
        sums[:, 1] = torch.tensor([[10.0, 10.0], [40.0, 20.0], [300.0, 100.0]])
        table = self.evaluation().table(sums)
        found = [table[kind]["0.875"] for kind in ("chats", "code", "manuals", "all")]
        self.assertEqual(found, [1, 2, 3, 2])

    def test_processes_share_the_rows(self):
        whole = self.evaluation().sums(self.model, self.budget)
        parts = [self.evaluation(rank, 2).sums(self.model, self.budget) for rank in (0, 1)]
        equal(self, parts[0][:, 0] + parts[1][:, 0], whole[:, 0], 1e-3)
        self.assertGreater(float(parts[0][:, 0, 1].sum()), 0)
        equal(self, (parts[0] + parts[1])[..., 1], whole[..., 1])

    def test_the_teacher_itself_is_no_distance_away(self):
        sums = self.evaluation().sums(self.teacher, Budget(torch.ones(STEPS + 1, 2, 0)))
        # Its outputs are kept in bf16.
        self.assertLess(float(sums[:, 0, 0].sum() / sums[:, 0, 1].sum()), 1e-3)


class TrainerTests(unittest.TestCase):
    """Whole runs of a tiny model that begins near its teacher."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        table = [[0.0, 0.0]] * 2, [0.0, 1.0]
        base, random = tiny_file(thin=0), np.random.default_rng(5)
        weights.write(cls.folder / "base.gguf", base, *table)
        for name in base.tensors:
            # int8 keeps the embedding to some places only.
            base.tensors[name] = base.tensors[name] + np.float32(1e-3 if "embd" in name else 0.03) * random.normal(
                0, 1, base.tensors[name].shape).astype(np.float32)
        # A file that says how it shares a capacity out.
        origin = to_file(student(base, router_hidden=8), base, even_shares() ** torch.tensor([1.25, 1 / 1.25]))
        weights.write(cls.folder / "origin.gguf", origin, *table)
        write_corpus(cls.folder / "data", 300)

    def setUp(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        self.out = self.folder / self.id().rpartition(".")[2]

    def arguments(self, out, *more):
        given = {
            "--teacher": self.folder / "base.gguf", "--origin": self.folder / "origin.gguf",
            "--data": self.folder / "data", "--out": self.out / out, "--batch": 8, "--length": 16, "--passes": 2,
            "--warmup": 2, "--descent": 2, "--rate": 1e-3, "--router-rate": 1e-3, "--router-hidden": 8, "--allocate": 0,
            "--kind": "fp32", "--device": "cpu", "--evaluate-every": 1000, "--evaluation-rows": 12}
        return [*itertools.chain(*given.items()), "--no-compile", *more]

    def options(self, out, *more):
        return train.parse([str(argument) for argument in self.arguments(out, *more)])

    def run_here(self, out, *more, probed=train.PROBED):
        trainer = train.Trainer(self.options(out, *more))
        with mock.patch.object(train, "PROBED", probed), contextlib.redirect_stdout(io.StringIO()):
            trainer.run()
        return trainer

    def start(self, out, *more):
        command = [sys.executable, "-m", "recipe.train", *(str(argument) for argument in self.arguments(out, *more))]
        process = subprocess.Popen(
            command, cwd=Path(__file__).parents[1], env=os.environ | {"OMP_NUM_THREADS": "1"}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process

    def exported(self, out, *more):
        path = self.out / "exported.gguf"
        given = "--run", self.out / out, "--origin", self.folder / "origin.gguf", "--out", path, *more
        with contextlib.redirect_stdout(io.StringIO()):
            export.main([str(argument) for argument in given])
        return weights.read(path)

    def log(self, out):
        return [json.loads(line) for line in (self.out / out / "log.jsonl").read_text().splitlines()]

    def checkpoint(self, out):
        return torch.load(self.out / out / "checkpoint.pt", weights_only=True)

    def same(self, one, other):
        """All of two checkpoints but how long they took."""
        self.assertEqual(one.keys(), other.keys())
        for key in one:
            if isinstance(one[key], dict):
                self.same(one[key], other[key])
            elif isinstance(one[key], torch.Tensor):
                self.assertTrue(torch.equal(one[key], other[key]), key)
            elif key != "seconds":
                self.assertEqual(one[key], other[key], key)

    def test_a_run_learns_and_its_export_is_what_was_learnt(self):
        trainer = self.run_here(
            "run", "--steps", 40, "--allocate", 1, "--evaluate-every", 20, "--rate", 3e-3, "--pull", 0, probed=256)
        log = self.log("run")
        self.assertEqual([line["step"] for line in log], [0, *range(40)])
        self.assertEqual(log[-1]["tokens"], 40 * 8 * 16)
        self.assertEqual([place for place, line in enumerate(log) if "held_out" in line], [0, 20, 40])
        before, after = log[0]["held_out"], log[-1]["held_out"]
        for kind in ("chats", "manuals", "code", "all"):
            for capacity in ("1.0", "0.75", "0.5"):
                self.assertLess(after[kind][capacity], 0.8 * before[kind][capacity], (kind, capacity))
        self.assertTrue(trainer.model.shape.is_graded)
        exported = {"averaged": self.exported("run"), "last": self.exported("run", "--last", "--name", "taught")}
        self.assertEqual(exported["last"].value("general.name"), "taught")
        self.assertEqual(exported["last"].value("routing.thin_width"), 0.5)
        for name, buffer in (("averaged", "average"), ("last", "master")):
            expected = trainer.model.like()
            trainer.optimiser.fill(expected, buffer, True)
            read = student(exported[name], router_hidden=8)
            for (key, found), (_, tensor) in zip(read.tensors(), sorted_like(expected, read), strict=True):
                equal(self, found, tensor, 1e-6)
            equal(self, shares_of(exported[name], (1, 2)), trainer.budget.shares, 1e-5)
            # What held-out text was computed with.
            both = zip(trainer.averaged.tensors(), expected.tensors(), strict=True)
            self.assertEqual(all(torch.equal(one, other) for (_, one), (_, other) in both), name == "averaged")
        last, averaged = (file.tensors["blk.0.ffn_up.weight"] for file in exported.values())
        self.assertFalse(np.array_equal(last, averaged))
        # What it says of held-out text is what the exported file does.
        again = trainer.evaluation.sums(student(exported["averaged"], router_hidden=8), trainer.budget)
        found = trainer.evaluation.table(again)["all"]
        for capacity, value in after["all"].items():
            self.assertAlmostEqual(found[capacity] / value, 1, delta=0.05)

    def test_a_run_without_a_thin_path(self):
        trainer = self.run_here("run", "--steps", 3, "--thin", 0, "--origin", self.folder / "base.gguf", probed=256)
        self.assertFalse(trainer.model.shape.is_graded)
        self.assertTrue(torch.equal(trainer.budget.shares[:, FULL], trainer.budget.shares[:, PROCESSED]))
        self.assertFalse(student(self.exported("run")).shape.is_graded)

    def test_a_run_goes_on_with_stand_ins(self):
        more = "--pull", 0, "--rate", 3e-3
        self.run_here("run", *more, "--steps", 4)
        before = self.checkpoint("run")
        given = *more, "--copy", self.out / "run", "--stand-ins", 32
        begun = self.run_here("begun", *given, "--steps", 4)
        begin = self.checkpoint("begun")
        self.assertEqual((begin["step"], begin["shape"]["stand_in_rank"]), (4, 32))
        self.same(before["optimiser"]["groups"], {
            sort: group for sort, group in begin["optimiser"]["groups"].items() if sort != "stand_ins"})
        # The teacher is who it was.
        teacher, tokens = dense(weights.read(self.folder / "base.gguf")), some_tokens()
        equal(self, begun.teacher.model(tokens).output, teacher(tokens).output, 1e-5)
        added = begin["optimiser"]["groups"]["stand_ins"]
        self.assertTrue(torch.equal(added["master"], added["average"]))
        self.assertEqual(float(added["first"].abs().sum() + added["second"].abs().sum()), 0)
        # Where nothing stands in, bypassed tokens lose more; what is full is what it was.
        table = lambda model: begun.evaluation.table(begun.evaluation.sums(model, begun.budget))["all"]
        plain, with_them = table(self.run_here("run", "--steps", 4).model), table(begun.model)
        self.assertEqual(plain["1.0"], with_them["1.0"])
        self.assertLess(with_them["0.5"], 0.98 * plain["0.5"])
        # It learns, goes on after a kill as if nothing had been, and is exported.
        given = *more, "--copy", self.out / "begun", "--stand-ins", 32
        self.run_here("through", *given, "--steps", 9)
        self.run_here("killed", *given, "--steps", 6)
        trainer = self.run_here("killed", *given, "--steps", 9)
        self.same(self.checkpoint("through"), self.checkpoint("killed"))
        learnt = self.checkpoint("killed")["optimiser"]["groups"]["stand_ins"]
        self.assertGreater(distance(learnt["master"], added["master"]), 1e-3)
        read, expected = student(self.exported("killed"), router_hidden=8), trainer.model.like()
        trainer.optimiser.fill(expected, "average", True)
        for (key, found), (_, tensor) in zip(read.tensors(), sorted_like(expected, read), strict=True):
            equal(self, found, tensor, 1e-6)

    def test_a_run_may_begin_with_stand_ins(self):
        trainer = self.run_here("run", "--steps", 2, "--stand-ins", 32)
        self.assertEqual(trainer.model.shape.stand_in_rank, 32)
        self.assertGreater(float(trainer.optimiser.groups["stand_ins"].second.sum()), 0)
        # Two processes fit them to the rows of both.
        process = self.start("two", "--steps", 2, "--stand-ins", 32, "--processes", 2, "--batch", 4, "--passes", 1)
        output, _ = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, output)
        one, two = (self.checkpoint(name)["optimiser"]["groups"]["stand_ins"]["master"] for name in ("run", "two"))
        self.assertEqual(one.shape, two.shape)
        self.assertTrue(two.isfinite().all() and two.abs().sum() > 0)

    def test_a_run_may_begin_with_the_teacher_s_weights(self):
        trainer = self.run_here("run", "--steps", 0, "--blend", 1)
        for sort, group in trainer.optimiser.groups.items():
            self.assertTrue(torch.equal(group.master, group.origin), sort)
        tokens = some_tokens()
        equal(self, trainer.model(tokens).output, trainer.base(tokens).output, 1e-4)
        sums = trainer.evaluation.sums(trainer.model, trainer.budget)
        self.assertLess(trainer.evaluation.table(sums)["all"]["1.0"], 1e-3)

    def test_a_run_is_pulled_towards_the_teacher_and_its_scores_begin_alike(self):
        trainer = self.run_here("run", "--steps", 0)
        goal, tokens = trainer.model.like(), some_tokens()
        trainer.optimiser.fill(goal, "origin", False)
        equal(self, goal(tokens).output, trainer.base(tokens).output, 1e-4)
        self.assertGreater(distance(trainer.model(tokens).output, trainer.base(tokens).output), 0.1)
        for spread in trainer.scores(trainer.model, torch.ones(2, 2)).std(1).tolist():
            self.assertAlmostEqual(spread, 1, places=3)

    def test_the_check_of_the_compiler_leaves_nothing_behind(self):
        trainer = self.run_here("run", "--steps", 1)
        kept = [tensor.detach().clone() for _, tensor in trainer.model.tensors()]
        found = []
        with mock.patch.object(train, "check_compiler", lambda gradients: found.extend((gradients(), gradients()))):
            trainer.check()
        # The last norm, all of a block without a router, and of one with it all but the router, which hard gates do not
        # teach.
        self.assertEqual(len(found[0]), 1 + 9 + 9)
        self.assertTrue(all(map(torch.equal, *found)))
        self.assertEqual(sum(float(gradient.abs().sum()) for gradient in trainer.optimiser.gradients()), 0)
        self.assertTrue(all(torch.equal(tensor, before) for (_, tensor), before in zip(trainer.model.tensors(), kept)))

    def watched(self, trainer, rows, last=None):
        """Notes the rows of every step, and dies in the step `last`, before it is done."""
        step = trainer.take_step

        def take_step(taken):
            rows.append(taken.tolist())
            line = step(taken)
            if trainer.step == last:
                raise KeyboardInterrupt
            return line

        trainer.take_step = take_step
        return trainer

    def test_a_killed_run_goes_on_as_if_it_had_not_been(self):
        more = "--vocabulary", 60, "--drawn", 20, "--remember", "--blend", 0.3
        through, killed, after = [], [], []
        self.watched(train.Trainer(self.options("through", *more, "--steps", 9)), through).run()
        self.run_here("killed", *more, "--steps", 4)
        self.assertEqual(self.checkpoint("killed")["step"], 4)
        with self.assertRaises(KeyboardInterrupt):
            self.watched(train.Trainer(self.options("killed", *more)), killed, last=6).run()
        self.assertEqual(self.checkpoint("killed")["step"], 4)
        self.watched(train.Trainer(self.options("killed", *more, "--steps", 9)), after).run()
        self.assertEqual(through[4:7], killed)
        self.assertEqual(through[4:], after)
        self.same(self.checkpoint("through"), self.checkpoint("killed"))
        # In another order, no row comes again before all others did.
        other = []
        self.watched(train.Trainer(self.options("killed", *more, "--seed", 2, "--steps", 14)), other).run()
        self.assertEqual(len({row for step in through + other for row in step}), 14 * 8)
        self.assertEqual(sum(int(used.sum()) for used in self.checkpoint("killed")["uses"].values()), 14 * 8)

    def test_checkpoints_are_written_while_it_runs(self):
        with self.assertRaises(KeyboardInterrupt):
            self.watched(train.Trainer(self.options("run", "--save-every", 0)), [], last=5).run()
        self.assertEqual(self.checkpoint("run")["step"], 5)

    def test_a_cooldown_goes_on_from_a_copy_and_ends_by_itself(self):
        self.run_here("run", "--steps", 3)
        more = "--copy", self.out / "run", "--cooldown", 6
        trainer = self.run_here("through", *more)
        self.assertEqual((trainer.step, trainer.schedule.begun), (9, 3))
        self.assertEqual(trainer.schedule.rate(trainer.step), 0)
        self.assertEqual([line["rate"] for line in self.log("through")], [round(1 - step / 6, 4) for step in range(6)])
        self.assertIn("held_out", self.log("through")[-1])
        # Its last steps saw int8; the weights themselves are more than that.
        for name in ("q", "down_rest"):
            seen, group = trainer.model.blocks[1][name], trainer.optimiser.groups["matrices"]
            kept = group.view(group.master, f"1.{name}")
            self.assertTrue(torch.equal(seen, rounded_matrix(name, kept)))
            self.assertFalse(torch.equal(seen, kept))
        self.assertEqual(self.checkpoint("run")["step"], 3)
        # Interrupted and given again, it ends at the same step with the same weights.
        self.run_here("killed", *more, "--steps", 8)
        self.run_here("killed", *more)
        self.same(self.checkpoint("through"), self.checkpoint("killed"))

    def test_losses_that_are_not_finite_stop_the_run_and_keep_the_checkpoint(self):
        self.run_here("run", "--steps", 2)
        trainer = train.Trainer(self.options("run"))
        trainer.teacher = lambda rows, tokens: torch.full((tokens.numel(), WIDTH), math.nan)
        with self.assertRaisesRegex(NotFinite, "losses"):
            trainer.run()
        kept = self.checkpoint("run")
        self.assertEqual(kept["step"], 2)
        self.assertTrue(all(group["master"].isfinite().all() for group in kept["optimiser"]["groups"].values()))

    def test_a_run_ends_with_its_text(self):
        with mock.patch("recipe.corpus.MOST_USES", 1):
            trainer = self.run_here("run", "--batch", 64)
        self.assertIn("end", self.log("run")[-1])
        self.assertEqual(trainer.step, len(trainer.batches) // 64)

    def test_a_run_ends_in_time(self):
        # A clock that ticks whenever it is looked at.
        with mock.patch.object(train, "time", mock.Mock(monotonic=itertools.count().__next__)):
            trainer = self.run_here("run", "--seconds", 30)
        self.assertTrue(2 <= trainer.step <= 15)
        self.assertEqual(self.checkpoint("run")["step"], trainer.step)

    def test_processes_are_as_one_with_as_many_rows(self):
        more = "--halved", 0, "--steps", 4
        process = self.start("two", *more, "--processes", 2, "--batch", 4, "--passes", 1)
        self.run_here("one", *more)
        output, _ = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, output)
        one, two = self.checkpoint("one"), self.checkpoint("two")
        self.assertEqual((one["step"], one["tokens"]), (two["step"], two["tokens"]))
        self.same(one["uses"], two["uses"])
        for sort, group in one["optimiser"]["groups"].items():
            other = two["optimiser"]["groups"][sort]
            if sort != "routers":
                self.assertLess(distance(other["first"], group["first"]), 1e-3, sort)
            self.assertLess(distance(other["master"], group["master"]), 1e-5, sort)
        for single, both in zip(self.log("one")[1:], self.log("two")[1:], strict=True):
            self.assertEqual(single["losses"].keys(), both["losses"].keys())
            np.testing.assert_allclose(list(single["losses"].values()), list(both["losses"].values()), rtol=1e-3)

    def test_one_trains_in_a_folder_and_saves_when_told_to_end(self):
        process = self.start("run")
        log = self.out / "run" / "log.jsonl"
        until = time.monotonic() + 90
        while time.monotonic() < until and (not log.exists() or log.read_text().count("\n") < 4):
            self.assertIsNone(process.poll(), "it ended by itself")
            time.sleep(0.05)
        self.assertEqual((self.out / "run" / "pid").read_text(), str(process.pid))
        arguments = ["train", *(str(argument) for argument in self.arguments("run"))]
        with mock.patch.object(sys, "argv", arguments):
            with self.assertRaisesRegex(SystemExit, "Another process is training"):
                train.main()
        self.assertEqual((self.out / "run" / "pid").read_text(), str(process.pid))
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, output)
        self.assertEqual(self.checkpoint("run")["step"], self.log("run")[-1]["step"] + 1)
        self.assertEqual((self.out / "run" / "pid").read_text(), "")


def sorted_like(model, other):
    """The tensors of a model in the order of another's of its shape."""
    named = dict(model.tensors())
    return [(name, named[name]) for name, _ in other.tensors()]


if __name__ == "__main__":
    unittest.main()
