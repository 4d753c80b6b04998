"""Where evaluated repository contexts are kept between two runs."""

from pathlib import Path

import platformdirs


def state_folder() -> Path:
    """This user's own; it may not exist. It may be deleted at any time, at the cost of an evaluation."""
    return Path(platformdirs.user_cache_dir("foretoken", appauthor=False)) / "states"
