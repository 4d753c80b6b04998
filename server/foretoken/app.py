"""The composition root: the one place that knows all rooms. Light to import; each entry imports what it needs."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from foretoken.engine.engine import StatusListener
    from foretoken.engine.launch import RuntimeProcess
    from foretoken.engine.life import Life
    from foretoken.engine.options import GatewayOptions, RuntimeOptions
    from foretoken.engine.remote.chosen import ChosenEngine
    from foretoken.engine.remote.options import RemoteOptions
    from foretoken.engine.supervisor import SupervisedEngine
    from foretoken.index.client import IndexClient, Listener
    from foretoken.session.session import Session
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

    def engine_factory(listener: StatusListener) -> ChosenEngine[SupervisedEngine]:
        def name() -> str:
            return _window_name(session)

        engine = open_engine(settings, early, listener, name=name)
        session.on_settings(lambda changed: _apply(engine, changed, name))
        return engine

    def index_factory(listener: Listener) -> IndexClient:
        from foretoken.index.client import IndexClient
        from foretoken.index.process import spawn

        return IndexClient(listener, lambda: spawn(log_folder(), session.settings.log.level))

    return asyncio.run(
        serve_stdio(
            session,
            engine_factory,
            sources=sources,
            log_path=log_path,
            client_process_id=client_process_id,
            index_factory=index_factory,
        )
    )


def open_engine(
    settings: Settings,
    early: RuntimeProcess | None = None,
    listener: StatusListener | None = None,
    *,
    shared: bool = True,
    name: Callable[[], str] = lambda: "",
) -> ChosenEngine[SupervisedEngine]:
    """A started engine for the model, or the other server, that the settings name. Call it where an event loop runs;
    close it at the end.

    early: a model process that was started before. shared: with the other windows and commands of this user, unless
    that is switched off for all of them (FORETOKEN_RUNTIME_DIR). name: what the user knows this one by. A model that
    cannot be used shows in the engine's status.
    """
    from foretoken.engine.remote.chosen import ChosenEngine

    engine = ChosenEngine(own_engine(settings, early, shared, name))
    engine.use(remote_options(settings), lambda: own_engine(settings, None, shared, name))
    if listener is not None:
        engine.subscribe(listener)
    engine.start()
    return engine


def own_engine(
    settings: Settings, early: RuntimeProcess | None, shared: bool, name: Callable[[], str]
) -> SupervisedEngine:
    """See open_engine; not started."""
    from foretoken.engine.supervisor import SupervisedEngine
    from foretoken.logs import log_folder

    return SupervisedEngine(
        runtime_options(settings),
        log_folder(),
        settings.log.level,
        early,
        folder=_shared_folder() if shared else None,
        life=runtime_life(settings),
        gateway=gateway_options(settings),
        name=name,
    )


def remote_options(settings: Settings) -> RemoteOptions | None:
    """The other server that is to answer; None = a runtime of our own."""
    from foretoken.engine.remote.options import RemoteOptions

    engine = settings.engine
    if not engine.url.strip():
        return None
    return RemoteOptions(engine.url, engine.model, engine.api_key_file, engine.api_key_variable, engine.ca_file)


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


def runtime_life(settings: Settings) -> Life:
    """How long the runtime stays."""
    from foretoken.engine.life import Life

    return Life(settings.model.linger_seconds, settings.model.idle_minutes * 60.0)


def gateway_options(settings: Settings) -> GatewayOptions:
    """The other tools' port. A token is made where one is needed and there is none; without one it stays closed."""
    from foretoken.engine.gateway_token import TokenFileUnusable, gateway_token, token_file
    from foretoken.engine.options import LOOPBACK, GatewayOptions

    gateway = settings.gateway
    if not gateway.enabled:
        return GatewayOptions()
    if gateway.without_token and gateway.host not in LOOPBACK:
        return GatewayOptions(
            problem="Other tools are not served: without a token only this machine may be. Set gateway.host to 127.0.0.1, "
            "or gateway.without_token to false."
        )
    try:
        token = "" if gateway.without_token else gateway_token(token_file(gateway.token_file))
    except TokenFileUnusable as error:
        return GatewayOptions(problem=f"Other tools are not served. {error}")
    return GatewayOptions(True, gateway.host, gateway.port, token, gateway.without_token)


def _apply(engine: ChosenEngine[SupervisedEngine], settings: Settings, name: Callable[[], str] = lambda: "") -> None:
    from foretoken.logs import set_level

    set_level(settings.log.level)
    engine.use(remote_options(settings), lambda: own_engine(settings, None, True, name))
    engine.set_log_level(settings.log.level)
    if engine.local is not None:
        engine.local.set_life(runtime_life(settings))
        engine.local.set_gateway(gateway_options(settings))
        engine.local.reload(runtime_options(settings))


def _window_name(session: Session) -> str:
    root = session.folders.root
    return f"{root.name if root else 'editor'} ({os.getpid()})"


def _shared_folder() -> Path | None:
    from foretoken.engine.runtime_folder import FolderUnusable, runtime_folder

    try:
        return runtime_folder()
    except FolderUnusable as error:
        logger.warning("model processes are not shared: %s", error)
        return None


def _start_early(logs: Path) -> RuntimeProcess | None:
    """Not where one of this version runs already: it is most likely the one that the settings will ask for."""
    from foretoken import __version__
    from foretoken.engine.discovery import discoveries
    from foretoken.engine.launch import start_runtime
    from foretoken.engine.runtime_folder import FolderUnusable, prepare_folder

    folder = _shared_folder()
    try:
        if folder is not None:
            prepare_folder(folder)
            if any(found.version == __version__ and found.looks_alive() for _, found in discoveries(folder)):
                return None
    except FolderUnusable:  # told when the settings are known
        folder = None
    try:
        return start_runtime(logs, parent=folder)
    except OSError as error:
        logger.warning("the model process could not be started early: %s", error)
        return None
