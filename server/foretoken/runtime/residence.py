"""What makes a model process one that windows share: its file in the runtime folder, and what it says of itself."""

import logging
import os
from pathlib import Path
from typing import Any

from foretoken import __version__
from foretoken.engine.discovery import Discovery, process_start, withdraw, write_discovery
from foretoken.engine.life import Life
from foretoken.runtime.counters import Counters
from foretoken.runtime.lifetime import Lifetime
from foretoken.text.wire import WireError

log = logging.getLogger(__name__)

MAX_LIFE_SECONDS = 366 * 86400.0


class Residence:
    """secret: the bearer token. folder: the process' own. log_file: "" = none. port: where it listens. All on the event loop."""

    def __init__(
        self, secret: str, folder: Path, log_file: str, port: int, lifetime: Lifetime, counters: Counters
    ) -> None:
        self._secret = secret
        self._folder = folder
        self._log_file = log_file
        self._port = port
        self._lifetime = lifetime
        self._counters = counters
        self._path: Path | None = None
        self._discovery: Discovery | None = None

    def settle(self, path: Path, key: str, model: str) -> bool:
        """Let windows find this process; False when the file cannot be written, and the leash holds on then."""
        discovery = Discovery(
            pid=os.getpid(),
            started=process_start(os.getpid()),
            port=self._port,
            token=self._secret,
            version=__version__,
            key=key,
            model=model,
            folder=str(self._folder),
            log=self._log_file,
        )
        try:
            write_discovery(path, discovery)
            # It may outlive the workspace in which it was started, and must not keep it from being unmounted.
            os.chdir(path.parent)
        except OSError as error:
            log.warning("not shared: %s", error)
            return False
        self._path, self._discovery = path, discovery
        self._lifetime.share()
        return True

    def move_out(self) -> None:
        """No window shall find this process any more."""
        if self._path is not None and self._discovery is not None:
            withdraw(self._path, self._discovery)

    def describe(self) -> dict[str, Any]:
        """What ``/health`` adds to the model's status. Times in seconds, rss in bytes."""
        import psutil  # a fortieth of a second: not while the model waits to be loaded

        lifetime = self._lifetime
        return {
            "version": __version__,
            "key": self._discovery.key if self._discovery else "",
            "pid": os.getpid(),
            "shared": lifetime.shared,
            "windows": [window.name for window in lifetime.windows.values()],
            "uptime": round(lifetime.uptime, 3),
            "idle": round(lifetime.idle, 3),
            "in_flight": lifetime.in_flight,
            "requests": self._counters.requests,
            "rss": psutil.Process().memory_info().rss,
        }


def life_from_wire(value: object) -> Life:
    """Raises WireError naming the first field that is wrong."""
    if not isinstance(value, dict):
        raise WireError("life must be a JSON object")
    numbers = {}
    for name in ("linger_seconds", "idle_seconds"):
        number = value.get(name, getattr(Life(), name))
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= MAX_LIFE_SECONDS:
            raise WireError(f"{name} must be a number of seconds")
        numbers[name] = float(number)
    return Life(**numbers)


def share_from_wire(value: object) -> tuple[Path, str] | None:
    """Where to write the discovery file, and the key; None = the process is nobody else's. Raises WireError."""
    if value is None:
        return None
    if not isinstance(value, dict) or not all(isinstance(value.get(name), str) for name in ("discovery", "key")):
        raise WireError("share must name a discovery file and a key")
    return Path(value["discovery"]), value["key"]
