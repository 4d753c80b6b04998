"""An editor that types and asks, over an engine that holds background work back."""

import asyncio
from collections.abc import Callable
from typing import Any

from door_harness import Harness
from fakes import GatedEngine
from foretoken.text.cancel import CancelToken
from foretoken.text.generation import GenerateRequest, Priority

CODE = "def f(x):\n    return \n\n\nprint(f(1))\n"


class PrefillGate(GatedEngine):
    """Answers inline requests at once and holds prefills back until ``release()``."""

    def __init__(self, **options: Any) -> None:
        super().__init__("x + 1\n", **options)
        self.on_prefill: Callable[[], None] = lambda: None

    async def before_answer(self, cancel: CancelToken) -> None:
        if self.requests[-1].priority is Priority.PREFILL:
            self.on_prefill()
            await super().before_answer(cancel)

    @property
    def prefills(self) -> list[GenerateRequest]:
        return [request for request in self.requests if request.priority is Priority.PREFILL]

    def cancel_of(self, prefill: GenerateRequest) -> CancelToken:
        return self.cancels[self.requests.index(prefill)]


class Editor:
    """Types and asks after each step. The cursor stands at the end of ``    return `` first."""

    def __init__(self, harness: Harness) -> None:
        self.harness, self.line, self.character, self.version = harness, 1, 11, 1
        self.trigger = 2

    def edit(self, *change: Any) -> None:
        self.version += 1
        self.harness.change(self.version, change)

    def type(self, text: str) -> None:
        self.edit(self.line, self.character, self.line, self.character, text)
        self.line += text.count("\n")
        self.character = len(text) - text.rfind("\n") - 1 + (0 if "\n" in text else self.character)

    def add_import(self) -> None:
        self.edit(0, 0, 0, 0, "import os\n")
        self.line += 1

    async def ask(self) -> GenerateRequest:
        """The request that the engine got for it; background work that follows it has begun."""
        await self.harness.answer(self.harness.ask(self.line, self.character, triggerKind=self.trigger))
        request = [r for r in self.harness.engine.requests if r.priority is Priority.INLINE][-1]
        await self.turn()
        return request

    async def turn(self) -> None:
        """Let the loop run: what waits for nothing outside of it is done then."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def status(self) -> dict[str, Any]:
        return (await self.harness.request("foretoken/status", None))["result"]["anchors"]
