"""A model process that belongs to all windows of its user."""

from dataclasses import dataclass, field
from pathlib import Path

from foretoken.engine.discovery import Discovery
from foretoken.engine.launch import RuntimeProcess, last_words


@dataclass(slots=True)
class SharedProcess:
    """It stays as long as windows are attached, whoever started it.

    child: the same process, when it was started here; the system tells its exit code to nobody else.
    """

    discovery: Discovery
    child: RuntimeProcess | None = field(default=None)

    @property
    def pid(self) -> int:
        return self.discovery.pid

    @property
    def log(self) -> str:
        return self.discovery.log

    @property
    def token(self) -> str:
        return self.discovery.token

    def port(self) -> int | None:
        return self.discovery.port

    def last_words(self) -> str:
        """See ``launch.last_words``."""
        return last_words(Path(self.discovery.folder))

    def runs(self) -> bool:
        return self.discovery.looks_alive()


ModelProcess = RuntimeProcess | SharedProcess
