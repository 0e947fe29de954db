#!/usr/bin/env python3
"""Makes the fixtures beside this script: what the Hugging Face `tokenizers` package makes of varied text.

    pip install gguf tokenizers==0.23.3
    python3 make_fixture.py SmolLM2-135M-Instruct.Q4_1.gguf

The same model file and package version give the same bytes every time.

    vocabulary.txt      the vocabulary, without what follows from the rest: control tokens, one a line; an
                        empty line; the byte tokens in one line; an empty line; the merges, one a line. The
                        ids follow that order, a merge standing for the token it makes.
    lines.tsv           token ids in hex, a tab, the text as a JSON string; control tokens are text
    parsed.tsv          as lines.tsv, but with control tokens parsed
    conversations.tsv   as lines.tsv, but with [generation prompt?, [role, content], ...] in the place of the text
    scalars.txt         class (L, N, S; what is missing is O), first and last scalar in hex
"""

import json
import pathlib
import random
import sys

import gguf
import tokenizers
from tokenizers import AddedToken, Tokenizer, decoders, models
from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence

VERSION = "0.23.3"
HERE = pathlib.Path(__file__).resolve().parent
CONTROL = 3
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


def read_vocabulary(path):
    """The vocabulary of a model file, checked to be what vocabulary.txt can express."""
    fields = gguf.GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    merges = fields["tokenizer.ggml.merges"].contents()
    kinds = fields["tokenizer.ggml.token_type"].contents()
    assert fields["tokenizer.ggml.pre"].contents() == "smollm"
    control = [token for token, kind in zip(tokens, kinds) if kind == CONTROL]
    letters = tokens[len(control) : len(tokens) - len(merges)]
    assert all(len(letter) == 1 for letter in letters)
    assert tokens == control + letters + [merge.replace(" ", "") for merge in merges]
    return tokens, merges, control, letters


def make_tokenizer(tokens, merges, control):
    """The tokenizer of SmolLM2, put together from its parts."""
    vocabulary = {token: id for id, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[tuple(merge.split(" ")) for merge in merges]))
    tokenizer.pre_tokenizer = Sequence([
        Digits(individual_digits=True), ByteLevel(add_prefix_space=False, use_regex=True),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in control])
    assert tokenizer.get_vocab_size() == len(tokens)
    return tokenizer


# ---- text --------------------------------------------------------------------------------------------------

PROSE = """
The harbour lay quiet under a thin fog, and nobody on the quay said a word. "You're late," she told him;
he'd known it, of course. They'll sail at dawn, won't they? It's 7:45, it'S 7.45, IT'S A LONG WAY,
y'all'd've guessed - we'RE not sure I'm, I'M, I'd, I'D, we've, WE'VE, 'tis, 'twas, rock 'n' roll, the 1990s'
music, O'Neill's dog. Prices rose 3.5% (to $1,299.00) in Q4/2023; e-mail a.b+c@example.org or see
https://example.org/x?y=1&z=%20#top. To fathom: to measure depth, to understand. Sunlight meets the
molecules of the air, and the shorter, bluer wavelengths scatter most of all. Dear Sir/Madam, re: invoice
no. 000123 -- please find attached... Thanks!!! P.S. (see p. 42, ll. 7-9) 1st, 2nd, 3rd and 10,000th.
""".split()

CODE = r"""
def f(x: int = 0) -> str:
return f"{x!r:>10}\n"
for (let i = 0; i < n; ++i) { a[i] ^= b[i] << 3; }
#include <stdio.h>
int main(void) { printf("%d\t%s\n", 0x1F, "a\\b"); return 0; }
SELECT * FROM t WHERE id >= 10 AND name LIKE '%x%';
func merge<T: Comparable>(_ a: [T], b: inout [T]) throws -> [T]? { nil }
if ($x =~ /^\s*(\d+)\.(\d*)$/) { $y{$1}++ }
<div class="a b" data-x='1'>&nbsp;&lt;</div> <!-- c -->
{"k": [1, 2.5e-3, null, true], "u": "\u00e9"}
let s = `a${b}c`; // ok
x = lambda *a, **k: (a, k) # noqa: E731
git commit -m 'fix: it'"'"'s done' && make -j4 2>&1 | tail -n1
return a || b | c;
\frac{a}{b} \to \infty
@media (max-width: 80ch) { .x::before { content: "\2014"; } }
fn main() { println!("{:?}", vec![1u8; 4]); }
~/.bashrc:12:
public final class Foo<Bar> extends Baz implements Qux { private static final long serialVersionUID = 1L; }
""".strip().split("\n")

