"""Make the project's virtual environment: ``python3 server/install/environment.py [--test]``.

Standard library only: this is the first thing that runs on a fresh machine. It does nothing when nothing changed.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import time
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", action="store_true", help="also install what the test suite needs")
    test = parser.parse_args().test
    stamp = ENVIRONMENT / "installed"
    wanted = _fingerprint()
    have = stamp.read_text(encoding="utf-8").split() if stamp.is_file() else []
    if have[:1] == [wanted] and (not test or "test" in have):
        return
    started = time.monotonic()
    print("Setting up .venv (first time: about 4 minutes on two cores, then seconds)", flush=True)
    if not PYTHON.is_file():
        venv.create(ENVIRONMENT, with_pip=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirement = next(line for line in project["dependencies"] if line.startswith("llama-cpp-python"))
    # Not found again in a later Python: the folder of this script is on sys.path because it was started from it.
    from llama_wheel import wheel

    built = wheel(PYTHON, requirement, ROOT / ".wheels")
    print("  installing Foretoken and its libraries", flush=True)
    target = str(ROOT) + ("[test]" if test or "test" in have else "")
    _pip("install", "-c", ROOT / "constraints.txt", built, "-e", target)
    stamp.write_text(f"{wanted}{' test' if test or 'test' in have else ''}\n", encoding="utf-8")
    print(f"  ready after {time.monotonic() - started:.0f} s", flush=True)


def _fingerprint() -> str:
    """Changes when an installation is out of date: dependencies, build flags or the Python that runs it."""
    chosen = (os.environ.get("CMAKE_ARGS", ""), os.environ.get("LLAMA_CPP_WHEEL", ""), sys.version)
    digest = hashlib.sha256(repr(chosen).encode())
    for name in ("pyproject.toml", "constraints.txt", "server/install/llama_wheel.py"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()[:16]


def _pip(*arguments: object) -> None:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet", *map(str, arguments)]
    if subprocess.run(command).returncode != 0:
        sys.exit("pip failed: see the lines above")


if __name__ == "__main__":
    if sys.version_info < (3, 11):
        sys.exit(f"Foretoken needs Python 3.11 or newer; this is {sys.version.split()[0]}. Name another: make PYTHON=python3.12")
    main()
