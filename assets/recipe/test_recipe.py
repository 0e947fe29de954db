"""python -m unittest recipe.test_recipe, in the folder above."""

import itertools
import random
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf.quants import dequantize, quantize

from . import generate, weights
from .attention import attend
from .allocation import Probe, exchange, measured_budget
from .budget import STEPS, Budget, first_budget
from .corpus import Batches, Part, documents, rows_of
from .distillation import HeadDivergence, state_distance
from .files import is_english
from .held_out import document
from .model import Gate, Model, Shape, near, rotary_angles
from .quantisation import quantised, rounded
from .sampler import Sampler
from .schedule import Schedule
from .scripts import TextScript, is_repetitive
from .student import dense, shares_of, student, to_file
from .teacher import Teacher
from .vocabulary import SYSTEM

SHAPE = Shape(
    blocks=4, embedding=64, heads=4, kv_heads=2, feed_forward=96, vocabulary=160, epsilon=1e-5, rope_base=10000.0,
    routed=(1, 2), kv="all", anchors=2, router_hidden=8)


def random_model(shape=SHAPE, seed=0):
    torch.manual_seed(seed)
    model = Model(shape)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model


def fixed_threshold():
    """In this context scores are held to the untrained routers' bias, not to what the batch scores."""
    return unittest.mock.patch("recipe.model.threshold_for", lambda scores, share, anchors: scores.new_zeros(()))


def model_file(model):
    """A file of the model's dense weights."""
    kind, string = gguf.GGUFValueType, gguf.GGUFValueType.STRING
    shape = model.shape
    numbers = {
        "block_count": shape.blocks, "embedding_length": shape.embedding, "attention.head_count": shape.heads,
        "attention.head_count_kv": shape.kv_heads, "feed_forward_length": shape.feed_forward}
    file = weights.ModelFile(metadata={key: (value, kind.UINT32, None) for key, value in numbers.items()})
    file.metadata["attention.layer_norm_rms_epsilon"] = (shape.epsilon, kind.FLOAT32, None)
    file.metadata["rope.freq_base"] = (shape.rope_base, kind.FLOAT32, None)
    file.metadata["tokenizer.ggml.tokens"] = ([f"t{i}" for i in range(shape.vocabulary)], kind.ARRAY, string)
    file.metadata["general.name"] = ("tiny", string, None)
    for name, tensor in model.state_dict().items():
        if "depth_router" not in name:
            plain = "norm" in name or name == "token_embd"
            file.tensors[name + ".weight" if plain else name] = tensor.detach().numpy()
    return file


