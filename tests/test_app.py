"""The composition root, as far as it can be seen without a process."""

import logging
from collections.abc import Iterator

import pytest

from foretoken import app
from foretoken.engine.options import RuntimeOptions
from foretoken.session.settings import LogSettings, ModelSettings, Settings


class NotedEngine:
    def __init__(self) -> None:
        self.levels: list[str] = []
        self.options: list[RuntimeOptions] = []

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
