"""Where the examples that are packed into a row begin and end."""

from functools import cached_property

import torch
from torch import Tensor


class Packing:
    """Made of `segments` [B, T], the number of the example that each position belongs to.

    Nothing is carried from one example of a row to the next; the forms below say so to the
    different parts of the model, each computed once a batch.
    """

    def __init__(self, segments: Tensor) -> None:
        self.segments = segments

    @cached_property
    def starts(self) -> Tensor:
        """[B, T], true at the first position of an example."""
        starts = torch.ones_like(self.segments, dtype=torch.bool)
        starts[:, 1:] = self.segments[:, 1:] != self.segments[:, :-1]
        return starts

    @cached_property
    def reach(self) -> Tensor:
        """[B, T] int32: how many positions of the same example stand before each."""
        index = torch.arange(self.segments.shape[1], device=self.segments.device).expand_as(self.segments)
        first = torch.where(self.starts, index, 0).cummax(1).values
        return (index - first).int().contiguous()

    @cached_property
    def spans(self) -> list[tuple[int, int, int]]:
        """(row, start, end) of every example."""
        spans = []
        for row, starts in enumerate(self.starts):
            edges = [*starts.nonzero().flatten().tolist(), starts.shape[0]]
            spans += [(row, start, end) for start, end in zip(edges, edges[1:], strict=False)]
        return spans

    @cached_property
    def mask(self) -> Tensor:
        """[B, 1, T, T]: may a position (third axis) look at another (fourth)?"""
        return (self.segments[:, :, None] == self.segments[:, None, :]).tril().unsqueeze(1)

    def rows(self, count: int) -> "Packing":
        """The same of the first `count` rows."""
        return Packing(self.segments[:count])
