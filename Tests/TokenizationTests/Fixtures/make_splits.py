#!/usr/bin/env python3
"""Makes the fixtures of pre-tokenizers and of SentencePiece, from the lines in lines.tsv and those of extra.tsv.

    pip install tokenizers==0.23.3 sentencepiece==0.2.3
    python3 make_splits.py

The same package versions give the same bytes every time.

    extra.tsv           texts, one JSON string a line, of what lines.tsv has too little of
    splits.txt          a rule's name, then a hash of how it cuts each block of 100 lines (FNV-1a, 64 bits, of the bytes'
                        count of each word as 4 bytes, 0 after each line)
    patterns.txt        class (N, P) in Oniguruma's patterns, first and last scalar in hex
    pieces.tsv          a small SentencePiece vocabulary: kind, score, the piece as a JSON string
    pieces.txt          a hash of the ids of each block of 100 lines, as above, an id plus 1 in the place of the count
"""

import io
import json
import pathlib
import random

import sentencepiece
import tokenizers
from tokenizers import Regex
from tokenizers.pre_tokenizers import Digits, Sequence, Split

HERE = pathlib.Path(__file__).resolve().parent
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
RULES = {
    "default": [r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", r"[0-9][0-9][0-9]"],
    "gpt-2": [GPT2],
    "llama-bpe": [LLAMA3],
    "qwen2": [LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")],
    "smollm": [None, GPT2],
}


def splitter(patterns):
    parts = [Split(Regex(one), "isolated") if one else Digits(individual_digits=True) for one in patterns]
    return Sequence(parts)


def make_extra():
    """Contractions in any case, runs of digits, white space around line breaks, what Unicode added last."""
    source = random.Random(16)
    parts = [
        "'s", "'S", "'ſ", "'t", "'LL", "'Ll", "'re", "'vE", "'M", "'d", "'", "'r", "'l", "'ﬆ", "ʼs", "a", "É", "word",
        "1", "12", "345", "6789012", "٣", "½", "𑷠", "𖿴", " ", "  ", "\t", "\n", "\r\n", "\r", "\x85", "\u2028", "\u00a0",
        "!", "!!", "$", "~", "`", "_", "-", "€", "😀", "\u0301", "ｱ", "字", "\u200b",
    ]
    return ["".join(source.choice(parts) for _ in range(source.randint(2, 12))) for _ in range(400)]


def fnv(numbers):
    value = 0xCBF29CE484222325
    for number in numbers:
        for byte in number.to_bytes(4, "little"):
            value = (value ^ byte) * 0x100000001B3 % (1 << 64)
    return f"{value:016x}"


def blocks(lines, numbers_of):
    for start in range(0, len(lines), 100):
        numbers = []
        for line in lines[start : start + 100]:
            numbers += [*numbers_of(line), 0]
        yield fnv(numbers)


def ranges(kind, pattern):
    """The scalars that a pattern of one class takes, seen from how it cuts them from U+0001."""
    split = Split(Regex(pattern), "isolated")
    codes = [code for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
    found = []
    for start in range(0, len(codes), 1024):
        text = "".join("\x01" + chr(code) for code in codes[start : start + 1024])
        for word, _ in split.pre_tokenize_str(text):
            if len(word) == 1 and word != "\x01":
                code = ord(word)
                if found and found[-1][1] == code - 1:
                    found[-1][1] = code
                else:
                    found.append([code, code])
    return [f"{kind} {first:x} {last:x}" for first, last in found]


def train_pieces(lines):
    model = io.BytesIO()
    # Few scripts, so that much of the other lines must go byte by byte.
    texts = [line for line in lines if 20 < len(line) < 200 and "\0" < min(line) and max(line) < "\u0440"]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=model, model_type="bpe", vocab_size=900, byte_fallback=True,
        character_coverage=0.99, normalization_rule_name="identity", remove_extra_whitespaces=False,
        num_threads=1, minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def kind(model, id):
    tests = [(2, model.is_unknown), (3, model.is_control), (5, model.is_unused), (6, model.is_byte)]
    return next((number for number, test in tests if test(id)), 1)


def write(name, lines):
    (HERE / name).write_bytes("".join(line + "\n" for line in lines).encode())


def main():
    assert tokenizers.__version__ == "0.23.3" and sentencepiece.__version__ == "0.2.3"
    rows = (HERE / "lines.tsv").read_bytes().decode().split("\n")[:-1]
    extra = make_extra()
    lines = [json.loads(row.split("\t", 1)[1]) for row in rows] + extra
    write("extra.tsv", [json.dumps(text, ensure_ascii=False) for text in extra])
    splits = []
    for name, patterns in RULES.items():
        split = splitter(patterns)
        count = lambda line: [len(word.encode()) for word, _ in split.pre_tokenize_str(line)]
        splits.append(" ".join([name, *blocks(lines, count)]))
    write("splits.txt", splits)
    write("patterns.txt", ranges("N", r"\p{N}") + ranges("P", r"\p{P}"))
    model = train_pieces(lines)
    pieces = range(model.get_piece_size())
    write("pieces.tsv", [
        f"{kind(model, id)}\t{model.get_score(id):g}\t{json.dumps(model.id_to_piece(id), ensure_ascii=False)}"
        for id in pieces
    ])
    write("pieces.txt", blocks(lines, lambda line: [id + 1 for id in model.encode(line)]))


if __name__ == "__main__":
    main()
