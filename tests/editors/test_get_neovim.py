"""What get_neovim does without a network: use what is there, and say what is missing."""

from pathlib import Path

import pytest

from editors.get_neovim import NeovimUnavailable, NothingToFetchFrom, get_neovim


def program(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho NVIM v{version}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH, and no scripts beside the Python: a machine without apt."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python" / "python"))
    return tmp_path / "bin"


@pytest.mark.parametrize("version", ["0.12.0", "0.13.1", "1.0.0"])
def test_neovim_on_path_is_used(bin_folder: Path, tmp_path: Path, version: str) -> None:
    installed = program(bin_folder / "nvim", version)
    assert get_neovim(tmp_path / "cache") == installed
    assert not (tmp_path / "cache").exists()


def test_neovim_fetched_before_is_used(bin_folder: Path, tmp_path: Path) -> None:
    program(bin_folder / "nvim", "0.11.4")
    fetched = program(tmp_path / "cache" / "neovim" / "nvim", "0.12.4")
    assert get_neovim(tmp_path / "cache") == fetched


def test_old_neovim_and_no_apt(bin_folder: Path, tmp_path: Path) -> None:
    program(bin_folder / "nvim", "0.10.4")
    with pytest.raises(NothingToFetchFrom, match=r"no apt.*0\.12 or newer"):
        get_neovim(tmp_path / "cache")


def test_apt_without_patchelf_is_named(bin_folder: Path, tmp_path: Path) -> None:
    for tool in ("apt-get", "dpkg", "dpkg-deb"):
        program(bin_folder / tool, "0")
    with pytest.raises(NeovimUnavailable, match="needs patchelf") as caught:
        get_neovim(tmp_path / "cache")
    assert not isinstance(caught.value, NothingToFetchFrom)


def test_apt_of_another_distribution(bin_folder: Path, tmp_path: Path) -> None:
    """Only Debian's mirrors are asked: of another distribution it is not known which release has what."""
    for tool in ("apt-get", "dpkg", "dpkg-deb", "patchelf"):
        program(bin_folder / tool, "0")
    listed = "'file:/mirror/ubuntu/dists/noble/InRelease' a_InRelease 0"
    (bin_folder / "apt-get").write_text(f'#!/bin/sh\necho "{listed}"\n', encoding="utf-8")
    with pytest.raises(NothingToFetchFrom, match="no Debian mirror"):
        get_neovim(tmp_path / "cache")