class ModelTests(unittest.TestCase):
    def setUp(self):
        self.model = random_model()
        self.tokens = torch.randint(0, SHAPE.vocabulary, (3, 24))

    def test_dense_is_a_share_of_all(self):
        everything = self.model(self.tokens, torch.ones(2)).output
        torch.testing.assert_close(self.model(self.tokens).output, everything, rtol=0, atol=2e-6)

    def test_bypassed_tokens_keep_their_residual(self):
        trace = self.model(self.tokens, torch.zeros(2), states=(0, 1, 2))
        torch.testing.assert_close(trace.states[2][:, 2:], trace.states[0][:, 2:], rtol=0, atol=0)
        self.assertTrue((trace.states[2][:, :2] != trace.states[0][:, :2]).any())
        self.assertEqual(int(trace.processed.sum()), 2 * 3 * 2)

    def test_no_token_sees_a_later_one(self):
        for kv in ("all", "routed"):
            model = random_model(Shape(**{**SHAPE.__dict__, "kv": kv}))
            changed = self.tokens.clone()
            changed[:, 12:] = (changed[:, 12:] + 1) % SHAPE.vocabulary
            with fixed_threshold():
                before, after = model(self.tokens, torch.ones(2)), model(changed, torch.ones(2))
            torch.testing.assert_close(before.output[:, :12], after.output[:, :12], rtol=0, atol=1e-5)
            self.assertTrue(torch.equal(before.processed[:, :, :12], after.processed[:, :, :12]))
            self.assertTrue(0.1 < before.processed[:, :, 2:].mean() < 0.9)

    def test_routed_keys_are_not_seen_where_bypassed(self):
        shape = Shape(**{**SHAPE.__dict__, "kv": "routed", "routed": (0,), "blocks": 1})
        model = random_model(shape)
        with fixed_threshold():
            self.compare_with_another_bypassed_token(model)

    def compare_with_another_bypassed_token(self, model):
        trace = model(self.tokens, torch.ones(1))
        bypassed = int((trace.processed[0, 0, 2:] == 0).nonzero()[0]) + 2
        changed = self.tokens.clone()
        # Another token that is bypassed, too, changes nothing for those after it.
        for other in range(SHAPE.vocabulary):
            changed[0, bypassed] = other
            after = model(changed, torch.ones(1))
            if other != self.tokens[0, bypassed] and after.processed[0, 0, bypassed] == 0:
                torch.testing.assert_close(
                    after.output[0, bypassed + 1 :], trace.output[0, bypassed + 1 :], rtol=0, atol=1e-6)
                return
        self.fail("no other token is bypassed")

    def test_attention_is_that_of_the_library(self):
        query, key, value = torch.randn(2, 6, 11, 8), torch.randn(2, 3, 11, 8), torch.randn(2, 3, 11, 8)
        library = torch.nn.functional.scaled_dot_product_attention
        for mask in (None, torch.rand(2, 1, 11, 11).tril() + torch.eye(11) > 0.5):
            expected = library(query, key, value, attn_mask=mask, is_causal=mask is None, enable_gqa=True)
            torch.testing.assert_close(attend(query, key, value, mask), expected, rtol=1e-5, atol=1e-5)

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

    def test_bypassed_tokens_teach_the_router(self):
        router = self.model.blk[1].depth_router.outer.weight
        self.model(self.tokens, torch.zeros(2) + 1e-9, 1e3, halved=0.5).output.square().sum().backward()
        self.assertGreater(float(router.grad.abs().sum()), 0)
        router.grad = None
        self.model(self.tokens, torch.zeros(2) + 1e-9, 1e3).output.square().sum().backward()
        self.assertEqual(float(router.grad.abs().sum()), 0)

    def test_the_slope_at_one_half_tells_what_a_block_is_worth(self):
        """Against the loss with and without: better than the slope with the block."""
        torch.manual_seed(0)
        block, rotary = self.model.blk[1], rotary_angles(12, SHAPE, "cpu")
        x = torch.randn(1, 12, SHAPE.embedding) * 3
        target = torch.randn(1, 12, SHAPE.embedding)
        def loss(gate):
            y = block(x, rotary, lambda scores: gate.expand_as(scores))[0]
            return -(y.softmax(-1) * target.softmax(-1)).sum().log()
        def slope(at):
            gate = torch.tensor(at, requires_grad=True)
            return float(torch.autograd.grad(loss(gate), gate)[0])
        with torch.no_grad():
            worth = float(loss(torch.tensor(1.0)) - loss(torch.tensor(0.0)))
        self.assertLess(abs(slope(0.5) - worth), 0.5 * abs(slope(1.0) - worth))

    def test_sampler_agrees_with_the_forward_pass(self):
        shape = Shape(**{**SHAPE.__dict__, "routed": ()})
        model = random_model(shape)

        class Words:
            start, control = 0, frozenset()

        sampler = Sampler(model, TextScript(Words, 24), 3, 24, torch.float32)
        with torch.no_grad():
            expected = model(self.tokens).output @ model.token_embd.T
            for place in range(24):
                logits = sampler.step(self.tokens[:, place], torch.full((3,), place), place + 1)
                torch.testing.assert_close(logits, expected[:, place], rtol=1e-4, atol=1e-4)


    def test_documents_go_on_as_the_forward_pass_says(self):
        """The most probable token at every step, in slots that are used again."""
        model = random_model(Shape(**{**SHAPE.__dict__, "routed": ()}))

        class Words:
            start, control = 0, frozenset()

        class Greedy(TextScript):
            def begin(self):
                document = super().begin()
                # Slots whose documents end at different places.
                document.temperature, document.state["end"] = 1e-4, random.randint(4, 12)
                return document

            def take(self, document, token, was_forced):
                super().take(document, token, was_forced)
                document.done = len(document.tokens) >= document.state["end"]

        sampler = Sampler(model, Greedy(Words, 16), 3, 16, torch.float32)
        expected = [0]
        with torch.no_grad():
            while len(expected) < 12:
                expected.append(int((model(torch.tensor([expected])).output[0, -1] @ model.token_embd.T).argmax()))
        documents = [document.tokens for document in itertools.islice(sampler.documents(), 12)]
        self.assertGreater(len({len(tokens) for tokens in documents}), 2)
        for tokens in documents:
            self.assertEqual(tokens, expected[: len(tokens)])


