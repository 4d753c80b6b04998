"""The validation curve: bits per byte on fixed windows of the tune split, and the losses of infill rows."""

from collections.abc import Sequence

import torch

from training.loss import batch, losses
from training.model import Model
from training.packing import Packing
from training.segments import FILE_SEP, SourceFile
from training.tokenizer import Vocabulary
from training.windows import Windows

WINDOWS = 12
WINDOW = 1024
ROWS = 2


class HeldOut:
    """`files` are those of the tune split; `seen` ones belong to packages that are trained on.

    rows: a batch of examples of each, as in `loss.batch`.
    """

    def __init__(self, files: Sequence[SourceFile], vocabulary: Vocabulary, row: int) -> None:
        self._plain, self.rows = {}, {}
        for name, seen in (("seen", True), ("unseen", False)):
            some = [file for file in files if file.seen == seen]
            if not some:
                raise ValueError(f"the tune split has no file of {name} packages")
            windows = Windows(some, vocabulary.encode_pieces, 1)
            self.rows[name] = batch([windows.row(i, row + 2, row) for i in range(ROWS)])
            long = sorted((f for f in some if len(f.text) > 5 * WINDOW), key=lambda f: (f.package, f.path))
            self._plain[name] = [
                self._window(file, vocabulary) for file in long[:: max(1, len(long) // WINDOWS)][:WINDOWS]
            ]

    @staticmethod
    def _window(file: SourceFile, vocabulary: Vocabulary) -> tuple[list[int], int, int]:
        """Ids of the beginning of a file, how many of them are its path, and how many bytes the rest is."""
        head = [vocabulary.special_ids[FILE_SEP], *vocabulary.encode(f"{file.path}\n")]
        body = vocabulary.encode(file.text[: 5 * WINDOW])[: WINDOW - len(head)]
        return head + body, len(head), vocabulary.byte_count(body)

    @torch.no_grad()
    @torch.compiler.set_stance("force_eager")
    def measure(self, model: Model, device: str = "cpu") -> dict[str, float]:
        """`seen`, `unseen`: bits per byte; `seen_infill`, `unseen_infill`, `*_mtp`: the training losses there."""
        model.eval()
        entry = {}
        for name, windows in self._plain.items():
            nats = size = 0.0
            for ids, head, count in windows:
                row = torch.tensor([ids], device=device)
                logits = model.logits(model(row, Packing(torch.zeros_like(row))))[0, head - 1 : -1].float()
                nats += torch.nn.functional.cross_entropy(logits, row[0, head:], reduction="sum").item()
                size += count
            entry[name] = round(nats / size / 0.6931471805599453, 4) if size else float("nan")
            trunk, mtp = losses(model, tuple(tensor.to(device) for tensor in self.rows[name]), 1.0)
            entry[f"{name}_infill"], entry[f"{name}_mtp"] = round(trunk.item(), 4), round(mtp.item(), 4)
        model.train()
        return entry
