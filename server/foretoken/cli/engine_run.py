"""Keep a model loaded and serve other tools until Ctrl-C, without an editor.

They ask over HTTP on a port of this machine, as OpenAI's and llama.cpp's clients do, and send the token. Editor windows
that want the same model share the process; when one still does at the end, it goes on without the port, unless that
window's settings want it too.
"""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from foretoken import app
from foretoken.cli.command import INTERRUPTED, OK, WRONG_USAGE, CommandError
from foretoken.cli.engine_session import quiet_logging, wait_ready
from foretoken.engine.engine import EngineState, EngineUnavailable
from foretoken.engine.gateway_token import token_file
from foretoken.engine.options import address_text
from foretoken.engine.supervisor import SupervisedEngine
from foretoken.session.settings import Settings
from foretoken.session.settings_sources import SettingsSources

HELP = "keep a model loaded for other tools, until Ctrl-C"
EXAMPLES = """examples:
  foretoken engine run
  foretoken engine run --port 8080
  foretoken engine run --model ~/models/qwen2.5-coder-7b-q8_0.gguf
  foretoken engine run --without-token      # for tools that cannot send one
  llama.vim:  let g:llama_config = {'api_key': trim(join(readfile('TOKEN-FILE')))}   (this command names the file)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, metavar="N", help="the port (default: the setting gateway.port)")
    parser.add_argument("--model", metavar="FILE", help="a GGUF file (default: the setting model.path)")
    parser.add_argument(
        "--without-token", action="store_true", help="answer without a token: any program of this machine can ask"
    )


def run(args: argparse.Namespace) -> int:
    settings, _ = SettingsSources().load(None, None)
    if args.port is not None and not 0 < args.port < 1 << 16:
        raise CommandError("--port must be 1 to 65535", WRONG_USAGE)
    gateway = {"enabled": True}
    if args.port is not None:
        gateway["port"] = args.port
    if args.without_token:
        gateway |= {"without_token": True, "host": "127.0.0.1"}
    changes: dict[str, object] = {"gateway": settings.gateway.model_copy(update=gateway)}
    if args.model:
        path = str(Path(args.model).expanduser().absolute())
        changes["model"] = settings.model.model_copy(update={"path": path})
    try:
        asyncio.run(_run(settings.model_copy(update=changes)))
    except asyncio.CancelledError:
        return INTERRUPTED
    return OK


def _end_by_signals() -> None:
    """As Ctrl-C: the port is closed and the process let go of. A second signal ends the command at once."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    if task is None or sys.platform == "win32":
        return
    for number in (signal.SIGTERM, signal.SIGHUP):

        def end(number: int = number) -> None:
            loop.remove_signal_handler(number)
            task.cancel()

        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            loop.add_signal_handler(number, end)


async def _run(settings: Settings) -> None:
    _end_by_signals()
    options = app.gateway_options(settings)
    if options.problem:
        raise CommandError(f"{options.problem} Or say --without-token.")
    quiet_logging()
    engine = app.own_engine(settings, None, True, lambda: f"foretoken engine run ({os.getpid()})")
    engine.start()
    try:
        info = await wait_ready(engine)
        gateway = await engine.open_gateway(options)
        if not gateway.get("port"):
            raise CommandError(_by_option(gateway.get("problem") or "the port could not be opened"))
        where = address_text(gateway["host"], gateway["port"])
        print(f"{info.name} is served on http://{where} (process {engine.pid}).")
        print(_how_to_ask(settings), flush=True)
        print("Ctrl-C ends it.", file=sys.stderr)
        await _until_over(engine)
    except EngineUnavailable as error:
        raise CommandError(_by_option(str(error))) from error
    finally:
        # The port is closed with it, unless somebody else wants it.
        await engine.close(linger=False)


async def _until_over(engine: SupervisedEngine) -> None:
    """Until somebody else ended the process for good; one that dies is started again."""
    over = asyncio.Event()
    ends = (EngineState.ASLEEP, EngineState.FAILED, EngineState.STOPPED)
    engine.subscribe(lambda status: over.set() if status.state in ends else None)
    if engine.status.state not in ends:
        await over.wait()
    if engine.status.state is not EngineState.ASLEEP:
        raise CommandError(engine.status.message)
    print("The model process was ended by `foretoken engine stop` or by a signal.", file=sys.stderr)


def _by_option(message: str) -> str:
    """What the settings are called here."""
    return message.replace("gateway.port", "--port (or gateway.port)").replace("(model.path)", "(--model)")


def _how_to_ask(settings: Settings) -> str:
    if settings.gateway.without_token:
        return "No token is needed: any program of this machine can ask."
    path = token_file(settings.gateway.token_file)
    return f"Every request carries the token: -H \"Authorization: Bearer $(cat '{path}')\""
