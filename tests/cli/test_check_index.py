"""The doctor on the index."""

from pathlib import Path

import pytest

from foretoken.cli import check_index as checking
from foretoken.cli.check import State
from foretoken.cli.check_index import check_index
from foretoken.index import folders
from foretoken.session.settings import IndexSettings, Settings


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(folders.FOLDER_VARIABLE, str(tmp_path / "a/indexes"))
    monkeypatch.setattr(checking, "_WATCHES", tmp_path / "watches")
    monkeypatch.setattr("sys.platform", "linux")
    return tmp_path


def states(settings: Settings = Settings()) -> list[tuple[str, State]]:
    return [(check.name, check.state) for check in check_index(settings)]


def test_a_place_that_can_be_written(place: Path) -> None:
    (place / "watches").write_text("65536\n")
    assert states() == [("folder", State.OK), ("watches", State.OK)]
    folders.prepare_index_folder(place)
    (check, _) = check_index(Settings())
    assert "1 workspace," in check.value


def test_a_place_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    assert states() == [("folder", State.WARN)]


def test_few_watches(place: Path) -> None:
    (place / "watches").write_text("8192\n")
    assert states()[1] == ("watches", State.WARN)


def test_switched_off() -> None:
    assert states(Settings(index=IndexSettings(enabled=False))) == [("index", State.INFO)]
