"""An indexer's events as JSON objects, and back."""

from pathlib import Path
from typing import Any

from foretoken.index.events import Changed, Event, Finished, Notice, Progress, Role

_MOST_PATHS = 100  # more is not worth to be told one by one


def event_to_wire(folder: str, event: Event) -> dict[str, Any]:
    """folder: the workspace folder as the editor spells it; paths become absolute ones below it."""
    head: dict[str, Any] = {"event": type(event).__name__.lower(), "folder": folder}
    match event:
        case Progress():
            return {**head, "done": event.done, "total": event.total, "phase": event.phase}
        case Finished():
            figures = {"files": event.files, "lines": event.lines, "symbols": event.symbols, "seconds": event.seconds}
            return {**head, **figures, "left_out": dict(event.left_out), "cancelled": event.cancelled}
        case Notice():
            return {**head, "text": event.text}
        case Role():
            return {**head, "writer": event.writer}
        case Changed():
            return {**head, "paths": [str(Path(folder, path)) for path in event.paths[:_MOST_PATHS]]}


def event_from_wire(head: dict[str, Any]) -> Event:
    """Every other event that has a ``text`` is a Notice."""
    match head["event"]:
        case "progress":
            return Progress(head["done"], head["total"], head["phase"])
        case "finished":
            figures = head["files"], head["lines"], head["symbols"]
            return Finished(*figures, head["left_out"], head["seconds"], head["cancelled"])
        case "role":
            return Role(head["writer"])
        case "changed":
            return Changed(tuple(head["paths"]))
        case _:
            return Notice(head["text"])
