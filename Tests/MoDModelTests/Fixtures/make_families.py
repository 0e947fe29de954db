"""Computes what small random models of each family should say, by llama.cpp.

    python3 make_families.py families/

Writes a file a case: the keys and vectors of a model, the names and shapes of its matrices, whose weights are random numbers
that the names begin (SplitMix64, as TestSupport's SeededGenerator draws them), and what is expected of it,
general.reference.tokens and general.reference.logits ([token][vocabulary]). llama.cpp computes in fp32 on what the int8
matrices stand for, with keys and values in fp32. Needs gguf and llama-cpp-python.
"""

import sys
import tempfile
from pathlib import Path

import gguf
import llama_cpp
import numpy as np

VOCABULARY, BLOCKS, EMBEDDING, FEED_FORWARD, LENGTH, CONTEXT = 64, 3, 128, 96, 40, 4096
KIND = gguf.GGUFValueType
MASK = (1 << 64) - 1

# Name, architecture, heads, key and value heads, length of a head, whether the head is the embedding, further keys.
EXPERTS = {"expert_count": 6, "expert_used_count": 2}
YARN = {"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0, "rope.scaling.original_context_length": 1024}
CASES = (
    ("llama", "llama", 4, 2, 32, True, {}),
    ("llama-untied", "llama", 2, 1, 64, False, {"rope.freq_base": 5e5}),
    ("llama-pairs", "llama", 2, 1, 64, True, {"rope.freq_base": 5e5}),
    ("llama-linear", "llama", 2, 2, 64, True, {"rope.scaling.type": "linear", "rope.scaling.factor": 4.0}),
    ("llama-yarn", "llama", 2, 2, 64, True, YARN),
    ("qwen2", "qwen2", 2, 1, 64, True, {"rope.freq_base": 1e6}),
    ("qwen2-untied", "qwen2", 4, 2, 32, False, {"rope.freq_base": 1e6}),
    ("qwen2-yarn", "qwen2", 2, 1, 64, True, YARN),
    ("qwen3", "qwen3", 4, 2, 64, True, {"rope.freq_base": 1e6}),
    ("qwen3-untied", "qwen3", 2, 2, 96, False, {"rope.freq_base": 1e6}),
    ("llama-experts", "llama", 4, 2, 32, True, EXPERTS),
    ("qwen2moe", "qwen2moe", 2, 1, 64, False, EXPERTS | {
        "expert_used_count": 3, "expert_feed_forward_length": 64, "expert_shared_feed_forward_length": 160}),
    # Of some draws one in which no token's second and third expert are so nearly tied that rounding swaps them.
    ("qwen3moe-6", "qwen3moe", 2, 1, 64, False, EXPERTS | {"expert_feed_forward_length": 64}),
)


def words(name, count):
    """The first numbers of a generator that begins with the FNV-1a hash of a name."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = (state ^ byte) * 0x100000001B3 & MASK
    steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = np.uint64(state) + steps
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def matrix(name, rows, columns, spread):
    """Q8_0 blocks, [rows][columns / 32 · 34], whose weights are the bytes of the generator times one scale."""
    weights = np.maximum(words(name, rows * columns // 8).view(np.int8), -127).reshape(rows, columns // 32, 32)
    scale = np.full((rows, columns // 32, 1), spread / 73, np.float16).view(np.int8)
    return np.concatenate((scale, weights), -1).reshape(rows, -1).view(np.uint8)


def vector(name, count, least, most):
    return (least + (most - least) * (words(name, count) >> np.uint64(11)).astype(np.float64) / 2**53).astype(np.float32)


def perceptron(suffix, length):
    """{name: (rows, columns)}."""
    return {
        f"ffn_gate{suffix}": (length, EMBEDDING), f"ffn_up{suffix}": (length, EMBEDDING),
        f"ffn_down{suffix}": (EMBEDDING, length)}


def model(name, architecture, heads, kv_heads, head, tied, extra):
    """(keys, {name: (rows, columns, spread)}, {name: vector})."""
    numbers = {
        "block_count": BLOCKS, "context_length": CONTEXT, "embedding_length": EMBEDDING, "vocab_size": VOCABULARY,
        "feed_forward_length": FEED_FORWARD, "attention.head_count": heads, "attention.head_count_kv": kv_heads,
        "attention.key_length": head, "attention.value_length": head, "rope.dimension_count": head}
    keys = {f"{architecture}.{key}": value for key, value in (
        numbers | {"attention.layer_norm_rms_epsilon": 1e-6} | extra).items()}
    matrices = {"token_embd.weight": (VOCABULARY, EMBEDDING, 0.08)}
    vectors = {"output_norm.weight": vector(name + "output_norm", EMBEDDING, 0.5, 1.5)}
    if not tied:
        matrices["output.weight"] = (VOCABULARY, EMBEDDING, 0.08)
    if name == "llama-pairs":
        # As Llama 3.1 scales: fast pairs not at all, slow ones by 8.
        vectors["rope_freqs.weight"] = np.clip(np.linspace(-3, 13, head // 2), 1, 8).astype(np.float32)
    for block in range(BLOCKS):
        place = f"blk.{block}."
        sizes = {
            "attn_q": (heads * head, EMBEDDING), "attn_k": (kv_heads * head, EMBEDDING),
            "attn_v": (kv_heads * head, EMBEDDING), "attn_output": (EMBEDDING, heads * head)}
        experts = extra.get("expert_count", 0)
        if experts:
            length = extra.get("expert_feed_forward_length", FEED_FORWARD)
            sizes |= {
                "ffn_gate_inp": (experts, EMBEDDING), "ffn_gate_exps": (experts * length, EMBEDDING),
                "ffn_up_exps": (experts * length, EMBEDDING), "ffn_down_exps": (experts * EMBEDDING, length)}
        else:
            sizes |= perceptron("", FEED_FORWARD)
        if shared := extra.get("expert_shared_feed_forward_length"):
            sizes |= perceptron("_shexp", shared)
            vectors[f"{place}ffn_gate_inp_shexp.weight"] = vector(name + place + "shexp", EMBEDDING, -0.3, 0.3)
        for tensor, (rows, columns) in sizes.items():
            # Experts' scores lie far enough apart that rounding keys and values does not change which are chosen.
            spread = 4 if tensor == "ffn_gate_inp" else 1
            matrices[f"{place}{tensor}.weight"] = (rows, columns, spread * columns**-0.5)
        for norm in ("attn_norm", "ffn_norm"):
            vectors[f"{place}{norm}.weight"] = vector(name + place + norm, EMBEDDING, 0.5, 1.5)
        if architecture.startswith("qwen2"):
            for tensor in ("attn_q", "attn_k", "attn_v"):
                vectors[f"{place}{tensor}.bias"] = vector(name + place + tensor, sizes[tensor][0], -1, 1)
        if architecture.startswith("qwen3"):
            for norm in ("attn_q_norm", "attn_k_norm"):
                vectors[f"{place}{norm}.weight"] = vector(name + place + norm, head, 0.5, 1.5)
    return keys, matrices, vectors


def write(path, architecture, keys, matrices, vectors):
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in keys.items():
        if isinstance(value, list):
            writer.add_array(key, value)
        else:
            {int: writer.add_uint32, float: writer.add_float32, str: writer.add_string}[type(value)](key, value)
    for name, tensor in (matrices | vectors).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def logits(path, tokens):
    """[token][vocabulary]."""
    model = llama_cpp.Llama(
        str(path), n_ctx=CONTEXT, n_batch=LENGTH, n_ubatch=LENGTH, logits_all=True, type_k=llama_cpp.GGML_TYPE_F32,
        type_v=llama_cpp.GGML_TYPE_F32, flash_attn=False, n_threads=2, verbose=False)
    model.eval(tokens)
    return model.scores[: len(tokens)].copy()


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, architecture, *shape in CASES:
        keys, shapes, vectors = model(name, architecture, *shape)
        blocks = {tensor: matrix(name + tensor, *size) for tensor, size in shapes.items()}
        kind = gguf.GGMLQuantizationType.Q8_0
        dense = {tensor: gguf.quants.dequantize(block, kind) for tensor, block in blocks.items()}
        for tensor in (tensor for tensor in dense if "_exps." in tensor):
            dense[tensor] = dense[tensor].reshape(EXPERTS["expert_count"], -1, dense[tensor].shape[1])
        tokens = (words(name + "tokens", LENGTH) % np.uint64(VOCABULARY)).astype(int).tolist()
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary) / "model.gguf"
            write(path, architecture, keys | {"tokenizer.ggml.model": "none"}, dense, vectors)
            expected = logits(path, tokens)
        reference = {
            "matrices": list(shapes), "rows": [size[0] for size in shapes.values()],
            "columns": [size[1] for size in shapes.values()], "spreads": [float(size[2]) for size in shapes.values()],
            "tokens": tokens, "logits": expected.flatten().tolist()}
        keys |= {"general.name": name} | {f"general.reference.{key}": value for key, value in reference.items()}
        write(folder / f"{name}.gguf", architecture, keys, {}, vectors)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
