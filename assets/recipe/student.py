"""Between model files and models: fused matrices, rotary halves, sorted hidden units."""

from dataclasses import replace

import numpy as np
import torch

from . import names, weights
from .budget import STEPS
from .model import ROUTER, STAND_IN, Model, Shape
from .routing import FULL, PROCESSED

ROUTER_NAMES = {
    "inner": names.IN_WEIGHT, "inner_bias": names.IN_BIAS, "outer": names.OUT_WEIGHT, "outer_bias": names.OUT_BIAS}
STAND_IN_NAMES = dict(zip(STAND_IN, (names.STAND_IN_INNER, names.STAND_IN_OUTER, names.STAND_IN_BIAS)))


def shape_of(file, routed, kv="all", router_hidden=0, anchors=4):
    number = lambda key: file.value(key)
    width = file.value(names.THIN_WIDTH, 0.0) or 1.0
    return Shape(
        blocks=number("block_count"), embedding=number("embedding_length"), heads=number("attention.head_count"),
        kv_heads=number("attention.head_count_kv"), feed_forward=number("feed_forward_length"),
        vocabulary=len(number("tokenizer.ggml.tokens")), epsilon=number("attention.layer_norm_rms_epsilon"),
        rope_base=number("rope.freq_base"), routed=tuple(routed), kv=kv, anchors=anchors, router_hidden=router_hidden,
        thin=round(width * number("feed_forward_length")), stand_in_rank=file.value(names.STAND_IN_RANK) or 0 if routed else 0)


