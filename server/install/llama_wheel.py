"""Build llama-cpp-python's wheel once, and never again.

llama-cpp-python comes as source and compiles llama.cpp. Only the libraries that Foretoken loads are built (no tools,
server, tests, multimodal library, and not the C++ "common" library); run-time speed is not touched by that. The wheel
stays in a folder of the checkout that git ignores, and in pip's own cache for other checkouts.
"""

import hashlib
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
OFF = ("LLAVA_BUILD", "MTMD_BUILD", "LLAMA_BUILD_TOOLS", "LLAMA_BUILD_EXAMPLES", "LLAMA_BUILD_TESTS", "LLAMA_BUILD_SERVER",
       "LLAMA_BUILD_APP", "LLAMA_OPENSSL")  # fmt: skip
_STEP = re.compile(r"\[\s*(\d+)/(\d+)\]|\[\s*(\d+)%\]")


def wheel(python: Path, requirement: str, folder: Path) -> Path:
    """The wheel for ``requirement`` (``llama-cpp-python==X``), built if it is not there.

    ``CMAKE_ARGS`` from the environment is added to the build (for example ``-DGGML_CUDA=on``); each value has a wheel
    of its own. ``LLAMA_CPP_WHEEL`` names a prebuilt one instead. Raises SystemExit with the compiler's last lines when
    the build fails.
    """
    if given := os.environ.get("LLAMA_CPP_WHEEL", "").strip():
        if not Path(given).is_file():
            raise SystemExit(f"LLAMA_CPP_WHEEL names {given}, which is not a file.")
        return Path(given).resolve()
    extra = os.environ.get("CMAKE_ARGS", "").strip()
    folder = folder / hashlib.sha256(f"{requirement} {extra}".encode()).hexdigest()[:12]
    found = sorted(folder.glob("llama_cpp_python-*.whl"))
    if found:
        print(f"  llama-cpp-python: using {found[0].name}, built before", flush=True)
        return found[0]
    print(
        f"  llama-cpp-python: building llama.cpp, once (2 to 3 minutes on two cores, seconds if pip has built it "
        f"before{'; ' + extra if extra else ''})",
        flush=True,
    )
    folder.mkdir(parents=True, exist_ok=True)
    _build(python, requirement, folder, extra)
    return next(folder.glob("llama_cpp_python-*.whl"))


def _build(python: Path, requirement: str, folder: Path, extra: str) -> None:
    arguments = [f"-D{name}=OFF" for name in OFF]
    arguments.append(shlex.quote(f"-DCMAKE_PROJECT_llama_cpp_INCLUDE={(HERE / 'libraries_only.cmake').as_posix()}"))
    environment = dict(os.environ)
    environment["CMAKE_ARGS"] = " ".join([*arguments, extra]).strip()
    environment.setdefault("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count() or 2))
    # The build's own tools, at tested versions. As a URI, because pip splits the variable at blanks.
    constraints = (HERE / "build-constraints.txt").as_uri()
    environment |= {"PIP_CONSTRAINT": constraints, "PIP_BUILD_CONSTRAINT": constraints}  # older and newer pips
    name = requirement.partition("==")[0]
    command = [python, "-m", "pip", "wheel", "-v", "--no-deps", "--no-binary", name, requirement, "-w", folder]
    if extra:
        # pip's cache does not know CMAKE_ARGS: it would give a wheel for another device.
        command.append("--no-cache-dir")
    log = folder / "build.log"
    started = time.monotonic()
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [str(part) for part in command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert process.stdout is not None
        _follow(process.stdout, out, started)
    if process.wait() != 0:
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:]
        raise SystemExit(
            "\n".join([*tail, "", f"The build failed; the whole log is {log}.", "It needs a C and a C++ compiler."])
        )
    print(f"  llama-cpp-python: built in {time.monotonic() - started:.0f} s", flush=True)


def _follow(lines, out, started: float) -> None:
    """Copy the build's output to the log, and say every tenth of the way how far it is."""
    said = -1
    for line in lines:
        out.write(line)
        step = _STEP.search(line)
        if step is None:
            continue
        done, of, percent = step.groups()
        tenth = (int(percent) if percent else 100 * int(done) // int(of)) // 10
        if tenth > said:
            said = tenth
            print(f"    {tenth * 10:3d} %  after {time.monotonic() - started:4.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit("run server/install/environment.py instead")
