"""Muon for the matrices, AdamW for everything else.

Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024).
Muon replaces a matrix's momentum by the nearest (semi-)orthogonal matrix, found with a
few Newton-Schulz steps.
"""

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor, nn

_A, _B, _C = 3.4445, -4.7750, 2.0315  # the quintic's coefficients, from the source


def orthogonalise(x: Tensor, steps: int = 5) -> Tensor:
    """Matrices [N, rows, columns], rows <= columns, with the singular vectors of `x` and
    singular values near one; computed in bfloat16, as in the source."""
    x = (x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)).bfloat16()
    for _ in range(steps):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=_B, alpha=_C), x, beta=_A)
    return x.float()


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised; `lr` is the step per singular direction."""

    def __init__(self, parameters: Iterable[Tensor], lr: float, momentum: float = 0.95) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Apply one update."""
        for group in self.param_groups:
            # Many small products cost more than a few batched ones: matrices of one shape
            # (or its transpose) go together.
            batches: dict[tuple[int, int], list[tuple[Tensor, Tensor]]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["momentum"] = torch.zeros_like(parameter)
                momentum = state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
                update = parameter.grad.lerp(momentum, group["momentum"])
                wide = update if update.shape[0] <= update.shape[1] else update.T
                batches[tuple(wide.shape)].append((parameter, wide))
            for batch in batches.values():
                updates = orthogonalise(torch.stack([wide for _, wide in batch]))
                for (parameter, _), update in zip(batch, updates, strict=True):
                    rows, columns = parameter.shape
                    # Tall matrices need a larger step for the same change of their output.
                    rate = group["lr"] * max(1.0, rows / columns) ** 0.5
                    parameter.add_(update if rows <= columns else update.T, alpha=-rate)


def optimizers(model: nn.Module, muon_rate: float, adam_rate: float) -> list[torch.optim.Optimizer]:
    """The two optimizers over all parameters of `model`; each group remembers its `base` rate."""
    matrices, others = [], []
    for name, parameter in model.named_parameters():
        hidden = parameter.ndim == 2 and min(parameter.shape) >= 16 and "token_embd" not in name
        (matrices if hidden else others).append(parameter)
    pair: list[torch.optim.Optimizer] = [
        Muon(matrices, muon_rate),
        torch.optim.AdamW(others, adam_rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]
    for optimizer in pair:
        for group in optimizer.param_groups:
            group["base"] = group["lr"]
    return pair


def set_rate(pair: Iterable[torch.optim.Optimizer], factor: float) -> None:
    """Set every learning rate to `factor` times its base."""
    for optimizer in pair:
        for group in optimizer.param_groups:
            group["lr"] = group["base"] * factor


def restore(pair: Iterable[torch.optim.Optimizer], states: Iterable[dict]) -> None:
    """Give both optimizers a checkpoint's state, with the rates that the configuration says now."""
    for optimizer, state in zip(pair, states, strict=True):
        rates = [group["base"] for group in optimizer.param_groups]
        optimizer.load_state_dict(state)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["base"] = rate
