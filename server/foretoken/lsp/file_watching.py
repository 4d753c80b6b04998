"""FileWatching: asks the editor to tell of files that other programs change."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from foretoken.text.uris import file_uri

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer

logger = logging.getLogger(__name__)

_METHOD = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
_IGNORE_FILES = (".gitignore", ".ignore", ".foretokenignore")


class FileWatching:
    """For the event loop. ``possible``: the editor says that it can, and did not refuse so far."""

    def __init__(self, server: "ForetokenServer") -> None:
        self._server = server
        self._refused = False
        self._wanted: tuple[Path, ...] = ()
        self._registered: tuple[Path, ...] = ()
        self._number = 0
        self._changing = False

    @property
    def possible(self) -> bool:
        return self._server.client.watches_files and not self._refused

    def watch(self, folders: Sequence[Path], refused: Callable[[], None]) -> None:
        """Let the editor watch these folders from now on. refused: called when it does not want to."""
        self._wanted = tuple(folders)
        if not self._changing and not self._as_wanted:
            self._changing = True
            self._server.spawn(self._change(refused))

    @property
    def _as_wanted(self) -> bool:
        if not self._server.client.knows_relative_patterns:
            return bool(self._registered) == bool(self._wanted)  # the patterns hold for all folders
        return self._registered == self._wanted

    async def _change(self, refused: Callable[[], None]) -> None:
        """One at a time: an editor must not be told to forget what it was not told yet. What is wanted last holds."""
        try:
            while not self._as_wanted:
                wanted = self._wanted
                if self._registered:
                    await self._unregister()
                if wanted:
                    await self._register(wanted)
                self._registered = wanted
        except JsonRpcException as error:
            logger.info("the editor does not watch files: %s", error)
            self._refused, self._registered, self._wanted = True, (), ()
            refused()
        finally:
            self._changing = False

    async def _unregister(self) -> None:
        old = types.Unregistration(id=f"foretoken-files-{self._number}", method=_METHOD)
        await self._server.client_unregister_capability_async(types.UnregistrationParams([old]))

    async def _register(self, folders: Sequence[Path]) -> None:
        watchers = self._watchers(folders, await asyncio.to_thread(_sources))
        self._number += 1
        registration = types.Registration(
            id=f"foretoken-files-{self._number}",
            method=_METHOD,
            register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers),
        )
        await self._server.client_register_capability_async(types.RegistrationParams([registration]))

    def _watchers(self, folders: Sequence[Path], sources: str) -> list[types.FileSystemWatcher]:
        found = []
        # A folder that is removed is told by its own name alone.
        for pattern, kind in ((sources, None), ("**/*", types.WatchKind.Delete)):
            if self._server.client.knows_relative_patterns:
                places: list[str | types.RelativePattern] = [
                    types.RelativePattern(file_uri(folder), pattern) for folder in folders
                ]
            else:
                places = [pattern]
            found += [types.FileSystemWatcher(place, kind) for place in places]
        return found


def _sources() -> str:
    """Every file of a language that is known by its name, and the files that say what is ignored. Reads the table."""
    from foretoken.syntax.languages import languages

    known = languages().values()
    names = {name for language in known for name in language.filenames} | set(_IGNORE_FILES)
    endings = {f"*{ending}" for language in known for ending in language.extensions}
    return "**/{" + ",".join(sorted(endings | names)) + "}"
