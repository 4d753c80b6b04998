"""Watch inline suggestions appear while a real file is typed.

Starts the language server as an editor does, opens a file, takes a part of it out and types it again, key by key, in
a person's rhythm. A suggestion that is entirely what comes next is accepted with Tab. For each key you see the time
until the suggestion and how many model tokens were evaluated and reused. No file is ever written.
"""

import argparse
import asyncio
import contextlib
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from foretoken.cli.check import count_text
from foretoken.cli.command import FAILED, OK, WRONG_USAGE, CommandError
from foretoken.cli.demo_client import DemoClient
from foretoken.cli.demo_figures import Figures, key_record
from foretoken.cli.demo_typist import TAB, Rhythm, Task, accepts, choose_task, key_name, next_key
from foretoken.cli.demo_view import PlainView, Screen, TerminalView, View
from foretoken.cli.source_file import read_source, settings_in, workspace_of
from foretoken.syntax.languages import language_for_path, language_name
from foretoken.text.edit import TextEdit

EXAMPLES = """examples:
  foretoken demo                       # a file that ships with foretoken
  foretoken demo src/app.py --line 40  # your file, typing from line 40
  foretoken demo --speed 3             # three times as fast; 0 = no pauses at all
  foretoken demo --plain --speed 0     # one line a key: for a log
"""

DEMO_FILE = Path(__file__).parent / "demo_files" / "inventory.py"
DEMO_FUNCTION = "sell"
MODEL_TIMEOUT_S = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="what to type (default: a file that ships)")
    parser.add_argument("--line", type=int, metavar="N", help="type from this line on (default: a function's body)")
    parser.add_argument("--keys", type=int, default=150, metavar="N", help="stop after this many keys (default: 150)")
    parser.add_argument(
        "--speed", type=float, default=1.0, metavar="X", help="1 = a person's speed (default), 0 = no pauses"
    )
    parser.add_argument("--plain", action="store_true", help="one line a key, no drawing (also when not a terminal)")


def run(args: argparse.Namespace) -> int:
    if args.speed < 0 or args.keys < 1:
        raise CommandError("--speed must be 0 or more and --keys 1 or more", WRONG_USAGE)
    path = Path(args.file).resolve() if args.file else DEMO_FILE
    text = read_source(path)
    try:
        task = choose_task(text, None if args.file else DEMO_FUNCTION, args.line)
    except ValueError as error:
        raise CommandError(f"{path.name}: {error}") from error
    # The file that ships lies wherever foretoken is installed: the project around it is none of its business.
    workspace = workspace_of(path) if args.file else None
    shipped = not settings_in(workspace or path.parent).model.path
    console = Console()
    with contextlib.ExitStack() as stack:
        view: View = PlainView(console)
        if console.is_terminal and not args.plain:
            view = stack.enter_context(TerminalView(console, path.name, language_for_path(path.name)))
        demo = _demo(path, workspace or path.parent, task, args, view, shipped)
        figures, interrupted = asyncio.run(demo)
    if interrupted:
        raise KeyboardInterrupt
    return OK if figures.keys else FAILED


async def _demo(
    path: Path, workspace: Path, task: Task, args: argparse.Namespace, view: View, shipped: bool
) -> tuple[Figures, bool]:
    """The figures, and whether Ctrl-C ended it early."""
    client, figures, interrupted = DemoClient(), Figures(), False
    language = language_for_path(path.name)
    started = time.perf_counter()
    try:
        view.message("starting the language server ...")
        figures.server_ready = await client.start(workspace)
        client.open(path, language, task.before + task.after)
        model = await _wait_for_model(client, view)
        figures.model_ready = time.perf_counter() - started
        stranger = language_name(language) if model["languages"] and language not in model["languages"] else ""
        if stranger:
            view.note(f"{model['name']} knows only {_languages(model)}, this is {stranger}: it will suggest nothing.")
        try:
            await _type(client, task, args, view, figures)
        except asyncio.CancelledError:  # Ctrl-C: show what there is, then leave
            interrupted = True
        if figures.keys:
            view.summary(figures, _model_sentence(model, shipped, stranger))
    finally:
        await client.close()
    return figures, interrupted


async def _wait_for_model(client: DemoClient, view: View) -> dict[str, Any]:
    """Until the model is loaded; its description."""
    deadline = time.perf_counter() + MODEL_TIMEOUT_S
    said = ""
    while True:
        status = await client.status()
        engine = status["engine"]
        if engine["state"] == "ready" and status["model"] is not None:
            return status["model"]
        if engine["state"] in ("failed", "stopped") or time.perf_counter() > deadline:
            raise CommandError(f"the model did not start: {engine['message']}\n`foretoken doctor` may say more")
        progress = engine.get("progress")
        message = engine["message"] or f"the model is {engine['state']}"
        message += f" {progress:.0%}" if progress is not None else ""
        if message != said:
            view.message(message)
            said = message
        await asyncio.sleep(0.05)


async def _type(client: DemoClient, task: Task, args: argparse.Namespace, view: View, figures: Figures) -> None:
    target = task.before + task.typed + task.after
    end = len(task.before) + len(task.typed)
    cursor = len(task.before)
    rhythm = Rhythm()
    ghost: TextEdit | None = None
    while cursor < end and len(figures.keys) < args.keys:
        accepted = ghost is not None and accepts(client.text, cursor, target, ghost)
        if accepted and ghost is not None:
            edit, name = ghost, TAB
        else:
            text = next_key(target[cursor:end])
            edit, name = TextEdit(cursor, cursor, text), key_name(text)
        if args.speed:
            await asyncio.sleep(rhythm.pause(name if accepted else edit.new_text) / args.speed)
        saved = edit.start + len(edit.new_text) - cursor - 1 if accepted else 0
        sent = time.perf_counter()
        client.edit(edit)
        cursor = edit.start + len(edit.new_text)
        ghost = await client.suggest(cursor)
        ms = (time.perf_counter() - sent) * 1000
        status = await client.status()
        record = key_record(name, ms, ghost.new_text if ghost else None, status["last"], saved)
        figures.keys.append(record)
        view.key(len(figures.keys), record, Screen(client.text, cursor, ghost))


def _languages(model: dict[str, Any]) -> str:
    return ", ".join(language_name(language) for language in model["languages"])


def _model_sentence(model: dict[str, Any], shipped: bool, stranger: str) -> str:
    """stranger: the file's language where the model does not know it."""
    size = count_text(model["n_params"])
    sentence = f"Suggestions by {model['name']}, a {model['architecture']} model of {size} parameters, on this machine."
    if stranger:
        sentence += (
            f"\nIt knows only {_languages(model)}, so it suggested nothing in {stranger}."
            "\nName a GGUF file that knows the language as model.path in the settings."
        )
    elif shipped:
        sentence += (
            "\nThis is the small model that ships inside: it knows only Python, it is often silent and sometimes wrong."
            "\nIt shows that everything works; name a large GGUF file as model.path in the settings for real help."
        )
    return sentence
