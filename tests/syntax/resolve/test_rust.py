"""Rust's paths: module files, crates of the workspace, ``pub use``."""

import pytest

from workspace_files import WorkspaceFiles, defined_in, leads

WORKSPACE = """
-- Cargo.toml --
[workspace]
members = ["crates/*"]
-- crates/core/Cargo.toml --
[package]
name = "my-core"
[dev-dependencies]
helper = { package = "my-util", path = "../util" }
-- crates/core/src/lib.rs --
> self::store
> self::net
> odd_place.rs as odd
> self::store {Store} !reexport
> my_util {*} !reexport
> self::net::wire {Frame as Packet} !reexport
> crate::net {Socket as Inner} !reexport
= Root, inline
-- crates/core/src/store.rs --
> self::disk
> self::disk::Disk !reexport
= Store
-- crates/core/src/store/disk.rs --
= Disk
-- crates/core/src/net/mod.rs --
> self::wire
> crate::net::wire {self} !reexport
= Socket
-- crates/core/src/net/wire.rs --
= Frame, Hidden
-- crates/core/src/net/wire/bits.rs --
-- crates/core/src/odd_place.rs --
> self::child
= Odd
-- crates/core/src/odd/child.rs --
-- crates/core/src/bin/tool.rs --
-- crates/core/tests/it.rs --
-- crates/core/tests/common/mod.rs --
-- crates/core/build.rs --
-- crates/util/Cargo.toml --
[package]
name = "my-util"
[lib]
name = "util_lib"
path = "lib/root.rs"
-- crates/util/lib/root.rs --
= Helper
-- crates/util/lib/text.rs --
-- crates/app/Cargo.toml --
[package]
name = "app"
edition = "2021"
-- crates/app/src/args/flag.rs --
-- crates/app/src/main.rs --
-- crates/app/src/cli.rs --
"""
CORE = "crates/core/src/"


@pytest.mark.parametrize(
    ("path", "written", "found"),
    [
        (CORE + "lib.rs", "self::store", [CORE + "store.rs"]),  # mod store;
        (CORE + "lib.rs", "self::net", [CORE + "net/mod.rs"]),
        (CORE + "store.rs", "self::disk", [CORE + "store/disk.rs"]),
        (CORE + "net/mod.rs", "self::wire", [CORE + "net/wire.rs"]),
        (CORE + "lib.rs", "odd_place.rs as odd", [CORE + "odd_place.rs"]),  # #[path]
        (CORE + "net/wire.rs", "crate::odd {Odd}", [CORE + "odd_place.rs"]),
        (CORE + "net/wire.rs", "crate::store::Store", [CORE + "store.rs"]),
        (CORE + "net/wire.rs", "crate::store {Store, disk}", [CORE + "store/disk.rs", CORE + "store.rs"]),
        (CORE + "net/wire.rs", "crate::store::disk {self, Disk}", [CORE + "store/disk.rs"]),
        (CORE + "net/wire.rs", "crate::store {*}", [CORE + "store.rs"]),
        (CORE + "net/wire.rs", "crate {Root}", [CORE + "lib.rs"]),
        (CORE + "net/wire.rs", "super::Socket", [CORE + "net/mod.rs"]),
        (CORE + "net/wire.rs", "super::super::Root", [CORE + "lib.rs"]),
        (CORE + "net/wire.rs", "super::super::super::Root", []),
        (CORE + "net/wire.rs", "self::bits {B}", [CORE + "net/wire/bits.rs"]),
        (CORE + "net/wire.rs", "bits::B", [CORE + "net/wire/bits.rs"]),  # a child needs no self::
        (CORE + "lib.rs", "store::Store", [CORE + "store.rs"]),
        (CORE + "store.rs", "self::tests::super {*}", [CORE + "store.rs"]),  # inside mod tests { use super::*; }
        (CORE + "store.rs", "self::tests::super::super {net}", [CORE + "net/mod.rs"]),
        (CORE + "bin/tool.rs", "my_core::net {Socket}", [CORE + "net/mod.rs"]),
        ("crates/core/tests/it.rs", "my_core::store::disk::Disk", [CORE + "store/disk.rs"]),
        ("crates/core/tests/it.rs", "self::common", ["crates/core/tests/common/mod.rs"]),
        ("crates/core/tests/it.rs", "common::setup", ["crates/core/tests/common/mod.rs"]),
        ("crates/app/src/main.rs", "my_core", [CORE + "lib.rs"]),
        ("crates/app/src/main.rs", "self::cli", ["crates/app/src/cli.rs"]),
        ("crates/app/src/cli.rs", "crate {run}", ["crates/app/src/main.rs"]),
        ("crates/app/src/main.rs", "util_lib::text::Wrap", ["crates/util/lib/text.rs"]),
        ("crates/core/src/lib.rs", "helper::text", ["crates/util/lib/text.rs"]),  # renamed in Cargo.toml
        ("crates/app/src/main.rs", "std::collections {HashMap}", []),
        ("crates/app/src/main.rs", "serde::Serialize", []),
        (CORE + "net/wire.rs", "store::Store", [CORE + "store.rs"]),  # from the root, in the 2015 edition
        ("crates/app/src/args/flag.rs", "cli::run", []),  # not in a later one
        ("crates/app/src/main.rs", "::my_core::store", [CORE + "store.rs"]),
        ("crates/app/src/main.rs", "../../core/build.rs", ["crates/core/build.rs"]),
        ("crates/app/src/main.rs", "../../../../etc/x.rs", []),
        ("crates/app/src/main.rs", "crate::", ["crates/app/src/main.rs"]),
    ],
)
def test_modules(path: str, written: str, found: list[str]) -> None:
    assert leads(WorkspaceFiles(WORKSPACE), path, written) == found


@pytest.mark.parametrize(
    ("written", "name", "found"),
    [
        ("my_core {Root}", "Root", [CORE + "lib.rs"]),
        ("my_core {Store}", "Store", [CORE + "store.rs"]),  # pub use
        ("my_core::store::Disk", "Disk", [CORE + "store/disk.rs"]),
        ("my_core {Packet}", "Packet", [CORE + "net/wire.rs"]),  # renamed on the way
        ("my_core {Helper}", "Helper", ["crates/util/lib/root.rs"]),  # pub use of another crate's everything
        ("my_core::net", "Socket", [CORE + "net/mod.rs"]),  # net::Socket
        ("my_core::inline {Inner}", "Inner", [CORE + "net/mod.rs"]),  # mod inline { pub use .. }
        ("my_core::net", "Hidden", [CORE + "net/wire.rs"]),  # a macro must hand it on: cfg_io! { pub use .. }
        ("my_core {Absent}", "Absent", []),
        ("std {Vec}", "Vec", []),
    ],
)
def test_names_through_pub_use(written: str, name: str, found: list[str]) -> None:
    assert defined_in(WorkspaceFiles(WORKSPACE), "crates/app/src/main.rs", written, name) == found


def test_circles_of_pub_use_end() -> None:
    files = WorkspaceFiles(
        """
-- Cargo.toml --
[package]
name = "p"
-- src/lib.rs --
> self::a {*} !reexport
> self::b {X} !reexport
-- src/a.rs --
> crate {*} !reexport
-- src/b.rs --
> crate {X} !reexport
"""
    )
    assert defined_in(files, "src/a.rs", "crate {X}", "X") == []


def test_without_cargo() -> None:
    files = WorkspaceFiles("-- rust/lib.rs --\n-- rust/a.rs --\n= A\n-- rust/b/mod.rs --\n")
    assert leads(files, "rust/b/mod.rs", "crate::a {A}") == ["rust/a.rs"]
