"""The composition root, as far as it can be seen without a process."""

import logging
from collections.abc import Iterator

import pytest

from foretoken import app
from foretoken.engine.life import Life
from foretoken.engine.options import GatewayOptions, RuntimeOptions
from foretoken.engine.remote.options import RemoteOptions
from foretoken.session.settings import EngineSettings, LogSettings, ModelSettings, Settings


class NotedEngine:
    def __init__(self) -> None:
        self.levels: list[str] = []
        self.options: list[RuntimeOptions] = []
        self.lives: list[Life] = []
        self.gateways: list[GatewayOptions] = []
        self.servers: list[RemoteOptions | None] = []

    @property
    def local(self) -> "NotedEngine | None":
        return self if self.servers[-1] is None else None

    def use(self, remote: RemoteOptions | None, _local: object) -> None:
        self.servers.append(remote)

    def set_life(self, life: Life) -> None:
        self.lives.append(life)

    def set_gateway(self, gateway: GatewayOptions) -> None:
        self.gateways.append(gateway)

    def set_log_level(self, level: str) -> None:
        self.levels.append(level)

    def reload(self, options: RuntimeOptions) -> None:
        self.options.append(options)


@pytest.fixture(autouse=True)
def restored_levels() -> Iterator[None]:
    loggers = [logging.getLogger(), logging.getLogger("foretoken")]
    levels = [logger.level for logger in loggers]
    formatters = [(handler, handler.formatter) for handler in loggers[0].handlers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    for handler, formatter in formatters:
        handler.setFormatter(formatter)


def test_changed_settings_reach_both_logs_and_the_model() -> None:
    engine = NotedEngine()
    app._apply(engine, Settings(log=LogSettings(level="debug"), model=ModelSettings(path="a.gguf", n_ctx=600)))
    assert logging.getLogger("foretoken").level == logging.DEBUG
    assert engine.levels == ["debug"]
    assert [(options.model.name, options.n_ctx) for options in engine.options] == [("a.gguf", 600)]


def test_an_address_in_the_settings_takes_the_models_place() -> None:
    engine = NotedEngine()
    there = EngineSettings(url="http://127.0.0.1:1", model="m", api_key_file="f", api_key_variable="v", ca_file="c")
    app._apply(engine, Settings(engine=there))
    assert engine.servers == [RemoteOptions("http://127.0.0.1:1", "m", "f", "v", "c")]
    assert not engine.options and not engine.lives and not engine.gateways
    app._apply(engine, Settings())
    assert engine.servers[-1] is None and engine.options
