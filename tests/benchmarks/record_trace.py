"""Records a typing trace: a made-up person, in an editor with the usual helpers, types parts of real source again.

Two files of about 500 lines are joined from modules of this project. Some of their functions are taken out and typed
back, key by key, with what an editor does by itself: automatic indentation, closing brackets and quotes that are there
before they are typed (and are typed over), white space of blank lines that goes away. Between that lie typing errors
that are taken back, accepted suggestions, jumps, the other file, an import that an accepted completion puts at the top
of the file, and saves that format other lines. The same seed and the same source give the same trace; the trace
holds all texts, so that it can be replayed without the source it was made from.

No recording of a real person may be published, so the proportions are a judgement: one key in 40 is a slip (a wrong
letter, one backspace), one in 180 begins a wrong word that is taken back whole; one in 40 accepts 6 to 20 characters
and one line end in five the next two or three lines, where these close what they open; a jump about every 150 keys,
by turns 5 to 30 and about 200 lines away, half of them to write a short comment there, and back; the other file about
every 400 keys; in the whole trace two automatic imports and two saves that format.

The trace is JSON lines. First ``{"files": [{"path", "text"}], "context": [{"path", "text"}]}``. Then one line an event:
``kind``; ``file``, the index of the file that has the cursor now; ``changes``, each ``[start line, start character, end
line, end character, text]`` in code points, in the order of LSP's content changes; ``cursor``, ``[line, character]``
afterwards.
"""

import argparse
import hashlib
import json
import random
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TRACE = Path(__file__).parent / "traces" / "typing.jsonl"
PACKAGE = "server/foretoken"
FILES = {
    f"{PACKAGE}/engine/supervisor.py": ("engine/supervisor.py", "text/wire.py"),
    f"{PACKAGE}/lsp/door.py": ("lsp/door.py", "session/documents.py", "text/line_index.py"),
}
CONTEXT = ("text/position.py", "engine/restarts.py", "session/workspace.py", "text/edit.py", "lsp/errors.py")
# The functions that are typed, in this order; each row is a stay in one file.
TYPED = (
    (0, ("_replace", "_spawn")),
    (1, ("_receive_request",)),
    (0, ("item_from_wire",)),
    (1, ("_cancel",)),
)
# By function: an accepted completion of the word brings its import along, which stands before another line.
IMPORTS = {
    "_replace": ("asyncio", "import asyncio\n", "import contextlib\n"),
    "_receive_request": ("partial", "from functools import partial\n", "from typing import TYPE_CHECKING, Any\n"),
}
SAVED_AFTER = ("_replace", "_receive_request")  # these functions end with a save that formats
UNFORMATTED = 4  # lines in each file
PAIRS = {"(": ")", "[": "]", "{": "}"}
QUOTES = "\"'"
INDENT = 4
SLIP, WRONG_WORD, ACCEPT, ACCEPT_LINES = 1 / 40, 1 / 180, 1 / 40, 1 / 5
JUMP_EVERY = 75  # keys between two jumps; there and back are two


class Editor:
    """Texts, the cursor, and what was put behind it and waits to be typed over. Every change is recorded.

    places: file and offset by name, kept where they are while the texts change.
    """

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.file = 0
        self.offset = 0
        self.pending = ""
        self.places: dict[str, tuple[int, int]] = {}
        self.events: list[dict[str, Any]] = []

    @property
    def text(self) -> str:
        return self.texts[self.file]

    @property
    def line_before(self) -> str:
        return self.text[self.text.rfind("\n", 0, self.offset) + 1 : self.offset]

    def change(self, kind: str, edits: list[tuple[int, int, str]], offset: int) -> None:
        """One event: edits in order, each in code points of the text before it; then the cursor stands at offset."""
        changes = []
        for start, end, new_text in edits:
            changes.append([*self._position(start), *self._position(end), new_text])
            self.texts[self.file] = self.text[:start] + new_text + self.text[end:]
            for name, (file, place) in self.places.items():
                if file == self.file and place >= end:
                    self.places[name] = file, place + len(new_text) - (end - start)
        self.offset = offset
        self.events.append(
            {"kind": kind, "file": self.file, "changes": changes, "cursor": list(self._position(offset))}
        )

    def insert(self, kind: str, text: str, behind: str = "") -> None:
        self.pending = behind + self.pending
        self.change(kind, [(self.offset, self.offset, text + behind)], self.offset + len(text))

    def delete(self, kind: str, count: int) -> None:
        self.change(kind, [(self.offset - count, self.offset, "")], self.offset - count)

    def go(self, kind: str, file: int, offset: int) -> None:
        self.file = file
        self.change(kind, [], offset)

    def _position(self, offset: int) -> tuple[int, int]:
        return self.text.count("\n", 0, offset), offset - self.text.rfind("\n", 0, offset) - 1


