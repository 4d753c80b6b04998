"""What a model process is told to load, and how: values, and their JSON form."""

from dataclasses import dataclass, field
from pathlib import Path

from foretoken.runtime.tuning import CacheType, Speculation, Tuning
from foretoken.text.wire import WireError

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """n_ctx in tokens; threads 0 = all cores but one; gpu_layers -1 = all.

    lora: adapters' files. states: the folder for evaluated repository contexts, None = none are kept; state_mib: how
    large it may grow.
    """

    model: Path
    n_ctx: int
    threads: int = 0
    gpu_layers: int = -1
    tuning: Tuning = field(default_factory=Tuning)
    lora: tuple[Path, ...] = ()
    states: Path | None = None
    state_mib: int = 0


def load_options_from_wire(value: object) -> LoadOptions:
    """Raises WireError naming the first field that is wrong. Fields that are left out have their defaults."""
    if not isinstance(value, dict) or not isinstance(value.get("model"), str):
        raise WireError("model must be the path of a GGUF file")
    numbers = {
        name: _number(value, name, default, low)
        for name, default, low in (("n_ctx", None, 1), ("threads", 0, 0), ("gpu_layers", -1, -1), ("state_mib", 0, 0))
    }
    lora = value.get("lora", [])
    if not isinstance(lora, list) or not all(isinstance(path, str) for path in lora):
        raise WireError("lora must be a list of paths")
    states = value.get("states")
    if states is not None and not isinstance(states, str):
        raise WireError("states must be the path of a folder")
    try:
        cache_type = CacheType(value.get("cache_type", CacheType.F16))
        tuning = Tuning(
            mtp=Speculation(value.get("mtp", Speculation.AUTO)),
            lookup=Speculation(value.get("lookup", Speculation.AUTO)),
            cache_k=cache_type,
            cache_v=cache_type,
        )
    except ValueError as error:
        raise WireError(str(error)) from error
    return LoadOptions(
        model=Path(value["model"]),
        n_ctx=numbers["n_ctx"],
        threads=numbers["threads"],
        gpu_layers=numbers["gpu_layers"],
        tuning=tuning,
        lora=tuple(Path(path) for path in lora),
        states=Path(states) if states else None,
        state_mib=numbers["state_mib"],
    )


def _number(value: dict, name: str, default: int | None, low: int) -> int:
    number = value.get(name, default)
    if isinstance(number, bool) or not isinstance(number, int) or not low <= number < 1 << 31:
        raise WireError(f"{name} must be a whole number of at least {low}")
    return number
