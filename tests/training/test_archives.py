"""Source packages of npm and Debian, made on the spot."""

import json
from pathlib import Path

import pytest

from source_archives import tar
from training.archives import members
from training.sources_debian import debian_packages
from training.sources_npm import npm_packages

COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
License: Expat

Files: src/viral.c
License: GPL-2+
"""


def deb(files: dict[str, str]) -> bytes:
    data = b"!<arch>\n"
    for name, content in ((b"debian-binary", b"2.0"), (b"data.tar.xz", tar(files, "w:xz"))):
        data += name.ljust(48) + str(len(content)).encode().ljust(10) + b"`\n" + content + b"\n" * (len(content) % 2)
    return data


def texts(package) -> dict[str, str]:
    return {path: file.read_text(encoding="utf-8") for path, file in package.files}


def test_npm(tmp_path: Path) -> None:
    about = {"name": "@scope/it", "version": "1.2", "license": "MIT"}
    files = {"package/src/a.ts": "let a = 1;\n" * 9, "package/src/a.d.ts": "", "package/lib/a.js": "var a;\n"}
    (tmp_path / "scope-it-1.2.tgz").write_bytes(tar({"package/package.json": json.dumps(about), **files}))
    for name, licence in (("gpl", "GPL-3.0"), ("old", {"type": "MIT"}), ("none", None)):
        other = {"name": name, "version": "1", "license": licence}
        (tmp_path / f"{name}-1.tgz").write_bytes(tar({"package/package.json": json.dumps(other), **files}))
    (package,), refused = npm_packages(tmp_path, tmp_path / "work")
    assert (package.name, package.version, package.licence, package.language) == (
        "@scope/it",
        "1.2",
        "MIT",
        "typescript",
    )
    assert texts(package) == {"src/a.ts": "let a = 1;\n" * 9}
    assert refused == ["gpl-1", "none-1", "old-1"]


def test_debian_source(tmp_path: Path) -> None:
    source = {"it-1.0/src/a.c": "int a;\n", "it-1.0/src/a.h": "int b;\n", "it-1.0/src/viral.c": "int c;\n"}
    (tmp_path / "it_1.0.orig.tar.gz").write_bytes(tar(source))
    (tmp_path / "it_1.0-2.debian.tar.xz").write_bytes(tar({"debian/copyright": COPYRIGHT}, "w:xz"))
    (tmp_path / "prose_1.0.orig.tar.gz").write_bytes(tar(source))
    (tmp_path / "prose_1.0-2.debian.tar.xz").write_bytes(tar({"debian/copyright": "All free."}, "w:xz"))
    (package,), refused = debian_packages(tmp_path, tmp_path / "work")
    assert (package.name, package.version, package.licence, package.language) == ("it", "1.0-2", "MIT", "c")
    assert texts(package) == {"src/a.c": "int a;\n", "src/a.h": "int b;\n"}
    assert refused == ["prose"]


def test_debian_binary_package_of_source(tmp_path: Path) -> None:
    crate = "./usr/share/cargo/registry/it-1.0"
    files = {f"{crate}/src/lib.rs": "fn a() {}\n", "./usr/share/doc/librust-it-dev/copyright": COPYRIGHT}
    (tmp_path / "librust-it-dev_1.0-1_amd64.deb").write_bytes(deb(files))
    (package,), refused = debian_packages(tmp_path, tmp_path / "work")
    assert (package.name, package.language, refused) == ("librust-it-dev", "rust", [])
    assert texts(package) == {"src/lib.rs": "fn a() {}\n"}


def test_paths_that_lead_out_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.tgz").write_bytes(tar({"package/../../evil.js": "x", "package/good.js": "y"}))
    assert [(path, read()) for path, _, read in members(tmp_path / "a.tgz")] == [("good.js", b"y")]


def test_what_is_no_archive_is_an_error(tmp_path: Path) -> None:
    for name in ("a.tgz", "a.deb"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
        with pytest.raises(ValueError, match=r"unpack|archive"):
            list(members(tmp_path / name))