class Typist:
    def __init__(self, editor: Editor, seed: int) -> None:
        self.editor = editor
        self.random = random.Random(seed)
        self.rest = ""
        self.since_jump = 0
        self.far = False

    def type(self, target: str, imported: tuple[str, str, str] | None) -> None:
        """Type ``target`` at the cursor. imported: see IMPORTS."""
        editor, self.rest = self.editor, target
        while self.rest:
            if imported and self.rest.startswith(imported[0]) and not editor.line_before[-1:].isalnum():
                self._import(*imported)
                imported = None
                continue
            self._key()
            self.since_jump += 1
            if self.since_jump >= JUMP_EVERY and not editor.pending and self.rest.startswith("\n"):
                self._jump()
        assert not imported
        if editor.pending:
            length = len(editor.pending)
            editor.pending = ""
            editor.change("backspace", [(editor.offset, editor.offset + length, "")], editor.offset)

    def _import(self, word: str, line: str, before: str) -> None:
        """Two letters, then the completion with its import."""
        editor, self.rest = self.editor, self.rest[len(word) :]
        for letter in word[:2]:
            editor.insert("within line", letter)
        end = editor.offset + len(word) - 2
        at = editor.text.index(before)
        edits = [(editor.offset, editor.offset, word[2:]), (at, at, line)]
        editor.change("auto-import", edits, end + len(line))

    def _key(self) -> None:
        editor, ch = self.editor, self.rest[0]
        if editor.pending and self.rest.startswith(editor.pending[: self._closer_end()]):
            self._over()
        elif ch == "\n":
            if self.random.random() < ACCEPT_LINES and self._accept(self._whole_lines(), "accept"):
                return
            self._new_line()
        elif self.random.random() < ACCEPT and self._accept(self._same_line(), "accept"):
            return
        elif ch.isalpha() and self.random.random() < SLIP:
            editor.insert("within line", self.random.choice("qwertzuiopasdfghjkl"))
            editor.delete("backspace", 1)
        elif ch.isalpha() and not editor.line_before[-1:].isalnum() and self.random.random() < WRONG_WORD:
            word = self.random.choice(("value", "self", "result", "message", "options", "index"))
            for letter in word:
                editor.insert("within line", letter)
            for _ in word:
                editor.delete("backspace", 1)
        self._plain()

    def _plain(self) -> None:
        """One character, and what the editor adds to it."""
        if not self.rest or self.rest[0] == "\n":
            return
        editor, ch = self.editor, self.rest[0]
        self.rest = self.rest[1:]
        following = editor.text[editor.offset : editor.offset + 1]
        free = not following or following.isspace() or following in ")]}\"'"
        in_string = editor.pending[:1] in QUOTES and bool(editor.pending)
        comment = "#" in editor.line_before and not in_string
        if ch in PAIRS and free:
            editor.insert("auto-closed", ch, PAIRS[ch])
        elif ch == '"' and editor.line_before.endswith('""') and free and not in_string:
            editor.insert("auto-closed", ch, '"""')
        elif ch in QUOTES and free and not in_string and not comment and not _in_word(editor.line_before):
            editor.insert("auto-closed", ch, ch)
        else:
            editor.insert("within line", ch)

    def _closer_end(self) -> int:
        """Where the first closer that waits ends: behind the line break and the indentation before it, if any."""
        pending = self.editor.pending
        return len(pending) - len(pending.lstrip()) + 1

    def _over(self) -> None:
        """Type over a closer that is there already; go down first when it stands on the next line."""
        editor, length = self.editor, self._closer_end()
        if length > 1:
            editor.go("jump", editor.file, editor.offset + length - 1)
        closer = editor.pending[length - 1]
        editor.pending, self.rest = editor.pending[length:], self.rest[length:]
        editor.change("auto-closed", [(editor.offset, editor.offset + 1, closer)], editor.offset + 1)

    def _new_line(self) -> None:
        editor, line = self.editor, self.editor.line_before
        self.rest = self.rest[1:]
        wanted = len(self.rest) - len(self.rest.lstrip(" "))
        blank = self.rest.startswith("\n")
        indent = len(line) - len(line.lstrip())
        last = line.rstrip()[-1:]
        if last in PAIRS and editor.pending[:1] == PAIRS[last]:
            behind = "\n" + " " * indent
            indent += INDENT
            editor.insert("new line", "\n" + " " * indent, behind)
        else:
            if last in (":", *PAIRS):
                indent += INDENT
            elif re.match(r"\s*(return|raise|pass|break|continue)\b", line):
                indent = max(indent - INDENT, 0)
            if line and not line.strip():  # the blank line's own white space goes away
                start = editor.offset - len(line)
                inserted = "\n" + " " * indent
                editor.change("new line", [(start, editor.offset, ""), (start, start, inserted)], start + len(inserted))
            else:
                editor.insert("new line", "\n" + " " * indent)
        if blank:
            return
        self.rest = self.rest[wanted:]
        if wanted > indent:
            editor.insert("within line", " " * (wanted - indent))
        while indent > wanted:
            step = min(INDENT, indent - wanted)
            editor.delete("backspace", step)
            indent -= step

    def _accept(self, accepted: str, kind: str) -> bool:
        if not accepted:
            return False
        self.rest = self.rest[len(accepted) :]
        self.editor.insert(kind, accepted)
        return True

    def _same_line(self) -> str:
        """6 to 20 characters of the line that close what they open."""
        line = self.rest.split("\n", 1)[0][: self.random.randint(8, 20)]
        for end in range(len(line), 5, -1):
            if _balanced(line[:end]) and not set(QUOTES) & set(line[:end]):
                return line[:end]
        return ""

    def _whole_lines(self) -> str:
        """The line break and the next two or three lines, if they close what they open and nothing waits."""
        if self.editor.pending:
            return ""
        end = 0
        for _ in range(self.random.randint(2, 3)):
            end = self.rest.find("\n", end + 1)
            if end < 0:
                return ""
        block = self.rest[:end]
        return block if _balanced(block) and block[-1] != "\n" else ""

    def _jump(self) -> None:
        """Somewhere else in the file, perhaps a short comment there, and back."""
        self.since_jump = 0
        editor, back = self.editor, self.editor.offset
        here, lines = editor.text.count("\n", 0, back), editor.text.count("\n")
        distance = 200 if self.far else self.random.randint(5, 30)
        self.far = not self.far
        there = here + distance if here + distance < lines - 20 else max(here - distance, 1)
        offset = _line_end(editor.text, there)
        editor.go("jump", editor.file, offset)
        if self.random.random() < 0.5 and editor.line_before.strip() and "#" not in editor.line_before:
            comment = "  # " + self.random.choice(("see above", "checked", "not the usual way", "twice"))
            for ch in comment:
                editor.insert("within line", ch)
            back += len(comment) if offset < back else 0
        editor.go("jump", editor.file, back)


