"""Go's imports: a package is a folder's files."""

import pytest

from foretoken.syntax.resolve.resolve import siblings
from workspace_files import WorkspaceFiles, defined_in, leads

WORKSPACE = """
-- go.mod --
module example.com/app // the main one

go 1.22

require example.com/forked v1.0.0

replace (
	example.com/forked v1.0.0 => ./third_party/forked
	example.com/up => ../outside
)
replace example.com/other => example.com/another v1.2.3
-- main.go --
-- store/store.go --
= Store
-- store/doc.go --
-- store/a.go --
= Open
-- store/store_test.go --
-- store/internal/log/log.go --
-- api/go.mod --
module "example.com/app/api"
-- api/v2/client.go --
-- tools/go.mod --
module example.com/tools
-- tools/main.go --
-- third_party/forked/f.go --
-- third_party/forked/inner/i.go --
-- vendor/github.com/lib/pq/conn.go --
-- empty/readme.md --
-- work/go.work --
go 1.22
use ./one
replace example.com/worked => ./one
-- work/one/x.go --
-- gopath/src/legacy.org/pkg/p.go --
-- gopath/src/legacy.org/cmd/main.go --
"""


@pytest.mark.parametrize(
    ("path", "written", "found"),
    [
        ("main.go", "example.com/app/store", ["store/store.go", "store/doc.go", "store/a.go"]),
        ("main.go", "example.com/app/store as s", ["store/store.go", "store/doc.go", "store/a.go"]),
        ("main.go", "example.com/app", ["main.go"]),
        ("store/a.go", "example.com/app/store/internal/log", ["store/internal/log/log.go"]),
        ("main.go", "example.com/app/api/v2", ["api/v2/client.go"]),  # the inner module's
        ("main.go", "example.com/tools", ["tools/main.go"]),
        ("main.go", "example.com/forked", ["third_party/forked/f.go"]),  # replaced in a block
        ("main.go", "example.com/forked/inner", ["third_party/forked/inner/i.go"]),
        ("main.go", "example.com/worked", ["work/one/x.go"]),  # go.work
        ("main.go", "github.com/lib/pq", ["vendor/github.com/lib/pq/conn.go"]),
        ("gopath/src/legacy.org/cmd/main.go", "legacy.org/pkg", ["gopath/src/legacy.org/pkg/p.go"]),
        ("store/a.go", "./internal/log", ["store/internal/log/log.go"]),
        ("main.go", "fmt", []),
        ("main.go", "C", []),
        ("main.go", "example.com/up", []),  # replaced by what lies outside
        ("main.go", "example.com/other", []),
        ("main.go", "example.com/app/empty", []),
        ("main.go", "example.com/application", []),  # the module's path is no mere beginning
        ("main.go", "example.com/app/../secret", []),
        ("main.go", "../outside", []),
    ],
)
def test_packages(path: str, written: str, found: list[str]) -> None:
    assert leads(WorkspaceFiles(WORKSPACE), path, written) == found


def test_a_name_is_found_in_its_file() -> None:
    files = WorkspaceFiles(WORKSPACE)
    assert defined_in(files, "main.go", "example.com/app/store", "Open") == ["store/a.go"]
    assert defined_in(files, "main.go", "example.com/app/store", "Close") == []


def test_a_broken_go_mod_is_no_module() -> None:
    files = WorkspaceFiles("-- go.mod --\nmodule\nreplace =>\nreplace a =>\n(\n)\n-- a.go --\n-- b/b.go --\n")
    assert leads(files, "a.go", "b") == []


def test_the_files_of_a_package_see_each_other() -> None:
    files = WorkspaceFiles(
        """
-- p/a.go --
> p !package
-- p/b.go --
> p !package
-- p/gen.go --
> main !package
-- p/unread.go --
-- p/a_test.go --
> p !package
-- p/out_test.go --
> p_test !package
-- p/inner/c.go --
> p !package
-- p/notes.txt --
"""
    )
    assert set(siblings("p/a.go", "go", files)) == {"p/b.go", "p/unread.go"}
    assert set(siblings("p/gen.go", "go", files)) == {"p/unread.go"}
    assert set(siblings("p/a_test.go", "go", files)) == {"p/a.go", "p/b.go", "p/out_test.go", "p/unread.go"}
    assert set(siblings("p/out_test.go", "go", files)) == {"p/a.go", "p/b.go", "p/a_test.go", "p/unread.go"}
