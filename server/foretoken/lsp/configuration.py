"""Configuration: brings the editor's settings to the Session and names each problem to the user once."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from foretoken.session.settings_sources import SettingsSources

if TYPE_CHECKING:
    from foretoken.lsp.server import ForetokenServer

logger = logging.getLogger(__name__)

SECTION = "foretoken"
POLL_SECONDS = 2.0


class Configuration:
    """The editor's part comes in three ways: initializationOptions, a pull, or a push; the newest counts."""

    def __init__(self, server: "ForetokenServer", sources: SettingsSources) -> None:
        self._server = server
        self._sources = sources
        self._editor: dict[str, Any] | None = None
        self._named: set[str] = set()
        self._held: list[str] = []
        self._started = False

    def initialize(self, options: object) -> None:
        """Settings from ``initializationOptions``: the section, or an object that holds it.

        The user is told of problems once the editor is initialized.
        """
        self._take(_section(options))
        self.load()

    def start(self) -> None:
        """The editor is initialized: ask for its settings, and to be told of changes."""
        self._started = True
        for message in self._held:
            self._server.tell_user(message)
        self._held.clear()
        # Three of them: an editor that leaves a request without an answer must not keep the others waiting.
        if self._server.client.pulls_configuration:
            self._server.spawn(self._pull())
        if self._server.client.registers_configuration:
            self._server.spawn(self._register())
        self._server.spawn(self._poll())

    def changed(self, pushed: object) -> None:
        """The editor says that settings changed; where it can be asked, what it pushed along does not matter.

        A push may hold the settings of every server, or none: only what stands under our own name counts.
        """
        if self._server.client.pulls_configuration:
            self._server.spawn(self._pull())
        elif isinstance(pushed, dict):
            self._take(pushed.get(SECTION))
            self.load()

    def load(self) -> None:
        """Read all sources again."""
        settings, problems = self._sources.load(self._server.session.folders.root, self._editor)
        self._server.session.update_settings(settings)
        for problem in problems:
            message = f"Foretoken: {problem}"
            if message in self._named:
                continue
            self._named.add(message)
            logger.warning("settings: %s", problem)
            if self._started:
                self._server.tell_user(message)
            else:
                self._held.append(message)

    async def _poll(self) -> None:
        """Settings files are read again when they change."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if await asyncio.to_thread(self._sources.changed):
                self.load()

    async def _pull(self) -> None:
        item = types.ConfigurationItem(section=SECTION)
        try:
            answer = await self._server.workspace_configuration_async(types.ConfigurationParams([item]))
        except JsonRpcException as error:
            logger.warning("the editor did not give its settings: %s", error)
            return
        if answer and answer[0] is not None:
            self._take(_section(answer[0]))
        self.load()

    async def _register(self) -> None:
        """VS Code sends didChangeConfiguration only to those who registered for it."""
        registration = types.Registration(
            id=f"{SECTION}-configuration",
            method=types.WORKSPACE_DID_CHANGE_CONFIGURATION,
            register_options=types.DidChangeConfigurationRegistrationOptions(section=SECTION),
        )
        try:
            await self._server.client_register_capability_async(types.RegistrationParams([registration]))
        except JsonRpcException as error:
            logger.info("the editor does not register: %s", error)

    def _take(self, section: object) -> None:
        """Anything but an object says nothing."""
        if isinstance(section, dict):
            self._editor = section


def _section(options: object) -> object:
    """``options`` is the section, or an object that holds it."""
    return options[SECTION] if isinstance(options, dict) and SECTION in options else options
