"""Phase: where in LSP's life cycle the server stands."""

from enum import Enum


class Phase(Enum):
    NEW = "not initialized"
    RUNNING = "running"
    SHUT_DOWN = "shut down"
