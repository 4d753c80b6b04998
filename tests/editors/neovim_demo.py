"""Shows, as text, what a user of Neovim sees: python tests/editors/neovim_demo.py [FOLDER OF get_neovim.py]"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # The tests' folder, as pytest has it.

from editors.get_neovim import NeovimUnavailable, default_folder, get_neovim  # noqa: E402
from editors.neovim_scene import TYPED, write_workspace  # noqa: E402
from editors.neovim_terminal import COLUMNS, NeovimTerminal  # noqa: E402


def show(caption: str, screen: str) -> None:
    print(f"== {caption} ".ljust(COLUMNS, "="), screen, "", sep="\n", flush=True)


def main(folder: Path) -> None:
    nvim = get_neovim(folder)
    with tempfile.TemporaryDirectory(prefix="foretoken-demo-") as name:
        scratch = Path(name).resolve()
        with NeovimTerminal(nvim, scratch, write_workspace(scratch)) as editor:
            editor.wait_for(editor.suggests, "language server with inline completion")
            editor.keys("Gzz")
            editor.wait_for(lambda: editor.cursor()[0] == len(editor.lines()), "cursor on the last line")
            show("before typing", editor.settled_screen())
            editor.keys(f"i{TYPED}")
            ghost = editor.wait_for(editor.ghost, "ghost text")
            above, drawn, below = editor.settled_screen().rpartition(TYPED + ghost.text)
            marked = f"{TYPED}«{ghost.text}»" if drawn else ""
            show(f"typed {TYPED.strip()!r}; the ghost text, here in «», is {ghost.text!r}", above + marked + below)
            editor.keys("\t")
            editor.wait_for(lambda: not editor.ghost() and editor.lines()[ghost.row] != TYPED, "accepted text")
            show("<Tab>: accepted", editor.settled_screen())
            show("foretoken/status", str(editor.request("foretoken/status")))


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else default_folder())
    except (AssertionError, NeovimUnavailable) as error:
        sys.exit(f"neovim_demo: {error}")
