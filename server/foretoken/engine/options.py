"""The model of a runtime, and how it is run."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RuntimeOptions:
    """The meaning of each is that of the setting ``model.*`` of the same name.

    states: the folder for evaluated repository contexts; None = none are kept.
    """

    model: Path
    n_ctx: int = 8192
    threads: int = 0
    gpu_layers: int = -1
    mtp: str = "auto"
    lookup: str = "auto"
    cache_type: str = "f16"
    lora: tuple[Path, ...] = ()
    states: Path | None = None
    state_mib: int = 0

    def to_wire(self) -> dict[str, object]:
        """The JSON form that the runtime's /load takes."""
        return {
            "model": str(self.model),
            "n_ctx": self.n_ctx,
            "threads": self.threads,
            "gpu_layers": self.gpu_layers,
            "mtp": self.mtp,
            "lookup": self.lookup,
            "cache_type": self.cache_type,
            "lora": [str(path) for path in self.lora],
            "states": str(self.states) if self.states else None,
            "state_mib": self.state_mib,
        }
