"""workspace/executeCommand: the status as a message, for editors that can run a command but not send a request; and
indexing now."""

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from foretoken.lsp.capabilities import INDEX_COMMAND, STATUS_COMMAND
from foretoken.lsp.errors import InvalidParams
from foretoken.lsp.handlers.status import status
from foretoken.text.cancel import CancelToken

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer


def execute_command(
    server: "ForetokenServer", params: types.ExecuteCommandParams, cancel: CancelToken
) -> dict[str, Any]:
    if params.command == INDEX_COMMAND:
        problem = server.index.index_now()
        if problem:
            server.tell_user(f"Foretoken: {problem}", types.MessageType.Info)
        return status(server, None, cancel)
    if params.command != STATUS_COMMAND:
        raise InvalidParams(
            f"Invalid parameters: the commands are {STATUS_COMMAND} and {INDEX_COMMAND}, not {params.command!r}"
        )
    report = status(server, None, cancel)
    server.tell_user(_sentence(report), types.MessageType.Info)
    return report


def _of_index(index: dict[str, Any]) -> str:
    if index["message"]:
        return str(index["message"])
    files = sum(folder["files"] for folder in index["folders"])
    return f"The index is {index['state']}: {files:,} files."


def _sentence(report: dict[str, Any]) -> str:
    engine, model, last = report["engine"], report["model"], report["last"]
    parts = [f"Foretoken {report['version']}: {model['name'] if model else 'the model'} is {engine['state']}."]
    parts += [engine["message"]] if engine["message"] else []
    parts.append(f"{report['shown']} suggestions shown, {sum(report['refusals'].values())} requests without one.")
    parts.append(_of_index(report["index"]))
    if last is not None:
        parts.append(f"The last one: {last['detail'] or 'shown'}.")
    return " ".join(parts)
