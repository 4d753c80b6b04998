"""The part of the runtime's surface with which windows and commands steer the process itself: /load, /attach, /detach,
/window, /life, /gateway, /log, /stop.
"""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from foretoken.logs import set_level
from foretoken.runtime.attaching import MAX_NAME, Attach
from foretoken.runtime.bodies import read_json
from foretoken.runtime.gateway_claims import GatewayClaims
from foretoken.runtime.gateway_port import gateway_from_wire
from foretoken.runtime.guard import error_response
from foretoken.runtime.journal import open_journal
from foretoken.runtime.lifetime import STOPPED, Lifetime
from foretoken.runtime.options import load_options_from_wire
from foretoken.runtime.residence import Residence, life_from_wire, share_from_wire
from foretoken.runtime.status import StatusBoard
from foretoken.runtime.worker import Worker
from foretoken.text.wire import WireError

LEVELS = ("error", "warning", "info", "debug")


class Control:
    """The handlers; each answers a JSON object."""

    def __init__(
        self, worker: Worker, status: StatusBoard, lifetime: Lifetime, residence: Residence, gateway: GatewayClaims
    ) -> None:
        self.lifetime = lifetime
        self._worker = worker
        self._status = status
        self._residence = residence
        self._gateway = gateway

    def routes(self) -> list[Route]:
        return [
            Route("/load", self.load, methods=["POST"]),
            Route("/attach", Attach(self.lifetime, self._status, self._gateway.drop), methods=["GET"]),
            Route("/detach", self.detach, methods=["POST"]),
            Route("/window", self.window, methods=["POST"]),
            Route("/life", self.life, methods=["POST"]),
            Route("/gateway", self.gateway, methods=["POST"]),
            Route("/log", self.log, methods=["POST"]),
            Route("/stop", self.stop, methods=["POST"]),
        ]

    def describe(self) -> dict[str, Any]:
        """What /health says beside the model's status."""
        return {**self._residence.describe(), "gateway": self._gateway.describe()}

    async def load(self, request: Request) -> Response:
        """Names the model. share: to become the process of all windows; life: how long it stays; journal: the path,
        without suffix, of what must survive a death. The answer says whether it is shared."""
        body = _object(await read_json(request))
        options = load_options_from_wire(body)
        share, journal = share_from_wire(body.get("share")), body.get("journal")
        life = life_from_wire(body["life"]) if "life" in body else None
        if journal is not None and not isinstance(journal, str):
            raise WireError("journal must be a path")
        if not self._worker.load(options):
            return error_response(409, "a model was named already; start another process for another model")
        if journal is not None:
            self._worker.journal = open_journal(Path(journal))
        if life is not None:
            self.lifetime.live(life)
        shared = share is not None and self._residence.settle(*share, model=str(options.model))
        return JSONResponse({"shared": shared})

    async def detach(self, request: Request) -> Response:
        """window: the number that /attach gave. linger false: the model is not wanted back soon; leave if nobody else
        wants it, and the answer says whether the process leaves, once what it is answering is done."""
        body = _object(await read_json(request))
        number, linger = body.get("window"), body.get("linger", True)
        if isinstance(number, bool) or not isinstance(number, int) or not isinstance(linger, bool):
            raise WireError("window must be a number, and linger true or false")
        self._gateway.drop(number)
        return JSONResponse({"leaving": self.lifetime.detach(number, linger)})

    async def window(self, request: Request) -> Response:
        """Another name for an attached window."""
        body = _object(await read_json(request))
        number, name = body.get("window"), body.get("name")
        if isinstance(number, bool) or not isinstance(number, int) or not isinstance(name, str):
            raise WireError("window must be a number, and name a string")
        if number in self.lifetime.windows:
            self.lifetime.windows[number].name = name[:MAX_NAME]
        return JSONResponse({})

    async def life(self, request: Request) -> Response:
        self.lifetime.live(life_from_wire(await read_json(request)))
        return JSONResponse({})

    async def gateway(self, request: Request) -> Response:
        """window: the number that /attach gave. What that window wants of the other tools' port, until it detaches; the
        answer says where the port is, and what is in the way."""
        body = _object(await read_json(request))
        options, number = gateway_from_wire(body), body.get("window")
        if isinstance(number, bool) or number not in self.lifetime.windows:
            raise WireError("window must be the number of an attached window")
        return JSONResponse(await self._gateway.set(number, options))

    async def log(self, request: Request) -> Response:
        body = await read_json(request)
        level = body.get("level") if isinstance(body, dict) else None
        if level not in LEVELS:
            raise WireError(f"level must be one of {', '.join(LEVELS)}")
        set_level(level)
        return JSONResponse({})

    async def stop(self, _request: Request) -> Response:
        """Leave now. The windows do not start another process before they need one."""
        self.lifetime.leave(STOPPED)
        return JSONResponse({"windows": len(self.lifetime.windows)})


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise WireError("the body must be a JSON object")
    return value
