"""The training code is not packaged: its tests put it on the path themselves."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "server"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small corpus and tokenizer, and the present one."""
    from training_runs import fill  # needs the path above

    monkeypatch.setenv("FORETOKEN_KERNELS", str(tmp_path_factory.getbasetemp() / "kernels"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("training.report.CHECKED_EVERY", 1)
    fill(tmp_path)
    return tmp_path
