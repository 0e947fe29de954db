"""Causal attention with shared key and value heads."""

import math

import torch
import torch.nn.functional as F


def attend(query, key, value, mask=None):
    """query [B, heads, T, head], key and value [B, kv heads, T, head] → [B, heads, T, head]. mask [B or 1, 1, T, T]: what
    may be seen, if not all that came before."""
    if query.device.type != "cpu":
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=mask is None, enable_gqa=True)
    # In bf16 the library's kernel for processors takes four times as long as plain products.
    length = query.shape[2]
    if mask is None:
        mask = torch.ones(length, length, dtype=torch.bool, device=query.device).tril()[None, None]
    group = query.shape[1] // key.shape[1]
    # The query heads that share a key head are as many rows of one product.
    rows = (query / math.sqrt(query.shape[-1])).unflatten(1, (-1, group)).flatten(2, 3)
    scores = (rows @ key.transpose(-1, -2)).unflatten(2, (group, length))
    hidden = torch.zeros(mask.shape, dtype=scores.dtype, device=mask.device).masked_fill_(~mask, -torch.inf)
    weights = (scores + hidden.unsqueeze(1)).softmax(-1).flatten(2, 3)
    return (weights @ value).unflatten(2, (group, length)).flatten(1, 2)
