"""The training code is not packaged: its tests put it on the path themselves."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "server"))
