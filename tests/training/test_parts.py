"""A file cut into parts comes back whole, or not at all."""

from pathlib import Path

import pytest

from training.parts import join, split


def cut(folder: Path) -> tuple[bytes, Path]:
    data = bytes(range(256)) * 10
    (folder / "model.gguf").write_bytes(data)
    *parts, listing = split(folder / "model.gguf", folder / "parts", largest=1000)
    assert [part.stat().st_size for part in parts] == [1000, 1000, 560]
    return data, listing


def test_there_and_back(tmp_path: Path) -> None:
    data, listing = cut(tmp_path)
    join(listing, tmp_path / "back.gguf")
    assert (tmp_path / "back.gguf").read_bytes() == data


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_a_bad_part_is_named_and_nothing_written(tmp_path: Path, harm: str) -> None:
    _, listing = cut(tmp_path)
    part = listing.with_name("model.gguf.01")
    part.unlink() if harm == "missing" else part.write_bytes(part.read_bytes()[:-1] + b"x")
    with pytest.raises(ValueError, match=f"gguf.01: {harm}"):
        join(listing, tmp_path / "back.gguf")
    assert not (tmp_path / "back.gguf").exists()
