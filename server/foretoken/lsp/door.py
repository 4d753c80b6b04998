"""Door: one message in, at most one answer out.

It stands in for the receiving half of pygls' protocol, of which only the sending half (ids, futures, types) is used.
pygls' own half leaves requests with invalid parameters unanswered, mixes the ids of both sides, starts coroutines after
later messages were handled, and keeps a second copy of each document that splits lines where LSP does not.
The private names of pygls used here hold for the pinned version.
"""

import asyncio
import inspect
import json
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from cattrs import Converter
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from foretoken.lsp import errors
from foretoken.lsp.converter import structure_params
from foretoken.lsp.door_phase import Phase
from foretoken.lsp.method_table import NOTIFICATIONS, REQUESTS
from foretoken.lsp.wrapper import guarded
from foretoken.text.cancel import CancelToken

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Request:
    """A request that is being worked on."""

    id: int | float | str
    method: str
    cancel: CancelToken = field(default_factory=CancelToken)
    answered: bool = False


class Door(LanguageServerProtocol):
    """See the module. ``receive`` takes a message's body; ``phase`` is set by the handlers of the life cycle."""

    _server: "ForetokenServer"

    def __init__(self, server: "ForetokenServer", converter: Converter) -> None:
        super().__init__(server, converter)
        self.phase = Phase.NEW
        self.on_disconnect: Callable[[], None] = lambda: None
        self._requests: dict[int | float | str, Request] = {}
        self._tasks: set[asyncio.Future[Any]] = set()

    def _register_builtin_features(self) -> None:
        """None: every method is in the method table."""

    @property
    def workspace(self) -> Any:
        raise RuntimeError("pygls' documents are not kept; the Session is the only source of text")

    # Receiving

    def receive(self, body: bytes) -> None:
        """Handle one message. Never raises."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            self.reject(None, errors.PARSE_ERROR, f"the message is not JSON: {error}")
            return
        if isinstance(message, list):
            self._refuse_batch(message)
        elif not isinstance(message, dict):
            self.reject(None, errors.INVALID_REQUEST, "a message must be a JSON object")
        elif "method" not in message and ("result" in message or "error" in message):
            guarded("an editor's answer", partial(self._receive_answer, message), self._server.log_path)
        elif (problem := _problem(message)) is not None:
            if "id" in message or "method" not in message:
                self.reject(message.get("id"), errors.INVALID_REQUEST, problem)
            else:
                logger.warning("ignored a notification: %s", problem)
        elif "id" in message:
            self._receive_request(message["id"], message["method"], message.get("params"))
        else:
            self._receive_notification(message["method"], message.get("params"))

    def _refuse_batch(self, batch: list[Any]) -> None:
        ids = [each["id"] for each in batch if isinstance(each, dict) and "id" in each and "method" in each]
        for msg_id in ids or (None,):
            self.reject(msg_id, errors.INVALID_REQUEST, "LSP has no batches; send each message by itself")

    def _receive_request(self, msg_id: int | float | str, method: str, params: Any) -> None:
        if msg_id in self._requests:
            self.reject(msg_id, errors.INVALID_REQUEST, f"the id {msg_id!r} is that of a request still being answered")
            return
        request = self._requests[msg_id] = Request(msg_id, method)
        self._settle(request, guarded(method, partial(self._call, request, params), self._server.log_path))

    def _call(self, request: Request, params: Any) -> Any:
        if self.phase is Phase.SHUT_DOWN:
            raise JsonRpcException("the server was shut down", errors.INVALID_REQUEST)
        if (self.phase is Phase.NEW) != (request.method == "initialize"):
            if self.phase is Phase.NEW:
                raise JsonRpcException("send initialize first", errors.SERVER_NOT_INITIALIZED)
            raise JsonRpcException("the server was already initialized", errors.INVALID_REQUEST)
        entry = REQUESTS.get(request.method)
        if entry is None:
            raise JsonRpcException(f"the method {request.method!r} is not supported", errors.METHOD_NOT_FOUND)
        if entry.params_type is not None:
            params = structure_params(self._converter, params, entry.params_type)
        return entry.handler(self._server, params, request.cancel)

    def _settle(self, request: Request, outcome: Any) -> None:
        """Answer with the outcome, now or when it is there. An exception is answered as an error."""
        if inspect.isawaitable(outcome):
            task = asyncio.ensure_future(outcome)
            self._tasks.add(task)  # the loop itself keeps only weak references
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(
                lambda done: self._settle(request, guarded(request.method, done.result, self._server.log_path))
            )
        elif isinstance(outcome, JsonRpcException):
            self._answer(request, error=outcome)
        else:
            self._answer(request, result=outcome)

    def _receive_notification(self, method: str, params: Any) -> None:
        if method == "$/cancelRequest":
            msg_id = params.get("id") if isinstance(params, dict) else None
            guarded(method, partial(self._cancel, msg_id), self._server.log_path)
            return
        if self.phase is not Phase.RUNNING and method != "exit":
            logger.warning("ignored %s: the server is %s", method, self.phase.value)
            return
        entry = NOTIFICATIONS.get(method)
        if entry is None:
            if not method.startswith("$/"):  # those are optional by the protocol
                logger.info("ignored the unknown notification %s", method)
            return
        outcome = guarded(method, partial(self._notify, entry, params), self._server.log_path)
        if isinstance(outcome, JsonRpcException) and entry.when_invalid is not None:
            guarded(method, partial(entry.when_invalid, self._server, params), self._server.log_path)

    def _notify(self, entry: Any, params: Any) -> None:
        if entry.params_type is not None:
            params = structure_params(self._converter, params, entry.params_type)
        entry.handler(self._server, params)

    def _cancel(self, msg_id: Any) -> None:
        request = self._requests.get(msg_id) if isinstance(msg_id, int | float | str) else None
        if request is not None:
            self._answer(request, error=JsonRpcException("the request was cancelled", errors.REQUEST_CANCELLED))
            request.cancel.cancel("client")

    def _receive_answer(self, message: dict[str, Any]) -> None:
        """An editor's answer to one of the server's own requests."""
        msg_id, error = message.get("id"), message.get("error")
        future = self._request_futures.pop(msg_id, None) if isinstance(msg_id, str) else None
        result_type = self._result_types.pop(msg_id, None) if isinstance(msg_id, str) else None
        if future is None or future.done():
            logger.warning("ignored an answer to no request of ours: id %r", msg_id)
        elif error is not None:
            future.set_exception(JsonRpcException(str(error.get("message") if isinstance(error, dict) else error)))
        else:
            try:
                answer = self._converter.structure({"jsonrpc": "2.0", **message}, result_type)
            except (ExceptionGroup, TypeError, ValueError, KeyError, AttributeError) as problem:
                future.set_exception(JsonRpcException(f"the editor's answer is malformed: {problem}"))
            else:
                future.set_result(answer.result)

    # Sending

    def cancel_requests(self, reason: str) -> None:
        for request in list(self._requests.values()):
            request.cancel.cancel(reason)

    def reject(self, msg_id: Any, code: int, message: str) -> None:
        """Answer what is not a request that can be worked on."""
        logger.warning("rejected a message: %s", message)
        known = msg_id if _is_id(msg_id) else None
        self._send_data({"jsonrpc": "2.0", "id": known, "error": {"code": code, "message": message}})

    def reject_frame(self, reason: str) -> None:
        """Bytes that were no message were skipped."""
        self.reject(None, errors.PARSE_ERROR, reason)

    def _answer(self, request: Request, result: Any = None, error: JsonRpcException | None = None) -> None:
        """The only place where a request is answered; a second answer is dropped."""
        if request.answered:
            return
        request.answered = True
        del self._requests[request.id]
        body: bytes | JsonRpcException | None = error
        if body is None:
            answer = {"jsonrpc": "2.0", "id": request.id, "result": result}
            body = guarded(request.method, partial(self._encode, answer), self._server.log_path)
        if isinstance(body, JsonRpcException):
            problem = {"code": body.code, "message": body.message}
            body = self._encode({"jsonrpc": "2.0", "id": request.id, "error": problem})
        self._write(body)

    def _send_data(self, data: Any) -> None:
        """In place of pygls', which writes each message to the log at info, source text and all."""
        self._write(self._encode(data))

    def _encode(self, data: Any) -> bytes:
        return json.dumps(data, default=self._serialize_message, separators=(",", ":")).encode()

    def _write(self, body: bytes) -> None:
        if self.writer is None:
            return
        try:
            self.writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        except OSError as error:
            logger.warning("the editor is gone: %s", error)
            self.writer = None
            self.on_disconnect()


def _problem(message: dict[str, Any]) -> str | None:
    """What keeps the object from being a request or a notification."""
    if message.get("jsonrpc") != "2.0":
        return 'a message must have "jsonrpc": "2.0"'
    if not isinstance(message.get("method"), str):
        return "a message must have a method, and it must be a string"
    if not _is_id(message.get("id", 0)):
        return "an id must be a number or a string"
    return None


def _is_id(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)  # Python reads NaN, which is no JSON, and could not answer by it
    return isinstance(value, int | str) and not isinstance(value, bool)
