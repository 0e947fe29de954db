"""Model files: reading any Llama-family GGUF into arrays, and writing a `mod-llama` one."""

import glob
import re
from dataclasses import dataclass, field
from pathlib import Path

import gguf
import numpy as np
from gguf.quants import dequantize, quantize

from . import names

# Keys that describe one file's split or how its weights were stored.
DROPPED = ("GGUF.", "split.", "general.file_type", "general.quantization_version")


@dataclass
class ModelFile:
    """A model file's content.

    `metadata` maps keys, without the architecture's prefix ("block_count", "tokenizer.ggml.tokens"), to
    (value, gguf type, array type); `tensors` maps names to float32 arrays, matrices [out][in].
    """

    metadata: dict = field(default_factory=dict)
    tensors: dict = field(default_factory=dict)

    def value(self, key, default=None):
        return self.metadata[key][0] if key in self.metadata else default


def shards(path):
    """All files of a split model, given one of them."""
    return sorted(glob.glob(re.sub(r"-\d{5}-of-", "-?????-of-", glob.escape(str(path)))))


def read(path):
    """Reads a GGUF, split or not, and dequantises every tensor."""
    model = ModelFile()
    paths = shards(path)
    if not paths:
        raise SystemExit(f"{path} is not there.")
    for index, shard in enumerate(paths):
        reader = gguf.GGUFReader(shard)
        if index == 0:
            architecture = reader.fields["general.architecture"].contents()
            for key, item in reader.fields.items():
                if not key.startswith(DROPPED):
                    array = item.types[1] if item.types[0] == gguf.GGUFValueType.ARRAY else None
                    model.metadata[key.removeprefix(architecture + ".")] = (item.contents(), item.types[0], array)
        for tensor in reader.tensors:
            model.tensors[tensor.name] = np.array(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
    return model


def write(path, model, thresholds, capacities, thin_thresholds=None):
    """Writes a `mod-llama` file: matrices Q8_0, norms, biases, routers and thresholds F32.

    `thresholds` and `thin_thresholds` are [routed blocks][capacities], `capacities` ascending from 0 to 1: a token goes
    full where its score reaches the first, thin where it reaches the second. Without thin thresholds no token goes thin,
    and without a thin path they are not written. The engine refuses a file without a table; `fathom calibrate` puts a
    measured one in its place.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(path, names.ARCHITECTURE)
    for key, (value, kind, array) in model.metadata.items():
        if key == "general.architecture" or key.startswith("routing."):
            continue
        name = key if key.startswith(("general.", "tokenizer.")) else f"{names.ARCHITECTURE}.{key}"
        writer.add_key_value(name, value, kind, array)
    whole = lambda key: f"{names.ARCHITECTURE}.{key}"
    blocks = model.value(names.BLOCKS)
    writer.add_key_value(whole(names.BLOCKS), blocks, gguf.GGUFValueType.ARRAY, gguf.GGUFValueType.UINT32)
    writer.add_string(whole(names.GATE), "hard")
    writer.add_string(whole(names.KV), model.value(names.KV))
    writer.add_uint32(whole(names.ANCHOR_TOKENS), model.value(names.ANCHOR_TOKENS))
    tables = {names.THRESHOLD: thresholds}
    if model.value(names.THIN_WIDTH):
        writer.add_float32(whole(names.THIN_WIDTH), model.value(names.THIN_WIDTH))
        tables[names.THIN_THRESHOLD] = thresholds if thin_thresholds is None else thin_thresholds
    if model.value(names.STAND_IN_RANK):
        writer.add_uint32(whole(names.STAND_IN_RANK), model.value(names.STAND_IN_RANK))
    writer.add_key_value(
        whole(names.CAPACITIES), list(capacities), gguf.GGUFValueType.ARRAY, gguf.GGUFValueType.FLOAT32)
    writer.add_float32(whole(names.DEFAULT_CAPACITY), 1.0)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    for name, tensor in model.tensors.items():
        if name.endswith((names.THRESHOLD, names.THIN_THRESHOLD)):
            continue
        if tensor.ndim == 2 and not name.endswith(names.IN_WEIGHT):
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, quantize(tensor, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, np.ascontiguousarray(tensor, dtype=np.float32))
    for ending, table in tables.items():
        for block, row in zip(blocks, table, strict=True):
            writer.add_tensor(names.in_block(block, ending), np.array(row, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
