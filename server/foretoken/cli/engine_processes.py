"""The shared model processes of this user, asked over their own surface."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foretoken.cli.command import CommandError
from foretoken.engine.client import RuntimeClient, RuntimeGone, RuntimeRefused
from foretoken.engine.discovery import Discovery, discoveries
from foretoken.engine.runtime_folder import FolderUnusable, check_folder, runtime_folder

ANSWER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Found:
    """A process that its file says is there. health: what it says of itself; None = it does not answer."""

    discovery: Discovery
    health: dict[str, Any] | None


def folder_in_use() -> Path | None:
    """Where processes are found; None when nothing is shared, or nothing ever was. Raises CommandError."""
    try:
        folder = runtime_folder()
        if folder is None or not folder.exists():
            return None
        check_folder(folder)
    except FolderUnusable as error:
        raise CommandError(str(error)) from error
    return folder


def living() -> Iterator[Discovery]:
    """Of processes that run. Raises CommandError."""
    folder = folder_in_use()
    if folder is not None:
        yield from (found for _, found in discoveries(folder) if found.looks_alive())


async def ask_all() -> list[Found]:
    """Every process with its answer. Raises CommandError."""
    return [Found(discovery, await _health(discovery)) for discovery in living()]


async def _health(discovery: Discovery) -> dict[str, Any] | None:
    async with RuntimeClient(discovery.port, discovery.token) as client:
        with contextlib.suppress(RuntimeGone, RuntimeRefused, TimeoutError, ValueError):
            async with asyncio.timeout(ANSWER_SECONDS):
                health = await client.health()
                return health if health.get("pid") == discovery.pid else None
    return None
