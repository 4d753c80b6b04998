"""The doctor on shared model processes."""

from pathlib import Path

import pytest

from foretoken.cli.check import State
from foretoken.cli.check_sharing import check_sharing
from foretoken.engine.runtime_folder import FOLDER_VARIABLE, OFF


@pytest.mark.parametrize(
    ("what", "state", "said"), [("off", State.INFO, "off"), ("file", State.WARN, "not a folder"), ("new", State.OK, "")]
)
def test_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, state: State, said: str) -> None:
    folder = tmp_path / "run"
    monkeypatch.setenv(FOLDER_VARIABLE, OFF if what == "off" else str(folder))
    if what == "file":
        folder.write_text("")
    first, *more = check_sharing()
    assert first.state is state and said in first.value
    assert first.advice or state is not State.WARN
    assert [check.value.split(" (")[0] for check in more] == (["none runs"] if what == "new" else [])
