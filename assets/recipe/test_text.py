"""python -m unittest recipe.test_text, in the folder above: the text, and what is made of it."""

import bz2
import gzip
import itertools
import json
import random
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import numpy as np
import torch

from . import corpus, generate
from .cache import Cache, kernel
from .corpus import MOST_USES, REPLY, Batches, Document, Part, documents, parts_of, rows_of, split_of
from .files import documents_in, documents_of, is_english
from .held_out import HeldOut, chosen, document
from .model import Model, Shape
from .replies import counts
from .sampler import Sampler, scores_of
from .scripts import ChatScript, TextScript, is_repetitive
from .sources import KINDS, SOURCES, source
from .vocabulary import SYSTEM
from .wiki import prose

SHAPE = Shape(
    blocks=3, embedding=64, heads=4, kv_heads=2, feed_forward=96, vocabulary=192, epsilon=1e-5, rope_base=10000.0,
    routed=(), kv="all", anchors=2, router_hidden=0, thin=96)


def random_model(seed=0):
    torch.manual_seed(seed)
    d, f, keys = SHAPE.embedding, SHAPE.feed_forward, 2 * SHAPE.kv_heads * SHAPE.head
    sizes = {
        "q": (d, d), "kv": (keys, d), "output": (d, d), "gate_up": (d, 2 * f), "down": (d, f), "attn_norm": (d,),
        "ffn_norm": (d,)}
    blocks = [{name: torch.randn(size) * 0.2 for name, size in sizes.items()} for _ in range(SHAPE.blocks)]
    return Model(SHAPE, torch.randn(SHAPE.vocabulary, d) * 0.2, torch.randn(d), blocks)


def logits(model, tokens):
    """tokens [B, T] → [B, T, V], from a plain pass."""
    return (model(tokens).output @ model.token_embd.T).view(*tokens.shape, -1)


class Words:
    """A vocabulary of numbers; 1, 2 and 3 are the control tokens."""

    start, turn, end, control = 3, 1, 2, frozenset({1, 2, 3})

    def opening(self):
        return [1, 10, 11, 2, 1, 12]

    def header(self, role):
        return [1, 12 if role == "user" else 13]

    def encode(self, text):
        return [ord(letter) for letter in text]

    def decode(self, ids):
        return "".join(map(chr, ids))


