"""Cross-entropy over the tied head without ever holding all the logits, and a training step's two losses."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from training import kernels
from training.model import Model
from training.packing import Packing

CHUNK = {"cpu": 512, "cuda": 8192}
"""Rows of logits at a time: what stays in a processor's cache, and what fills a GPU."""


class Row(Protocol):
    """Token ids, the example each belongs to, and how much each counts as a target; one length."""

    ids: list[int]
    segments: list[int]
    weights: list[float]


class WeightedCrossEntropy(torch.autograd.Function):
    """Head and cross-entropy in one: sum over rows of weight * -log p(target).

    Computes the gradient in the forward pass, some rows at a time, so that the logits
    [N, V] are never held whole nor read again.
    """

    @staticmethod
    def forward(ctx, hidden: Tensor, head: Tensor, targets: Tensor, weights: Tensor, compiled: bool) -> Tensor:
        """hidden [N, d], head [V, d], targets [N], weights [N] to a scalar."""
        loss = hidden.new_zeros((), dtype=torch.float32)
        short, states = head.bfloat16(), hidden.bfloat16()
        grad_hidden, grad_head = torch.empty_like(states), torch.zeros_like(head)
        chunk = CHUNK[hidden.device.type]
        for rows in (slice(i, i + chunk) for i in range(0, len(hidden), chunk)):
            logits, target, weight = states[rows] @ short.T, targets[rows], weights[rows]
            if compiled:
                loss += kernels.cross_entropy(logits, target.contiguous(), weight.contiguous())
                grad = logits
            else:
                log_p = torch.log_softmax(logits.float(), -1)
                target = target.unsqueeze(1)
                loss -= (log_p.gather(1, target).squeeze(1) * weight).sum()
                grad = log_p.exp_()
                grad.scatter_add_(1, target, -torch.ones_like(target, dtype=grad.dtype))
                grad = (grad * weight.unsqueeze(1)).bfloat16()
            grad_hidden[rows] = grad @ short
            grad_head += grad.T @ states[rows]
        ctx.save_for_backward(grad_hidden, grad_head)
        ctx.dtype = hidden.dtype
        return loss

    @staticmethod
    def backward(ctx, scale: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        """Gradients for hidden and head."""
        grad_hidden, grad_head = ctx.saved_tensors
        return grad_hidden.to(ctx.dtype) * scale, grad_head * scale, None, None, None


def batch(rows: Sequence[Row]) -> tuple[Tensor, Tensor, Tensor]:
    """ids, segments and loss weights, each [B, T]."""
    parts = [[row.ids for row in rows], [row.segments for row in rows], [row.weights for row in rows]]
    ids, segments, weights = map(torch.tensor, parts)
    return ids, segments, weights


def losses(model: Model, tensors: tuple[Tensor, Tensor, Tensor], mtp_share: float) -> tuple[Tensor, Tensor]:
    """Weighted mean losses, nats per token: of the trunk, and of the MTP block on the first
    `mtp_share` of the positions. Rows are two tokens longer than what goes in.
    """
    ids, segments, weights = tensors
    masked = model.backend.attention == "masked"
    packing = Packing(segments[:, :-2], masked)
    compiled = model.backend.cross_entropy == "compiled"
    hidden = model(ids[:, :-2], packing)

    def mean(states: Tensor, targets: Tensor, weight: Tensor) -> Tensor:
        share = weight.flatten() / weight.sum().clamp(min=1.0)
        return WeightedCrossEntropy.apply(
            states.flatten(0, 1), model.token_embd.weight, targets.flatten(), share, compiled
        )

    trunk = mean(hidden, ids[:, 1:-1], weights[:, 1:-1])
    # Of the first rows; of a single row its beginning.
    rows = max(1, round(mtp_share * len(ids)))
    end = round(mtp_share * len(ids) / rows * hidden.shape[1])
    part = (slice(rows), slice(end))
    cut = packing if rows == len(ids) and end == hidden.shape[1] else Packing(segments[:rows, :end], masked)
    drafted = model.draft(ids[:rows, 1 : end + 1], hidden[part], cut)
    same = segments[:rows, 2 : end + 2] == segments[part]  # not over the end of an example
    return trunk, mean(drafted, ids[:rows, 2 : end + 2], weights[:rows, 2 : end + 2] * same)
