"""Stand-ins for what users, files and tools say, while a chat template is rendered.

A template is given placeholders in place of contents, so that of the rendered text only its own words are parsed for
control tokens. A placeholder is one private-use character, another one for each content, repeated to the content's
length, so that ``length`` in a template counts what it should. White space at a content's ends stays outside, so that
``trim`` works as on the content.
"""

import json
import re
from collections.abc import Iterator

from foretoken.text.pieces import Piece, Template, Text

# Plane 15, and 16 without its last two: no font, text or vocabulary gives them a meaning.
_FIRST, _LAST = 0xF0000, 0x10FFFD
_RUN = re.compile(f"([{chr(_FIRST)}-{chr(_LAST)}])\\1*")
_PRIVATE = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")
# Words of an interface, which templates compare and look up; no control token is written like this.
_WORD = re.compile(r"[A-Za-z0-9_.\-]{0,64}\Z")


class TooManyContents(Exception):
    """More contents than there are placeholders."""


class Placeholders:
    """Those of one rendering."""

    def __init__(self) -> None:
        self._contents: list[str] = []

    def hide(self, content: str) -> str:
        """What stands for ``content`` in the template."""
        core = content.strip()
        if not core:
            return content
        start = content.index(core[0])
        return content[:start] + self._run(core) + content[start + len(core) :]

    def hide_words(self, text: str) -> str:
        """As ``hide``, but a single word of an interface stays as it is."""
        return text if _WORD.match(text) else self.hide(text)

    def hide_all(self, value: object) -> object:
        """A JSON value with placeholders for its texts, the keys of its objects included."""
        if isinstance(value, str):
            return self.hide_words(value)
        if isinstance(value, list):
            return [self.hide_all(item) for item in value]
        if isinstance(value, dict):
            return {self.hide_words(key): self.hide_all(item) for key, item in value.items()}
        return value

    def to_json(
        self,
        value: object,
        indent: int | None = None,
        ensure_ascii: bool = False,
        separators: tuple[str, str] | None = None,
        sort_keys: bool = False,
    ) -> str:
        """The ``tojson`` of templates. Its first and last character stay outside of the placeholder: templates take the
        closing bracket off and write more."""
        restored = self._restored(value)
        text = json.dumps(
            restored, indent=indent, ensure_ascii=ensure_ascii, separators=separators, sort_keys=sort_keys
        )
        if _WORD.match(text) or len(text) < 3:
            return text
        return text[0] + self.hide(text[1:-1]) + text[-1]

    def pieces(self, rendered: str) -> tuple[Piece, ...]:
        """The rendered text, with the contents back in their places."""
        return tuple(self._pieces(rendered))

    def restore(self, text: str) -> str:
        """The text with the contents in it."""
        return "".join(piece.text for piece in self._pieces(text) if not isinstance(piece, str))

    def _run(self, core: str) -> str:
        code = _FIRST + len(self._contents)
        if code > _LAST:
            raise TooManyContents
        self._contents.append(core)
        return chr(code) * len(core)

    def _pieces(self, rendered: str) -> Iterator[Template | Text]:
        at = 0
        for match in _RUN.finditer(rendered):
            number = ord(match[1]) - _FIRST
            if match.start() > at:
                yield Template(rendered[at : match.start()])
            at = match.end()
            if number < len(self._contents):  # a template's own private-use character says nothing
                yield Text(self._written(self._contents[number], len(match[0])))
        if at < len(rendered):
            yield Template(rendered[at:])

    def _written(self, content: str, length: int) -> str:
        """The content as often as its placeholder stands there; a part of a placeholder is that part of it."""
        times, rest = divmod(length, len(content))
        return content * times + content[:rest]

    def _restored(self, value: object) -> object:
        if isinstance(value, str):
            return self.restore(value) if _PRIVATE.search(value) else value
        if isinstance(value, list | tuple):
            return [self._restored(item) for item in value]
        if isinstance(value, dict):
            return {self._restored(key): self._restored(item) for key, item in value.items()}
        if value is None or isinstance(value, bool | int | float):
            return value
        return str(value)  # what a template made, or left undefined