def write(path, texts, seed=0):
    """A part of one random document for each of {source: [lengths]}; returns them."""
    part, numbers, written = Part(), np.random.default_rng(seed), []
    for name, lengths in texts.items():
        for length in lengths:
            tokens = numbers.integers(20, 9999, length)
            part.add(tokens, np.full(length, REPLY), name)
            written.append((name, tokens))
    part.write(path)
    return written


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class SamplerTests(unittest.TestCase):
    def sampler(self, script, batch, length, kind=torch.float32, model=None):
        return Sampler(model or random_model(), script, batch, length, "cpu", kind)

    def test_rows_of_documents_at_different_places_agree_with_the_forward_pass(self):
        model, tokens = random_model(), torch.randint(0, SHAPE.vocabulary, (3, 24))
        sampler = self.sampler(TextScript(Words, 24), 3, 24, model=model)
        expected = logits(model, tokens)
        places, order = [0, 0, 0], random.Random(0)
        while min(places) < 24:
            rows = []
            for slot in order.sample(range(3), 3):
                # One token or several of each document.
                count = min(order.randint(1, 5), 24 - places[slot])
                rows += [(int(tokens[slot, place]), slot, place) for place in range(places[slot], places[slot] + count)]
                places[slot] += count
            found = sampler.step(rows) @ model.token_embd.T
            for row, (_, slot, place) in enumerate(rows):
                torch.testing.assert_close(found[row], expected[slot, place], rtol=1e-4, atol=1e-4)

    def check_greedy(self, script, batch, sampler):
        """Documents whose next token is always the most probable one are what plain passes say."""
        model = sampler.model
        for made in itertools.islice(sampler.documents(), 3 * batch):
            expected = logits(model, torch.tensor([made.tokens]))[0].argmax(-1)
            for place in range(1, len(made.tokens)):
                if made.free[place]:
                    self.assertEqual(made.tokens[place], int(expected[place - 1]))

    def test_documents_go_on_as_the_forward_pass_says(self):
        """In slots that are used again, with requests that are taken in pieces between other documents."""

        class Greedy(ChatScript):
            TEMPERATURES = (1e-4,)

            def begin(self):
                made = super().begin()
                made.temperature = 1e-4
                made.free, made.state["end"] = [False] * len(made.tokens), random.randint(8, 60)
                return made

            def take(self, made, token):
                super().take(made, token)
                made.free += [True] + [False] * (len(made.tokens) - len(made.free) - 1)
                made.done |= len(made.tokens) >= made.state["end"]

        random.seed(0)
        prompts = [([random.randint(20, 190) for _ in range(count)], "requests") for count in (3, 40, 50)]
        script = Greedy(Words(), 64, prompts)
        self.check_greedy(script, 5, self.sampler(script, 5, 64))

    def test_tokens_come_as_often_as_they_are_probable(self):
        sampler = self.sampler(TextScript(Words, 24), 2, 24)
        states = torch.randn(1, SHAPE.embedding)
        head, temperature = torch.randn(SHAPE.vocabulary, SHAPE.embedding) / 8, 0.7
        p = (states @ head.T / temperature).softmax(-1)[0]
        top = p.topk(64)
        kept = top.indices[top.values.cumsum(0) / top.values.sum() - top.values / top.values.sum() < 0.95]
        expected = torch.zeros(SHAPE.vocabulary).index_copy(0, kept, p[kept] / p[kept].sum())
        count = 20_000
        found, maxima = scores_of(states.expand(count, -1), head)
        drawn = sampler.choose(found, maxima, torch.full((count,), temperature))
        drawn = torch.bincount(drawn, minlength=SHAPE.vocabulary)
        self.assertEqual(int(drawn[expected == 0].sum()), 0)
        torch.testing.assert_close(drawn / count, expected, rtol=0, atol=0.02)

    @unittest.skipUnless(kernel(16, 2), "no C compiler")
    def test_native_attention_is_the_plain_one(self):
        torch.manual_seed(0)
        caches = [Cache(3, 40, SHAPE, "cpu", torch.bfloat16) for _ in range(2)]
        self.assertIsNone(Cache(3, 40, SHAPE, "cpu", torch.float32).kernel)
        caches[1].kernel = None
        for first, last in ((0, 13), (13, 14), (14, 40)):
            places = torch.arange(first, last).repeat(3)
            slots = torch.arange(3).repeat_interleave(last - first)
            query, kv = torch.randn(len(places), 64).bfloat16(), torch.randn(len(places), 64).bfloat16()
            native, plain = (cache.attend(1, query, kv, slots, places) for cache in caches)
            torch.testing.assert_close(native, plain, rtol=0.02, atol=0.02)
        torch.testing.assert_close(caches[0].keys, caches[1].keys, rtol=0.01, atol=0.01)
        self.assertTrue(torch.equal(caches[0].values, caches[1].values))


