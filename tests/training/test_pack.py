"""The packed corpus is small, whole, and has no test split."""

import json
import lzma
from pathlib import Path

import pytest

from training import pack as pack_module
from training.pack import pack, unpack


@pytest.fixture(autouse=True)
def small_dictionary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack_module, "DICTIONARY", 2**20)


def row(path: str, split: str = "train", language: str = "python") -> dict:
    text = f"# {path}: \u00e4, \u2028 and a tab\t\n" + "some_line_of_code = 1\n" * 200
    return {"package": "p", "path": path, "split": split, "seen": True, "text": text, "language": language}


def test_there_and_back(tmp_path: Path) -> None:
    rows = [row("b.py"), row("a.rs", language="rust"), row("a.py", "tune"), row("secret.py", "test")]
    size = pack(rows, tmp_path / "corpus.xz")
    assert size == (tmp_path / "corpus.xz").stat().st_size < len(json.dumps(rows)) / 10
    assert unpack(tmp_path / "corpus.xz", tmp_path / "corpus.jsonl") == 3
    with (tmp_path / "corpus.jsonl").open(encoding="utf-8", newline="\n") as stream:
        assert [json.loads(line) for line in stream] == [rows[2], rows[0], rows[1]]


def test_too_large_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "corpus.jsonl").write_text(json.dumps(row("a.py")) + "\n", encoding="utf-8")
    command = ["pack", "--corpus", str(tmp_path / "corpus.jsonl"), "--packed", str(tmp_path / "corpus.xz")]
    monkeypatch.setattr("sys.argv", command)
    pack_module.main()
    monkeypatch.setattr("sys.argv", [*command, "--limit", "0.00001"])
    with pytest.raises(SystemExit, match="more than"):
        pack_module.main()


def test_any_xz_reads_it(tmp_path: Path) -> None:
    pack([row("a.py")], tmp_path / "corpus.xz")
    assert json.loads(lzma.decompress((tmp_path / "corpus.xz").read_bytes()))["path"] == "a.py"
