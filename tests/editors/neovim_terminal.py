"""A real Neovim in a pseudo-terminal: keys go in, the screen comes out as text, and RPC tells the exact state."""

import os
import re
import shutil
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import pexpect
import psutil
import pynvim
import pyte

REPOSITORY = Path(__file__).parents[2]
README = REPOSITORY / "editor-clients/neovim/README.md"
ROWS, COLUMNS = 24, 90
POLL_SECONDS = 0.05
RPC_SECONDS = 30.0
# A long message would ask for <Enter>, and until then Neovim answers no request.
NO_PROMPT = ("--cmd", "set messagesopt=wait:0,history:500")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ghost:
    """Ghost text as drawn: row and byte column (both from 0) where it starts, its text, and its highlight groups."""

    row: int
    column: int
    text: str
    highlights: frozenset[str]


class NeovimTerminal:
    """Neovim set up as editor-clients/neovim/README.md says, with `file` open and a home of its own in `folder`.

    settings: Foretoken's, as its README shows them in Lua.
    """

    def __init__(self, nvim: Path, folder: Path, file: Path, settings: str = "{}") -> None:
        self._screen = _Screen(self.keys)
        self._stream = pyte.ByteStream(self._screen)
        # A socket's path may be no longer than about 100 characters, and a test's own folder is often longer.
        self._run = Path(tempfile.mkdtemp(prefix="foretoken-"))
        self._rpc: pynvim.Nvim | None = None
        self.home = folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        init = self.home / "init.lua"
        configured = f"vim.lsp.config('foretoken', {{ settings = {{ foretoken = {settings} }} }})\n"
        init.write_text(configured + readme_setup(), encoding="utf-8")
        socket = self._run / "nvim.sock"
        self._process = pexpect.spawn(
            str(nvim),
            ["-u", str(init), "-i", "NONE", "-n", *NO_PROMPT, "--listen", str(socket), str(file)],
            cwd=str(file.parent),
            env=_environment(self.home, self._run),
            dimensions=(ROWS, COLUMNS),
            timeout=None,
        )
        try:
            self.wait_for(socket.exists, "Neovim's socket")
            self._rpc = pynvim.attach("socket", path=str(socket))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the editor as a user does, so that the language server sees its shutdown; kill it if it stays."""
        try:
            if self._rpc and self._process.isalive():
                self._rpc.command("qall!", async_=True)
                self.wait_for(lambda: not self._process.isalive(), "Neovim's exit")
        finally:
            if self._rpc:
                self._rpc.close()
                self._rpc = None
            self._process.close(force=True)
            shutil.rmtree(self._run, ignore_errors=True)

    def processes(self) -> list[psutil.Process]:
        """Everything that Neovim has started, itself included."""
        own = psutil.Process(self._process.pid)
        return [own, *own.children(recursive=True)]

    def keys(self, text: str) -> None:
        """Press keys; control characters are themselves ("\\t" is <Tab>, "\\x1b" is <Esc>)."""
        self._process.send(text)

    def wait_for(self, probe: Callable[[], T], what: str, seconds: float = 30.0) -> T:
        """The first truthy answer of `probe`, asked whenever the terminal was read.

        Raises AssertionError with what the user sees when there is none within `seconds`.
        """
        deadline = time.monotonic() + seconds
        while not (answer := probe()):
            if time.monotonic() > deadline:
                raise AssertionError(f"No {what} within {seconds:g} s. {self._status()}\n{self._seen()}")
            self._read()
        return answer

    def screen(self) -> str:
        """What the user sees, one line a row, without the blank right and lower part."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def settled_screen(self) -> str:
        """The screen once Neovim has drawn everything that it knows."""
        self.lua("vim.cmd.redraw()")
        while self._read():
            pass
        return self.screen()

    def lua(self, code: str, *arguments: Any) -> Any:
        """What a chunk of Lua returns; its arguments are `...`."""
        # A Neovim that waits for a key answers nothing for as long as that takes, and pynvim waits with it.
        watchdog = threading.Timer(RPC_SECONDS, self._kill)
        watchdog.start()
        try:
            return self._rpc.exec_lua(code, *arguments)
        except (EOFError, OSError) as error:
            raise AssertionError(f"Neovim does not answer. {self._seen()}") from error
        finally:
            watchdog.cancel()

    def lines(self) -> list[str]:
        return self.lua("return vim.api.nvim_buf_get_lines(0, 0, -1, true)")

    def cursor(self) -> tuple[int, int]:
        """Row from 1 and byte column from 0, as Neovim counts."""
        return tuple(self.lua("return vim.api.nvim_win_get_cursor(0)"))

    def suggests(self) -> bool:
        """Whether foretoken is attached to the buffer and the next key will ask it for a suggestion."""
        return self.lua(
            "local clients = vim.lsp.get_clients({ name = 'foretoken', bufnr = 0 })\n"
            "local asks = vim.api.nvim_get_autocmds({ event = 'CursorMovedI', buffer = 0 })\n"
            "return #clients > 0 and vim.iter(asks):any(function(autocmd)\n"
            "  return vim.startswith(autocmd.group_name or '', 'nvim.lsp.inline_completion')\n"
            "end)"
        )

    def request(self, method: str, parameters: Any = None) -> Any:
        """What the language server answers to a request from this Neovim."""
        answer = self.lua(
            "local client = vim.lsp.get_clients({ name = 'foretoken' })[1]\n"
            "local answer, problem = client:request_sync(...)\n"
            "return answer or { err = { message = problem } }",
            method,
            parameters,
            10_000,
            0,
        )
        assert "err" not in answer, f"{method}: {answer['err']}"
        return answer["result"]

    def ghost(self) -> Ghost | None:
        """The ghost text that Neovim draws now."""
        marks = self.lua(
            "local namespace = vim.api.nvim_create_namespace('nvim.lsp.inline_completion')\n"
            "return vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })"
        )
        if not marks:
            return None
        _, row, column, details = marks[0]
        drawn = [details.get("virt_text", []), *details.get("virt_lines", [])]
        text = "\n".join("".join(chunk for chunk, _ in line) for line in drawn)
        return Ghost(row, column, text, frozenset(name for line in drawn for _, name in line)) if text else None

    def _read(self) -> bool:
        """Feed the screen with what has come; False when nothing did for a moment."""
        try:
            self._stream.feed(self._process.read_nonblocking(65536, timeout=POLL_SECONDS))
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        return True

    def _kill(self) -> None:
        for process in self.processes():
            process.kill()

    def _status(self) -> str:
        if not self._rpc or not self.lua("return #vim.lsp.get_clients({ name = 'foretoken' }) > 0"):
            return "foretoken is not running in Neovim."
        return f"foretoken/status: {self.request('foretoken/status')}"

    def _seen(self) -> str:
        """What the user sees, and the ends of the logs of Neovim and of the server."""
        logs = (f"--- {path.name}\n{path.read_text('utf-8', 'replace')[-3000:]}" for path in self.home.rglob("*.log"))
        return "\n".join(["The user sees:", self.screen(), *logs])


