"""Where the examples that are packed into a row begin and end."""

import torch
from torch import Tensor


class Packing:
    """Made of `segments` [B, T], the number of the example that each position belongs to.

    Nothing is carried from one example of a row to the next; its attributes say so to the different
    parts of the model. All are made at once: torch.compile cannot look into a lazy one.

    starts: [B, T], true at the first position of an example.
    reach: [B, T] int32, how many positions of the same example stand before each.
    mask: [B, 1, T, T], may a position (third axis) look at another (fourth)? With `masked` only.
    spans: (row, start, end) of every example. Without `masked` only.
    """

    def __init__(self, segments: Tensor, masked: bool = False) -> None:
        self.starts = torch.ones_like(segments, dtype=torch.bool)
        self.starts[:, 1:] = segments[:, 1:] != segments[:, :-1]
        index = torch.arange(segments.shape[1], device=segments.device).expand_as(segments)
        self.reach = (index - torch.where(self.starts, index, 0).cummax(1).values).int().contiguous()
        self.mask: Tensor | None = None
        self.spans: list[tuple[int, int, int]] = []
        if masked:
            self.mask = (segments[:, :, None] == segments[:, None, :]).tril().unsqueeze(1)
            return
        for row, starts in enumerate(self.starts):
            edges = [*starts.nonzero().flatten().tolist(), starts.shape[0]]
            self.spans += [(row, start, end) for start, end in zip(edges, edges[1:], strict=False)]
