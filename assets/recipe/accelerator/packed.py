"""What is carried, made small: the base model as it is quantised, a run's weights as their distance from the base
model's, and the corpus.

Everything is dictionaries of tensors, numbers and names, which torch.load reads without running code.
"""

import lzma
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import MagicMock

import numpy as np
import torch

try:
    import gguf
except ImportError:
    # A machine that only trains reads no model files but those packed here.
    sys.modules["gguf"] = sys.modules["gguf.quants"] = MagicMock()

from .. import weights
from ..corpus import name_of, parts_of
from ..model import Shape
from ..optimiser import ADDED, Group, Layout, sorted_tensors
from ..student import with_thin_path

# Bytes of a group of 32 weights in the formats that are carried as they are.
BLOCKS = {"Q4_1": 20, "Q8_0": 34}
TOKENS = "tokenizer.ggml.tokens"


def to_tensor(data):
    return torch.from_numpy(np.frombuffer(data, np.uint8).copy())


def to_bytes(tensor):
    return tensor.cpu().numpy().tobytes()


def pack_base(path):
    """A dense model's GGUF: its numbers and its tensors, but of its vocabulary only how large it is."""
    file = weights.read(path)
    metadata = {key: value for key, (value, *_) in file.metadata.items() if isinstance(value, (int, float))}
    tensors = {}
    for shard in weights.shards(path):
        for tensor in gguf.GGUFReader(shard).tensors:
            kind, data = tensor.tensor_type.name, file.tensors[tensor.name]
            shape = data.shape
            if kind in BLOCKS:
                # Bytes that are at one place of their groups stand together: they are more alike.
                data = np.ascontiguousarray(tensor.data.reshape(-1, BLOCKS[kind]).T)
            else:
                kind = "F32"
            tensors[tensor.name] = (kind, list(shape), to_tensor(zlib.compress(data.tobytes(), 1)))
    return {"metadata": metadata, "vocabulary": len(file.value(TOKENS)), "tensors": tensors}


def dequantised(kind, data):
    if kind == "F32":
        return np.frombuffer(data, np.float32).copy()
    blocks = np.ascontiguousarray(np.frombuffer(data, np.uint8).reshape(BLOCKS[kind], -1).T)
    halves = lambda first: np.ascontiguousarray(blocks[:, first : first + 2]).view(np.float16).astype(np.float32)
    if kind == "Q8_0":
        return halves(0) * blocks[:, 2:].view(np.int8).astype(np.float32)
    levels = np.concatenate((blocks[:, 4:] & 15, blocks[:, 4:] >> 4), 1).astype(np.float32)
    return halves(0) * levels + halves(2)


def unpack_base(packed):
    """What `weights.read` would make of the file."""
    metadata = {key: (value, None, None) for key, value in packed["metadata"].items()}
    metadata[TOKENS] = (range(packed["vocabulary"]), None, None)
    tensors = {
        name: dequantised(kind, zlib.decompress(to_bytes(data))).reshape(shape)
        for name, (kind, shape, data) in packed["tensors"].items()}
    return weights.ModelFile(metadata, tensors)


def origins_of(base, shape, orders):
    """The base model's weights {sort: flat}, as the optimiser of a run of that shape lays them out; 0 for routers
    and stand-ins."""
    arranged = with_thin_path(base, orders, shape.thin / shape.feed_forward).with_silent_routing(shape)
    result = {}
    for sort, named in sorted_tensors(arranged).items():
        layout = Layout(named)
        result[sort] = torch.zeros(layout.size, device=base.token_embd.device)
        for name, tensor in named:
            layout.view(result[sort], name).copy_(tensor)
    return result


def shape_in(state):
    """The shape that a checkpoint says."""
    return Shape(**{**state["shape"], "routed": tuple(state["shape"]["routed"])})


# Weights that have a scale in common.
GROUP = 32


