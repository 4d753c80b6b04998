"""How the training commands show their options."""

import argparse


class Help(argparse.RawDescriptionHelpFormatter):
    """The description as it stands, and with every option its default, if it has one worth saying."""

    def add_argument(self, action: argparse.Action) -> None:
        """List an option without a help text too."""
        if action.help is None and self._said(action):
            action.help = "default: %(default)s"
        super().add_argument(action)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        text = action.help
        return f"{text} (default: %(default)s)" if text and "default" not in text and self._said(action) else text

    @staticmethod
    def _said(action: argparse.Action) -> bool:
        return action.default not in (None, False, [], argparse.SUPPRESS)
