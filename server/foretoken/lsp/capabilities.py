"""What the server offers, in one place."""

from lsprotocol import types

from foretoken.lsp.client import Client

STATUS_COMMAND = "foretoken.status"
INDEX_COMMAND = "foretoken.index"


def server_capabilities(client: Client) -> types.ServerCapabilities:
    """Inline completion is offered whether or not the editor declares it: several use it without declaring it.

    Saved texts are asked for because they bring a document back that went out of sync.
    """
    return types.ServerCapabilities(
        position_encoding=types.PositionEncodingKind(client.encoding.value),
        text_document_sync=types.TextDocumentSyncOptions(
            open_close=True,
            change=types.TextDocumentSyncKind.Incremental,
            save=types.SaveOptions(include_text=True),
        ),
        notebook_document_sync=_notebooks() if client.syncs_notebooks else None,
        inline_completion_provider=types.InlineCompletionOptions(),
        execute_command_provider=types.ExecuteCommandOptions(commands=[STATUS_COMMAND, INDEX_COMMAND]),
        workspace=types.WorkspaceOptions(
            workspace_folders=types.WorkspaceFoldersServerCapabilities(supported=True, change_notifications=True)
        ),
    )


def _notebooks() -> types.NotebookDocumentSyncOptions:
    every = types.NotebookDocumentFilterWithNotebook(notebook="*")
    return types.NotebookDocumentSyncOptions(notebook_selector=[every])
