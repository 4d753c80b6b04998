"""Windows with real worker processes, for tests that have a ``root``."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from index.windows import Open, Window


@pytest.fixture
async def open_window(root: Path) -> AsyncIterator[Open]:
    windows: list[Window] = []

    async def open_window(*places: Path, **options: Any) -> Window:
        window = Window(**options)
        windows.append(window)
        window.client.set_up([str(place) for place in places or (root,)])
        await window.until(lambda: window.client.status.pid)
        return window

    yield open_window
    for window in windows:
        await window.client.close()
