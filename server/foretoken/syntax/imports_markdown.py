"""The files that a Markdown text links to. Its tree holds blocks alone: within a paragraph a link is text."""

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from tree_sitter import Node

from foretoken.syntax.facts import Import
from foretoken.syntax.source import Source

_CODE = re.compile(rb"(?<!`)(`+)(?!`).{0,2000}?(?<!`)\1(?!`)", re.DOTALL)
# [text](path "title"), [text](<path>); the text may hold one level of brackets: a picture that is a link.
_LINK = re.compile(rb"!?\[(?:[^\[\]]|\[[^\[\]]{0,200}\]){0,500}\]\(\s*(?:<([^<>\n]+)>|([^\s()<>]+))")
_FAR = re.compile(rb"[/#?]|[A-Za-z][A-Za-z0-9+.-]*:")


def imports_of(node: Node, source: Source) -> Iterator[Import]:
    """An Import for each link to a file in a text, or for the one of a link definition: the path from the file's own
    folder on, without a fragment."""
    start = node.start_byte
    if node.type == "link_reference_definition":
        for child in node.children:
            if child.type == "link_destination" and (
                path := _path(source.data[child.start_byte : child.end_byte].strip(b"<>"))
            ):
                yield _import(source, path, start, node.end_byte, node.start_point[0])
        return
    text = source.data[start : node.end_byte]
    if b"](" not in text:
        return
    text = _CODE.sub(lambda code: b" " * len(code[0]), text)
    for link in _LINK.finditer(text):
        if path := _path(link[1] or link[2]):
            end = link.end() + (text[link.end() : link.end() + 1] == b")")
            row = node.start_point[0] + text.count(b"\n", 0, link.start())
            yield _import(source, path, start + link.start(), start + end, row)


def _path(written: bytes) -> str:
    """Empty for what is no file beside this one."""
    path = written.partition(b"#")[0].partition(b"?")[0]
    if not path or _FAR.match(path):
        return ""
    module = unquote_to_bytes(path).decode("utf-8", "replace")
    return module if module.startswith(".") else "./" + module


def _import(source: Source, module: str, start: int, end: int, row: int) -> Import:
    return Import(module, (), "", "module", source.char(start), source.char(end), source.line(row, start))