def _balanced(text: str) -> bool:
    depth = 0
    for ch in text:
        depth += (ch in "([{") - (ch in ")]}")
        if depth < 0:
            return False
    return depth == 0 and not any(text.count(quote) % 2 for quote in QUOTES)


def _in_word(before: str) -> bool:
    """Whether a quote typed now is an apostrophe, not the start of a string."""
    return bool(re.search(r"\w$", before)) and not re.search(r"(^|\W)[rbfRBF]{1,2}$", before)


def _line_end(text: str, line: int) -> int:
    offset = 0
    for _ in range(line):
        offset = text.find("\n", offset) + 1
    return text.find("\n", offset)


def function(text: str, name: str) -> str:
    """A function's source from its ``def`` (without the indentation before it), without the last line break."""
    found = re.search(rf"^( *)((?:async )?def {name}\b.*\n(?:(?:\1 +.*|\1\).*)?\n)*)", text, re.MULTILINE)
    assert found, name
    return found[2].rstrip()


def unformatted(line: str) -> str:
    """The line with white space that a formatter takes away."""
    return line.replace(" = ", "  = ", 1)


def save(editor: Editor, lines: list[str]) -> None:
    """The edits of a formatter, the last one first, as servers send them; the cursor stays at its text."""
    edits = []
    for line in lines:
        start = editor.text.index(unformatted(line)) + line.index(" = ")
        edits.append((start, start + 2, " "))
    edits.sort(reverse=True)
    before = sum(end <= editor.offset for _, end, _ in edits)
    editor.change("format-on-save", edits, editor.offset - before)