SENTENCES = [
    "天空为什么是蓝色的？因为阳光遇到空气分子时，波长较短的蓝光散射得最多。",
    "東京都に住んでいます。カタカナとひらがな、ｶﾀｶﾅ。",
    "안녕하세요, 세계! 한국어 문장입니다.",
    "Привет, мир! Как дела? Ёжик съел 12 яблок.",
    "Γειά σου Κόσμε· τι κάνεις;",
    "مرحبا بالعالم، كيف حالك؟ ١٢٣٤٥",
    "שלום עולם, מה שלומך? 5 ק״ג",
    "नमस्ते दुनिया, क्षत्रिय १२३",
    "สวัสดีชาวโลก ๑๒๓",
    "வணக்கம் உலகம்",
    "Žluťoučký kůň úpěl ďábelské ódy",
    "Zażółć gęślą jaźń",
    "Déjà vu, naïve façade, cœur, Straße, GRÜSSE, ĲSSEL",
    "Chào thế giới",
    "ᚠᛇᚻ᛫ᛒᛦᚦ᛫ᚠᚱᚩᚠᚢᚱ",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝕞𝕒𝕥𝕙 𝟙𝟚𝟛",
    "გამარჯობა მსოფლიო",
    "Բարեւ աշխարհ",
    "ሰላም ልዑል ፲፪",
    "བོད་སྐད་ ༡༢༣",
]

SPACES = [
    " ", " ", " ", "  ", "   ", "\t", "\t\t", "\n", "\n\n", "\r\n", "\r", "\v", "\f", "\x85", "\xa0",
    "\u1680", "\u2000", "\u2003", "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000",
    "\u200b", "\ufeff", "\u180e", "\x1c", "\x1f",
]

NUMBERS = """
    0 7 42 1990 3.14159 1e-9 0xDEADBEEF 1,000,000 -17 +3 1/2 ½ ⅓ ¾ ² x³ H₂O Ⅷ ⅻ ① ⑳ ㉑ ㊿ ٣٤
    ۴۵ ३४ ৩৪ ๙ ༣ ፲ 一二三 〇 〡 𝟘𝟙 𐄇 🄀 ①② 10⁻³ १०० ½½ 9½ ꘠ 𑁒
""".split()

EMOJI = """
    😀 🙂 🚀 ❤️ ❤ ☺️ 👍 👍🏽 👩🏿‍🚀 👨‍👩‍👧‍👦 🏳️‍🌈 🏴‍☠️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇩🇪 🇯🇵🇫🇷 1️⃣ #️⃣ 🧑🏻‍❤️‍🧑🏾 👁️‍🗨️ 🤷🏼‍♀️
    🐻‍❄️ 🫠 🫨 ⌚ ™️ © 🀄 🃏 🪿
""".split()

SCRIPTS = [
    (0x21, 0x7E), (0xA1, 0x17F), (0x180, 0x24F), (0x250, 0x36F), (0x370, 0x3FF), (0x400, 0x52F),
    (0x531, 0x58F), (0x591, 0x6FF), (0x900, 0x97F), (0xE01, 0xE5B), (0x10A0, 0x10FF), (0x1100, 0x11FF),
    (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x218F), (0x2190, 0x27BF), (0x2C00, 0x2DFF),
    (0x3000, 0x30FF), (0x3400, 0x34FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xE000, 0xE0FF),
    (0xF900, 0xFAFF), (0xFB00, 0xFDFF), (0xFE00, 0xFFEF), (0x10000, 0x100FF), (0x1D400, 0x1D7FF),
    (0x1F000, 0x1FAFF), (0x20000, 0x200FF), (0xE0000, 0xE01EF), (0x10FF00, 0x10FFFF),
]

