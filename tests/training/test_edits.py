"""Edit examples: the written form, what counts, and that every edit leaves code that means the same."""

import ast
import random

import pytest

from source_files import File, written
from training.context import Package
from training.edits import FEWEST_LINES, MOST_LINES, EditWindows, apply, choose_windows, edit_pieces, random_edit
from training.names import Change, Replacement, Stretch, definition_uses, local_uses, member_uses, new_name
from training.renames import random_change, random_stretch
from training.segments import END, FILE_SEP, MIDDLE_WEIGHT
from training.signatures import KINDS, changed_signature

TEXT = '''class Reader:
    """Reads size bytes."""

    def __init__(self, size=4):
        self.size = size  # the size

    def read(self, stream, limit):
        rest = stream.size - self.size
        text = stream.take(self.size, size=limit)
        return self.finish(text, rest, limit)

    def finish(self, text, rest, limit, strict=True):
        if strict:
            self.size = rest
        return text[:limit] + "rest"

    def again(self, stream):
        self.finish("", 0, 1, False)
        return self.finish(self.read(stream, limit=3), 0, 1)


def build_reader(stream, size):
    reader = Reader(size)
    return reader.read(stream, size)


def main(stream):
    print(build_reader(stream, 3))
    return build_reader(stream, 4)
'''
WORDS = ["chunk_size", "maxLength", "SourceFile", "buffer"]


def renamed(uses: dict[str, list[int]], name: str, new: str) -> str:
    change = Stretch(TEXT).renamed(uses[name], name, new)
    return "".join(apply(TEXT, change.replacements))


def function(name: str):
    return next(node for node in Stretch(TEXT).functions if node.name == name)


def test_written_form_and_weights() -> None:
    windows = EditWindows(
        ["a = 1\n"], ["b = 1\n"], ["x = 0\n", "print(a)\n", "\n", "y\n"], ["x = 0\n", "print(b)\n", "\n", "y\n"]
    )
    pieces = edit_pieces("repo", "m.py", windows, [("n.py", "z\n")])
    assert written(pieces) == (
        "<|repo_name|>repo\n<|file_sep|>n.py\nz\n<|file_sep|>m.py original\na = 1\n<|file_sep|>m.py updated\nb = 1\n"
        "<|file_sep|>m.py current\nx = 0\nprint(a)\n\ny\n<|file_sep|>m.py updated\nx = 0\nprint(b)\n\ny\n<|endoftext|>"
    )
    # The blank line belongs to the run before it: its newline is one token with the one before.
    assert [p.text for p in pieces if p.weight == MIDDLE_WEIGHT] == ["print(b)\n\n", END]


def test_a_local_is_renamed_with_keywords_but_not_its_namesakes() -> None:
    text = renamed(local_uses(Stretch(TEXT), function("read")), "limit", "most")
    assert "def read(self, stream, most):" in text
    assert "size=most)" in text and "rest, most)" in text
    assert "self.read(stream, most=3)" in text
    assert "def finish(self, text, rest, limit, strict=True)" in text


def test_members_leave_locals_strings_and_comments_alone() -> None:
    uses = member_uses(Stretch(TEXT))
    text = renamed(uses, "size", "room")
    assert "self.room = size  # the size" in text and "Reads size bytes" in text
    assert "take(self.room, size=limit)" in text
    assert text.count("room") == 4 and "stream.size" in text
    assert "def finalize(self, text" in renamed(uses, "finish", "finalize")


def test_functions_and_classes_are_renamed_with_their_uses() -> None:
    uses = definition_uses(Stretch(TEXT))
    assert renamed(uses, "Reader", "Taker").count("Taker") == 2
    assert renamed(uses, "build_reader", "make").count("make") == 3
    assert "read" not in uses


def test_a_name_that_the_parser_puts_elsewhere_refuses() -> None:
    assert Stretch(TEXT).renamed([0], "size", "room") is None


@pytest.mark.parametrize("old", ["chunk", "MAX_SIZE", "fileName", "SourceFile", "_private_name"])
def test_new_names_keep_the_style(old: str) -> None:
    rng = random.Random(0)
    for _ in range(50):
        new = new_name(old, WORDS, "chunk size", rng)
        assert new and new.isidentifier() and new not in ("chunk", "size")
        assert new.isupper() == old.isupper()
        assert new[0].isupper() == old[0].isupper() and new.startswith("_") == old.startswith("_")


def test_indented_stretches_have_right_offsets() -> None:
    start = TEXT.index("    def read")
    stretch = Stretch(TEXT[start : TEXT.index("    def again")])
    assert [stretch.text[at : at + 4] for at in member_uses(stretch)["size"]] == ["size"] * 3


def arguments(tree: ast.AST, name: str) -> tuple[int, int, set[int]]:
    """Parameters, required parameters, and argument counts of the calls."""
    found = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == name)
    calls = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and getattr(n.func, "attr", getattr(n.func, "id", "")) == name
    ]
    count = len(found.args.args)
    return count, count - len(found.args.defaults), {len(c.args) + len(c.keywords) for c in calls}


