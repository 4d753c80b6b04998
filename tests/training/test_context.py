"""Excerpts of other files: the ones that share words with the place, cut at line starts."""

import random

from source_files import File
from training.context import Package, place, words

FILLER = "".join(f"filler_{number} = {number}\n" for number in range(300))
WANTED = "def load_settings(settings_path):\n    return parse_settings(settings_path)\n"
HERE = "from pkg.loading import parse_settings\n\nresult = load_settings(settings_path)\n"


def package() -> Package:
    return Package(
        [
            File("pkg", "pkg/here.py", HERE),
            File("pkg", "pkg/loading.py", FILLER + WANTED + FILLER),
            File("pkg", "pkg/other.py", FILLER),
        ]
    )


def test_words_leave_out_what_says_nothing() -> None:
    assert words("def f(self): return len(settings_path) or print(xy)") == {"settings_path"}


def test_the_place_is_what_stands_near_the_cursor() -> None:
    assert place("far" + "a" * 900, "b" * 300 + "far") == "a" * 900 + "b" * 300


def test_the_best_excerpt_comes_last_and_never_from_the_file_itself() -> None:
    found = 0
    for seed in range(50):
        source = package()
        excerpts = source.excerpts(source.files[0], HERE, 2, 200, random.Random(seed))
        assert all(path != "pkg/here.py" for path, _ in excerpts)
        for path, content in excerpts:
            text = next(file.text for file in source.files if file.path == path)
            at = text.index(content)
            assert at == 0 or text[at - 1] == "\n"
            assert content.endswith("\n") and len(content) <= 200
            assert words(content) & words(HERE)
        found += bool(excerpts) and excerpts[-1][0] == "pkg/loading.py" and "load_settings" in excerpts[-1][1]
    assert found > 40


def test_excerpts_are_the_same_in_every_process() -> None:
    source = package()
    once, again = (source.excerpts(source.files[0], HERE, 2, 200, random.Random(3)) for _ in range(2))
    assert once == again


def test_imported_modules_are_found_by_name() -> None:
    source = package()
    assert [file.path for file in source.imported(source.files[0])] == ["pkg/loading.py"]


def test_a_package_of_one_file_has_no_excerpts() -> None:
    source = Package([File("pkg", "here.py", HERE)])
    assert source.excerpts(source.files[0], HERE, 2, 200, random.Random(0)) == []
