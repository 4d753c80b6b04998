"""Make the project's virtual environment: ``python3 server/install/environment.py [--test]``.

Standard library only: this is the first thing that runs on a fresh machine. It does nothing when nothing changed.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

if sys.version_info < (3, 11):
    sys.exit(
        "Foretoken needs Python 3.11 or newer; this is %s. Name another: make PYTHON=python3.12"
        % sys.version.split()[0]
    )

import tomllib

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = ENVIRONMENT / "installed"
BUILD_VARIABLES = ("CMAKE_ARGS", "LLAMA_CPP_WHEEL")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", action="store_true", help="also install what the test suite needs")
    test = parser.parse_args().test
    have = _installed()
    wanted = {"files": _fingerprint(), "test": str(test or have.get("test") == "True"), **_build_variables(have)}
    if have == wanted:
        return
    started = time.monotonic()
    print("Setting up .venv (the first time about 3 minutes on two cores, then seconds)", flush=True)
    if not _usable():
        _create()
    requirement = _llama_requirement()
    unfinished = have.get("files") == _unfinished()
    rebuilt = unfinished or any(have.get(name) != wanted[name] for name in BUILD_VARIABLES)
    built = None
    if rebuilt or not _has(requirement):
        # Found because this script's own folder is on sys.path.
        from llama_wheel import wheel

        built = wheel(PYTHON, requirement, ROOT / ".wheels")
    # From here on the environment is between two states: an interruption must not leave the stamp of the earlier one.
    _write_stamp({**wanted, "files": _unfinished()})
    if built is not None:
        # Another build of the same version counts as installed already, so it has to be forced.
        _pip("install", "--force-reinstall", "--no-deps", built)
    print("  installing Foretoken and its libraries", flush=True)
    _pip("install", "-c", ROOT / "constraints.txt", "-e", str(ROOT) + ("[test]" if wanted["test"] == "True" else ""))
    _write_stamp(wanted)
    print(f"  ready after {time.monotonic() - started:.0f} s", flush=True)


def _build_variables(have: dict[str, str]) -> dict[str, str]:
    """How llama.cpp is to be built: as the environment says, and where it says nothing, as it was built before."""
    said = {name: os.environ.get(name, "").strip() for name in BUILD_VARIABLES}
    chosen = said if any(said.values()) else {name: have.get(name, "") for name in BUILD_VARIABLES}
    remembered = Path(chosen["LLAMA_CPP_WHEEL"])
    if chosen is not said and not (
        remembered.is_file() and f"-{_llama_requirement().split('==')[1]}-" in remembered.name
    ):
        chosen["LLAMA_CPP_WHEEL"] = ""  # gone, or of another version than the one that is wanted now
    os.environ.update(chosen)
    return chosen


def _installed() -> dict[str, str]:
    """What the stamp says; nothing when the environment is not whole or not of this Python and this place."""
    if not PYTHON.is_file() or not STAMP.is_file():
        return {}
    pairs = (line.split(": ", 1) for line in STAMP.read_text(encoding="utf-8").splitlines() if ": " in line)
    have = dict(pairs)
    return have if have.get("files", "").startswith(_identity()) else {}


def _write_stamp(values: dict[str, str]) -> None:
    STAMP.write_text("".join(f"{key}: {value}\n" for key, value in values.items()), encoding="utf-8")


def _unfinished() -> str:
    """In place of the fingerprint while packages are being installed."""
    return f"{_identity()}-unfinished"


def _identity() -> str:
    """Changes with the Python that runs this and with the place of the checkout."""
    return hashlib.sha256(f"{sys.version} {sys.base_prefix} {ROOT}".encode()).hexdigest()[:12]


def _fingerprint() -> str:
    """Changes when an installation is out of date."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return f"{_identity()}-{digest.hexdigest()[:12]}"


def _usable() -> bool:
    """Whether an environment is there that has pip and is of the Python that runs this.

    pip's RECORD is the last file of its own installation: without it, that was interrupted.
    """
    code = "from importlib.metadata import files; import pip, sys; assert files('pip'); print(sys.version)"
    try:
        answer = subprocess.run([str(PYTHON), "-c", code], capture_output=True, text=True)
    except OSError:
        return False
    return answer.stdout.strip() == sys.version.strip()


def _create() -> None:
    """A new environment in place of whatever is there, be it half made or of another Python."""
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    try:
        venv.create(ENVIRONMENT, with_pip=True, symlinks=os.name != "nt")
    except (subprocess.CalledProcessError, OSError) as error:
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        sys.exit(f"The virtual environment could not be made: {error}\nOn Debian and Ubuntu: apt install python3-venv")


def _llama_requirement() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return next(line for line in project["dependencies"] if line.startswith("llama-cpp-python"))


def _has(requirement: str) -> bool:
    name, _, version = requirement.partition("==")
    code = f"from importlib.metadata import version; raise SystemExit(version({name!r}) != {version!r})"
    return subprocess.run([str(PYTHON), "-c", code], capture_output=True).returncode == 0


def _pip(*arguments: object) -> None:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet", *map(str, arguments)]
    if subprocess.run(command).returncode != 0:
        sys.exit("pip failed: see the lines above")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nstopped; the same command goes on from here")
