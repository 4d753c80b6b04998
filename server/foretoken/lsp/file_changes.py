"""What an editor's message about changed files says, as it came: it can name a hundred thousand at once, and to make values
of all of them would hold up a key for a third of a second."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

from foretoken.text.uris import file_path, file_uri

MANY = 200  # as many take a millisecond and a half
_SLICE = 200  # between two turns of the event loop


def paths_of(changes: Sequence[Any]) -> list[str]:
    """The files of a part of the message; what is no file, or not as the protocol says, is left out."""
    return [str(path) for uri in _uris(changes) if (path := file_path(uri)) is not None]


async def folders_of(changes: list[Any], folders: Sequence[Path]) -> AsyncIterator[Path]:
    """Which of the workspace folders hold a file of the message, each once. The list is emptied on the way: to forget all of
    it at once would hold up a key, too."""
    missing = {f"{file_uri(folder).rstrip('/')}/": folder for folder in folders}
    spelled = tuple(missing)
    while changes:
        part = changes[-_SLICE:]
        del changes[-_SLICE:]
        for uri in _uris(part) if missing else ():
            found = [start for start in missing if uri.startswith(start)]
            # An editor may spell a folder otherwise; to read a path takes a hundred times as long as to compare it.
            if not uri.startswith(spelled) and (path := file_path(uri)) is not None:
                found = [start for start, folder in missing.items() if path.is_relative_to(folder)]
            for start in found:
                yield missing.pop(start)
        await asyncio.sleep(0)


def _uris(changes: Sequence[Any]) -> Iterator[str]:
    for change in changes:
        if isinstance(change, dict) and isinstance(uri := change.get("uri"), str):
            yield uri
