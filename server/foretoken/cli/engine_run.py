"""Keep a model loaded and serve other tools until Ctrl-C, without an editor.

They ask over HTTP on a port of this machine, as OpenAI's and llama.cpp's clients do, and send the token. Editor windows
that want the same model share the process; when one still does at the end, it goes on without the port.
"""

import argparse
import asyncio
import contextlib
import sys
from pathlib import Path

from foretoken import app
from foretoken.cli.command import OK, WRONG_USAGE, CommandError
from foretoken.cli.engine_session import quiet_logging, wait_ready
from foretoken.engine.engine import EngineState, EngineUnavailable
from foretoken.engine.gateway_token import token_file
from foretoken.engine.options import GatewayOptions
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
    asyncio.run(_run(settings.model_copy(update=changes), app.gateway_options(settings)))
    return OK


async def _run(settings: Settings, later: GatewayOptions) -> None:
    """later: the port as the windows that go on want it."""
    options = app.gateway_options(settings)
    quiet_logging()
    engine = app.own_engine(settings, None, True, lambda: "foretoken engine run")
    engine.start()
    try:
        info = await wait_ready(engine)
        gateway = await engine.open_gateway(options)
        if not gateway.get("port"):
            raise CommandError(gateway.get("problem") or "the port could not be opened")
        print(f"{info.name} is served on http://{gateway['host']}:{gateway['port']} (process {engine.pid}).")
        print(_how_to_ask(settings), flush=True)
        print("Ctrl-C ends it.", file=sys.stderr)
        await _until_over(engine)
    except EngineUnavailable as error:
        raise CommandError(str(error)) from error
    finally:
        with contextlib.suppress(EngineUnavailable):
            if engine.status.state is EngineState.READY:
                await engine.open_gateway(later)
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


def _how_to_ask(settings: Settings) -> str:
    if settings.gateway.without_token:
        return "No token is needed: any program of this machine can ask."
    path = token_file(settings.gateway.token_file)
    return f"Every request carries the token: -H \"Authorization: Bearer $(cat '{path}')\""
