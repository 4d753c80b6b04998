"""The client in editor-clients/neovim, set up as its README says, in a real Neovim with the real language server."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from editors.neovim_scene import SOURCE, TYPED, write_workspace
from editors.neovim_terminal import Ghost, NeovimTerminal

pytestmark = [pytest.mark.editor, pytest.mark.model]

ESCAPE = "\x1b"
TAB = "\t"
# These tests are about the editor: with this, the model need not be sure of what it suggests.
EAGER = "{ inline = { min_probability = 0.05 } }"

OpenNeovim = Callable[[str], NeovimTerminal]


@pytest.fixture
def open_neovim(nvim: Path, tmp_path: Path) -> Iterator[OpenNeovim]:
    """Neovim with the file of the scene open and the server attached, given Foretoken's settings in Lua."""
    file = write_workspace(tmp_path)
    with ExitStack() as stack:

        def open_with(settings: str) -> NeovimTerminal:
            terminal = stack.enter_context(NeovimTerminal(nvim, tmp_path, file, settings))
            terminal.wait_for(terminal.suggests, "language server with inline completion")
            return terminal

        yield open_with


@pytest.fixture
def eager(open_neovim: OpenNeovim) -> NeovimTerminal:
    return open_neovim(EAGER)


def type_at_end(editor: NeovimTerminal, typed: str) -> None:
    editor.keys(f"{ESCAPE}Gzzi{typed}")
    editor.wait_for(lambda: editor.lines()[-1] == typed, f"buffer with {typed!r} typed")


def type_until_ghost(editor: NeovimTerminal, typed: str = TYPED) -> Ghost:
    """Type at the end of the file; the ghost text that stands right behind it."""
    type_at_end(editor, typed)

    def ghost() -> Ghost | None:
        found = editor.ghost()
        return found if found and (found.row + 1, found.column) == editor.cursor() else None

    return editor.wait_for(ghost, f"ghost text behind {typed!r}")


def buffer_with(text: str) -> list[str]:
    """The lines of the scene's file with `text` at its end."""
    return (SOURCE.removesuffix("\n") + text).split("\n")


def test_ghost_text_is_drawn_and_not_in_the_buffer(open_neovim: OpenNeovim) -> None:
    editor = open_neovim("{}")
    ghost = type_until_ghost(editor)
    drawn = "\n".join(line.rstrip() for line in (TYPED + ghost.text).split("\n"))
    editor.wait_for(lambda: f"\n{drawn}\n" in editor.screen(), "ghost text on the screen")
    assert ghost.highlights == {"ComplHint"}
    assert editor.lines() == buffer_with(TYPED)


def test_tab_accepts_the_ghost_text(eager: NeovimTerminal) -> None:
    ghost = type_until_ghost(eager)
    eager.keys(TAB)
    accepted = buffer_with(TYPED + ghost.text)
    eager.wait_for(lambda: eager.lines() == accepted, f"buffer with {ghost.text!r} accepted")
    assert eager.cursor() == (len(accepted), len(accepted[-1]))
    eager.wait_for(lambda: f"\n{accepted[-1]}" in eager.screen(), "accepted text on the screen")
    assert eager.request("foretoken/status")["shown"] >= 1


def test_tab_after_typing_into_the_ghost_text_completes_it(eager: NeovimTerminal) -> None:
    """Neovim alone would leave the typed character behind the suggestion as a second copy."""
    ghost = type_until_ghost(eager)
    eager.keys(ghost.text[0] + TAB)
    accepted = buffer_with(TYPED + ghost.text)
    eager.wait_for(lambda: eager.lines() == accepted, f"buffer with {ghost.text!r} accepted")


def test_tab_after_typing_something_else_is_a_tab(eager: NeovimTerminal) -> None:
    type_until_ghost(eager)
    eager.lua("vim.bo.expandtab = false")
    eager.keys("@" + TAB)
    eager.wait_for(lambda: eager.lines()[-1] == f"{TYPED}@\t", "plain tab")


def test_tab_without_a_suggestion_is_a_tab(open_neovim: OpenNeovim) -> None:
    editor = open_neovim("{ inline = { enabled = false } }")
    editor.lua("vim.bo.expandtab = false")
    type_at_end(editor, TYPED)
    editor.wait_for(lambda: "DISABLED" in editor.request("foretoken/status")["refusals"], "named refusal")
    assert editor.ghost() is None
    editor.keys(f"{TAB}y")
    editor.wait_for(lambda: editor.lines()[-1] == f"{TYPED}\ty", "plain tab")


def test_ghost_text_stands_behind_characters_of_several_bytes(eager: NeovimTerminal) -> None:
    typed = '        sign = "ä€😀"; ' + TYPED.lstrip()
    ghost = type_until_ghost(eager, typed)
    assert eager.request("foretoken/status")["positionEncoding"] == "utf-8"
    eager.keys(TAB)
    eager.wait_for(lambda: eager.lines() == buffer_with(typed + ghost.text), f"buffer with {ghost.text!r} accepted")


def test_leaving_neovim_leaves_no_process_behind(eager: NeovimTerminal) -> None:
    type_until_ghost(eager)
    processes = eager.processes()
    assert any("foretoken" in " ".join(process.cmdline()) for process in processes)
    eager.close()
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert not alive
