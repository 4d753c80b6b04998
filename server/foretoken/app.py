"""The composition root: the one place that knows all rooms. Light to import; each entry imports what it needs."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from foretoken.engine.engine import StatusListener
    from foretoken.engine.launch import RuntimeProcess
    from foretoken.engine.options import RuntimeOptions
    from foretoken.engine.supervisor import SupervisedEngine
    from foretoken.session.settings import Settings

logger = logging.getLogger(__name__)


def serve(client_process_id: int | None = None) -> int:
    """Serve one editor on standard input and output; returns the exit code."""
    from foretoken.logs import log_folder, start_logging

    # First of all, so that the model process imports llama.cpp while this one imports the protocol library.
    early = _start_early(log_folder())

    import asyncio
    import gc

    # Importing makes hundreds of thousands of objects that stay: collecting in between only costs time.
    gc.disable()
    from foretoken.lsp.stdio import serve_stdio
    from foretoken.session.session import Session
    from foretoken.session.settings_sources import SettingsSources

    gc.freeze()
    gc.enable()

    sources = SettingsSources()
    settings, _ = sources.load(None, None)  # the problems are named to the user with the editor's, at initialize
    log_path = start_logging("server", settings.log.level)
    session = Session(settings)

    def engine_factory(listener: StatusListener) -> SupervisedEngine:
        engine = open_engine(settings, early, listener)
        session.on_settings(lambda changed: _apply(engine, changed))
        return engine

    return asyncio.run(
        serve_stdio(session, engine_factory, sources=sources, log_path=log_path, client_process_id=client_process_id)
    )


def open_engine(
    settings: Settings, early: RuntimeProcess | None = None, listener: StatusListener | None = None
) -> SupervisedEngine:
    """A started engine for the model that the settings name. Call it where an event loop runs; close it at the end.

    early: a model process that was started before. A model that cannot be used shows in the engine's status.
    """
    from foretoken.engine.supervisor import SupervisedEngine
    from foretoken.logs import log_folder

    engine = SupervisedEngine(runtime_options(settings), log_folder(), settings.log.level, early)
    if listener is not None:
        engine.subscribe(listener)
    engine.start()
    return engine


def runtime_options(settings: Settings) -> RuntimeOptions:
    """What the runtime is told of the settings."""
    from foretoken.engine.options import RuntimeOptions
    from foretoken.models.resolve import model_path
    from foretoken.models.states import state_folder

    model = settings.model
    return RuntimeOptions(
        model=model_path(model.path),
        n_ctx=model.n_ctx,
        threads=model.threads,
        gpu_layers=model.gpu_layers,
        mtp=model.mtp,
        lookup=model.lookup,
        cache_type=model.cache_type,
        lora=tuple(Path(path).expanduser() for path in model.lora),
        states=state_folder(),
        state_mib=model.state_cache_mib,
    )


def _apply(engine: SupervisedEngine, settings: Settings) -> None:
    from foretoken.logs import set_level

    set_level(settings.log.level)
    engine.set_log_level(settings.log.level)
    engine.reload(runtime_options(settings))


def _start_early(folder: Path) -> RuntimeProcess | None:
    from foretoken.engine.launch import start_runtime

    try:
        return start_runtime(folder)
    except OSError as error:
        logger.warning("the model process could not be started early: %s", error)
        return None
