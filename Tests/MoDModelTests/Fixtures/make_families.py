"""Computes what small random models of each family should say, by llama.cpp.

    python3 make_families.py families/ [DRAWS]

Writes a file a case: the keys and vectors of a model, the names and shapes of its matrices, whose weights are random numbers
that the names begin (SplitMix64, as TestSupport's SeededGenerator draws them), and what is expected of it,
general.reference.tokens and general.reference.logits ([token][vocabulary]). llama.cpp computes in fp32 on what the int8
matrices stand for, with keys and values in fp32. Needs gguf and llama-cpp-python.

The gates of experts are made so that the scores of every token lie well apart (`gate`): else a token's last
expert and the next one are now and then so nearly tied that rounding keys and values to int8 swaps them, and one swap is
more than the test allows. With DRAWS, each case with experts is written so many times more, from other random numbers:
NAME-1, NAME-2, … The tests take whatever lies in the folder.
"""

import ctypes
import sys
import tempfile
from pathlib import Path

import gguf
import llama_cpp
import numpy as np

VOCABULARY, BLOCKS, EMBEDDING, FEED_FORWARD, LENGTH, CONTEXT = 64, 3, 128, 96, 40, 4096
KIND = gguf.GGUFValueType
MASK = (1 << 64) - 1
# What llama.cpp calls the scores of experts, before the number of the block.
SCORES = "ffn_moe_logits-"
# What lies between the scores of two experts, one right behind the other: enough to tell them apart, and so little that
# the weights of a token's experts, too, are of one size.
STEP = 0.5

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
    ("qwen3moe", "qwen3moe", 2, 1, 64, False, EXPERTS | {"expert_feed_forward_length": 64}),
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
                "ffn_gate_exps": (experts * length, EMBEDDING), "ffn_up_exps": (experts * length, EMBEDDING),
                "ffn_down_exps": (experts * EMBEDDING, length)}
        else:
            sizes |= perceptron("", FEED_FORWARD)
        if shared := extra.get("expert_shared_feed_forward_length"):
            sizes |= perceptron("_shexp", shared)
            vectors[f"{place}ffn_gate_inp_shexp.weight"] = vector(name + place + "shexp", EMBEDDING, -0.3, 0.3)
        for tensor, (rows, columns) in sizes.items():
            matrices[f"{place}{tensor}.weight"] = (rows, columns, columns**-0.5)
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


def run(path, tokens, watched=(), kind=llama_cpp.GGML_TYPE_F32):
    """Runs tokens, keys and values kept in a kind of number → (logits [token][vocabulary], {name: [token][…]} of the
    tensors on the way that are watched)."""
    ggml, seen = ctypes.CDLL(str(Path(llama_cpp.__file__).parent / "lib/libggml-base.so")), {}
    ggml.ggml_get_name.restype, ggml.ggml_get_data_f32.restype = ctypes.c_char_p, ctypes.POINTER(ctypes.c_float)
    ggml.ggml_nelements.restype = ctypes.c_int64

    def watch(tensor, is_question, _):
        tensor = ctypes.c_void_p(tensor)
        name = ggml.ggml_get_name(tensor).decode()
        if name in watched and not is_question:
            numbers = np.ctypeslib.as_array(ggml.ggml_get_data_f32(tensor), (ggml.ggml_nelements(tensor),))
            seen[name] = numbers.reshape(len(tokens), -1).copy()
        return name in watched or not is_question

    model = llama_cpp.llama_model_load_from_file(str(path).encode(), llama_cpp.llama_model_default_params())
    settings = llama_cpp.llama_context_default_params()
    settings.n_ctx, settings.n_batch, settings.n_ubatch = CONTEXT, LENGTH, LENGTH
    settings.n_threads = settings.n_threads_batch = 2
    settings.type_k = settings.type_v = kind
    # Only so are values kept in other kinds than floats.
    settings.flash_attn_type = int(kind != llama_cpp.GGML_TYPE_F32)
    settings.cb_eval = llama_cpp.ggml_backend_sched_eval_callback(watch)
    context = llama_cpp.llama_init_from_model(model, settings)
    batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
    batch.n_tokens = len(tokens)
    for place, token in enumerate(tokens):
        batch.token[place], batch.pos[place], batch.logits[place] = token, place, True
        batch.n_seq_id[place], batch.seq_id[place][0] = 1, 0
    if llama_cpp.llama_decode(context, batch) != 0:
        sys.exit(f"llama.cpp cannot run {path}.")
    logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits(context), (len(tokens), VOCABULARY)).copy()
    llama_cpp.llama_batch_free(batch)
    llama_cpp.llama_free(context)
    llama_cpp.llama_model_free(model)
    return logits, seen