class ScriptTests(unittest.TestCase):
    def setUp(self):
        random.seed(0)

    def chat(self, script, replies):
        made = script.begin()
        for token in replies:
            self.assertFalse(made.done)
            script.take(made, token)
        return made

    def test_given_requests_take_turns_and_have_replies_of_several_temperatures(self):
        prompts = [([100 + number, 50], f"s{number % 2}") for number in range(4)]
        script = ChatScript(Words(), 64, prompts, 1)
        made = [script.begin() for _ in range(400)]
        requests = [tuple(script.request(item.tokens)) for item in made]
        for round in range(0, 400, 4):
            self.assertEqual(len(set(requests[round : round + 4])), 4)
        self.assertEqual({item.temperature for item in made}, set(ChatScript.TEMPERATURES))
        for item in made:
            self.assertEqual(item.tokens, [*Words().opening(), *script.request(item.tokens), 2, 1, 13])
            self.assertEqual(item.source, f"chats/s{item.tokens[6] % 2}")
            self.assertFalse(any(item.counts))
        shares = [ChatScript(Words(), 64, prompts, 0.5).begin().source == "chats" for _ in range(400)]
        self.assertTrue(150 < sum(shares) < 250)
        self.assertEqual(ChatScript(Words(), 64, (), 0.5).begin().source, "chats")

    def test_replies_count_and_the_model_may_ask_again(self):
        script = ChatScript(Words(), 64)
        with unittest.mock.patch("random.random", return_value=0.0):
            made = self.chat(script, [30, 31, 2, 40, 41, 2, 32, 2, 42])
        opening = Words().opening()
        self.assertEqual(made.tokens[len(opening) :], [30, 31, 2, 1, 13, 40, 41, 2, 1, 12, 32, 2, 1, 13, 42])
        counts = [token for token, free in zip(made.tokens, made.counts) if free]
        self.assertEqual(counts, [40, 41, 2, 42])
        with unittest.mock.patch("random.random", return_value=0.99):
            self.assertTrue(self.chat(script, [30, 2, 40, 2]).done)
        self.assertTrue(self.chat(script, [30, 3]).done)

    def test_no_document_is_too_long(self):
        script = ChatScript(Words(), 12)
        made = self.chat(script, [30, 31, 32, 33, 2])
        self.assertTrue(made.done)
        self.assertEqual((len(made.tokens), len(made.counts)), (12, 12))
        text = TextScript(Words, 4)
        self.assertTrue(self.chat(text, [30, 31, 32]).done)

    def test_another_reply_to_a_given_request_is_another_chat(self):
        script = ChatScript(Words(), 64, [([50, 51], "s")], 1)
        keys = {script.key(self.chat(script, replies)) for replies in ([30, 31], [30, 32], [30, 31])}
        self.assertEqual(len(keys), 2)
        script = ChatScript(Words(), 64)
        keys = {script.key(self.chat(script, replies)) for replies in ([50, 2, 30], [50, 2, 31], [51, 2, 31])}
        self.assertEqual(len(keys), 2)

    def test_loops_are_told_from_text(self):
        self.assertTrue(is_repetitive([1, 2, 3, 4] * 20))
        self.assertFalse(is_repetitive(list(range(200))))