MARKS = [*map(chr, range(0x300, 0x370)), *map(chr, [
    0x483, 0x591, 0x64B, 0x93F, 0x94D, 0xE31, 0x1AB0, 0x20D0, 0x20DD, 0xFE0E, 0xFE0F, 0xFE20,
])]

CONTROLS = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\xad", "\ufffe", "\uffff"]

CONTRACTIONS = """
    's 't 're 've 'm 'll 'd 'S 'T 'RE 'Ve 'M 'LL 'D ' '' 'x ’s 'r 'l '1 'é 'سـ
""".split()

# What the tokens of the vocabulary read as.
TOKENS = []

CONVERSATION = [
    "Hi", " leading", "\n\nbreaks\n", "trailing  ", "", "Why is the sky blue?", "1 + 1 = 2", "<|", "天空",
    "a\tb", "  ", "👩🏿‍🚀 go", "'s",
]


def some(source, low, high, choices):
    return [source.choice(choices) for _ in range(source.randint(low, high))]


def scalar(source, first=0, last=0x10FFFF):
    while True:
        code = source.randint(first, last)
        if not 0xD800 <= code <= 0xDFFF:
            return chr(code)


def prose(source):
    start = source.randrange(len(PROSE) - 8)
    words = PROSE[start : start + source.randint(3, 14)]
    if source.random() < 0.3:
        source.shuffle(words)
    return source.choice([" ", " ", " ", "  ", "\n"]).join(words)


def code(source):
    indents = ["", "  ", "    ", "        ", "   ", "\t", "    \t"]
    lines = [source.choice(indents) + line for line in some(source, 1, 2, CODE)]
    return source.choice(["\n", "\r\n", "\n\n"]).join(lines)


def words(source):
    """Tokens of the vocabulary side by side: they often merge differently than they were made."""
    return "".join(some(source, 3, 16, TOKENS))


def languages(source):
    text = source.choice(SENTENCES)
    start = source.randrange(len(text))
    piece = text[start : start + source.randint(4, 24)]
    followed = piece + source.choice(SPACES) + source.choice(PROSE)
    return source.choice([text[: source.randint(3, 30)], piece, followed])


def emoji(source):
    return source.choice(["", " ", "a", ". "]).join(some(source, 1, 5, EMOJI + PROSE[:9]))


def marks(source):
    letters = some(source, 2, 9, "aeiouAnsz 1'.אالکกеи한💡")
    return "".join(letter + "".join(some(source, 0, 2, MARKS)) for letter in letters)


def controls(source):
    return "".join(some(source, 2, 12, CONTROLS + list("ab 1.'")))


def numbers(source):
    after = ["", " ", " ", "  ", "\n", ", ", "a", " x"]
    return "".join(number + source.choice(after) for number in some(source, 2, 8, NUMBERS))


def long_words(source):
    letters = ["ab", "etaoinshrdlu", "ACGT", "あいう", "абв", "=-", "aé", "ha", "😀", " ", "\n", "'s", "0"]
    length = source.choice([40, 60, 90, 140])
    return "".join(source.choices(source.choice(letters), k=length))


def spaces(source):
    after = ["", "a", "word", "7", ".", "'s", "é", "中", "½"]
    return "".join(space + source.choice(after) for space in some(source, 2, 9, SPACES))


def contractions(source):
    before = ["he", "I", "", " ", "don", "WE", "1", "é", "!", ". "]
    return "".join(source.choice(before) + end for end in some(source, 2, 7, CONTRACTIONS))


def scripts(source):
    return "".join(scalar(source, *script) for script in some(source, 3, 14, SCRIPTS))


def anything(source):
    return "".join(scalar(source) for _ in range(source.randint(1, 8)))


def mixture(source):
    makers = some(source, 2, 4, [prose, code, words, languages, emoji, numbers, spaces])
    return "".join(make(source)[: source.randint(1, 9)] for make in makers)


