"""The language server: the door, and the parts that its handlers use."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from foretoken import __version__
from foretoken.engine.engine import Engine, EngineStatus, StatusListener
from foretoken.lsp.client import Client
from foretoken.lsp.configuration import Configuration
from foretoken.lsp.converter import strict_converter
from foretoken.lsp.door import Door
from foretoken.lsp.door_phase import Phase
from foretoken.lsp.engine_progress import EngineProgress
from foretoken.lsp.power import Power
from foretoken.lsp.workspace_index import IndexFactory, WorkspaceIndex
from foretoken.session.session import Session
from foretoken.session.settings_sources import SettingsSources

logger = logging.getLogger(__name__)

EngineFactory = Callable[[StatusListener], Engine]


class ForetokenServer(LanguageServer):
    """What handlers get as their first argument.

    client: the editor, known after ``initialize``. on_exit: called with the exit code when the editor says ``exit``.
    on_client_process: called with the editor's process id when it gives one.
    """

    protocol: Door

    def __init__(
        self,
        session: Session,
        sources: SettingsSources,
        log_path: Path | None = None,
        index_factory: IndexFactory | None = None,
    ) -> None:
        super().__init__("foretoken", __version__, protocol_cls=Door, converter_factory=strict_converter)
        self.session = session
        self.client = Client()
        self.log_path = log_path
        self.configuration = Configuration(self, sources)
        self.engine_progress = EngineProgress(self)
        self.power = Power(self.spawn)
        self.index = WorkspaceIndex(self, index_factory)
        self.on_exit: Callable[[int], None] = lambda code: None
        self.on_client_process: Callable[[int], None] = lambda pid: None
        self._engine: Engine | None = None
        self._background: set[asyncio.Task[Any]] = set()

    @property
    def engine(self) -> Engine:
        assert self._engine is not None, "the server is made by build_server"
        return self._engine

    def attach(self, engine: Engine) -> None:
        self._engine = engine

    def engine_changed(self, status: EngineStatus) -> None:
        """The engine's StatusListener."""
        self.engine_progress.update(status)
        self.index.engine_changed(status)

    def tell_user(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        self.window_show_message(types.ShowMessageParams(kind, message))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` in the background; what it raises is logged."""
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._ended)

    @property
    def background_paused(self) -> bool:
        """Whether work that nobody waits for is put off: on battery, unless the settings want it even so."""
        return self.power.on_battery() and not self.session.settings.background.on_battery

    def exit_code(self) -> int:
        """0 after ``shutdown``, 1 without, as LSP has it."""
        return 0 if self.protocol.phase is Phase.SHUT_DOWN else 1

    async def close(self) -> None:
        """Cancel what is in flight, and close the engine and the workspace worker."""
        self.protocol.cancel_requests("shutdown")
        self.session.cancel_all("shutdown")
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(self.engine.close(), self.index.close())

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("background work failed", exc_info=error)


def build_server(
    session: Session,
    engine_factory: EngineFactory,
    *,
    sources: SettingsSources | None = None,
    log_path: Path | None = None,
    index_factory: IndexFactory | None = None,
) -> ForetokenServer:
    """Compose the server. Call it where an event loop runs.

    engine_factory: makes the engine, given a listener for its status. sources: where settings come from; by default the
    user's file, the workspace's and the editor. index_factory: makes the client of the workspace worker, given a listener;
    None = the workspace is not indexed.
    """
    server = ForetokenServer(session, sources or SettingsSources(), log_path, index_factory)
    server.attach(engine_factory(server.engine_changed))
    return server
