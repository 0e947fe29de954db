#!/usr/bin/env python3
"""Writes a random model of a real one's size, to measure how fast a large one opens and decodes.

    Benchmarks/Large/make.py assets/models/….gguf large.gguf [--shape 1.1b]

Matrices are Q8_0, all of one shape the same; the vocabulary is the given model's. Needs gguf and numpy.
"""

import argparse
import pathlib

import gguf
import numpy as np

# Blocks, embedding, heads, key and value heads, feed-forward: TinyLlama, Llama 2 7B.
SHAPES = {"1.1b": (22, 2048, 32, 4, 5632), "7b": (32, 4096, 32, 32, 11008)}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("vocabulary", type=pathlib.Path, help="a model whose vocabulary is taken")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--shape", choices=SHAPES, default="1.1b")
    options = parser.parse_args(arguments)
    blocks, embedding, heads, kv_heads, feed_forward = SHAPES[options.shape]
    writer = gguf.GGUFWriter(options.out, "llama")
    writer.add_name(f"random {options.shape}")
    for key, item in gguf.GGUFReader(options.vocabulary).fields.items():
        if key.startswith("tokenizer."):
            array = item.types[1] if item.types[0] == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(key, item.contents(), item.types[0], array)
            if key == "tokenizer.ggml.tokens":
                vocabulary = len(item.contents())
    writer.add_block_count(blocks)
    writer.add_context_length(4096)
    writer.add_embedding_length(embedding)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(embedding // heads)
    random = np.random.default_rng(1)
    made = {}

    def matrix(name, rows, columns):
        if (rows, columns) not in made:
            weights = random.integers(-127, 128, (rows, columns // 32, 32), np.int8)
            scale = np.full((rows, columns // 32, 1), columns**-0.5 / 73, np.float16).view(np.int8)
            made[rows, columns] = np.concatenate((scale, weights), -1).reshape(rows, -1).view(np.uint8)
        writer.add_tensor(name, made[rows, columns], raw_dtype=gguf.GGMLQuantizationType.Q8_0)

    ones = np.ones(embedding, np.float32)
    matrix("token_embd.weight", vocabulary, embedding)
    matrix("output.weight", vocabulary, embedding)
    writer.add_tensor("output_norm.weight", ones)
    kv = embedding // heads * kv_heads
    for block in range(blocks):
        for name, rows, columns in (
            ("attn_q", embedding, embedding), ("attn_k", kv, embedding), ("attn_v", kv, embedding),
            ("attn_output", embedding, embedding), ("ffn_gate", feed_forward, embedding),
            ("ffn_up", feed_forward, embedding), ("ffn_down", embedding, feed_forward)):
            matrix(f"blk.{block}.{name}.weight", rows, columns)
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{block}.{norm}.weight", ones)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
