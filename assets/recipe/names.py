"""The names by which a model file tells of routing: those that the engine reads (Sources/MoDModel/Families)."""

ARCHITECTURE = "mod-llama"

BLOCKS = "routing.blocks"
GATE = "routing.gate"
KV = "routing.kv"
ANCHOR_TOKENS = "routing.anchor_tokens"
CAPACITIES = "routing.capacities"
DEFAULT_CAPACITY = "routing.default_capacity"
THIN_WIDTH = "routing.thin_width"
EXPERT_WEIGHTING = "routing.expert_weighting"
NOOP_EXPERT = "routing.noop_expert"
STAND_IN_RANK = "routing.stand_in_rank"

IN_WEIGHT = "depth_router.in.weight"
IN_BIAS = "depth_router.in.bias"
OUT_WEIGHT = "depth_router.out.weight"
OUT_BIAS = "depth_router.out.bias"
THRESHOLD = "depth_router.threshold"
SHARE = "depth_router.share"
THIN_THRESHOLD = "depth_router.thin_threshold"
THIN_SHARE = "depth_router.thin_share"

STAND_IN_INNER = "depth_stand_in.in.weight"
STAND_IN_OUTER = "depth_stand_in.out.weight"
STAND_IN_BIAS = "depth_stand_in.out.bias"


def in_block(block, name):
    """A tensor's whole name."""
    return f"blk.{block}.{name}"
