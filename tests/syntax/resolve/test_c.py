"""C's and C++'s includes, and headers with their implementations."""

import json

import pytest

from foretoken.syntax.resolve.resolve import counterpart
from workspace_files import WorkspaceFiles, defined_in, leads

WORKSPACE = """
-- main.c --
-- src/net/socket.c --
= open_socket
-- src/net/socket.h --
-- src/net/detail/poll.h --
-- src/string.h --
-- include/acme/net.h --
> acme/base.h
= net_open
-- include/acme/base.h --
> acme/net.h
= base_t
-- src/base.c --
= base_t
-- lib/other/util.h --
-- lib/util.h --
-- arch/arm/asm.h --
-- arch/x86/asm.h --
-- third/deep/only.hpp --
-- third/include/acme/own.h --
-- third/src/copy/acme/own.h --
"""


@pytest.mark.parametrize(
    ("path", "written", "found"),
    [
        ("src/net/socket.c", "socket.h", ["src/net/socket.h"]),
        ("src/net/socket.c", "detail/poll.h", ["src/net/detail/poll.h"]),
        ("src/net/socket.c", "detail\\poll.h", ["src/net/detail/poll.h"]),
        ("src/net/detail/poll.h", "../socket.h", ["src/net/socket.h"]),
        ("src/net/socket.c", "acme/net.h", ["include/acme/net.h"]),  # below an "include" above
        ("src/net/socket.c", "acme/net.h !system", ["include/acme/net.h"]),
        ("third/src/x.c", "acme/own.h", ["third/include/acme/own.h"]),
        ("src/net/socket.c", "only.hpp", ["third/deep/only.hpp"]),  # wherever it is
        ("src/net/socket.c", "../deep/only.hpp", ["third/deep/only.hpp"]),
        ("src/net/socket.c", "util.h", ["lib/util.h"]),  # the shallower of two
        ("lib/other/x.c", "util.h", ["lib/other/util.h"]),
        ("main.c", "asm.h", ["arch/arm/asm.h", "arch/x86/asm.h"]),  # one for each machine
        ("arch/x86/boot.c", "asm.h", ["arch/x86/asm.h"]),
        ("src/net/socket.c", "string.h", ["src/string.h"]),
        ("src/net/socket.c", "string.h !system", []),
        ("src/net/socket.c", "vector !system", []),
        ("src/net/socket.c", "missing.h", []),
        ("src/net/socket.c", "../../../../etc/passwd", []),
        ("src/net/socket.c", "/etc/passwd", []),
        ("main.c", "../main.c", ["main.c"]),  # above the workspace: what is left of it may be inside
    ],
)
def test_includes(path: str, written: str, found: list[str]) -> None:
    assert leads(WorkspaceFiles(WORKSPACE), path, written) == found


def commands(*entries: dict[str, object]) -> WorkspaceFiles:
    tree = "".join(f"-- {path} --\n" for path in ("src/a.c", "one/x.h", "two/x.h", "gen/y.h", "x.h"))
    return WorkspaceFiles(f"-- build/compile_commands.json --\n{json.dumps(entries)}\n{tree}")


@pytest.mark.parametrize(
    "entry",
    [
        {"directory": "/home/me/p/build", "file": "../src/a.c", "command": "cc -DX -I../two -c ../src/a.c"},
        {
            "directory": "/home/me/p",
            "file": "/home/me/p/src/a.c",
            "arguments": ["cc", "-isystem", "two", "-c", "src/a.c"],
        },
        {
            "directory": "/home/me/p",
            "file": "src/a.c",
            "command": "cc '-I/home/me/p/two' -I/usr/include -I/home/me/pool",
        },
        {"directory": "C:\\p\\build", "file": "C:/p/src/a.c", "arguments": ["cl", "/IC:/p/two"]},
    ],
)
def test_include_folders_of_a_compilation_database(entry: dict[str, object]) -> None:
    if str(entry["directory"]).startswith("C:"):
        entry = {**entry, "directory": "/c/p/build", "file": "/c/p/src/a.c", "arguments": ["cl", "/I/c/p/two"]}
    assert leads(commands(entry), "src/a.c", "x.h") == ["two/x.h"]


def test_a_broken_compilation_database_tells_nothing() -> None:
    broken = {"directory": 7, "file": "src/a.c", "command": "cc 'unclosed"}
    assert leads(commands(broken, {}), "src/a.c", "x.h") == ["x.h"]


def test_compile_flags() -> None:
    files = WorkspaceFiles(
        "-- compile_flags.txt --\n-Wall\n-I\ntwo\n-Ione/\n-I../..\n-- a.c --\n-- one/x.h --\n-- two/y.h --\n-- z/y.h --\n"
    )
    assert leads(files, "a.c", "y.h !system") == ["two/y.h"]
    assert leads(files, "a.c", "x.h") == ["one/x.h"]


def test_a_name_is_found_through_the_headers_and_in_the_implementation() -> None:
    files = WorkspaceFiles(WORKSPACE)
    assert defined_in(files, "main.c", "acme/net.h", "net_open") == ["include/acme/net.h"]
    assert defined_in(files, "main.c", "acme/net.h", "base_t") == ["include/acme/base.h", "src/base.c"]
    assert defined_in(files, "main.c", "acme/net.h", "absent") == []


@pytest.mark.parametrize(
    ("paths", "path", "found"),
    [
        (["a/x.h", "a/x.c", "b/x.c"], "a/x.h", ["a/x.c"]),
        (["a/x.h", "a/x.c", "b/x.h"], "a/x.c", ["a/x.h"]),
        (["include/acme/x.h", "src/x.cc", "test/deep/x.cc"], "include/acme/x.h", ["src/x.cc"]),
        (["include/a/x.h", "src/a/x.cpp", "src/b/x.cpp"], "include/a/x.h", ["src/a/x.cpp"]),
        (
            ["one/include/x.hpp", "one/src/x.cpp", "two/include/x.hpp", "two/src/x.cpp"],
            "two/src/x.cpp",
            ["two/include/x.hpp"],
        ),
        (["include/net/x.h", "src/core/net/x.c", "src/x.c"], "include/net/x.h", ["src/core/net/x.c"]),
        (["v.hpp", "v-inl.h", "v.cpp"], "v-inl.h", ["v.hpp"]),
        (["a/x.h", "a/y.c"], "a/x.h", []),
        (["a/x.h", "a/x.py"], "a/x.h", []),
        (["a/x.py", "a/x.c"], "a/x.py", []),
    ],
)
def test_header_and_implementation(paths: list[str], path: str, found: list[str]) -> None:
    assert list(counterpart(path, WorkspaceFiles("".join(f"-- {one} --\n" for one in paths)))) == found