def gate(name, tokens, inputs, experts):
    """Rows [experts][embedding] of the least length by which the inputs [token][embedding] get scores `STEP` apart, around 0,
    in an order that is drawn for each token of the vocabulary."""
    ranks = words(name, VOCABULARY * experts).reshape(VOCABULARY, experts).argsort(-1)
    scores = STEP * (ranks[tokens] - (experts - 1) / 2)
    return np.linalg.lstsq(inputs.astype(float), scores, rcond=1e-3)[0].T.astype(np.float32)


def margin(seen, used):
    """The least distance of a token's last expert from the next one, over all blocks."""
    ranked = [np.sort(scores)[:, ::-1] for name, scores in seen.items() if name.startswith(SCORES)]
    return min((scores[:, used - 1] - scores[:, used]).min() for scores in ranked)


def add_gates(name, tokens, write_model, vectors, keys):
    """Adds the gates of experts, block by block, since what a block's gate reads depends on those before it."""
    count, used = EXPERTS["expert_count"], next(value for key, value in keys.items() if key.endswith("expert_used_count"))
    tensors = [f"blk.{block}.ffn_gate_inp.weight" for block in range(BLOCKS)]
    vectors |= {tensor: np.zeros((count, EMBEDDING), np.float32) for tensor in tensors}
    for block, tensor in enumerate(tensors):
        _, seen = run(write_model(vectors), tokens, [f"ffn_norm-{block}"])
        vectors[tensor] = gate(name + tensor, tokens, seen[f"ffn_norm-{block}"], count)
    path, watched = write_model(vectors), [f"{SCORES}{block}" for block in range(BLOCKS)]
    exact, rounded = run(path, tokens, watched)[1], run(path, tokens, watched, llama_cpp.GGML_TYPE_Q8_0)[1]
    moved = max(np.abs(exact[scores] - rounded[scores]).max() for scores in watched)
    apart = margin(exact, used)
    print(f"{name}: a token's last expert and the next are {apart:.2f} apart or more; int8 moves scores by {moved:.3f}")
    assert apart > 0.9 * STEP and moved < apart / 4, "Scores are too near to one another to be told apart in int8."


@llama_cpp.llama_log_callback
def silence(*_):
    """llama.cpp tells of every tensor."""


def main(folder, draws):
    llama_cpp.llama_log_set(silence, ctypes.c_void_p())
    folder.mkdir(parents=True, exist_ok=True)
    drawn = [(f"{name}-{draw}", *rest) for name, *rest in CASES for draw in range(1, draws + 1) if "expert_count" in rest[-1]]
    for name, architecture, *shape in (*CASES, *drawn):
        keys, shapes, vectors = model(name, architecture, *shape)
        blocks = {tensor: matrix(name + tensor, *size) for tensor, size in shapes.items()}
        kind = gguf.GGMLQuantizationType.Q8_0
        dense = {tensor: gguf.quants.dequantize(block, kind) for tensor, block in blocks.items()}
        for tensor in (tensor for tensor in dense if "_exps." in tensor):
            dense[tensor] = dense[tensor].reshape(EXPERTS["expert_count"], -1, dense[tensor].shape[1])
        tokens = (words(name + "tokens", LENGTH) % np.uint64(VOCABULARY)).astype(int).tolist()
        with tempfile.TemporaryDirectory() as temporary:
            def write_model(vectors):
                path = Path(temporary) / "model.gguf"
                write(path, architecture, keys | {"tokenizer.ggml.model": "none"}, dense, vectors)
                return path

            if any("_exps." in tensor for tensor in dense):
                add_gates(name, tokens, write_model, vectors, keys)
            expected, _ = run(write_model(vectors), tokens)
        reference = {
            "matrices": list(shapes), "rows": [size[0] for size in shapes.values()],
            "columns": [size[1] for size in shapes.values()], "spreads": [float(size[2]) for size in shapes.values()],
            "tokens": tokens, "logits": expected.flatten().tolist()}
        keys |= {"general.name": name} | {f"general.reference.{key}": value for key, value in reference.items()}
        write(folder / f"{name}.gguf", architecture, keys, {}, vectors)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