def pack_state(state, base, buffer, levels=127):
    """A checkpoint without the optimiser's memory. Of the weights in `buffer` ("master" or "average") matrices are
    integers of −levels…levels and a bf16 scale for each group of 32, of their distance from the base model's."""
    origins, groups = origins_of(base, shape_in(state), state["orders"]), {}
    for sort, kept in state["optimiser"]["groups"].items():
        if sort != "matrices":
            groups[sort] = {"plain": kept[buffer].clone()}
            continue
        distance = (kept[buffer] - origins[sort]).unflatten(0, (-1, GROUP))
        scales = (distance.abs().amax(1) / levels).to(torch.bfloat16)
        divisors = torch.where(scales > 0, scales.float(), torch.inf)
        found = (distance / divisors[:, None]).round().clamp(-levels, levels).to(torch.int8)
        # Levels do not repeat, but small ones come more often.
        packer = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_HUFFMAN_ONLY)
        data = packer.compress(to_bytes(found)) + packer.flush()
        groups[sort] = {"levels": to_tensor(data), "scales": scales, "origin": zlib.crc32(to_bytes(origins[sort]))}
    return {key: value for key, value in state.items() if key != "optimiser"} | {"packed": groups}


def unpack_state(packed, base):
    """A checkpoint that goes on with these weights, its optimiser as at the beginning."""
    origins, groups = origins_of(base, shape_in(packed), packed["orders"]), {}
    for sort, kept in packed["packed"].items():
        origin = origins[sort]
        if "plain" in kept:
            found = kept["plain"].to(origin.device)
            origin = found if sort in ADDED else origin
        else:
            if zlib.crc32(to_bytes(origin)) != kept["origin"]:
                raise SystemExit("These weights were packed with another base model.")
            levels = to_tensor(zlib.decompress(to_bytes(kept["levels"]))).view(torch.int8).to(origin.device)
            scales = kept["scales"].to(origin.device).float()
            found = origin + (levels.unflatten(0, (-1, GROUP)) * scales[:, None]).flatten()
        zeros = torch.zeros_like(found)
        buffers = {"master": found, "average": found, "origin": origin}
        groups[sort] = {name: buffers.get(name, zeros) for name in Group.KEPT}
    rest = {key: value for key, value in packed.items() if key != "packed"}
    return rest | {"optimiser": {"step_count": 0, "groups": groups}}


# Tokens are packed in chunks, side by side.
CHUNK = 8 << 20
# Two bytes a token.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "lc": 3, "lp": 1, "pb": 1}]


def side_by_side(work, items):
    with ThreadPoolExecutor() as pool:
        return list(pool.map(work, items))


def pack_corpus(folder):
    """All parts of a corpus."""
    parts, tokens, counted = [], [], []
    for path in parts_of(folder):
        part = np.load(path)
        tokens.append(part["tokens"])
        counted.append(part["weights"])
        rest = {name: torch.from_numpy(part[name].astype(np.int64)) for name in ("starts", "folds", "origins")}
        parts.append({"name": name_of(path), "count": len(part["tokens"]), "sources": part["sources"].tolist(), **rest})
    data = np.concatenate(tokens).tobytes()
    chunks = [data[first : first + CHUNK] for first in range(0, len(data), CHUNK)]
    packed = side_by_side(lambda chunk: to_tensor(lzma.compress(chunk, filters=FILTERS)), chunks)
    return {"parts": parts, "tokens": packed, "weights": to_tensor(zlib.compress(np.concatenate(counted).tobytes()))}


def unpack_corpus(packed, folder):
    """Writes the parts again; returns how many tokens they have."""
    data = b"".join(side_by_side(lambda chunk: lzma.decompress(to_bytes(chunk)), packed["tokens"]))
    tokens = np.frombuffer(data, np.uint16)
    counted = np.frombuffer(zlib.decompress(to_bytes(packed["weights"])), np.uint8)
    first = 0
    for part in packed["parts"]:
        rows = slice(first, first + part["count"])
        path = folder / part["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            path, tokens=tokens[rows], weights=counted[rows], starts=part["starts"].numpy(),
            folds=part["folds"].numpy().astype(np.uint8),
            sources=np.array(part["sources"]), origins=part["origins"].numpy().astype(np.uint16))
        first = rows.stop
    return first
