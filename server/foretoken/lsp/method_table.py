"""Every method that the server knows, in one table.

A request's handler is given the parameters and the request's CancelToken. It takes what it needs from the Session
before it returns, and returns the result or a coroutine for it: what comes later can no longer change what it sees.
A notification's handler runs to its end before the next message is read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretoken.lsp.handlers import (
    did_change,
    did_change_configuration,
    did_change_watched_files,
    did_change_workspace_folders,
    did_close,
    did_open,
    did_save,
    execute_command,
    initialize,
    initialized,
    inline_completion,
    notebook_did_change,
    notebook_did_close,
    notebook_did_open,
    set_trace,
    shutdown,
    status,
    work_done_progress_cancel,
)
from foretoken.lsp.handlers import (
    exit as exit_,
)
from foretoken.text.cancel import CancelToken

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


@dataclass(frozen=True, slots=True)
class RequestMethod:
    """params_type: what the parameters must be, or None to hand over the raw JSON."""

    params_type: type | None
    handler: Callable[["ForetokenServer", Any, CancelToken], Any]


@dataclass(frozen=True, slots=True)
class NotificationMethod:
    """when_invalid: called with the raw parameters when the notification failed, so that nothing is lost in silence."""

    params_type: type | None
    handler: Callable[["ForetokenServer", Any], None]
    when_invalid: Callable[["ForetokenServer", Any], None] | None = None


REQUESTS = {
    types.INITIALIZE: RequestMethod(None, initialize.initialize),
    types.SHUTDOWN: RequestMethod(None, shutdown.shutdown),
    types.TEXT_DOCUMENT_INLINE_COMPLETION: RequestMethod(
        types.InlineCompletionParams, inline_completion.inline_completion
    ),
    types.WORKSPACE_EXECUTE_COMMAND: RequestMethod(types.ExecuteCommandParams, execute_command.execute_command),
    "foretoken/status": RequestMethod(None, status.status),
}

NOTIFICATIONS = {
    types.INITIALIZED: NotificationMethod(None, initialized.initialized),
    types.EXIT: NotificationMethod(None, exit_.exit_),
    types.SET_TRACE: NotificationMethod(types.SetTraceParams, set_trace.set_trace),
    types.TEXT_DOCUMENT_DID_OPEN: NotificationMethod(
        types.DidOpenTextDocumentParams, did_open.did_open, did_change.lose_document
    ),
    types.TEXT_DOCUMENT_DID_CHANGE: NotificationMethod(
        types.DidChangeTextDocumentParams, did_change.did_change, did_change.lose_document
    ),
    types.TEXT_DOCUMENT_DID_CLOSE: NotificationMethod(types.DidCloseTextDocumentParams, did_close.did_close),
    types.TEXT_DOCUMENT_DID_SAVE: NotificationMethod(types.DidSaveTextDocumentParams, did_save.did_save),
    types.NOTEBOOK_DOCUMENT_DID_OPEN: NotificationMethod(
        types.DidOpenNotebookDocumentParams, notebook_did_open.notebook_did_open, notebook_did_change.lose_notebook
    ),
    types.NOTEBOOK_DOCUMENT_DID_CHANGE: NotificationMethod(
        types.DidChangeNotebookDocumentParams,
        notebook_did_change.notebook_did_change,
        notebook_did_change.lose_notebook,
    ),
    types.NOTEBOOK_DOCUMENT_DID_CLOSE: NotificationMethod(
        types.DidCloseNotebookDocumentParams, notebook_did_close.notebook_did_close
    ),
    types.WORKSPACE_DID_CHANGE_CONFIGURATION: NotificationMethod(
        None, did_change_configuration.did_change_configuration
    ),
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES: NotificationMethod(
        None, did_change_watched_files.did_change_watched_files
    ),
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL: NotificationMethod(
        types.WorkDoneProgressCancelParams, work_done_progress_cancel.work_done_progress_cancel
    ),
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: NotificationMethod(
        types.DidChangeWorkspaceFoldersParams, did_change_workspace_folders.did_change_workspace_folders
    ),
}
