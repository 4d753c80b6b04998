"""URIs of both kinds of machine; every case runs on both."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from foretoken.text.uris import document_key, file_name, file_path, file_uri, relative_path

POSIX = [
    ("/project/a.py", "file:///project/a.py"),
    ("/project/a b#c?d%41.py", "file:///project/a%20b%23c%3Fd%2541.py"),
    ("/projet/é/語.py", "file:///projet/%C3%A9/%E8%AA%9E.py"),
    ("/project/back\\slash.py", "file:///project/back%5Cslash.py"),
]
WINDOWS = [
    (r"C:\project\a.py", "file:///C:/project/a.py"),
    (r"c:\project\a b.py", "file:///c:/project/a%20b.py"),
    (r"\\server\share\a.py", "file://server/share/a.py"),
]


@pytest.mark.parametrize(("path", "uri"), POSIX)
def test_posix_paths_there_and_back(path: str, uri: str) -> None:
    assert file_uri(path, windows=False) == uri
    assert file_path(uri, windows=False) == PurePosixPath(path)


@pytest.mark.parametrize(("path", "uri"), WINDOWS)
def test_windows_paths_there_and_back(path: str, uri: str) -> None:
    assert file_uri(path, windows=True) == uri
    assert file_path(uri, windows=True) == PureWindowsPath(path)


@pytest.mark.parametrize(
    "uri", ["file:///c%3A/project/a.py", "file:///C:/project/a.py", "file://localhost/c:/project/a.py"]
)
def test_spellings_of_a_windows_path(uri: str) -> None:
    assert file_path(uri, windows=True) == PureWindowsPath(r"c:\project\a.py")  # equal whatever the case
    assert document_key(uri) == document_key("file:///c:/project/a.py")


def test_different_documents_have_different_keys() -> None:
    uris = [
        "file:///a/b.py",
        "file:///a/B.py",
        "file:///a/b%23.py",
        "file:///a/b#",
        "untitled:b.py",
        "file://host/a/b.py",
    ]
    uris += ["vscode-notebook-cell:/a/b.ipynb#X", "vscode-notebook-cell:/a/b.ipynb#Y", "not a uri"]
    assert len({document_key(uri) for uri in uris}) == len(uris)


@pytest.mark.parametrize(
    "uri", ["untitled:Untitled-1", "vscode-notebook-cell:/a/b.ipynb#X", "git:/a.py", "a.py", "", "http://["]
)
def test_what_is_no_file_has_no_path(uri: str) -> None:
    assert file_path(uri, windows=False) is None


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("file:///a/b%20c.py", "b c.py"),
        ("untitled:Untitled-1", "Untitled-1"),
        ("vscode-notebook-cell:/a/b.ipynb#X", "b.ipynb"),
        ("file:///c%3A/a.py", "a.py"),
    ],
)
def test_file_names(uri: str, name: str) -> None:
    assert file_name(uri) == name


@pytest.mark.parametrize(
    ("uri", "folder", "expect"),
    [
        ("file:///w/src/a.py", "file:///w", "src/a.py"),
        ("file:///w/src/a.py", "file:///w/", "src/a.py"),
        ("file:///w/c%23/a.py", "file:///w/c%23", "a.py"),
        ("file:///wide/a.py", "file:///w", None),
        ("file:///w", "file:///w", None),
        ("file:///C:/w/a.py", "file:///c%3A/w", "a.py"),
        ("vscode-notebook-cell:/w/n.ipynb#X", "file:///w", "n.ipynb"),
        ("untitled:Untitled-1", "file:///w", None),
        ("file://host/w/a.py", "file:///w", None),
    ],
)
def test_relative_paths(uri: str, folder: str, expect: str | None) -> None:
    assert relative_path(uri, folder, windows=False) == expect


def test_windows_folders_are_found_whatever_the_case() -> None:
    assert relative_path("file:///C:/Work/a.py", "file:///c:/work", windows=True) == "a.py"
    assert relative_path("file:///C:/Work/a.py", "file:///c:/work", windows=False) is None
