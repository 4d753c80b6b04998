"""The language server with a fake engine, over standard input and output: what the end-to-end tests start."""

import argparse
import asyncio
import gc
import logging
import sys
from pathlib import Path

gc.disable()  # as the real composition root does while it imports

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fakes import FakeEngine, GatedEngine  # noqa: E402
from foretoken.engine.engine import Engine, EngineState, EngineStatus, StatusListener  # noqa: E402
from foretoken.index.client import IndexClient, Listener  # noqa: E402
from foretoken.index.process import spawn  # noqa: E402
from foretoken.lsp import index_progress, workspace_index  # noqa: E402
from foretoken.lsp.stdio import serve_stdio  # noqa: E402
from foretoken.session.session import Session  # noqa: E402
from foretoken.session.settings_sources import SettingsSources  # noqa: E402

gc.freeze()
gc.enable()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reply", default="reply()")
    parser.add_argument("--probability", type=float, default=0.99)
    parser.add_argument("--gated", action="store_true", help="never answer, unless the request is cancelled")
    parser.add_argument("--stubborn", action="store_true", help="never answer, cancelled or not")
    parser.add_argument("--load", action="store_true", help="be loading until the first request")
    parser.add_argument("--fail", default="", metavar="MESSAGE", help="the model cannot be had")
    parser.add_argument("--noise", action="store_true", help="write to standard output, as a library might")
    parser.add_argument("--break", dest="broken", action="store_true", help="raise an unexpected error in the engine")
    parser.add_argument("--user-settings", type=Path, default=Path("no-such-file.toml"))
    parser.add_argument("--clientProcessId", dest="client_process_id", type=int)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--index", action="store_true", help="index the workspace folders, and without delay")
    args = parser.parse_args()
    logging.basicConfig(handlers=[logging.FileHandler(args.log) if args.log else logging.NullHandler()])

    def engine_factory(listener: StatusListener) -> Engine:
        if args.gated or args.stubborn:
            engine: FakeEngine = GatedEngine(args.reply, args.probability, stubborn=args.stubborn, listener=listener)
        else:
            engine = FakeEngine(args.reply, args.probability, error=args.fail, listener=listener)
        if args.broken:
            engine.reply = None  # type: ignore[assignment]
        if args.load:
            engine.set_status(EngineStatus(EngineState.LOADING, "loading fake", 0.25))
            engine.on_ready = lambda: engine.set_status(EngineStatus(EngineState.READY, "fake is ready"))
        if args.fail:
            engine.set_status(EngineStatus(EngineState.FAILED, args.fail))
        if args.noise:
            asyncio.get_running_loop().call_soon(print, "a library says hello")
        return engine

    def index_factory(listener: Listener) -> IndexClient:
        return IndexClient(listener, lambda: spawn(args.log.parent if args.log else None, "debug"), pauses=(0.01,))

    if args.index:
        workspace_index.QUIET_SECONDS = index_progress.SHOWN_AFTER = 0.0
    return asyncio.run(
        serve_stdio(
            Session(),
            engine_factory,
            sources=SettingsSources(user_file=args.user_settings),
            log_path=args.log,
            client_process_id=args.client_process_id,
            poll_seconds=0.05,
            index_factory=index_factory if args.index else None,
        )
    )


if __name__ == "__main__":
    sys.exit(main())
