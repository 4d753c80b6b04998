"""The doctor on the machine and what is installed on it."""

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import psutil

from foretoken import __version__
from foretoken.cli.check import Check, State, size_text

GROUP = "installation"
_DISTRIBUTION = "llama-cpp-python"
_TIMEOUT_S = 60
# llama.cpp aborts its process when it is unhappy, so it is asked in a process of its own.
_ASK_LLAMA_CPP = """
import json
from foretoken.runtime.library import LibraryError, load_library
try:
    binding = load_library()
    print(json.dumps({"system": binding.llama_print_system_info().decode("utf-8", "replace"),
                      "gpu": bool(binding.llama_supports_gpu_offload())}))
except LibraryError as error:
    print(json.dumps({"error": str(error)}))
"""


def check_installation() -> Iterator[Check]:
    version = platform.python_version()
    python_state = State.OK if sys.version_info >= (3, 11) else State.FAIL
    yield Check(GROUP, "python", python_state, f"{version} ({sys.executable})", "Foretoken needs Python 3.11 or newer.")
    yield Check(GROUP, "foretoken", State.OK, f"{__version__} ({Path(__file__).resolve().parents[1]})")
    yield Check(GROUP, "system", State.INFO, f"{platform.system()} {platform.release()} on {platform.machine()}")
    yield _cores()
    yield _memory()
    yield from _libraries()
    yield from _llama_cpp()


def usable_cores() -> int:
    """How many logical cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count() or 1


def _cores() -> Check:
    physical, logical = psutil.cpu_count(logical=False), psutil.cpu_count() or 1
    value = f"{usable_cores()} usable of {logical} logical" + (f", {physical} physical" if physical else "")
    return Check(GROUP, "cores", State.INFO, value)


def _memory() -> Check:
    memory = psutil.virtual_memory()
    return Check(GROUP, "memory", State.INFO, f"{size_text(memory.available)} available of {size_text(memory.total)}")


def _libraries() -> Iterator[Check]:
    """The requirements' pins are what was tested; a different version may work, a missing one does not."""
    as_tested = []
    for requirement in metadata.requires("foretoken") or []:
        pinned = re.match(r"([A-Za-z0-9_.-]+)==([^;\s]+)$", requirement)
        if pinned is None:  # an extra, or for another platform
            continue
        name, wanted = pinned.groups()
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Check(GROUP, name, State.FAIL, "not installed", f"pip install {name}=={wanted}")
            continue
        if found == wanted:
            as_tested.append(f"{name} {found}")
        else:
            advice = f"Foretoken was tested with {wanted}: pip install {name}=={wanted}"
            yield Check(GROUP, name, State.WARN, found, advice)
    yield Check(GROUP, "libraries", State.OK, ", ".join(as_tested))


def _llama_cpp() -> Iterator[Check]:
    advice = f"Install it again: pip install --force-reinstall --no-deps {_DISTRIBUTION}"
    try:
        asked = subprocess.run(
            [sys.executable, "-P", "-c", _ASK_LLAMA_CPP],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        answer = json.loads(asked.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        yield Check(GROUP, "llama.cpp", State.FAIL, f"did not load within {_TIMEOUT_S} seconds", advice)
        return
    except (json.JSONDecodeError, IndexError, OSError):
        last = (asked.stderr.strip().splitlines() or ["it said nothing"])[-1]
        yield Check(GROUP, "llama.cpp", State.FAIL, f"cannot be loaded (exit code {asked.returncode}): {last}", advice)
        return
    if "error" in answer:
        yield Check(GROUP, "llama.cpp", State.FAIL, answer["error"], advice)
        return
    yield Check(GROUP, "llama.cpp", State.OK, _features(answer["system"]))
    gpu = "yes" if answer["gpu"] else "no: this build runs on the processor alone"
    yield Check(GROUP, "GPU", State.INFO, gpu)


def _features(system_info: str) -> str:
    """``CPU : SSE3 = 1 | AVX = 1 | ...`` as ``CPU: SSE3, AVX``: what is switched on."""
    features = re.findall(r"(\w+) = 1\b", system_info)
    backends = re.findall(r"(?:^|\| )(\w+) : ", system_info)
    return f"{', '.join(backends) or 'CPU'}: {', '.join(features) or 'no special instructions'}"
