"""EngineProgress: the engine's status, told to the user: progress while it loads, one message when it failed or keeps
ending, one when such trouble is over, and one when the model runs otherwise than was asked.
"""

import asyncio
import logging
import uuid
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from foretoken.engine.engine import EngineState, EngineStatus

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer

logger = logging.getLogger(__name__)

TROUBLE = 3  # the restart in a row from which on it is no longer a hiccup
_BUSY = {EngineState.STARTING, EngineState.LOADING, EngineState.RESTARTING}


class EngineProgress:
    """``update`` is the engine's StatusListener; call it on the event loop. Before ``start`` nothing is sent."""

    def __init__(self, server: "ForetokenServer") -> None:
        self._server = server
        self._status: EngineStatus | None = None
        self._changed = asyncio.Event()
        self._started = False
        self._showing = False
        self._refused = False
        self._told = ""
        self._told_of_restarts = False
        self._trouble = False
        self._noticed = ""

    def start(self) -> None:
        """The editor is ready to be told."""
        self._started = True
        if self._status is not None:
            self._tell(self._status)

    def update(self, status: EngineStatus) -> None:
        earlier, self._status = self._status, status
        if earlier is None or (earlier.state, earlier.message) != (status.state, status.message):
            logger.info("engine %s: %s", status.state.value, status.message)
        self._changed.set()
        if self._started:
            self._tell(status)

    def _tell(self, status: EngineStatus) -> None:
        if status.state is EngineState.READY:
            self._told = ""
            if self._trouble:
                self._trouble = False
                self._server.tell_user("Foretoken: the model process works again.", types.MessageType.Info)
            self._tell_of_notice()
        elif status.state is EngineState.FAILED and status.message != self._told:
            self._told = status.message
            self._server.tell_user(f"Foretoken: {status.message or 'the model failed'}", types.MessageType.Error)
        elif status.state in _BUSY and self._server.client.shows_progress and not self._showing and not self._refused:
            self._showing = True
            self._server.spawn(self._show())
        if status.state is EngineState.RESTARTING:
            self._tell_of_restart(status)

    def _tell_of_restart(self, status: EngineStatus) -> None:
        """Once in a row of restarts: what keeps ending would otherwise bring a message every half minute."""
        if status.attempt < TROUBLE:
            self._told_of_restarts = False
        elif not self._told_of_restarts:
            self._told_of_restarts = self._trouble = True
            self._server.tell_user(f"Foretoken: {status.message}")

    def _tell_of_notice(self) -> None:
        """Once until it is another one: a process that is started again says the same again."""
        info = self._server.engine.info
        notice = info.notice if info is not None else ""
        if notice and notice != self._noticed:
            self._server.tell_user(f"Foretoken: {notice}")
        self._noticed = notice

    async def _show(self) -> None:
        """One progress bar, from the first busy status to the first that is not."""
        token = f"foretoken-{uuid.uuid4()}"
        try:
            # Not pygls' Progress, which remembers every token for ever.
            await self._server.window_work_done_progress_create_async(types.WorkDoneProgressCreateParams(token))
            if self._busy():
                self._send(token, types.WorkDoneProgressBegin("Foretoken", message=self._line(), percentage=0))
                while self._busy():
                    self._changed.clear()
                    await self._changed.wait()
                    report = types.WorkDoneProgressReport(message=self._line(), percentage=self._percentage())
                    self._send(token, report)
                self._send(token, types.WorkDoneProgressEnd(message=self._message()))
        except JsonRpcException as error:
            self._refused = True
            logger.info("the editor shows no progress: %s", error)
        finally:
            self._showing = False

    def _busy(self) -> bool:
        return self._status is not None and self._status.state in _BUSY

    def _message(self) -> str:
        return self._status.message or self._status.state.value if self._status else ""

    def _line(self) -> str:
        """Editors put the percentage behind it."""
        return self._message().removesuffix(".")

    def _percentage(self) -> int | None:
        progress = self._status.progress if self._status else None
        return None if progress is None else round(100 * min(max(progress, 0.0), 1.0))

    def _send(self, token: str, value: object) -> None:
        self._server.progress(types.ProgressParams(token, value))
