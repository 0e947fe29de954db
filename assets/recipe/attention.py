"""Causal grouped-query attention (arXiv 2305.13245) with rotary embeddings.

Shapes: B sequences, T tokens in each, H query heads, K key and value heads, D the length of a head.
"""

import math

import torch
import torch.nn.functional as F

# A processor computes queries in so many pieces, and for each only the keys up to its end.
PIECES = 2
HIDDEN = -1e30


class Positions:
    """What attention knows of a row of T tokens: cosines and sines [T, 1, D / 2], and the causal mask as a sum [T, T]."""

    def __init__(self, length, head, rope_base, device):
        pairs = torch.arange(head // 2, device=device, dtype=torch.float32)
        places = torch.arange(length, device=device)
        angles = torch.outer(places, rope_base ** (-2 * pairs / head))
        self.length, self.cosines, self.sines = length, angles.cos()[:, None], angles.sin()[:, None]
        self.bias = torch.full((length, length), HIDDEN, device=device).triu(1)


def rotated(x, cosines, sines, factor=1.0):
    """Turns the pairs (i, i + D/2) of x [B, T, heads, D] (arXiv 2104.09864), and scales them."""
    half = x.shape[-1] // 2
    first, second = x[..., :half].float() * factor, x[..., half:].float() * factor
    turned = torch.cat((first * cosines - second * sines, second * cosines + first * sines), -1)
    return turned.to(x.dtype)


def attend(query, key, value, cosines, sines, bias):
    """query [B, T, H, D], key and value [B, T, K, D], bias [T, T] or [B, 1, 1, T, T] added to scores → [B·T, H·D]."""
    rows, length, heads, head = query.shape
    shared = key.shape[2]
    group = heads // shared
    if query.device.type != "cpu" and bias.ndim == 2:
        query, key = rotated(query, cosines, sines), rotated(key, cosines, sines)
        found = F.scaled_dot_product_attention(
            query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), is_causal=True, enable_gqa=True)
        return found.transpose(1, 2).reshape(rows * length, heads * head)
    query = rotated(query, cosines, sines, 1 / math.sqrt(head))
    # The query heads of one key head are as many rows of one product. In bf16 the library's kernel for processors takes
    # four times as long as plain products.
    query = query.view(rows, length, shared, group, head).permute(0, 2, 3, 1, 4)
    key = rotated(key, cosines, sines).transpose(1, 2).reshape(rows * shared, length, head)
    value = value.transpose(1, 2).reshape(rows * shared, length, head)
    size = length // PIECES if length % PIECES == 0 else length
    found = []
    for first in range(0, length, size):
        last = first + size
        some = query[:, :, :, first:last].reshape(rows * shared, group * size, head)
        scores = torch.bmm(some, key[:, :last].transpose(1, 2)).view(rows, shared, group, size, last)
        weights = (scores.float() + bias[..., first:last, :last]).softmax(-1).to(query.dtype)
        weights = weights.view(rows * shared, group * size, last)
        found.append(torch.bmm(weights, value[:, :last]).view(rows, shared, group, size, head))
    return torch.cat(found, 3).permute(0, 3, 1, 2, 4).reshape(rows * length, heads * head)
