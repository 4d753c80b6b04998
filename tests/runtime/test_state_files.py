"""States on disk: whole or absent, for this user alone, and no more than the limit."""

import ctypes
import json
import os
from pathlib import Path

import numpy as np
import pytest

from foretoken.runtime.state_files import HEADER_BYTES, StateFiles, StoredState, model_key, prune

TOKENS = np.arange(300, dtype=np.int32)
SIZE = HEADER_BYTES + 4 * 300 + 4 * 8 + 1000


def state(first: int = 0, size: int = 1000) -> StoredState:
    data = (ctypes.c_uint8 * size)(*np.random.default_rng(first).integers(0, 256, size).tolist())
    return StoredState(TOKENS + first, np.linspace(0, 1, 8, dtype=np.float32), data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "made" / "states"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*"))


def written(folder: Path) -> tuple[StateFiles, Path]:
    files = StateFiles(folder, 10 * SIZE, "model")
    assert files.write(state())
    (path,) = folder.glob("*")
    return files, path


def test_what_was_written_is_read(folder: Path):
    files, path = written(folder)
    assert files.has(TOKENS) and path.stat().st_size == SIZE
    found = StateFiles(folder, SIZE, "model").read(TOKENS)
    assert np.array_equal(found.token_ids, TOKENS) and found.token_ids.dtype == np.int32
    assert np.array_equal(found.last, state().last)
    assert bytes(found.data) == bytes(state().data)
    assert files.write(StoredState(TOKENS[:9], np.zeros(0, np.float32), (ctypes.c_uint8 * 3)(1, 2, 3)))
    assert files.read(TOKENS[:9]).last.size == 0


def test_only_the_same_tokens_and_the_same_model_find_it(folder: Path):
    files, path = written(folder)
    other = TOKENS.copy()
    other[150] += 1
    for tokens in (other, TOKENS[:-1], np.append(TOKENS, np.int32(5)), TOKENS[:0]):
        assert not files.has(tokens) and files.read(tokens) is None
    assert StateFiles(folder, SIZE, "another model").read(TOKENS) is None
    assert path.exists()


def test_nobody_else_may_read_it(folder: Path):
    before = os.umask(0)
    try:
        _, path = written(folder)
    finally:
        os.umask(before)
    if os.name == "posix":  # elsewhere a user's folders are that user's alone
        assert path.stat().st_mode & 0o777 == 0o600
        assert folder.stat().st_mode & 0o777 == 0o700


def header(**changes: object) -> bytes:
    """The header of the file that ``written`` makes, changed."""
    fields = {"tokens": 1200, "last": 32, "data": 1000, "sum": "0", **changes}
    return json.dumps(fields).encode().ljust(HEADER_BYTES)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[: HEADER_BYTES // 2],
        lambda data: data[:HEADER_BYTES],
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: bytes(len(data)),
        lambda data: b"[" * len(data),
        lambda data: b"[1, 2]".ljust(HEADER_BYTES) + data[HEADER_BYTES:],
        lambda data: b"\xff\xfe" * (len(data) // 2),
        lambda data: header() + data[HEADER_BYTES:],
        lambda data: header(tokens=-4, data=2204) + data[HEADER_BYTES:],
        lambda data: header(tokens=1201, data=999) + data[HEADER_BYTES:],
        lambda data: header(tokens=None) + data[HEADER_BYTES:],
        lambda data: header(data=1e300 * 1e300) + data[HEADER_BYTES:],
        *(
            lambda data, at=at: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            for at in (HEADER_BYTES, HEADER_BYTES + 1199, HEADER_BYTES + 1201, SIZE - 1000, SIZE - 1)
        ),
    ],
)
def test_what_is_not_whole_is_not_used_and_goes(folder: Path, damage, caplog: pytest.LogCaptureFixture):
    files, path = written(folder)
    path.write_bytes(damage(path.read_bytes()))
    assert files.read(TOKENS) is None
    assert f"{path.name} is not used" in caplog.text
    assert names(folder) == []
    assert files.write(state()) and files.read(TOKENS) is not None


def test_another_states_content_under_this_name(folder: Path):
    files, path = written(folder)
    data = path.read_bytes()
    assert files.write(state(7))
    (other,) = (found for found in folder.glob("*") if found != path)
    other.write_bytes(data)
    assert files.read(TOKENS + 7) is None
    assert not other.exists() and path.exists()


def test_the_oldest_go_first(folder: Path):
    files = StateFiles(folder, 3 * SIZE, "model")
    for number in range(3):
        assert files.write(state(number))
        path = files._path(TOKENS + number)
        os.utime(path, (1000 + number, 1000 + number))
    assert files.read(TOKENS) is not None  # in use again
    assert files.write(state(3))
    assert [files.has(TOKENS + number) for number in range(4)] == [True, False, True, True]
    # One that is larger takes the places of two.
    os.utime(files._path(TOKENS), (1000, 1000))
    assert files.write(state(4, size=1000 + SIZE))
    assert [files.has(TOKENS + number) for number in range(5)] == [False, False, False, True, True]


def test_what_is_above_the_limit_is_not_written(folder: Path):
    files, path = written(folder)
    assert not StateFiles(folder, SIZE - 1, "model").write(state(1))
    assert not StateFiles(folder, 0, "model").write(state(1))
    assert names(folder) == [path.name]
    assert StateFiles(folder, SIZE, "model").write(state(1))
    assert len(names(folder)) == 1 and not path.exists()


@pytest.mark.parametrize("where", ["mkdir", "open", "write", "replace"])
def test_a_disk_that_refuses_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch, where: str, caplog):
    def refuse(*_arguments: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    files = StateFiles(folder, 3 * SIZE, "model")
    if where != "mkdir":
        files.write(state(9))
    before = names(folder)
    with monkeypatch.context() as patch:
        if where == "write":
            fdopen = os.fdopen

            class Full:
                """Takes the header and no more."""

                def __init__(self, fd: int, mode: str) -> None:
                    self._file = fdopen(fd, mode)

                def __enter__(self) -> "Full":
                    return self

                def __exit__(self, *_error: object) -> None:
                    self._file.close()

                def write(self, data: bytes) -> None:
                    if len(data) != HEADER_BYTES:
                        refuse()
                    self._file.write(data)

            patch.setattr(os, "fdopen", Full)
        elif where == "open":
            patch.setattr(os, "open", refuse)
        else:
            patch.setattr(Path, where, refuse)
        assert not files.write(state())
    assert "No space left" in caplog.text
    assert names(folder) == before
    assert not files.has(TOKENS)
    assert files.write(state()) and files.read(TOKENS) is not None


def test_a_folder_that_is_a_file_is_no_harm(tmp_path: Path):
    (tmp_path / "states").write_text("")
    files = StateFiles(tmp_path / "states", SIZE, "model")
    assert not files.write(state())
    assert files.read(TOKENS) is None and not files.has(TOKENS)


def test_what_a_process_that_was_killed_left_half_written_goes(folder: Path):
    files, path = written(folder)
    left = path.with_suffix(".12345")
    left.write_bytes(b"half")
    os.utime(left, (1000, 1000))
    assert files.write(state(1))
    assert left.name not in names(folder)
    assert len(names(folder)) == 2


def test_files_from_the_future_grow_old_too(tmp_path: Path):
    """The clock was a year ahead when they were written, and was set right since."""
    day, now = 86_400.0, 8_000_000.0

    def left() -> set[str]:
        return {path.name for path in tmp_path.iterdir()}

    for name, modified in (
        ("future.state", 5 * now),
        ("future.123", 5 * now),
        ("old.state", now - 5),
        ("new.state", now),
    ):
        (tmp_path / name).write_bytes(b"x" * 100)
        os.utime(tmp_path / name, (modified, modified))
    prune(tmp_path, 300, lambda: now)
    assert left() == {"future.state", "future.123", "old.state", "new.state"}  # none of them at once
    (tmp_path / "newest.state").write_bytes(b"x" * 100)
    os.utime(tmp_path / "newest.state", (now + day, now + day))
    (tmp_path / "old.state").unlink()
    prune(tmp_path, 100, lambda: now + day)
    assert left() == {"newest.state"}


def test_a_disk_whose_clock_is_a_little_ahead_keeps_its_order(tmp_path: Path):
    now = 8_000_000.0
    for name, modified in (("b.state", now + 1), ("a.state", now + 2)):
        (tmp_path / name).write_bytes(b"x" * 100)
        os.utime(tmp_path / name, (modified, modified))
    prune(tmp_path, 100, lambda: now)
    assert [path.name for path in tmp_path.iterdir()] == ["a.state"]


def test_a_models_key_follows_its_file_and_how_it_is_run(tmp_path: Path):
    model = tmp_path / "model.gguf"
    model.write_bytes(bytes(2 << 20))
    os.utime(model, (1000, 1000))
    keys = {model_key(model), model_key(model, "f16"), model_key(model, "f16", "f16"), model_key(model, "q8_0")}
    assert model_key(model) in keys
    os.utime(model, (1000, 1001))
    keys.add(model_key(model))
    model.write_bytes(b"x" + bytes((2 << 20) - 1))
    os.utime(model, (1000, 1000))
    keys.add(model_key(model))
    model.write_bytes(b"x" + bytes(2 << 20))
    os.utime(model, (1000, 1000))
    keys.add(model_key(model))
    assert len(keys) == 7


def test_with_no_limit_left_nothing_of_ours_stays(tmp_path: Path):
    for name in ("aa.state", "bb.state", "cc.1234"):
        (tmp_path / name).write_bytes(b"x" * 100)
    (tmp_path / "folder").mkdir()
    prune(tmp_path, 150)
    assert len(list(tmp_path.glob("*.state"))) == 1 and (tmp_path / "cc.1234").exists()
    prune(tmp_path, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    prune(tmp_path / "none", 0)
