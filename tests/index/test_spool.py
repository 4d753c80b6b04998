"""What one window leaves to another one."""

import stat
from pathlib import Path

import pytest

from foretoken.index import spool as spool_module
from foretoken.index.spool import SPOOL_FILE, Spool


def test_what_is_put_is_taken_once_and_in_order(tmp_path: Path) -> None:
    writer, readers = Spool(tmp_path), [Spool(tmp_path), Spool(tmp_path)]
    assert writer.take() == ([], False)
    readers[0].put(["a.py", "sub dir/é\n.py"])
    readers[1].put(["b.py"])
    assert writer.take() == (["a.py", "sub dir/é\n.py", "b.py"], False)
    assert writer.take() == ([], False)
    readers[0].put([None])
    readers[1].put(["c.py"])
    assert writer.take() == (["c.py"], True)
    assert stat.S_IMODE((tmp_path / SPOOL_FILE).stat().st_mode) == 0o600


def test_a_new_writer_begins_with_nothing(tmp_path: Path) -> None:
    Spool(tmp_path).put(["a.py"])
    writer = Spool(tmp_path)
    writer.clear()
    assert writer.take() == ([], False)
    Spool(tmp_path).put(["b.py"])
    assert writer.take() == (["b.py"], False)


def test_a_line_that_is_being_written_waits_and_nonsense_is_a_comparison(tmp_path: Path) -> None:
    writer = Spool(tmp_path)
    with open(tmp_path / SPOOL_FILE, "ab", buffering=0) as file:
        file.write(b'"a.py"\n"b.')
        assert writer.take() == (["a.py"], False)
        file.write(b'py"\n')
        assert writer.take() == (["b.py"], False)
        file.write(b"\xff\n[]\n")
        assert writer.take() == ([], True)


def test_too_much_is_a_comparison_and_takes_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "MOST_BYTES", 100)
    writer, reader = Spool(tmp_path), Spool(tmp_path)
    reader.put([f"{number}.py" for number in range(50)])
    assert writer.take() == ([], True) and (tmp_path / SPOOL_FILE).stat().st_size == 0
    reader.put(["a.py"])
    assert writer.take() == (["a.py"], False)


def test_where_nothing_can_be_written_nothing_fails(tmp_path: Path) -> None:
    gone = Spool(tmp_path / "gone")
    gone.put(["a.py"])
    gone.clear()
    assert gone.take() == ([], False)
