"""What editors say of themselves: the captured ones, and what no schema foresees."""

import json
from pathlib import Path
from typing import Any

import pytest

from foretoken.lsp.client import Client

CAPTURED = Path(__file__).resolve().parents[1] / "e2e" / "capabilities"


@pytest.mark.parametrize(
    ("editor", "encoding"),
    [
        ("vscode-1.139.1", "utf-16"),
        ("neovim-0.12.4", "utf-8"),
        ("helix-25.07.1", "utf-8"),
        ("emacs-eglot-30.2", "utf-32"),
        ("emacs-lsp-mode-10.0.0", "utf-8"),
    ],
)
def test_captured_editors(editor: str, encoding: str) -> None:
    captured = json.loads((CAPTURED / f"{editor}.json").read_text(encoding="utf-8"))
    client = Client.of({"capabilities": captured["capabilities"], "clientInfo": {"name": editor, "version": "1"}})
    assert (client.name, client.encoding) == (editor, encoding)
    assert client.pulls_configuration and client.shows_progress


@pytest.mark.parametrize(
    ("encodings", "expect"),
    [
        (["utf-7", "utf-32"], "utf-32"),
        (["utf-7"], "utf-16"),
        ([], "utf-16"),
        ("utf-8", "utf-16"),
        ([5, None, ["utf-8"]], "utf-16"),
        (None, "utf-16"),
    ],
)
def test_the_first_known_encoding_counts(encodings: Any, expect: str) -> None:
    assert Client.of({"capabilities": {"general": {"positionEncodings": encodings}}}).encoding == expect


@pytest.mark.parametrize(
    "params", [{}, {"capabilities": 5}, {"capabilities": {"general": 1, "window": []}, "clientInfo": "x"}]
)
def test_nonsense_is_an_editor_that_can_nothing(params: dict[str, Any]) -> None:
    assert Client.of(params) == Client()