@pytest.mark.parametrize("kind", KINDS)
def test_signatures(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.signatures.KINDS", {kind: 1.0})
    seen = set()
    for seed in range(40):
        change = changed_signature(Stretch(TEXT), WORDS, random.Random(seed))
        if change is None:
            continue
        old, new = ast.parse(change.text), ast.parse("".join(apply(change.text, change.replacements)))
        for name in ("finish", "build_reader", "read"):
            before, after = arguments(old, name), arguments(new, name)
            if kind == "add" and before != after:
                assert (after[0], after[1]) == (before[0] + 1, before[1] + 1)
                assert after[2] == {count + 1 for count in before[2]}
                seen.add(name)
            if kind == "remove" and before != after:
                assert (after[0], after[1]) == (before[0] - 1, before[1] - 1)
                assert after[2] == {count - 1 for count in before[2]}
                seen.add(name)
            if kind == "default taken" and before != after:
                assert name == "finish" and after == (before[0], before[1] + 1, {4})
                seen.add(name)
            if kind == "default given" and before != after:
                assert after == (before[0], before[1] - 1, before[2])
                assert len(change.replacements) == 1
                seen.add(name)
        if kind == "rename":
            assert ast.dump(old) != ast.dump(new) and len(change.replacements) > 1
            seen.add(kind)
    assert seen


def test_windows_show_one_place_done_and_ask_for_another() -> None:
    text = "".join(f"line_{n}\n" for n in range(60)).replace("line_5\n", "old\n").replace("line_40\n", "use(old)\n")
    ends = [(text.index("old"), "new"), (text.index("(old") + 1, "new")]
    change = Change(text, tuple(Replacement(at, at + 3, new) for at, new in ends))
    nothing = 0
    for seed in range(200):
        windows = choose_windows(change, random.Random(seed), 3000)
        assert windows is not None
        changed = [(a, b) for a, b in zip(windows.before, windows.after, strict=True) if a != b]
        assert changed in ([("old\n", "new\n")], [("use(old)\n", "use(new)\n")])
        assert FEWEST_LINES <= len(windows.before) <= 9 and FEWEST_LINES <= len(windows.current) <= MOST_LINES
        wanted = [(a, b) for a, b in zip(windows.current, windows.answer, strict=True) if a != b]
        assert wanted in ([], [("old\n", "new\n")], [("use(old)\n", "use(new)\n")])
        assert not wanted or wanted != changed
        nothing += not wanted
    assert 10 < nothing < 70
    assert choose_windows(change, random.Random(0), 20) is None


def test_what_is_done_is_done_in_all_windows() -> None:
    text = "a = 1\nprint(a)\nb = a\n"
    change = Change(text, tuple(Replacement(at, at + 1, "c") for at in (0, 12, 19)))
    drawn = [choose_windows(change, random.Random(seed), 3000) for seed in range(100)]
    found = [windows for windows in drawn if windows]  # there is no line where nothing is to be done
    assert len(found) > 70
    for windows in found:
        assert windows.before == text.splitlines(keepends=True)
        assert windows.current in (windows.after, windows.answer)
        assert windows.answer == ["c = 1\n", "print(c)\n", "b = c\n"]


def test_no_stretch_ends_between_a_decorator_and_its_function() -> None:
    parts = (f"@first\n@second(1)\ndef f(x):\n    return {'x' * (n % 17 + 1)}\n\n\n" for n in range(200))
    text, rng = "".join(parts), random.Random(0)
    for _ in range(50):
        stretch = random_stretch(text, rng)
        ast.parse(stretch)
        assert len(stretch) > 2000 or text.endswith(stretch)


def test_random_edits_of_files() -> None:
    package = Package([File("pkg", "pkg/a.py", TEXT), File("pkg", "pkg/b.py", TEXT)])
    rng = random.Random(1)
    drawn = [random_edit(package, rng, 2500) for _ in range(200)]
    texts = [written(pieces) for pieces in drawn if pieces]
    assert len(texts) > 100
    for text in texts:
        assert len(text) < 2700 and text.count(FILE_SEP) >= 4
        before, after, current, answer = text.rsplit(FILE_SEP, 4)[1:]
        assert [part.split("\n")[0].split()[1] for part in (before, after, current, answer)] == [
            "original",
            "updated",
            "current",
            "updated",
        ]
        assert before.count("\n") == after.count("\n") and current.count("\n") == answer.count("\n")
        assert before.split("\n")[1:] != after.split("\n")[1:]


def test_random_changes_parse() -> None:
    package = Package([File("pkg", "pkg/a.py", TEXT)])
    rng = random.Random(2)
    for _ in range(200):
        stretch = random_stretch(TEXT, rng)
        assert stretch and stretch in TEXT
        change = random_change(package, package.files[0], rng)
        if change:
            after = "".join(apply(change.text, change.replacements))
            ast.parse("if 1:\n" + after if after[0] == " " else after)
            assert after != change.text
