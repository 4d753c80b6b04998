"""Who wants the other tools' port: it is open as long as a window or command that claimed it is attached."""

import asyncio
from collections.abc import Callable
from typing import Any

from foretoken.engine.options import GatewayOptions
from foretoken.runtime.gateway_port import GatewayPort


class GatewayClaims:
    """One claim for an attached window, by its number. A process has one such port: what one window has opened no other
    moves, and another's claim waits until that one is given up.

    name: what the user knows a window by.
    """

    def __init__(self, port: GatewayPort, name: Callable[[int], str]) -> None:
        self._port = port
        self._name = name
        self._claims: dict[int, GatewayOptions] = {}
        self._turn = asyncio.Lock()
        self._work: set[asyncio.Task[None]] = set()

    def describe(self) -> dict[str, Any]:
        return self._port.describe()

    async def set(self, window: int, options: GatewayOptions) -> dict[str, Any]:
        """What the window wants from now on; where the port is then. port None = not as it wants it, and why."""
        if options.enabled:
            self._claims[window] = options
        else:
            self._claims.pop(window, None)
        await self._settle()
        found = self._port.describe()
        if options.enabled and (not self._port.open or self._port.options != options):
            problem = self._port.problem or self._taken()
            return {**found, "host": options.host, "port": None, "problem": problem}
        return found

    def drop(self, window: int) -> None:
        """The window has gone."""
        if self._claims.pop(window, None) is not None:
            task = asyncio.get_running_loop().create_task(self._settle())
            self._work.add(task)
            task.add_done_callback(self._work.discard)

    async def _settle(self) -> None:
        """The oldest claim that can be had, unless what is open is claimed."""
        async with self._turn:
            if self._port.open and self._port.options in self._claims.values():
                return
            for options in tuple(self._claims.values()):
                if await self._port.set(options):
                    return
            problem = self._port.problem if self._claims else ""
            await self._port.set(GatewayOptions())
            self._port.problem = problem

    def _taken(self) -> str:
        options = self._port.options
        names = [self._name(window) or "?" for window, claim in self._claims.items() if claim == options]
        access = "without a token" if options.without_token else "with a token"
        return (
            f"Other tools are served on {self._port.where} already, {access}, for {' and '.join(names)}; a model process "
            "has one such port. End that one, or ask for the same port and access."
        )