class GenerateTests(Folder):
    def setUp(self):
        super().setUp()
        self.prompts = self.folder / "prompts.jsonl.gz"
        with gzip.open(self.prompts, "wt") as file:
            for prompt in ("hello you", "Held  out?", "x" * 90):
                file.write(json.dumps({"prompt": prompt, "source": "s", "licence": "MIT"}) + "\n")
        self.held_out = self.folder / "held-out.jsonl"
        chat = [
            {"role": "user", "content": "held out?"},
            {"role": "assistant", "content": "the reply that is held out " * 2}]
        items = {"messages": chat}, {"text": "a text held out " * 9}
        self.held_out.write_text("\n".join(map(json.dumps, items)) + "\n")

    def options(self, *arguments):
        given = ["--model", "base.gguf", "--out", str(self.folder / "out"), "--held-out", str(self.held_out)]
        return generate.parse([*arguments, *given])

    def test_what_is_written_and_how_it_is_computed_are_apart(self):
        options = self.options("chats", "--arithmetic", "fp32")
        self.assertEqual((options.kind, options.arithmetic), ("chats", "fp32"))

    def test_what_is_measured_with_is_held_out_if_nothing_else_is_said(self):
        options = generate.parse(["chats", "--model", "base.gguf", "--out", "out"])
        self.assertLessEqual({"chats.jsonl", "held-out.jsonl"}, {path.name for path in options.held_out})

    def test_requests_leave_room_for_a_reply(self):
        options = self.options("chats", "--prompts", str(self.prompts), "--length", "64")
        found = [Words().decode(tokens) for tokens, _ in generate.prompts(options, Words())]
        self.assertEqual(found, ["hello you", "Held  out?"])

    def test_held_out_requests_and_texts_are_known(self):
        held_out = HeldOut([self.held_out], Words(), ["Shown in the card"])
        self.assertTrue(held_out.has_request(" Held out?\n") and held_out.has_request("shown in the card"))
        self.assertFalse(held_out.has_request("held"))
        encode = lambda text: np.array(Words().encode(text), np.uint16)
        for text in ("And then: a text held out a text held out.", "so the reply that is held out the rest"):
            self.assertTrue(held_out.overlaps(encode(text)))
        self.assertFalse(held_out.overlaps(encode("a text that is all of its own, whatever is held out")))
        self.assertFalse(HeldOut([], Words()).overlaps(encode("anything at all " * 4)))

    def test_chats_with_a_held_out_request_are_left_out(self):
        options = self.options("chats", "--prompts", str(self.prompts), "--prompted", "1")
        patch = unittest.mock.patch.object
        with patch(generate, "dense", lambda file: None), patch(generate, "Sampler") as sampler:

            def made():
                for number in range(20):
                    item = sampler.call_args[0][1].begin()
                    item.add([60 + number, 2], True)
                    yield item

            sampler.return_value.documents = made
            found = list(generate.sampled(options, Words(), None, HeldOut([self.held_out], Words())))
        self.assertGreater(len(found), 5)
        for tokens, weights, name, whole in found:
            self.assertNotIn("eld", Words().decode(tokens))
            self.assertEqual((name, len(tokens)), ("chats/s", len(weights)))
            self.assertIn(Words().decode(whole), ("hello you", "x" * 90))

    def test_documents_with_held_out_text_are_left_out_of_training(self):
        file = self.folder / "documents.jsonl.gz"
        texts = {"s/trained": ["own words " * 3 + "".join(map(chr, range(100, 200))), "z" + "a text held out " * 9],
                 "wikipedia": ["y" + "a text held out " * 9 + "".join(map(chr, range(300, 400)))]}
        with gzip.open(file, "wt") as opened:
            for name, items in texts.items():
                for text in items:
                    opened.write(json.dumps({"text": text, "source": name}) + "\n")
        options = self.options("documents", "--from", str(file))
        patch = unittest.mock.patch.object
        split = lambda name, fold: "evaluation" if source(name).held_out else "train"
        with patch(generate, "is_repetitive", lambda tokens: False), patch(generate, "split_of", split):
            read = generate.read(options, Words(), HeldOut([self.held_out], Words()))
            found = {name: tokens for tokens, _, name, _ in read}
        self.assertEqual(set(found), {"s/trained", "wikipedia"})
        self.assertEqual(Words().decode(found["s/trained"][1:]), texts["s/trained"][0])

    def test_processes_side_by_side_write_parts_of_their_own(self):
        out = self.folder / "out"
        names = []
        for seed in (1, 2, 1):
            number = generate.next_number(out)
            write(out / f"chats-{number:05}-{seed:04}.npz", {"chats": [40]})
            names.append(number)
        self.assertEqual(names, [0, 1, 2])
        self.assertEqual(len(parts_of(out)), 3)

    def test_a_killed_process_leaves_no_half_part(self):
        path = self.folder / "out" / "chats-00000-0001.npz"

        def killed(file, **arrays):
            file.write(b"half of it")
            raise KeyboardInterrupt

        with unittest.mock.patch.object(corpus.np, "savez", killed), self.assertRaises(KeyboardInterrupt):
            write(path, {"chats": [40]})
        self.assertEqual(parts_of(self.folder), [])
        self.assertEqual(generate.next_number(path.parent), 0)
        write(path, {"chats": [40]})
        self.assertEqual(parts_of(self.folder), [path])


