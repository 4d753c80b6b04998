"""Where evaluation puts its cursors, and that it asks exactly as the server does."""

import random
from collections import Counter

import pytest

from foretoken.models.resolve import shipped_model
from foretoken.prompt.infill import infill
from foretoken.text.generation import GenerateRequest, Stop
from foretoken.text.pieces import Text
from marked import snapshot
from model.generators import Bench
from source_files import File, written
from special_texts import TEXTS
from training.context import Package
from training.cursors import EXCERPTS, excerpts, positions, prompt, random_file
from training.gguf_model import GgufModel
from training.segments import Piece
from training.typed_lines import Completer

LINES = "".join(
    f"def function_{n}(first, second):\n    # a comment\n    return first + {n}\n\n" + "\n" * (n % 3)
    for n in range(200)
)
FILES = [
    File("long", "long/a.py", LINES),
    File("long", "long/b.py", LINES[:300]),
    File("short", "short.py", LINES[:300]),
]


def test_positions() -> None:
    found = positions(FILES, 400, 1)
    assert found == positions(FILES, 400, 1) != positions(FILES, 400, 2)
    for place in found:
        assert place.before + place.typed + place.rest + place.after == place.file.text
        assert place.before == "" or place.before.endswith("\n")
        assert "\n" not in place.typed + place.rest and place.after[:1] in ("\n", "")
        assert len(place.rest) >= 4 and "#" not in place.typed + place.rest
    assert 0.35 < sum(place.at_line_start for place in found) / 400 < 0.6
    packages = Counter(place.file.package for place in found)
    assert 0.4 < packages["long"] / 400 < 0.6


def test_every_line_of_a_package_is_as_likely() -> None:
    # One file of a few long lines, one of many short ones: of as many characters.
    files = [File("pkg", "wide.py", "x = " + "1" * 139 + "\n"), File("pkg", "high.py", "")]
    files[0] = File("pkg", "wide.py", files[0].text * 20)
    files[1] = File("pkg", "high.py", "y = 12345\n" * 288)
    lines = Counter(place.file.path for place in positions(files, 600, 5))
    assert 0.03 < lines["wide.py"] / 600 < 0.11


def test_files_without_a_line_for_a_cursor_are_refused() -> None:
    with pytest.raises(ValueError, match="no lines"):
        positions([File("pkg", "a.py", "# only\n\nx\n")], 1, 1)


def test_a_longer_file_is_drawn_more_often() -> None:
    rng = random.Random(0)
    counts = Counter(random_file(FILES[:2], rng).path for _ in range(500))
    assert counts["long/a.py"] > 450


@pytest.mark.parametrize("n_prompt", [64, 448, 2048, 9000])
def test_the_prompt_is_the_one_of_the_server(n_prompt: int) -> None:
    for place in positions(FILES, 60, 3):
        marked = f"{place.before}{place.typed}<CURSOR>{place.after}"
        prompted = infill(snapshot(marked, repo_name=place.file.package, path=place.file.path), n_prompt)
        sent = "".join(piece.text if isinstance(piece, Text) else TEXTS[piece] for piece in prompted)
        assert written(prompt(place, n_prompt)) == sent


def test_the_tokens_are_those_that_the_server_evaluates() -> None:
    """Of the shipped vocabulary; LINES has blank lines at the borders of the window's blocks."""
    model, bench = GgufModel(shipped_model()), Bench(shipped_model())
    completer, apart = Completer(model), 0
    for place in positions(FILES, 40, 6):
        marked = f"{place.before}{place.typed}<CURSOR>{place.after}"
        prompted = infill(snapshot(marked, repo_name=place.file.package, path=place.file.path), 448)
        pieces = prompt(place, 448)
        bench.run(GenerateRequest(prompted, 1, "test", Stop(max_lines=1), heal=False))
        ids = completer.ids(pieces)
        assert list(bench.state.token_ids) == ids
        texts = [completer.ids([Piece(p.text)]) if isinstance(p, Text) else [0] for p in prompted]
        apart += sum(map(len, texts)) != len(ids)
    bench.close()
    model.close()
    assert apart > 10  # block by block they would be others


def test_excerpts_come_from_other_files_and_take_their_room_from_the_window() -> None:
    package = Package([FILES[0], File("long", "long/c.py", LINES.replace("return", "yield"))])
    place = next(place for place in positions(FILES[:1], 50, 4) if len(place.before) > 3000)
    others = excerpts(place, package, 448, 0)
    assert 0 < len(others) <= EXCERPTS and {path for path, _ in others} == {"long/c.py"}
    alone, together = written(prompt(place, 448)), written(prompt(place, 448, others))
    assert together.index("long/c.py") < together.index("long/a.py")
    assert 0 < len(together) < 448 * 3.0 + 100
    assert len(together.partition("long/a.py")[2]) < len(alone.partition("long/a.py")[2])
