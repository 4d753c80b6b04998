"""The progress bar of one comparison with the disk. Short ones show none."""

import asyncio
import logging
import uuid
from pathlib import PurePath
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from foretoken.index.events import Progress

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer

logger = logging.getLogger(__name__)

SHOWN_AFTER = 1.0  # seconds


class IndexProgress:
    """From the first ``update`` to ``over``. For the event loop. token: the editor's name for it, once it is shown."""

    def __init__(self, server: "ForetokenServer", folder: str) -> None:
        self._server = server
        self._title = f"Indexing {PurePath(folder).name or folder}"
        self._latest: Progress | None = None
        self._over = False
        self._began = False
        self._result = ""
        self.token: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        if server.client.shows_progress:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(SHOWN_AFTER, lambda: server.spawn(self._show()))

    def update(self, progress: Progress) -> None:
        self._latest = progress
        if self._began and not self._over:
            self._send(types.WorkDoneProgressReport(message=self._line(), percentage=self._percentage()))

    def over(self, result: str) -> None:
        """result: for the end of the bar; may be empty."""
        if self._timer is not None:
            self._timer.cancel()
        self._result = result
        if self._began and not self._over:
            self._send(types.WorkDoneProgressEnd(message=result or None))
        self._over = True

    async def _show(self) -> None:
        token = f"foretoken-index-{uuid.uuid4()}"
        try:
            await self._server.window_work_done_progress_create_async(types.WorkDoneProgressCreateParams(token))
        except JsonRpcException as error:
            logger.info("the editor shows no progress: %s", error)
            return
        self.token = token
        self._began = True
        begin = types.WorkDoneProgressBegin(
            self._title, cancellable=True, message=self._line(), percentage=self._percentage()
        )
        self._send(begin)
        if self._over:
            self._send(types.WorkDoneProgressEnd(message=self._result or None))

    def _line(self) -> str:
        latest = self._latest
        if latest is None or not latest.total:
            return "looking for files"
        return f"{latest.done:,} of {latest.total:,} files"

    def _percentage(self) -> int:
        latest = self._latest
        return round(100 * min(latest.done / latest.total, 1.0)) if latest is not None and latest.total else 0

    def _send(self, value: object) -> None:
        assert self.token is not None
        self._server.progress(types.ProgressParams(self.token, value))
