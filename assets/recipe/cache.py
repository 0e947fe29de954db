"""The keys and values of documents on their way, and attention to them.

Shapes: M rows, tokens of any documents; H query heads, K key and value heads, D the length of a head.
"""

import ctypes
import functools
import math
import shutil
import subprocess
import tempfile
from pathlib import Path

import torch

from .attention import HIDDEN, Positions, rotated


class Cache:
    """Room for `slots` documents of at most `length` tokens."""

    def __init__(self, slots, length, shape, device, kind):
        self.shape, self.length, self.device, self.kind = shape, length, device, kind
        # [blocks][slots, K, length, D]
        room = (shape.blocks, slots, shape.kv_heads, length, shape.head)
        self.keys, self.values = (torch.zeros(room, dtype=kind, device=device) for _ in range(2))
        positions = Positions(length, shape.head, shape.rope_base, device)
        self.cosines, self.sines = positions.cosines, positions.sines
        is_narrow = torch.device(device).type == "cpu" and kind == torch.bfloat16
        self.kernel = kernel(shape.head, shape.heads // shape.kv_heads) if is_narrow else None

    def share(self, count):
        """Puts what the first slot holds at the first `count` places into every slot."""
        for kept in (self.keys, self.values):
            kept[:, 1:, :, :count] = kept[:, :1, :, :count]

    def attend(self, index, query, kv, slots, places):
        """Puts the keys and values [M, 2·K·D] of block `index`, for tokens at `places` [M] of the documents in `slots`
        [M], where they belong, and lets the queries [M, H·D] look back → [M, H·D]. Rows of one document come in
        order."""
        work = self.attend_natively if self.kernel else self.attend_plainly
        return work(query, kv, slots, places, self.keys[index], self.values[index])

    def attend_plainly(self, query, kv, slots, places, keys, values):
        shape, span = self.shape, int(places.max()) + 1
        cosines, sines = self.cosines[places], self.sines[places]
        query = rotated(query.unflatten(1, (-1, shape.head)), cosines, sines, 1 / math.sqrt(shape.head))
        key, value = kv.unflatten(1, (2, -1, shape.head)).unbind(1)
        keys[slots, :, places] = rotated(key, cosines, sines)
        values[slots, :, places] = value
        hidden = torch.arange(span, device=self.device) > places[:, None, None, None]
        scores = query.unflatten(1, (shape.kv_heads, -1)) @ keys[slots, :, :span].transpose(2, 3)
        weights = scores.float().masked_fill(hidden, HIDDEN).softmax(-1).to(self.kind)
        return (weights @ values[slots, :, :span]).flatten(1)

    def attend_natively(self, query, kv, slots, places, keys, values):
        out = torch.empty_like(query)
        work = torch.empty(self.shape.heads // self.shape.kv_heads * self.length)
        address = lambda tensor: ctypes.c_void_p(tensor.contiguous().data_ptr())
        self.kernel(
            *map(address, (query, kv, slots, places, self.cosines, self.sines, keys, values)), len(query),
            self.shape.kv_heads, self.length, address(work), address(out))
        return out


@functools.cache
def kernel(head, group):
    """`attend_rows` of cache.c, compiled for this machine; None where there is no compiler."""
    compiler = shutil.which("cc")
    if not compiler:
        return None
    with tempfile.TemporaryDirectory() as folder:
        library = f"{folder}/cache.so"
        subprocess.run(
            [compiler, "-O3", "-march=native", "-ffast-math", "-shared", "-fPIC", f"-DHEAD={head}", f"-DGROUP={group}",
             Path(__file__).with_name("cache.c"), "-o", library, "-lm"], check=True)
        return ctypes.CDLL(library).attend_rows
