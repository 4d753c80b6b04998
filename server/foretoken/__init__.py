"""Foretoken: a language server that puts a local code model behind any LSP editor."""

__version__ = "0.1.0"
