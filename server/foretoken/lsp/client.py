"""Client: what the editor said of itself in ``initialize``, read leniently.

The capabilities are read from the raw JSON on purpose. A newer editor may send values that today's schema does not
know, and that must never keep the server from starting; and structuring the whole tree costs 55 ms at start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foretoken.text.position import PositionEncoding


@dataclass(frozen=True, slots=True)
class Client:
    """Only what the server acts on."""

    name: str = ""
    version: str = ""
    encoding: PositionEncoding = PositionEncoding.UTF_16
    pulls_configuration: bool = False
    registers_configuration: bool = False
    shows_progress: bool = False
    syncs_notebooks: bool = False
    watches_files: bool = False
    knows_relative_patterns: bool = False

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> "Client":
        """From the parameters of ``initialize``."""
        capabilities = params.get("capabilities")
        info = params.get("clientInfo")
        return cls(
            name=str(_at(info, "name") or ""),
            version=str(_at(info, "version") or ""),
            encoding=_encoding(_at(capabilities, "general", "positionEncodings")),
            pulls_configuration=_at(capabilities, "workspace", "configuration") is True,
            registers_configuration=_at(capabilities, "workspace", "didChangeConfiguration", "dynamicRegistration")
            is True,
            shows_progress=_at(capabilities, "window", "workDoneProgress") is True,
            syncs_notebooks=isinstance(_at(capabilities, "notebookDocument"), dict),
            watches_files=_at(capabilities, "workspace", "didChangeWatchedFiles", "dynamicRegistration") is True,
            knows_relative_patterns=_at(capabilities, "workspace", "didChangeWatchedFiles", "relativePatternSupport")
            is True,
        )


def _encoding(offered: object) -> PositionEncoding:
    """The first of the editor's choices that is known; utf-16, which every editor speaks, otherwise."""
    for name in offered if isinstance(offered, list) else ():
        if name in tuple(PositionEncoding):
            return PositionEncoding(name)
    return PositionEncoding.UTF_16


def _at(value: object, *path: str) -> object:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
