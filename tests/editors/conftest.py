"""The real editors that the tests drive."""

import os
from pathlib import Path

import pytest

from editors.get_neovim import NeovimUnavailable, NothingToFetchFrom, default_folder, get_neovim


@pytest.fixture(scope="session")
def nvim() -> Path:
    """Neovim 0.12 or newer, fetched if need be. Only a machine with no Debian mirror may go without, but not in CI."""
    try:
        return get_neovim(default_folder())
    except NeovimUnavailable as error:
        message = f"No Neovim to test with; `python tests/editors/get_neovim.py` gets one. {error}"
        if isinstance(error, NothingToFetchFrom) and not os.environ.get("CI"):
            pytest.skip(message)
        pytest.fail(message)