class CorpusTests(Folder):
    def test_splits_part_the_documents(self):
        part, numbers = Part(), np.random.default_rng(0)
        for _ in range(600):
            part.add(numbers.integers(0, 999, 40), np.full(40, 10), "chats")
        path = self.folder / "a" / "one.npz"
        part.write(path)
        names = "train", "calibration", "evaluation"
        splits = {name: [bytes(item.tokens) for item in documents(path, name)] for name in names}
        self.assertEqual(sum(map(len, splits.values())), 600)
        self.assertEqual(len(set().union(*splits.values())), 600)
        for name in ("calibration", "evaluation"):
            self.assertTrue(2 <= len(splits[name]) <= 30)

    def test_sources_held_out_are_never_trained_on(self):
        names = ["wikipedia", "standardebooks/arthur-conan-doyle_the-adventures-of-sherlock-holmes", "rust-lang/book",
                 "debian-handbook/en-US", "libpython3.11-stdlib/asyncio"]
        others = ["chats", "chats/x/y", "libpython3.11-stdlib/json", "a/b", "standardebooks/samuel-pepys_the-diary"]
        path = self.folder / "one.npz"
        write(path, {name: [50] * 40 for name in names + others})
        trained = {item.source for split in ("train", "calibration") for item in documents(path, split)}
        self.assertEqual(trained, set(others))
        evaluated = [item.source for item in documents(path, "evaluation")]
        for name in names:
            self.assertEqual(evaluated.count(name), 40)
        self.assertEqual({source(name).kind for name in names} | {"chats"}, set(KINDS))
        held_out = {found.kind for found in SOURCES.values() if found.held_out}
        self.assertEqual(held_out, set(KINDS) - {"chats"})
        self.assertEqual(split_of("chats", 1), "evaluation")

    def test_documents_with_something_in_common_are_in_one_split(self):
        part, numbers = Part(), np.random.default_rng(0)
        for number in range(200):
            whole = numbers.integers(0, 999, 96)
            for _ in range(3):
                part.add([number, *numbers.integers(0, 999, 40)], np.full(41, 10), "chats", whole)
        part.write(self.folder / "one.npz")
        for name in ("train", "calibration", "evaluation"):
            firsts = [item.tokens[0] for item in documents(self.folder / "one.npz", name)]
            counts = np.unique(firsts, return_counts=True)[1]
            self.assertTrue(len(counts) > 0 and (counts == 3).all())

    def test_rows_are_full_and_short_leftovers_are_dropped(self):
        texts = [Document(np.full(n, n, np.uint16), np.zeros(n, np.uint8), "chats") for n in (5, 6, 7, 30)]
        rows = [row.tolist() for row, _ in rows_of(texts, 8)]
        self.assertEqual(rows[0], [5] * 5 + [6] * 3)
        self.assertEqual(rows[1], [7] * 7 + [30])
        self.assertTrue(all(len(row) == 8 for row in rows))

    def test_rows_stay_what_they_are_when_parts_are_added(self):
        texts = {"chats": [70] * 40, "a/manual": [90] * 30, "libpython3.11-stdlib/json": [100] * 20}
        write(self.folder / "b" / "part-00001-0001.npz", texts, 1)
        before = Batches(self.folder, "train", 32)
        write(self.folder / "b" / "part-00000-0002.npz", texts, 2)
        write(self.folder / "a" / "part-00000-0001.npz", texts, 3)
        after = Batches(self.folder, "train", 32)
        [old] = before.parts
        [new] = [part for part in after.parts if part.path == old.path]
        self.assertEqual((old.first, old.count, new.count), (0, len(before), old.count))
        self.assertGreater(new.first, 0)
        rows = slice(new.first, new.first + new.count)
        self.assertTrue((after.tokens[rows] == before.tokens).all())
        self.assertTrue((after.numbers[rows] == before.numbers).all())
        self.assertTrue((before.numbers == np.arange(len(before))).all())
        self.assertTrue((after.kinds[rows] == before.kinds).all())
        self.assertEqual(sum(part.count for part in after.parts), len(after))

    def test_a_row_is_of_one_part_and_one_kind(self):
        for number in (1, 2):
            path = self.folder / f"part-0000{number}-0001.npz"
            written = write(path, {"chats": [70] * 9, "a/manual": [75] * 9}, number)
            kinds = {token: source(name).kind for name, tokens in written for token in tokens.tolist()}
            only = Batches(self.folder, "train", 32, kinds=("manuals",))
            everything = Batches(self.folder, "train", 32)
            part = only.parts[-1]
            for row in range(part.first, part.first + part.count):
                self.assertTrue({kinds[token] for token in only.tokens[row].tolist()} == {"manuals"})
        # A row has the same number whatever else is asked for.
        chosen = everything.kinds == "manuals"
        self.assertTrue((everything.tokens[chosen] == only.tokens).all())
        self.assertTrue((everything.numbers[chosen] == only.numbers).all())

    def test_a_limit_takes_some_of_everything(self):
        for number in range(4):
            write(self.folder / f"part-{number:05}-0001.npz", {"chats": [64] * 60, "a/manual": [64] * 60}, number)
        few = Batches(self.folder, "train", 32, limit=32)
        self.assertEqual(len(few), 64)
        self.assertEqual(len(few.parts), 4)
        self.assertEqual((few.kinds == "chats").sum(), 32)
        self.assertEqual(sum(part.count for part in few.parts), 64)

    def test_batches_weigh_the_next_token(self):
        write(self.folder / "one.npz", {"chats": [40] * 600})
        batches = Batches(self.folder, "train", 64)
        often = batches.most_frequent(3, 9999).tolist()
        counts = np.bincount(batches.tokens.ravel(), minlength=9999)
        self.assertEqual(sorted(counts[often]), sorted(counts)[-3:])
        self.assertEqual(often, sorted(often))
        tokens, weight = batches.batch([0, 1], "cpu")
        self.assertEqual((tokens.shape, tokens.dtype), ((2, 64), torch.int64))
        self.assertEqual(weight[:, -1].tolist(), [0, 0])
        self.assertTrue((weight[:, :-1] == 1).all())


