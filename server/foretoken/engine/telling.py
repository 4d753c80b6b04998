"""What a model process is told while it runs: how much to log, how long to stay, its port for other tools, our name."""

import asyncio
import importlib
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from foretoken.engine.life import Life
from foretoken.engine.obtain import Hold
from foretoken.engine.options import GatewayOptions

if TYPE_CHECKING:
    from foretoken.engine.client import RuntimeClient

log = logging.getLogger(__name__)


class Telling:
    """spawn: does work in the background. on_gateway: called with what is in the way of the other tools' port, or ""."""

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, Any]], Any], on_gateway: Callable[[str], None]) -> None:
        self._spawn = spawn
        self._on_gateway = on_gateway
        self._level_lock = asyncio.Lock()
        self._name = ""

    def attached(self, hold: Hold, name: str, life: Life, gateway: GatewayOptions) -> None:
        """The process knows of us since now, by this name. One that serves other tools already goes on with it."""
        self._name = name
        self.life(hold, life)
        if gateway.enabled or gateway.problem:
            self.gateway(hold, gateway)

    def level(self, hold: Hold, newest: Callable[[], str]) -> None:
        if hold.client is not None:
            self._spawn(self.tell_level(hold.client, newest))

    async def tell_level(self, client: "RuntimeClient", newest: Callable[[], str]) -> None:
        """One after the other, so that the newest level is the last one sent."""
        async with self._level_lock:
            await _quietly(client.set_log_level(newest()))

    def life(self, hold: Hold, life: Life) -> None:
        if hold.client is not None:
            self._spawn(_quietly(hold.client.set_life(life)))

    def gateway(self, hold: Hold, options: GatewayOptions) -> None:
        if hold.client is not None and hold.window is not None:
            self._spawn(self._tell_gateway(hold.client, hold.window, options))

    def name(self, hold: Hold, name: str) -> None:
        """The window may have another one by now: it is made before the editor says what it works on."""
        if name != self._name and hold.client is not None and hold.window is not None:
            self._name = name
            self._spawn(_quietly(hold.client.rename(hold.window, name)))

    async def _tell_gateway(self, client: "RuntimeClient", window: int, options: GatewayOptions) -> None:
        module = importlib.import_module("foretoken.engine.client")
        try:
            problem = options.problem or (await client.set_gateway(window, options))["problem"]
        except module.RuntimeRefused as error:
            problem = f"Other tools are not served: {error}."
        except module.RuntimeGone:
            return
        if problem:
            log.warning("%s", problem)
        self._on_gateway(problem)


async def _quietly(work: Coroutine[Any, Any, Any]) -> None:
    """A process that is gone, or does not want to, is not told."""
    module = importlib.import_module("foretoken.engine.client")
    try:
        await work
    except (module.RuntimeGone, module.RuntimeRefused) as error:
        log.info("not told: %s", error)
