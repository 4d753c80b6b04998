"""How far the MTP block's predictions are from the trunk's, and the gradient that brings them closer.

A draft is taken when it is the token that the trunk itself prefers, right or wrong, so the block does better
with the trunk's probabilities as its target than with the text alone: Zhou et al., "DistillSpec: Improving
Speculative Decoding via Knowledge Distillation" (arXiv 2310.08461), forward divergence.
"""

import torch
from torch import Tensor

from training.loss import CHUNK
from training.model import Model
from training.packing import Packing


class Imitation(torch.autograd.Function):
    """Head and divergence in one: sum over rows of weight * KL(trunk || draft), in nats. Only `drafted` learns."""

    @staticmethod
    def forward(ctx, drafted: Tensor, hidden: Tensor, head: Tensor, weights: Tensor) -> Tensor:
        """drafted and hidden [N, d], head [V, d], weights [N] to a scalar."""
        loss = drafted.new_zeros((), dtype=torch.float32)
        short, states = head.bfloat16(), drafted.bfloat16()
        gradient, chunk = torch.empty_like(states), CHUNK[drafted.device.type]
        for rows in (slice(i, i + chunk) for i in range(0, len(drafted), chunk)):
            wanted = torch.log_softmax((hidden[rows].bfloat16() @ short.T).float(), -1)
            given = torch.log_softmax((states[rows] @ short.T).float(), -1)
            share, weight = wanted.exp(), weights[rows].unsqueeze(1)
            loss += (share * (wanted - given) * weight).sum()
            gradient[rows] = ((given.exp_() - share) * weight).bfloat16() @ short
        ctx.save_for_backward(gradient)
        ctx.dtype = drafted.dtype
        return loss

    @staticmethod
    def backward(ctx, scale: Tensor) -> tuple[Tensor, None, None, None]:
        """The gradient for drafted."""
        return ctx.saved_tensors[0].to(ctx.dtype) * scale, None, None, None


def states(model: Model, tensors: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """The block's states [N, d], the trunk's [N, d] that predict the same tokens, and how much each counts [N].

    The trunk is not trained here: no gradient is kept for it. Rows are as in `loss.losses`.
    """
    ids, segments, weights = tensors
    packing = Packing(segments[:, :-2], model.backend.attention == "masked")
    with torch.no_grad():
        hidden = model(ids[:, :-2], packing)
        embedded = model.token_embd(ids[:, 1:-1])
    drafted = model.mtp(embedded, hidden, packing)
    weight = weights[:, 2:-1] * (segments[:, 2:-1] == segments[:, :-3])  # not over the end of an example
    return drafted[:, :-1].flatten(0, 1), hidden[:, 1:].flatten(0, 1), weight.flatten()


def divergence(model: Model, tensors: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Weighted mean of KL(trunk || draft) over the positions, nats."""
    drafted, hidden, weight = states(model, tensors)
    return Imitation.apply(drafted, hidden, model.token_embd.weight.detach(), weight / weight.sum().clamp(min=1.0))


@torch.no_grad()
def agreement(model: Model, tensors: tuple[Tensor, Tensor, Tensor]) -> float:
    """How often the block's best token is the trunk's best, on this text: about the share of first drafts that are taken."""
    drafted, hidden, weight = states(model, tensors)
    same = model.logits(drafted.float()).argmax(-1) == model.logits(hidden.float()).argmax(-1)
    return ((same * weight).sum() / weight.sum().clamp(min=1.0)).item()
