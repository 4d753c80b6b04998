"""The model of a runtime, how it is run, and its door for other tools."""

from dataclasses import asdict, dataclass
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
        """The JSON form that the runtime's /load takes. Paths are whole: the runtime's working folder is another one."""
        return {
            "model": str(self.model.absolute()),
            "n_ctx": self.n_ctx,
            "threads": self.threads,
            "gpu_layers": self.gpu_layers,
            "mtp": self.mtp,
            "lookup": self.lookup,
            "cache_type": self.cache_type,
            "lora": [str(path.absolute()) for path in self.lora],
            "states": str(self.states.absolute()) if self.states else None,
            "state_mib": self.state_mib,
        }


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """The door for other tools, on a port of its own; the meaning of each is that of the setting ``gateway.*``.

    token: never empty when it is opened, unless without_token. problem: why it cannot be opened though it was asked for,
    as a sentence, or "".
    """

    enabled: bool = False
    host: str = "127.0.0.1"
    port: int = 8012
    token: str = ""
    without_token: bool = False
    problem: str = ""

    def to_wire(self) -> dict[str, object]:
        """The JSON form that the runtime's /gateway takes."""
        return {name: value for name, value in asdict(self).items() if name != "problem"}


LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def address_text(host: str, port: int) -> str:
    """As it stands in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
