"""Which language a file is in: its name says it, else its first line, and for a header its text."""

from foretoken.syntax.header_language import language_of_header
from foretoken.syntax.languages import language_for_path


def language_of(path: str, text: str) -> str:
    """An LSP language id; "plaintext" where nothing says anything."""
    first_line = text[:200].partition("\n")[0] if text.startswith("#!") else ""
    language = language_for_path(path, first_line)
    return language_of_header(text) if language == "c" and path.lower().endswith(".h") else language
