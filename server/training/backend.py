"""Which implementation of the costly operations a run uses; the mathematics is the same.

Chosen by the `[backend]` table of a configuration file alone: `compiled` on a processor,
`fla` on a GPU, `torch` anywhere.
"""

from dataclasses import dataclass
from typing import Literal, get_args, get_type_hints


@dataclass(frozen=True)
class Backend:
    """device: a PyTorch device.

    delta_rule: `compiled` (kernels.cpp, one thread), `fla` (Triton kernels of the library fla-core; needs
    a GPU) or `torch` (chunked, anywhere). The short convolution goes with it.
    attention: `spans` runs each example of a row for itself (best on a processor), `masked` the whole row.
    cross_entropy, elementwise (norms and activations): `compiled` or `torch`.
    compile: let torch.compile fuse the blocks (GPU).
    """

    device: str = "cpu"
    delta_rule: Literal["compiled", "fla", "torch"] = "torch"
    attention: Literal["spans", "masked"] = "masked"
    cross_entropy: Literal["compiled", "torch"] = "torch"
    elementwise: Literal["compiled", "torch"] = "torch"
    compile: bool = False

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(type(self)).items():
            if (choices := get_args(hint)) and getattr(self, name) not in choices:
                raise ValueError(f"backend.{name} = {getattr(self, name)!r}: expected one of {', '.join(choices)}")
        if self.device == "cpu" and self.delta_rule == "fla":
            raise ValueError('backend.delta_rule = "fla" needs a GPU: use "compiled" or "torch" on the processor')
        if self.device != "cpu" and "compiled" in (self.delta_rule, self.cross_entropy, self.elementwise):
            raise ValueError('"compiled" kernels are for the processor: use "fla" or "torch" on a GPU')


PLAIN = Backend()
