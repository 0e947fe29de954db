#!/usr/bin/env python3
"""Fetches the vocabularies and chat templates that llama.cpp ships into a folder, and what others make of them.

    pip install gguf==0.19.0 tokenizers==0.23.3 jinja2==3.1.6 llama-cpp-python==0.3.36
    python3 fetch_vocabularies.py .model/vocabularies

The tests of `VocabularyFileTests` take the folder .model/vocabularies, or $FATHOM_TEST_VOCABULARIES. Beside what is in the
package's `models` it gets

    NAME.lines      a hash of the ids of each block of 100 lines of lines.tsv and extra.tsv, as make_splits.py makes them:
                    of `tokenizers` for merges, of llama.cpp for pieces
    templates.jsonl what jinja2 makes of conversations with each of the templates
"""

import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

import gguf
import llama_cpp
from tokenizers import Tokenizer, models
from tokenizers.pre_tokenizers import ByteLevel, Sequence

import chats
from make_splits import RULES, blocks, splitter

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = "llama-cpp-python==0.3.36"


def fetch(folder):
    """Unpacks what the package's source distribution has of models."""
    with tempfile.TemporaryDirectory() as there:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "--no-build-isolation",
             "--dest", there, PACKAGE], check=True)
        archive = next(pathlib.Path(there).glob("*.tar.gz"))
        with tarfile.open(archive) as files:
            for file in files:
                _, _, path = file.name.partition("/vendor/llama.cpp/models/")
                if path and file.isfile():
                    (folder / path).parent.mkdir(parents=True, exist_ok=True)
                    (folder / path).write_bytes(files.extractfile(file).read())


def byte_pairs(fields, name):
    tokens = fields["tokenizer.ggml.tokens"].contents()
    kinds = fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
    vocabulary = {token: id for id, (token, kind) in enumerate(zip(tokens, kinds)) if kind == 1}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, ignore_merges=name == "llama-bpe"))
    bytes_of = ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = Sequence([splitter(RULES[name]), bytes_of])
    return lambda line: tokenizer.encode(line, add_special_tokens=False).ids


def pieces(path):
    model = llama_cpp.Llama(str(path), vocab_only=True, verbose=False)
    return lambda line: model.tokenize(line.encode(), add_bos=False, special=False)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "templates").exists():
        fetch(folder)
    rows = (HERE / "lines.tsv").read_bytes().decode().split("\n")[:-1]
    extra = (HERE / "extra.tsv").read_bytes().decode().split("\n")[:-1]
    lines = [json.loads(row.split("\t", 1)[1]) for row in rows] + [json.loads(row) for row in extra]
    for path in sorted(folder.glob("*.gguf")):
        fields = gguf.GGUFReader(path).fields
        value = lambda key: fields[key].contents() if key in fields else None
        model, rule = value("tokenizer.ggml.model"), value("tokenizer.ggml.pre")
        if model == "gpt2" and rule in RULES:
            encode = byte_pairs(fields, rule)
        elif model == "llama":
            encode = pieces(path)
        else:
            continue
        numbers = lambda line: [id + 1 for id in encode(line)]
        path.with_suffix(".lines").write_text("".join(block + "\n" for block in blocks(lines, numbers)))
    templates = sorted((folder / "templates").glob("*.jinja"))
    rows = [chats.row(path.stem, path.read_bytes().decode()) for path in templates]
    (folder / "templates.jsonl").write_text("".join(row + "\n" for row in rows))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