GENERATORS = {
    prose: 800, code: 500, words: 1200, languages: 800, emoji: 800, marks: 700, controls: 700, numbers: 800,
    long_words: 200, spaces: 800, contractions: 700, scripts: 800, anything: 700, mixture: 1000,
}


def make_lines(control):
    """At least 10,000 different texts, the same every time."""
    source = random.Random(20240601)
    extremes = ["x" * 3000, " " * 1000, "ha" * 1500, "é" * 700]
    lines = dict.fromkeys(["", " ", "\n", "'", "a", "0", "\0", *extremes])
    for make, count in GENERATORS.items():
        goal = len(lines) + count
        while len(lines) < goal:
            lines.setdefault(make(source))
    for name in control:
        lines.setdefault(f"say {name} to them")
    return list(lines)


def make_parsed(control):
    source = random.Random(7)
    parts = control + ["hi", " ", "\n", "user\n", "<|", "|>", "<|im_end", "<", "a<", "1", "é "]
    return ["".join(some(source, 1, 7, parts)) for _ in range(200)]


def make_conversations():
    source = random.Random(11)
    talks = []
    for count in range(48):
        roles = ["system"] * (count % 2) + ["user", "assistant"] * 4
        roles = roles[: source.randint(1, 7)]
        talks.append([count % 3 == 0, *[[role, source.choice(CONVERSATION)] for role in roles]])
    return talks


def render(generation, *messages):
    """The model's chat template."""
    if messages[0][0] != "system":
        messages = (["system", SYSTEM], *messages)
    text = "".join(f"<|im_start|>{role}\n{content}<|im_end|>\n" for role, content in messages)
    return text + "<|im_start|>assistant\n" * generation


# ---- files -------------------------------------------------------------------------------------------------


def write(name, lines):
    (HERE / name).write_bytes("".join(line + "\n" for line in lines).encode())


def row(tokenizer, text, subject, parse):
    tokenizer.encode_special_tokens = not parse
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    return " ".join(f"{id:x}" for id in ids) + "\t" + json.dumps(subject, ensure_ascii=False)


def scalar_classes():
    """What the two pre-tokenizers take every scalar for, seen from how they cut it from its neighbour."""
    digits, pattern = Digits(individual_digits=True), ByteLevel(add_prefix_space=False, use_regex=True)
    joined = lambda splitter, text: len(splitter.pre_tokenize_str(text)) == 1
    ranges = []
    for code in range(0x110000):
        if 0xD800 <= code <= 0xDFFF:
            continue
        text = chr(code)
        if not joined(digits, "a" + text):
            kind = "N"
        elif joined(pattern, "a" + text):
            kind = "L"
        elif joined(pattern, "!" + text):
            continue
        else:
            assert joined(pattern, "\n" + text), hex(code)
            kind = "S"
        if ranges and ranges[-1][0] == kind and ranges[-1][2] == code - 1:
            ranges[-1][2] = code
        else:
            ranges.append([kind, code, code])
    return [f"{kind} {first:x} {last:x}" for kind, first, last in ranges]


def main(path):
    assert tokenizers.__version__ == VERSION, f"needs tokenizers {VERSION}"
    tokens, merges, control, letters = read_vocabulary(path)
    tokenizer = make_tokenizer(tokens, merges, control)
    texts = [tokenizer.decode([id]) for id in range(len(control), len(tokens))]
    TOKENS.extend(text for text in texts if "\ufffd" not in text)
    lines, parsed, talks = make_lines(control), make_parsed(control), make_conversations()
    assert len(lines) >= 10_000
    write("vocabulary.txt", [*control, "", "".join(letters), "", *merges])
    write("lines.tsv", [row(tokenizer, text, text, parse=False) for text in lines])
    write("parsed.tsv", [row(tokenizer, text, text, parse=True) for text in parsed])
    write("conversations.tsv", [row(tokenizer, render(*talk), talk, parse=True) for talk in talks])
    write("scalars.txt", scalar_classes())
    print(f"{len(lines)} lines, {len(parsed)} parsed, tokenizers {VERSION}")


if __name__ == "__main__":
    main(sys.argv[1])
