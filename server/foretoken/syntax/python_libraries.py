"""Where a workspace's Python libraries lie: found by looking at folders. No interpreter of the workspace is run."""

import importlib.util
import os
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_CUSTOMARY = (".venv", "venv", "env", ".env")


def library_folders(root: Path, environment: Mapping[str, str] = os.environ) -> list[str]:
    """The site-packages folders of the workspace's virtual environment, then of the one the editor was started in.

    A virtual environment is known by its ``pyvenv.cfg`` (PEP 405), a conda one by ``conda-meta``. Then the standard
    library of the Python that runs this: the workspace's own could only be asked by running it.
    """
    found: list[str] = []
    for folder in _environments(root, environment):
        for packages in (*sorted(folder.glob("lib/python3*/site-packages")), folder / "Lib" / "site-packages"):
            if packages.is_dir() and str(packages) not in found:
                found.append(str(packages))
    return [*found, sysconfig.get_path("stdlib")]


def stubs_folder() -> str:
    """Where jedi lies, which has stubs of the standard library and of others with it; empty when it is not there."""
    spec = importlib.util.find_spec("jedi")
    return str(Path(spec.origin).parent) if spec is not None and spec.origin else ""


def search_path(root: Path, source_roots: Sequence[str], environment: Mapping[str, str] = os.environ) -> list[str]:
    """What ``sys.path`` would be. source_roots: relative to the workspace folder (``resolve.python_roots``)."""
    return list(dict.fromkeys([*(str(root / folder) for folder in source_roots), *library_folders(root, environment)]))


def _environments(root: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    named = [Path(environment[name]) for name in ("VIRTUAL_ENV", "CONDA_PREFIX") if environment.get(name)]
    for folder in (*(root / name for name in _CUSTOMARY), *named):
        try:
            if (folder / "pyvenv.cfg").is_file() or (folder / "conda-meta").is_dir():
                yield folder
        except OSError:
            continue
