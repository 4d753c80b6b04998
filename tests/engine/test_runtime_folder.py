"""The folder in which windows find model processes, and what is done when it cannot be trusted or used."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.sharing import Windows
from engine.supervised import answer
from foretoken.engine.discovery import machine, process_start
from foretoken.engine.runtime_folder import (
    FOLDER_VARIABLE,
    OFF,
    FolderUnusable,
    check_folder,
    prepare_folder,
    runtime_folder,
)
from foretoken.engine.sweep import sweep

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
NOBODY = 65534


def test_the_variable_names_the_folder_or_switches_sharing_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert runtime_folder() == tmp_path
    monkeypatch.setenv(FOLDER_VARIABLE, OFF)
    assert runtime_folder() is None
    monkeypatch.delenv(FOLDER_VARIABLE)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    tmp_path.chmod(0o700)
    assert runtime_folder() is not None


def test_it_is_made_for_its_owner_alone(tmp_path: Path):
    folder = tmp_path / "a" / "run"
    prepare_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    prepare_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("what", ["file", "link", "writable", "parent"])
def test_a_folder_that_others_could_use_is_refused(tmp_path: Path, what: str):
    folder = tmp_path / "run"
    if what == "file":
        folder.write_text("")
    elif what == "link":
        (tmp_path / "real").mkdir()
        folder.symlink_to(tmp_path / "real")
    else:
        folder.mkdir()
        (folder if what == "writable" else tmp_path).chmod(0o777)
    with pytest.raises(FolderUnusable, match=str(tmp_path)):
        prepare_folder(folder)


@pytest.mark.parametrize("what", ["folder", "parent"])
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str):
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    if ROOT:
        os.chown(folder if what == "folder" else tmp_path, NOBODY, NOBODY)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(FolderUnusable, match="belongs to another user"):
        check_folder(folder)


@pytest.mark.parametrize("what", ["file", "writable", "foreign", "read-only"])
async def test_a_window_has_its_own_process_where_nothing_can_be_shared(windows: Windows, dense_gguf: Path, what: str):
    if what == "file":
        windows.folder.write_text("")
    else:
        windows.folder.mkdir(mode=0o700)
    if what == "writable":
        windows.folder.chmod(0o777)
    elif what == "foreign":
        windows.folder = Path("/proc/1/fd") if not ROOT else windows.folder
        if ROOT:
            os.chown(windows.folder, NOBODY, NOBODY)
    elif what == "read-only":
        windows.folder = Path("/proc/foretoken")  # no folder can be made there, not even by root
    one, two = windows.open(dense_gguf), windows.open(dense_gguf)
    assert await answer(one) == await answer(two)
    assert one.pid != two.pid
    assert "not shared with other windows" in one.status.message
    ends = [(engine.pid, process_start(engine.pid)) for engine in (one, two)]
    await one.close()
    await two.close()
    assert all(process_start(pid) != started for pid, started in ends)


@pytest.mark.parametrize(
    ("where", "days", "stays"),
    [("here", 0, False), ("elsewhere", 0, True), ("elsewhere", 31, False), ("starting", 31, True), ("lives", 31, True)],
)
def test_only_folders_of_processes_that_are_gone_from_this_machine_are_swept(
    tmp_path: Path, where: str, days: int, stays: bool
):
    own = tmp_path / "foretoken-x"
    own.mkdir()
    pid = os.getppid() if where == "lives" else 2**22 + 7
    if where != "starting":
        place = "another machine" if where == "elsewhere" else machine()
        (own / "runtime.json").write_text(json.dumps({"pid": pid, "port": 1, "machine": place}))
    sweep(tmp_path, lambda: time.time() + days * 86400)
    assert own.exists() is stays


def test_what_a_key_left_is_removed_after_a_month_unless_its_process_runs(tmp_path: Path):
    endings = (".lock", ".serving", ".poison.json")
    for key in ("unused", "runs"):
        for ending in endings:
            (tmp_path / f"{key}{ending}").write_text("")
    (tmp_path / "runs.json").write_text("{}")
    sweep(tmp_path, lambda: time.time() + 29 * 86400)
    assert len(list(tmp_path.iterdir())) == 7
    sweep(tmp_path, lambda: time.time() + 31 * 86400)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["runs.json", *(f"runs{e}" for e in endings)])


FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from engine.supervised import answer
from foretoken.engine.options import RuntimeOptions
from foretoken.engine.supervisor import SupervisedEngine

async def main():
    engine = SupervisedEngine(RuntimeOptions(Path(sys.argv[1]), 512, 1, 0), folder=Path(sys.argv[2]))
    engine.start()
    await engine.ready()
    print(bool(await answer(engine)), engine.status.message)
    await engine.close()

asyncio.run(main())
"""


def _small_files() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of this kind")
def test_a_full_disk_costs_the_sharing_and_nothing_else(tmp_path: Path, dense_gguf: Path):
    """A limit on file sizes is what a full disk is to a process: its writes fail. The port's file still fits."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, dense_gguf, tmp_path / "run"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=_small_files,
        check=False,
    )
    assert done.stdout.startswith("True") and "not shared with other windows" in done.stdout, done.stderr
    assert not list((tmp_path / "run").glob("*.json"))


@pytest.mark.skipif(not ROOT, reason="only root can be somebody else")
async def test_another_user_sees_nothing(windows: Windows, dense_gguf: Path, tmp_path: Path):
    one = windows.open(dense_gguf)
    await one.ready()
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    code = (
        "import sys, os\n"
        f"os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "for name in sys.argv[1:]:\n"
        "    try: os.listdir(name) if os.path.isdir(name) else open(name).read()\n"
        "    except PermissionError: continue\n"
        "    sys.exit(name + ' can be read')\n"
    )
    (found,) = windows.found()
    paths = [windows.folder, windows.folder / f"{found.key}.json", f"/proc/{one.pid}/environ"]
    done = subprocess.run([sys.executable, "-c", code, *map(str, paths)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
