"""Compiled pieces of the model, and whether the compiler may be trusted with them."""

import os
import platform

# On processors that GCC 12 takes for "cooperlake" its superword vectoriser miscompiles the bf16 transposes that Inductor
# writes (`transpose_mxn<BFloat16, 32, 32>`, in the backward of the key's rotary embedding): gradients are not numbers.
if platform.machine() == "x86_64":
    os.environ.setdefault("TORCHINDUCTOR_CPP_MARCH", "native -fno-tree-slp-vectorize")

import torch

# Blocks with and without a router, with gradients and without, each for a fixed and a varying number of rows.
VARIANTS = 32


class Compiled:
    """A function that torch.compile may stand in for. `use_compiler` says which of the two is called, everywhere."""

    in_use = False

    def __init__(self, function):
        self.plain, self.fast = function, None

    def __call__(self, *arguments):
        if not Compiled.in_use:
            return self.plain(*arguments)
        if self.fast is None:
            self.fast = torch.compile(self.plain)
        return self.fast(*arguments)


def compiled(function):
    return Compiled(function)


def use_compiler(active=True):
    """Lets compiled functions stand in for plain ones from now on."""
    Compiled.in_use = active
    if active:
        # It takes seconds to load.
        import torch._dynamo
        import torch._inductor.config

        # The configuration may have been read before this module was. Older versions have no such flag; with vectors of 256
        # bits the mistake is not made.
        flags = torch._inductor.config.cpp
        if march := os.environ.get("TORCHINDUCTOR_CPP_MARCH"):
            if hasattr(flags, "march"):
                flags.march = march
            else:
                flags.simdlen = 256
        torch._dynamo.config.recompile_limit = VARIANTS


def let_vary(*tensors):
    """How many rows these tensors have differs from call to call, and is no reason to compile again."""
    if Compiled.in_use:
        for tensor in tensors:
            torch._dynamo.maybe_mark_dynamic(tensor, 0)


class Miscompiled(SystemExit):
    """The gradients of a compiled block differ from those of the block that is not compiled."""


def check_compiler(gradients, tolerance=0.05):
    """Holds `gradients()`, a list of tensors, with compiled functions to what it gives with plain ones. The tolerance is of
    bf16: the relative distance of whole tensors."""
    use_compiler(False)
    expected = gradients()
    use_compiler()
    for index, (found, plain) in enumerate(zip(gradients(), expected, strict=True)):
        distance = float((found.float() - plain.float()).norm() / plain.float().norm().clamp(min=1e-12))
        if not distance <= tolerance:
            raise Miscompiled(
                f"Compiled gradient {index} is {distance:.3g} from the plain one: this compiler miscompiles the model. Train "
                "without --compile, or give TORCHINDUCTOR_CPP_MARCH flags that it gets right.")