def record(seed: int) -> list[dict[str, Any]]:
    """The trace's lines."""
    texts = ["".join((ROOT / PACKAGE / name).read_text("utf-8") for name in names) for names in FILES.values()]
    sources, lines = take_out(texts, random.Random(seed))
    editor = Editor([re.sub("[\ue000-\uf8ff]", "", text) for text in texts])
    for name, (file, _) in sources.items():
        before = texts[file][: texts[file].index(_mark(sources, name))]
        editor.places[name] = file, len(re.sub("[\ue000-\uf8ff]", "", before))
    head = {
        "files": [{"path": path, "text": text} for path, text in zip(FILES, editor.texts, strict=True)],
        "context": [
            {"path": f"{PACKAGE}/{name}", "text": (ROOT / PACKAGE / name).read_text("utf-8")} for name in CONTEXT
        ],
    }
    typist = Typist(editor, seed)
    for stay, (file, names) in enumerate(TYPED):
        for number, name in enumerate(names):
            editor.go("switch" if number == 0 and stay else "jump", file, editor.places[name][1])
            typist.type(sources[name][1], IMPORTS.get(name))
            if name in SAVED_AFTER:
                save(editor, lines[file])
    assert all(source in editor.texts[file] for file, source in sources.values())
    return [head, *editor.events]


def take_out(texts: list[str], generator: random.Random) -> tuple[dict[str, tuple[int, str]], list[list[str]]]:
    """Put a mark in the place of each function that will be typed, take out the imports that come by themselves and
    unformat some lines, all in ``texts``. Returns file and source by function, and the lines that a save formats.
    """
    sources = {name: (file, function(texts[file], name)) for file, names in TYPED for name in names}
    for name, (file, source) in sources.items():
        assert texts[file].count(source) == 1, name
        texts[file] = texts[file].replace(source, _mark(sources, name))
        if name in IMPORTS:
            texts[file] = texts[file].replace(IMPORTS[name][1], "", 1)
    lines: list[list[str]] = []
    for file, text in enumerate(texts):
        candidates = [line for line in text.split("\n") if " = " in line and text.count(line) == 1]
        lines.append(generator.sample(candidates, UNFORMATTED))
        for line in lines[file]:
            texts[file] = texts[file].replace(line, unformatted(line))
    return sources, lines


def _mark(sources: dict[str, Any], name: str) -> str:
    """One character that no source has."""
    return chr(0xE000 + list(sources).index(name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--out", type=Path, default=TRACE)
    arguments = parser.parse_args()
    lines = record(arguments.seed)
    data = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines).encode()
    arguments.out.parent.mkdir(exist_ok=True)
    arguments.out.write_bytes(data)
    kinds: dict[str, int] = {}
    for line in lines[1:]:
        kinds[line["kind"]] = kinds.get(line["kind"], 0) + 1
    print(f"{arguments.out}: {len(lines) - 1} events, {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    print(", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items(), key=lambda item: -item[1])))


if __name__ == "__main__":
    main()