class LossTests(unittest.TestCase):
    def test_divergence_and_gradients_equal_autograd(self):
        torch.manual_seed(1)
        student_x, head = torch.randn(300, 16, requires_grad=True), torch.randn(50, 16, requires_grad=True)
        teacher_x, teacher_head, weight = torch.randn(300, 16), torch.randn(50, 16), torch.rand(300)
        q = torch.log_softmax(teacher_x @ teacher_head.T, -1)
        p = torch.log_softmax(student_x @ head.T, -1)
        (weight * (q.exp() * (q - p)).sum(-1)).sum().backward()
        expected = student_x.grad.clone(), head.grad.clone()
        student_x.grad = head.grad = None
        HeadDivergence.apply(student_x, head, teacher_x, teacher_head, weight, torch.float32).backward()
        torch.testing.assert_close(student_x.grad, expected[0], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(head.grad, expected[1], rtol=1e-4, atol=1e-4)

    def test_states_that_agree_where_it_counts_are_no_distance_apart(self):
        teacher = {3: torch.randn(2, 5, 8)}
        weight = torch.ones(2, 5)
        weight[:, 0] = 0
        changed = {3: teacher[3].clone()}
        changed[3][:, 0] += 100
        self.assertEqual(float(state_distance(changed, teacher, weight)), 0)
        changed[3][:, 1] += 1
        self.assertGreater(float(state_distance(changed, teacher, weight)), 0)


class TeacherTests(unittest.TestCase):
    def setUp(self):
        self.runs = 0
        self.model = random_model(Shape(**{**SHAPE.__dict__, "routed": ()}))
        self.tokens = torch.randint(0, SHAPE.vocabulary, (3, 24))

    def run_model(self, tokens, states):
        self.runs += 1
        return self.model(tokens, states=states)

    def test_rows_that_come_again_are_remembered(self):
        teacher = Teacher(self.run_model, 1 << 20)
        first, _ = teacher([7, 8, 9], self.tokens)
        again, states = teacher([9, 7], self.tokens[[2, 0]])
        self.assertEqual((self.runs, states), (1, {}))
        torch.testing.assert_close(again, first[[2, 0]].bfloat16(), rtol=0, atol=0)
        teacher([9, 1], self.tokens[:2])
        self.assertEqual(self.runs, 2)
        self.assertEqual(list(teacher([7], self.tokens[:1], (1,))[1]), [1])

    def test_memory_has_an_end(self):
        teacher = Teacher(self.run_model, 2 * 24 * SHAPE.embedding * 2)
        teacher([1, 2, 3], self.tokens)
        self.assertEqual(sorted(teacher.kept), [1, 2])
        teacher([3], self.tokens[2:])
        self.assertEqual(self.runs, 2)


class BudgetTests(unittest.TestCase):
    def setUp(self):
        self.model = random_model()
        self.tokens = torch.randint(0, SHAPE.vocabulary, (16, 64))

    def scores(self, shares):
        return self.model(self.tokens, shares).scores[:, :, SHAPE.anchors :].flatten(1)

    def test_every_block_processes_its_share(self):
        for shares in ([0.25, 0.75], [1.0, 0.0]):
            processed = self.model(self.tokens, torch.tensor(shares)).processed[:, :, SHAPE.anchors :]
            for got, asked in zip(processed.mean((1, 2)).tolist(), shares):
                self.assertAlmostEqual(got, asked, delta=0.002)

    def test_capacities_are_the_mean_over_blocks(self):
        budget = first_budget(self.scores, 2)
        for step in range(STEPS + 1):
            self.assertAlmostEqual(float(budget.shares[step].mean()), step / STEPS, delta=0.02)

    def test_routers_that_say_nothing_yet_share_evenly(self):
        self.model.blk[1].depth_router.outer.weight.data.zero_()
        budget = first_budget(self.scores, 2)
        for step in range(STEPS + 1):
            for share in budget.shares[step].tolist():
                self.assertAlmostEqual(share, step / STEPS, delta=0.01)


class AllocationTests(unittest.TestCase):
    def setUp(self):
        self.model = random_model()
        self.tokens = torch.randint(0, SHAPE.vocabulary, (8, 64))
        # The first routed block does nothing, so nothing is lost without it.
        idle = self.model.blk[SHAPE.routed[0]]
        idle.attn_output.weight.data.zero_()
        idle.ffn_down.weight.data.zero_()
        head = self.model.token_embd.detach()
        target = self.model(self.tokens).output
        self.probe = Probe(
            self.model, self.tokens, torch.ones(self.tokens.shape), slice(None), target.detach(), head, torch.float32)
        self.even = Budget(torch.arange(STEPS + 1)[:, None] / STEPS * torch.ones(len(SHAPE.routed)))

    def test_what_matters_gets_what_does_not_gives(self):
        budget = measured_budget(self.probe, self.even, 4)
        for capacity in (0.875, 0.75, 0.5):
            idle, busy = budget.at(capacity).tolist()
            self.assertGreater(busy, min(capacity + 0.1, 0.99))
            self.assertLess(self.probe.loss(budget.at(capacity))[0], self.probe.loss(self.even.at(capacity))[0])

    def test_capacities_stay_the_mean_and_no_block_does_more_at_a_lower_one(self):
        shares = measured_budget(self.probe, self.even, 2).shares
        torch.testing.assert_close(shares.mean(1), torch.arange(STEPS + 1) / STEPS, rtol=0, atol=1e-4)
        self.assertTrue((shares.diff(dim=0) >= -1e-6).all())

    def test_a_pass_that_begins_later_ends_the_same(self):
        shares = self.even.at(0.5)
        whole, states = self.probe.loss(shares, states=[SHAPE.routed[1] - 1])
        later, _ = self.probe.loss(shares, resume=(SHAPE.routed[1], states[SHAPE.routed[1] - 1]))
        self.assertEqual(whole, later)

    def test_exchange_stops_where_no_more_is_gained(self):
        shares, room = torch.full((4,), 0.5), torch.full((4,), 0.2)
        gain, cost = torch.tensor([3.0, 1.0, 0.1, 0.1]), torch.tensor([9.0, 9.0, 0.5, 2.0])
        moved = exchange(shares, gain, cost, room, room)
        torch.testing.assert_close(moved, torch.tensor([0.7, 0.5, 0.3, 0.5]))


class ScheduleTests(unittest.TestCase):
    def test_single_passes_cover_dense_lowest_and_between(self):
        schedule = Schedule(0.25)
        drawn = [schedule.capacities(1, step, 1)[0] for step in range(800)]
        self.assertAlmostEqual(drawn.count(1.0) / 800, 0.2, delta=0.01)
        self.assertAlmostEqual(drawn.count(0.25) / 800, 0.1, delta=0.01)
        self.assertAlmostEqual(sum(c < 0.625 for c in drawn) / 800, 0.45, delta=0.01)

    def test_a_sandwich_has_dense_and_lowest(self):
        self.assertEqual(Schedule(0.25).capacities(1, 7, 3)[:2], [1.0, 0.25])
        self.assertEqual(Schedule(0.25).floor(0), 1)
        # However much of the run its first step took.
        self.assertEqual(Schedule(0.25).rate(0.03, 0), 1 / 50)
        self.assertAlmostEqual(Schedule(0.25).rate(0.5, 200), 0.51)
        self.assertAlmostEqual(Schedule(0.25).rate(1, 10_000), 0.02)
        self.assertEqual(Schedule(0.25, descent=0).floor(0), 0.25)


class QuantisationTests(unittest.TestCase):
    def test_rounding_is_that_of_the_file_format(self):
        matrix = torch.randn(7, 96) * torch.rand(7, 1)
        kind = gguf.GGMLQuantizationType.Q8_0
        expected = dequantize(quantize(matrix.numpy(), kind), kind)
        np.testing.assert_allclose(rounded(matrix).numpy(), expected, rtol=0, atol=1e-7)

    def test_weights_come_back(self):
        parameter = torch.nn.Parameter(torch.randn(4, 64))
        before = parameter.detach().clone()
        with quantised([parameter], True):
            self.assertFalse(torch.equal(parameter, before))
            parameter.square().sum().backward()
        self.assertTrue(torch.equal(parameter, before))
        self.assertIsNotNone(parameter.grad)


class FileTests(unittest.TestCase):
    def test_what_is_written_is_read_back(self):
        origin = model_file(random_model())
        model = student(origin, routed=(1, 2), router_hidden=8)
        model.blk[1].depth_router.outer.weight.data.normal_()
        shares = torch.arange(STEPS + 1)[:, None] / STEPS * torch.tensor([1.0, 0.5])
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/tiny.gguf"
            weights.write(path, to_file(model, origin, shares), [[1.0, 0.0]] * 2, [0.0, 1.0])
            again = weights.read(path)
        torch.testing.assert_close(shares_of(again, (1, 2)), shares)
        self.assertIsNone(shares_of(again, (1,)))
        other = student(again, router_hidden=8)
        self.assertEqual(other.shape.routed, (1, 2))
        for (name, a), b in zip(model.state_dict().items(), other.state_dict().values()):
            exact = a.ndim == 1 or "depth_router" in name
            torch.testing.assert_close(b, a if exact else rounded(a), rtol=0, atol=0 if exact else 1e-7)
        torch.testing.assert_close(
            dense(again)(torch.arange(9)[None]).output, other(torch.arange(9)[None]).output, rtol=0, atol=0)


class GenerateTests(unittest.TestCase):
    def test_what_is_written_and_how_it_is_computed_are_apart(self):
        given = ["--model", "base.gguf", "--out", "chats"]
        self.assertEqual(generate.parse(["chats", *given]).kind, "chats")
        options = generate.parse(["chats", *given, "--arithmetic", "fp32"])
        self.assertEqual((options.kind, options.arithmetic), ("chats", "fp32"))


class CorpusTests(unittest.TestCase):
    def test_splits_part_the_documents(self):
        with tempfile.TemporaryDirectory() as folder:
            part, random = Part(), np.random.default_rng(0)
            for _ in range(600):
                tokens = random.integers(0, 999, 40)
                part.add(tokens, np.full(40, 10))
            part.write(Path(folder) / "a" / "one.npz")
            splits = {name: [bytes(t) for t, _ in documents(folder, name)] for name in ("train", "calibration", "evaluation")}
            self.assertEqual(sum(map(len, splits.values())), 600)
            self.assertEqual(len(set().union(*splits.values())), 600)
            for name in ("calibration", "evaluation"):
                self.assertTrue(2 <= len(splits[name]) <= 30)
            batches = Batches(folder, "train", 64)
            often = batches.most_frequent(3, 1200).tolist()
            counts = np.bincount(batches.tokens.ravel(), minlength=1200)
            self.assertEqual(sorted(counts[often]), sorted(counts)[-3:])
            self.assertEqual(often, sorted(often))
            tokens, weight = batches.batch([0, 1], "cpu")
            self.assertEqual(tokens.shape, (2, 64))
            self.assertEqual(float(weight[:, -1].sum()), 0)
            order = batches.order(4, 0, 1, 0)
            first = [next(order).tolist() for _ in range(5)]
            later = batches.order(4, 0, 1, 0, start=3)
            self.assertEqual([next(later).tolist() for _ in range(2)], first[3:])

    def test_parts_of_one_whole_are_in_one_split(self):
        with tempfile.TemporaryDirectory() as folder:
            part, random = Part(), np.random.default_rng(0)
            for number in range(200):
                whole = random.integers(0, 999, 96)
                for _ in range(3):
                    part.add([number, *random.integers(0, 999, 40)], np.full(41, 10), whole)
            part.write(Path(folder) / "one.npz")
            for name in ("train", "calibration", "evaluation"):
                counts = np.unique([tokens[0] for tokens, _ in documents(folder, name)], return_counts=True)[1]
                self.assertTrue(len(counts) > 0 and (counts == 3).all())

    def test_documents_are_read_back(self):
        vocabulary = unittest.mock.Mock(turn=1, end=2, start=3)
        vocabulary.decode = lambda ids: "".join(map(chr, ids))
        message = lambda role, content: [1, *map(ord, f"{role}\n{content}"), 2, ord("\n")]
        system = message("system", SYSTEM)
        # The last reply has no line break after it, or was cut short.
        for left_out in (1, 2, 4):
            chat = system + message("user", "one\ntwo") + message("assistant", "three")
            self.assertEqual(
                document(chat[:-left_out], vocabulary),
                {"messages": [
                    {"role": "user", "content": "one\ntwo"},
                    {"role": "assistant", "content": "three"[: min(7 - left_out, 5)]}]})
        self.assertEqual(
            document(message("system", "x"), vocabulary), {"messages": [{"role": "system", "content": "x"}]})
        self.assertEqual(document([3, *map(ord, "abc")], vocabulary), {"text": "abc"})
        self.assertEqual(document([*map(ord, "abc")], vocabulary), {"text": "abc"})

    def test_rows_are_full_and_short_leftovers_are_dropped(self):
        source = [(np.full(n, n, np.uint16), np.zeros(n, np.uint8)) for n in (5, 6, 7, 30)]
        rows = [row.tolist() for row, _ in rows_of(source, 8)]
        self.assertEqual(rows[0], [5] * 5 + [6] * 3)
        self.assertEqual(rows[1], [7] * 7 + [30])
        self.assertTrue(all(len(row) == 8 for row in rows))

    def test_text_is_told_from_noise(self):
        self.assertTrue(is_english("The cat sat on the mat and looked at a bird in the tree of the garden. " * 20))
        self.assertFalse(is_english("x7 = foo(bar); " * 100))
        self.assertTrue(is_repetitive([1, 2, 3, 4] * 20))
        self.assertFalse(is_repetitive(list(range(200))))


if __name__ == "__main__":
    unittest.main()
