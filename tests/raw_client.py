"""A client that can say anything, also what no proper client would: bytes in, JSON out, no library between."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

SERVER = Path(__file__).parent / "e2e" / "serve_fake.py"
PATIENCE = 60.0  # seconds before a test gives up; nothing waits for it to pass


class RawClient:
    """One server process. ``received`` are all its messages; ``request`` waits for one answer."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.received: list[dict[str, Any]] = []
        self._arrived = asyncio.Condition()
        self._reader = asyncio.create_task(self._read())
        self._ids = 0

    @classmethod
    async def start(cls, *arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> "RawClient":
        """``arguments`` are Python's; those that start with ``--`` are for the server with a fake engine."""
        if not arguments or arguments[0].startswith("--"):
            arguments = (str(SERVER), *arguments)
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=cwd, env=env,
        )  # fmt: skip
        return cls(process)

    async def initialize(self, capabilities: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        answer = await self.request("initialize", {"processId": None, "capabilities": capabilities or {}, **params})
        self.notify("initialized", {})
        return answer["result"]

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def send(self, message: Any) -> None:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.send_bytes(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method: str, params: Any) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def start_request(self, method: str, params: Any) -> int:
        self._ids += 1
        self.send({"jsonrpc": "2.0", "id": self._ids, "method": method, "params": params})
        return self._ids

    async def request(self, method: str, params: Any) -> dict[str, Any]:
        return await self.answer(self.start_request(method, params))

    async def answer(self, msg_id: object) -> dict[str, Any]:
        return await self.wait(lambda message: message.get("id") == msg_id and "method" not in message)

    async def wait(self, wanted) -> dict[str, Any]:
        """The first message for which ``wanted`` is true, among those that came and will come."""

        def find() -> dict[str, Any] | None:
            return next((message for message in self.received if wanted(message)), None)

        async with asyncio.timeout(PATIENCE), self._arrived:
            await self._arrived.wait_for(lambda: find() is not None or self._reader.done())
        found = find()
        assert found is not None, f"the server ended; it sent {self.received[-3:]}"
        return found

    async def exit_code(self) -> int:
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    def close_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        self._reader.cancel()

    async def shut_down(self) -> int:
        assert (await self.request("shutdown", None))["result"] is None
        self.notify("exit", None)
        return await self.exit_code()

    async def _read(self) -> None:
        output = self.process.stdout
        assert output is not None
        try:
            while True:
                header = await output.readuntil(b"\r\n\r\n")
                assert header.lower().startswith(b"content-length:"), header
                body = await output.readexactly(int(header.split(b":")[1]))
                async with self._arrived:
                    self.received.append(json.loads(body))
                    self._arrived.notify_all()
        except asyncio.IncompleteReadError as error:
            assert not error.partial, error.partial
        finally:
            async with self._arrived:
                self._arrived.notify_all()


def file_uri(name: str = "sample.py") -> str:
    return "file:///" + os.path.join("project", name).replace("\\", "/")
