"""The language server holds the worker's room at a distance: what parses and what opens databases stays out of it."""

import subprocess
import sys


def test_the_language_server_imports_neither_parsers_nor_databases() -> None:
    code = (
        "import sys, foretoken.lsp.stdio, foretoken.index.client\n"
        "heavy = {'sqlite3', 'tree_sitter', 'jedi', 'watchfiles', 'detect_secrets', 'foretoken.index.store'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown == "[]\n"
