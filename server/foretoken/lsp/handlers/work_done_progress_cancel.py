"""window/workDoneProgress/cancel: the user does not want the work that a progress bar shows."""

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def work_done_progress_cancel(server: "ForetokenServer", params: types.WorkDoneProgressCancelParams) -> None:
    server.index.cancel_progress(params.token)
