"""Between model files and PyTorch modules."""

import torch

from . import weights
from .budget import STEPS
from .model import Model, Shape

ROUTER = {"in.weight": "inner.weight", "in.bias": "inner.bias", "out.weight": "outer.weight", "out.bias": "outer.bias"}
SHARE = ".depth_router.share"


def shape_of(file, routed, kv, router_hidden, anchors=4):
    number = lambda key: file.value(key)
    return Shape(
        blocks=number("block_count"), embedding=number("embedding_length"), heads=number("attention.head_count"),
        kv_heads=number("attention.head_count_kv"), feed_forward=number("feed_forward_length"),
        vocabulary=len(number("tokenizer.ggml.tokens")), epsilon=number("attention.layer_norm_rms_epsilon"),
        rope_base=number("rope.freq_base"), routed=tuple(routed), kv=kv, anchors=anchors, router_hidden=router_hidden)


def dense(file):
    """The file's weights as a frozen dense model."""
    model = Model(shape_of(file, (), "all", 0))
    model.load_state_dict({module_name(name): torch.from_numpy(t) for name, t in dense_tensors(file).items()})
    return model.requires_grad_(False).eval()


def student(file, routed=None, kv=None, router_hidden=32):
    """A trainable model of the file's weights. Routers that the file has are kept; the others begin small."""
    routed = routed if routed is not None else file.value("routing.blocks") or range(2, file.value("block_count") - 2)
    if file.value("routing.gate", "hard") != "hard":
        raise SystemExit("These weights were trained with a scaled gate; the recipe trains the hard one.")
    anchors = file.value("routing.anchor_tokens", 4)
    model = Model(shape_of(file, routed, kv or file.value("routing.kv") or "all", router_hidden, anchors))
    state = model.state_dict()
    for name, tensor in dense_tensors(file).items():
        state[module_name(name)].copy_(torch.from_numpy(tensor))
    for block in routed:
        prefix = f"blk.{block}.depth_router."
        # A router that says nothing yet; what is learnt first are its output weights.
        state[prefix + "outer.weight"].zero_()
        state[prefix + "outer.bias"].zero_()
        for name, inner in ROUTER.items():
            if (tensor := file.tensors.get(prefix + name)) is not None:
                target, source = state[prefix + inner], torch.from_numpy(tensor)
                # A narrower router fills the first hidden units.
                (target[0] if name == "out.weight" else target)[: len(source)] = source
    model.load_state_dict(state)
    return model


def shares_of(file, routed):
    """How the file shares capacities out, [grid of sixteenths][R]; None if it does not say, or routes other blocks."""
    rows = [file.tensors.get(f"blk.{block}{SHARE}") for block in routed]
    if tuple(file.value("routing.blocks") or ()) != tuple(routed) or any(row is None or len(row) != STEPS + 1 for row in rows):
        return None
    return torch.stack([torch.from_numpy(row) for row in rows], 1)


def dense_tensors(file):
    return {name: tensor for name, tensor in file.tensors.items() if ".depth_router." not in name}


def module_name(name):
    """"blk.3.attn_q.weight" stays; norms and the embedding are plain parameters here."""
    return name.removesuffix(".weight") if "norm" in name or name == "token_embd.weight" else name


def to_file(model, origin, shares):
    """The model as a file's content, with the metadata of the file it came from; shares [grid of sixteenths][R]."""
    result = weights.ModelFile(metadata=dict(origin.metadata))
    result.metadata["routing.blocks"] = (list(model.shape.routed), None, None)
    result.metadata["routing.kv"] = (model.shape.kv, None, None)
    result.metadata["routing.anchor_tokens"] = (model.shape.anchors, None, None)
    state = {name: tensor.detach().float().cpu().numpy() for name, tensor in model.state_dict().items()}
    for name in dense_tensors(origin):
        result.tensors[name] = state[module_name(name)]
    # Rounding may let a share fall by the last place, which `fathom calibrate` would refuse.
    for block, row in zip(model.shape.routed, shares.clamp(0, 1).cummax(0).values.T):
        result.tensors[f"blk.{block}{SHARE}"] = row.float().cpu().numpy()
        for name, inner in ROUTER.items():
            tensor = state[f"blk.{block}.depth_router.{inner}"]
            result.tensors[f"blk.{block}.depth_router.{name}"] = tensor[0] if name == "out.weight" else tensor
    return result