class OrderTests(Folder):
    def batches(self, **texts):
        names = {"chats": "chats", "manuals": "a/manual", "code": "libpython3.11-stdlib/json"}
        write(self.folder / "part-00000-0001.npz", {names[kind]: [32] * count for kind, count in texts.items()})
        return Batches(self.folder, "train", 32)

    def test_it_goes_on_at_any_step(self):
        batches = self.batches(chats=60, manuals=90)
        whole = [rows.tolist() for rows in batches.order(4, 0, 1, 7)]
        later = [rows.tolist() for rows in batches.order(4, 0, 1, 7, start=5 * 4)]
        self.assertEqual(later, whole[5:])
        self.assertNotEqual([rows.tolist() for rows in batches.order(4, 0, 1, 8)], whole)

    def test_ranks_share_batches_out(self):
        batches = self.batches(chats=60, manuals=90)
        alone = np.concatenate(list(batches.order(6, 0, 1, 7)))
        ranks = [list(batches.order(3, rank, 2, 7)) for rank in range(2)]
        self.assertEqual(np.concatenate([np.concatenate(pair) for pair in zip(*ranks)]).tolist(), alone.tolist())

    def test_no_row_is_used_more_than_four_times_and_none_again_before_the_others(self):
        batches = self.batches(chats=30, manuals=90)
        order = batches.order(1, 0, 1, 7, shares={"chats": 0.5})
        used = np.zeros(len(batches), int)
        for [row] in order:
            used[row] += 1
            of_kind = used[batches.kinds == batches.kinds[row]]
            self.assertLessEqual(of_kind.max() - of_kind.min(), 1)
        self.assertTrue((used == MOST_USES).all())
        self.assertEqual((order.left, next(order, None)), (0, None))

    def test_kinds_come_in_their_shares_until_they_are_exhausted(self):
        batches = self.batches(chats=40, manuals=300, code=100)
        drawn = np.concatenate(list(batches.order(10, 0, 1, 7, shares={"chats": 0.5})))
        kinds = batches.kinds[drawn]
        count = 2 * MOST_USES * (batches.kinds == "chats").sum()
        for first in range(0, count - 80, 40):
            self.assertAlmostEqual((kinds[first : first + 40] == "chats").mean(), 0.5, delta=0.06)
        rest = kinds[:count][kinds[:count] != "chats"]
        size = (batches.kinds == "code").sum() / (batches.kinds != "chats").sum()
        self.assertAlmostEqual((rest == "code").mean(), size, delta=0.05)
        self.assertNotIn("chats", kinds[count + 10 :])

    def test_it_goes_on_when_parts_were_added(self):
        batches = self.batches(chats=40, manuals=80)
        order = batches.order(8, 0, 1, 7)
        for _ in range(3 * len(batches) // 8):
            next(order)
        used = order.uses()
        self.assertEqual(sum(counts.sum() for counts in used.values()), order.position)
        write(self.folder / "part-00001-0002.npz", {"chats": [32] * 30, "a/manual": [32] * 30}, 5)
        more = Batches(self.folder, "train", 32)
        added = more.parts[-1]
        later = more.order(1, 0, 1, 7, uses=used)
        counts, total = np.zeros(len(more), int), np.zeros(len(more), int)
        total[: len(batches)] = used["%s/part-00000-0001.npz" % self.folder.name]
        drawn = np.concatenate(list(later))
        # New rows come first, as often as the old ones have been used.
        first = drawn[: added.count]
        self.assertGreater((first >= added.first).mean(), 0.9)
        np.add.at(total, drawn, 1)
        self.assertTrue((total == MOST_USES).all())


class ReplyTests(unittest.TestCase):
    def test_loops_and_early_ends_are_counted(self):
        prose = " ".join(map(str, range(60)))
        self.assertEqual(counts([prose, "yes and no again " * 20, "", "So be", "Paris is the capital."]), (1, 2))


class HeldOutTests(Folder):
    def test_documents_are_read_back(self):
        vocabulary = Words()
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

    def test_few_documents_are_the_same_few(self):
        made = [Document(np.full(4, number, np.uint16), np.zeros(4, np.uint8), "chats") for number in range(50)]
        few = chosen(made, 10)
        self.assertEqual(len(few), 10)
        names = lambda found: [item.tokens[0] for item in found]
        self.assertEqual(names(chosen(made[::-1], 10))[::-1], names(few))
        self.assertEqual(len(chosen(made, None)), 50)


class FileTests(Folder):
    def test_text_is_told_from_noise(self):
        self.assertTrue(is_english("The cat sat on the mat and looked at a bird in the tree of the garden. " * 20))
        self.assertFalse(is_english("x7 = foo(bar); " * 100))

    def test_files_are_named_by_package_and_folder(self):
        english = "The cat sat on the mat and looked at a bird in the {tree} of the garden. " * 20
        folder = self.folder / "package"
        (folder / "doc" / "deep").mkdir(parents=True)
        (folder / "doc" / "deep" / "a.txt.gz").write_bytes(gzip.compress(english.encode()))
        (folder / "doc" / "b.dict.dz").write_bytes(gzip.compress(english.encode()))
        (folder / "doc" / "c.html").write_text(f"<nav>away</nav><p>{english}</p>")
        (folder / "doc" / "d.py").write_text("x = 1")
        (folder / "doc" / "e.txt").write_text("x7 = foo(bar); " * 100)
        found = sorted((name, text[:60]) for text, name in documents_in([folder]))
        self.assertEqual([name for name, _ in found], ["package/deep"] + ["package/doc"] * 3)
        self.assertEqual(sum("{tree}" in text for _, text in found), 2)
        self.assertNotIn("away", found[1][1] + found[2][1])

    def test_wikipedia_is_made_plain(self):
        page = ("<page><title>A &amp; B</title><ns>{}</ns><text xml:space=\"preserve\">{}</text></page>").format
        markup = (
            "{{Infobox|x={{y}}}}'''A''' is a [[letter (x)|letter]] of [[Latin]].&lt;ref name=\"a\"&gt;note&lt;/ref&gt; "
            "[[File:a.png|thumb|A [[picture]]]]It is {{lang|la}}old.\n\n{| class=\"x\"\n|-\n| cell\n|}\n== History ==\n"
            "* See [http://x.org the site]\n== References ==\n* a book\n== Use ==\nmuch")
        path = self.folder / "pages.bz2"
        path.write_bytes(bz2.compress("\n".join([
            page(0, markup), page(4, "project"), page(0, "#REDIRECT [[A]]")]).encode()))
        [(text, name)] = documents_of([path])
        self.assertEqual(name, "wikipedia")
        self.assertEqual(text, "A & B\n\nA is a letter of Latin. It is old.\n\nHistory\n\nSee the site\n\nUse\n\nmuch")
        self.assertEqual(prose("{{unclosed text"), "")


if __name__ == "__main__":
    unittest.main()
