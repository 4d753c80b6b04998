"""Rust's paths: module files, crates of the workspace, ``pub use``."""

import pytest

from workspace_files import WorkspaceFiles, defined_in, leads

WORKSPACE = """
-- Cargo.toml --
[workspace]
members = ["crates/*"]
[workspace.package]
edition = "2021"
[workspace.dependencies]
my-core = { path = "crates/core" }
-- crates/core/Cargo.toml --
[package]
name = "my-core"
[dependencies]
my-util = "1"
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
edition.workspace = true
[dependencies]
my-core.workspace = true
[target.'cfg(unix)'.dependencies]
my-util = { path = "../util" }
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


CRATES = """
-- Cargo.toml --
[workspace.package]
edition = "2015"
[workspace.dependencies]
shared = { package = "real-shared", path = "libs/shared" }
-- libs/std/Cargo.toml --
[package]
name = "std"
[dependencies]
core = { path = "../core" }
-- libs/std/src/lib.rs --
-- libs/std/tests/it.rs --
-- libs/core/Cargo.toml --
[package]
name = "core"
-- libs/core/src/lib.rs --
-- libs/shared/Cargo.toml --
[package]
name = "real-shared"
-- libs/shared/src/lib.rs --
-- libs/one/twin/Cargo.toml --
[package]
name = "twin"
-- libs/one/twin/src/lib.rs --
-- libs/twin/Cargo.toml --
[package]
name = "twin"
-- libs/twin/src/lib.rs --
-- libs/hashes/Cargo.toml --
[package]
name = "hashes"
[lib]
name = "hash_lib"
-- libs/hashes/src/lib.rs --
-- libs/user/Cargo.toml --
[package]
name = "user"
edition.workspace = true
[dependencies]
shared = { workspace = true }
twin = { path = "../one/twin" }
[build-dependencies]
hashes = "0.1"
[target."cfg(windows)".dev-dependencies]
other-name = { package = "core", version = "1" }
-- libs/user/src/lib.rs --
-- libs/user/src/top.rs --
-- libs/user/src/deep/x.rs --
-- libs/user/tests/it.rs --
-- loose/main.rs --
"""
USER = "libs/user/src/lib.rs"


@pytest.mark.parametrize(
    ("path", "written", "found"),
    [
        (USER, "std::collections {HashMap}", []),  # no manifest names the workspace's own
        (USER, "core::fmt", []),
        (USER, "alloc::vec", []),
        ("loose/main.rs", "std::fmt", []),
        ("loose/main.rs", "twin {X}", ["libs/twin/src/lib.rs"]),  # no manifest: every crate, the shallower of two
        ("libs/std/src/lib.rs", "core::fmt", ["libs/core/src/lib.rs"]),
        ("libs/std/tests/it.rs", "std::fmt", ["libs/std/src/lib.rs"]),  # the crate itself
        ("libs/core/src/lib.rs", "twin {X}", []),
        (USER, "shared {X}", ["libs/shared/src/lib.rs"]),  # renamed where the workspace says so
        (USER, "real_shared {X}", []),
        (USER, "twin {X}", ["libs/one/twin/src/lib.rs"]),  # where the manifest's path says, not the nearest
        (USER, "hash_lib {X}", ["libs/hashes/src/lib.rs"]),
        (USER, "other_name::fmt", ["libs/core/src/lib.rs"]),
        ("libs/user/tests/it.rs", "user {X}", [USER]),
        ("libs/user/src/deep/x.rs", "top::X", ["libs/user/src/top.rs"]),  # the workspace's edition, 2015
    ],
)
def test_a_manifest_says_which_crates_can_be_named(path: str, written: str, found: list[str]) -> None:
    assert leads(WorkspaceFiles(CRATES), path, written) == found


@pytest.mark.parametrize(("others", "found"), [(299, ["src/far/hidden.rs"]), (300, [])])
def test_below_a_module_of_very_many_files_nothing_is_looked_for(others: int, found: list[str]) -> None:
    below = "".join(f"-- src/far/m{number}.rs --\n" for number in range(others))
    files = WorkspaceFiles(
        f'-- Cargo.toml --\n[package]\nname = "p"\n-- src/lib.rs --\n-- src/far/hidden.rs --\n= Hidden\n{below}-- tests/t.rs --\n'
    )
    assert defined_in(files, "tests/t.rs", "p {Hidden}", "Hidden") == found


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