def readme_setup() -> str:
    """The lines that the client's README tells users to write, with this checkout's path."""
    block = re.search(r"^```lua\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert block, f"{README} shows no Lua lines"
    placeholder = "/path/to/foretoken"
    assert placeholder in block[1], f"{README} does not name {placeholder}"
    return block[1].replace(placeholder, str(REPOSITORY))


def _environment(home: Path, run: Path) -> dict[str, str]:
    """The user's, but with a home of its own and the scripts of this Python (foretoken is one) first on PATH."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "NVIM", "VIM"))}
    return {
        **kept,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(run),
        "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)]),
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
    }


class _Screen(pyte.Screen):
    """A screen that answers the program's questions, as terminals do, and takes what pyte's parser hands to its screen.

    The parser passes `private=True` for sequences such as `CSI > 4 m`, also to handlers that do not know the word.
    """

    def __init__(self, answer: Callable[[str], None]) -> None:
        super().__init__(COLUMNS, ROWS)
        self.write_process_input = answer

    def select_graphic_rendition(self, *attributes: int, private: bool = False) -> None:
        if not private:
            super().select_graphic_rendition(*attributes)

    def report_device_status(self, mode: int, private: bool = False) -> None:
        if not private:
            super().report_device_status(mode)

    def report_device_attributes(self, mode: int = 0, private: bool = False) -> None:
        """Not told: to a terminal that names itself Neovim sends sequences that pyte would print as text."""
