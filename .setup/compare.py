"""Times fathom against llama.cpp on the same int8 weights, in turns, and prints the median of the pairs' ratios.

    python3 -m pip install llama-cpp-python==0.3.36 gguf numpy
    python3 .setup/compare.py .build/release/fathom .model/smollm2-135m-mod-00001-of-00003.gguf [PAIRS]

Both prefill 512 tokens and then decode 64, dense, with two threads. llama.cpp gets the Q8_0 matrices of the model as a
`llama` file, which is what they are but for the routers.
"""

import glob
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time

import gguf
from llama_cpp import Llama

PROMPT, REPLY, THREADS = 512, 64, 2


def dense_copy(model, destination):
    """Writes the model's weights without routing, for llama.cpp."""
    shards = sorted(glob.glob(re.sub(r"-\d{5}-of-", "-*-of-", model)))
    readers = [gguf.GGUFReader(path) for path in shards]
    writer = gguf.GGUFWriter(destination, "llama")
    for key, field in readers[0].fields.items():
        if key.startswith(("GGUF.", "split.")) or key == "general.architecture" or ".routing." in key:
            continue
        key = key.replace("mod-llama.", "llama.")
        if field.types[0] == gguf.GGUFValueType.ARRAY:
            writer.add_array(key, field.contents())
        else:
            writer.add_key_value(key, field.contents(), field.types[0])
    for reader in readers:
        for tensor in reader.tensors:
            if "depth_router" not in tensor.name:
                writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def time_llama(llama, tokens):
    """Tokens a second in prefill and decode."""
    llama.reset()
    start = time.perf_counter()
    llama.eval(tokens[:PROMPT])
    middle = time.perf_counter()
    for token in tokens[PROMPT:]:
        llama.eval([token])
    return PROMPT / (middle - start), REPLY / (time.perf_counter() - middle)


def time_fathom(program, model):
    output = subprocess.run(
        [program, "bench", "--model", model, "--threads", str(THREADS), "--capacities", "1", "--repeats", "1",
         "--prompt", str(PROMPT), "--generate", str(REPLY)], check=True, capture_output=True, text=True).stdout
    cells = output.splitlines()[-1].split()
    return float(cells[2]), float(cells[3])


def main(program, model, pairs="5"):
    with tempfile.NamedTemporaryFile(suffix=".gguf") as dense:
        dense_copy(model, dense.name)
        llama = Llama(dense.name, n_ctx=1024, n_batch=PROMPT, n_threads=THREADS, n_threads_batch=THREADS, verbose=False)
        text = "The history of the sea is long, and the rivers that feed it are older than the towns on them. " * 60
        tokens = llama.tokenize(text.encode(), add_bos=False)[:PROMPT + REPLY]
        time_llama(llama, tokens)
        ratios = {"prefill": [], "decode": []}
        for _ in range(int(pairs)):
            theirs = time_llama(llama, tokens)
            ours = time_fathom(program, model)
            for index, name in enumerate(ratios):
                ratios[name].append(ours[index] / theirs[index])
                print(f"{name}: llama.cpp {theirs[index]:.1f}, fathom {ours[index]:.1f} tokens/s", flush=True)
        print(json.dumps({name: round(statistics.median(values), 2) for name, values in ratios.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