def halves(rows, head):
    """Rows of a query or key matrix [heads · D, d], interleaved pairs as GGUF Llama files order them, by halves."""
    return rows.unflatten(0, (-1, head // 2, 2)).transpose(1, 2).flatten(0, 2)


def pairs(rows, head):
    """Rows of a query or key matrix [heads · D, d] by halves, as interleaved pairs: undoes `halves`."""
    return rows.unflatten(0, (-1, 2, head // 2)).transpose(1, 2).flatten(0, 2)


def split(gate, up, down, thin):
    """Feed-forward matrices as in a file ([f, d], [f, d], [d, f]) as the thin path's and the rest's."""
    parts = {"gate_up": torch.cat((gate[:thin], up[:thin])).t(), "down": down[:, :thin]}
    if thin < len(gate):
        parts |= {"gate_up_rest": torch.cat((gate[thin:], up[thin:])).t(), "down_rest": down[:, thin:]}
    return parts


def joined(block):
    """(gate, up, down) as in a file, of a block's parts."""
    thin = [block["gate_up"].t().chunk(2), block["down"]]
    if "down_rest" not in block:
        return *thin[0], thin[1]
    rest = block["gate_up_rest"].t().chunk(2)
    return *(torch.cat(pair) for pair in zip(thin[0], rest)), torch.cat((thin[1], block["down_rest"]), 1)


def block_of(file, index, shape):
    tensor = lambda name: torch.from_numpy(file.tensors[f"blk.{index}.{name}.weight"])
    block = {
        "q": halves(tensor("attn_q"), shape.head).t(),
        "kv": torch.cat((halves(tensor("attn_k"), shape.head), tensor("attn_v"))),
        "output": tensor("attn_output"),
        **split(tensor("ffn_gate"), tensor("ffn_up"), tensor("ffn_down"), shape.thin),
        "attn_norm": tensor("attn_norm"), "ffn_norm": tensor("ffn_norm")}
    return {name: tensor.contiguous() for name, tensor in block.items()}


def router_of(file, index, shape):
    """The block's router, or one that says nothing yet; what is learnt first are its output weights."""
    found = [file.tensors.get(names.in_block(index, ROUTER_NAMES[name])) for name in ROUTER]
    router = dict(zip(ROUTER, (
        torch.randn(shape.router_hidden, shape.embedding) / shape.embedding**0.5, torch.zeros(shape.router_hidden),
        torch.zeros(shape.router_hidden), torch.zeros(()))))
    for name, tensor in zip(ROUTER, found):
        if tensor is not None:
            tensor = torch.from_numpy(tensor)
            if name == "outer_bias":
                router[name] = tensor.reshape(())
            else:
                # A narrower router fills the first hidden units.
                router[name][: len(tensor)] = tensor
    return router


def stand_in_of(file, index, shape):
    """What stands in for the block, or zeros where nothing does yet; an empty dictionary where nothing will."""
    sizes = (shape.stand_in_rank, shape.embedding), (shape.embedding, shape.stand_in_rank), (shape.embedding,)
    found = {
        name: torch.from_numpy(file.tensors.get(names.in_block(index, whole), np.zeros(size, np.float32)))
        for (name, whole), size in zip(STAND_IN_NAMES.items(), sizes)}
    return found | {"stand_in_outer": found["stand_in_outer"].t().contiguous()} if shape.stand_in_rank else {}


def model_of(file, shape):
    added = lambda index: router_of(file, index, shape) | stand_in_of(file, index, shape) if index in shape.routed else {}
    blocks = [block_of(file, index, shape) | added(index) for index in range(shape.blocks)]
    tensor = lambda name: torch.from_numpy(file.tensors[name + ".weight"])
    return Model(shape, tensor("token_embd"), tensor("output_norm"), blocks)


def dense(file):
    """The file's weights as a dense model, fp32."""
    return model_of(file, shape_of(file, ()))


def student(file, routed=None, kv=None, router_hidden=32):
    """A model of the file's weights with a router on each routed block, fp32. Routers and stand-ins of the file are kept."""
    routed = routed if routed is not None else file.value(names.BLOCKS) or range(2, file.value("block_count") - 2)
    if file.value(names.GATE, "hard") != "hard":
        raise SystemExit("These weights were trained with a scaled gate; the recipe trains the hard one.")
    anchors = file.value(names.ANCHOR_TOKENS, 4)
    return model_of(file, shape_of(file, routed, kv or file.value(names.KV) or "all", router_hidden, anchors))


def with_thin_path(model, orders, width):
    """The model with a thin path: of each block's f hidden units the first width · f in `orders`, [f] for each block. At full
    depth nothing changes."""
    shape = model.shape
    thin = round(width * shape.feed_forward)
    blocks = []
    for block, order in zip(model.blocks, orders):
        gate, up, down = joined(block)
        parts = split(gate[order], up[order], down[:, order], thin)
        kept = {name: x for name, x in block.items() if not name.startswith(("gate_up", "down"))}
        blocks.append({name: x.contiguous() for name, x in (kept | parts).items()})
    return Model(replace(shape, thin=thin), model.token_embd, model.output_norm, blocks)


@torch.no_grad()
def rows_by_weight(model, tokens):
    """For each block the order [f] of its hidden units, those that matter most on the tokens [B, T] first: by the mean
    |activation| × the norm of the column of `down` that it is multiplied by."""
    return [
        (active * joined(block)[2].float().norm(dim=0)).argsort(descending=True)
        for block, active in zip(model.blocks, activations(model, tokens))]


def activations(model, tokens):
    """The mean |activation| [f] of each block's hidden units on the tokens [B, T], at full depth."""
    found = []
    shape = model.shape
    inputs = model(tokens, states=range(shape.blocks)).states
    x = torch.nn.functional.embedding(tokens.flatten(), model.token_embd)
    for index, block in enumerate(model.blocks):
        # A block without its feed-forward: what is left is its attention.
        silent = block | {name: torch.zeros_like(block[name]) for name in block if name.startswith("down")}
        alone = Model(replace(shape, blocks=1, routed=()), model.token_embd, model.output_norm, [silent])
        hidden = alone(tokens, states=(0,), resume=(0, x)).states[0]
        normed = hidden * torch.rsqrt(hidden.square().mean(-1, keepdim=True) + shape.epsilon) * block["ffn_norm"]
        gate, up, _ = joined(block)
        active = torch.nn.functional.silu(normed @ gate.float().t()) * (normed @ up.float().t())
        found.append(active.abs().mean(0))
        x = inputs[index]
    return found


def shares_of(file, routed):
    """The shares of capacities that a file gives its blocks, [grid of sixteenths][2][R]: of tokens that go full, and of
    tokens that are processed; None if it does not say, or routes other blocks."""
    def rows(name):
        found = [file.tensors.get(names.in_block(block, name)) for block in routed]
        missing = any(row is None or len(row) != STEPS + 1 for row in found)
        return None if missing else torch.stack([torch.from_numpy(row) for row in found], 1)

    full, thin = rows(names.SHARE), rows(names.THIN_SHARE)
    if tuple(file.value(names.BLOCKS) or ()) != tuple(routed) or full is None:
        return None
    return torch.stack((full, full if thin is None else full + thin), 1)


def to_file(model, origin, shares):
    """The model as a file's content, with the metadata of the file it came from; shares [grid of sixteenths][2][R]."""
    shape = model.shape
    result = weights.ModelFile(metadata=dict(origin.metadata))
    result.metadata[names.BLOCKS] = (list(shape.routed), None, None)
    result.metadata[names.KV] = (shape.kv, None, None)
    result.metadata[names.ANCHOR_TOKENS] = (shape.anchors, None, None)
    result.metadata[names.THIN_WIDTH] = (shape.thin / shape.feed_forward if shape.is_graded else 0.0, None, None)
    result.metadata[names.STAND_IN_RANK] = (shape.stand_in_rank, None, None)
    array = lambda tensor: tensor.detach().float().cpu().numpy()
    result.tensors["token_embd.weight"] = array(model.token_embd)
    result.tensors["output_norm.weight"] = array(model.output_norm)
    if "output.weight" in origin.tensors:
        result.tensors["output.weight"] = origin.tensors["output.weight"]
    keys = shape.kv_heads * shape.head
    for index, block in enumerate(model.blocks):
        gate, up, down = joined(block)
        named = {
            "attn_norm": block["attn_norm"], "attn_q": pairs(block["q"].t(), shape.head),
            "attn_k": pairs(block["kv"][:keys], shape.head), "attn_v": block["kv"][keys:],
            "attn_output": block["output"], "ffn_norm": block["ffn_norm"], "ffn_gate": gate, "ffn_up": up, "ffn_down": down}
        for name, tensor in named.items():
            result.tensors[f"blk.{index}.{name}.weight"] = array(tensor)
    # Rounding may let a share fall by the last place, which `fathom calibrate` would refuse.
    rising = shares.clamp(0, 1).cummax(0).values
    for place, index in enumerate(shape.routed):
        full, processed = rising[:, FULL, place], rising[:, PROCESSED, place]
        full = full if shape.is_graded else processed
        result.tensors[names.in_block(index, names.SHARE)] = array(full)
        if shape.is_graded:
            result.tensors[names.in_block(index, names.THIN_SHARE)] = array((processed - full).clamp(min=0))
        for name in ROUTER:
            tensor = array(model.blocks[index][name])
            whole = names.in_block(index, ROUTER_NAMES[name])
            result.tensors[whole] = tensor.reshape(1) if tensor.ndim == 0 else tensor
        if shape.stand_in_rank:
            for name, whole in STAND_IN_NAMES.items():
                tensor = model.blocks[index][name]
                result.tensors[names.in_block(index, whole)] = array(tensor.t() if name == "stand_in_outer" else tensor)
    return result
