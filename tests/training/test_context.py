"""Excerpts of other files: the ones that share words with the place, cut at line starts."""

import os
import random
import subprocess
import sys
from pathlib import Path

import source_files
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


def test_of_many_the_ones_with_most_in_common_are_kept() -> None:
    terms = [f"term_{letter}" for letter in "abcdef"]
    files = [File("pkg", f"pkg/{n}.py", " + ".join(terms[: n + 1]) + "\n") for n in range(len(terms))]
    source = Package([File("pkg", "pkg/here.py", HERE), *files])
    for seed in range(50):
        many, one = (
            source.excerpts(source.files[0], " ".join(terms), count, 200, random.Random(seed)) for count in (8, 1)
        )
        overlaps = [len(words(content)) for _, content in many]
        assert overlaps == sorted(overlaps) and len(set(overlaps)) > 1
        assert one == many[-1:]


def test_excerpts_are_the_same_in_every_process() -> None:
    # The order of a set of strings is not: it depends on a seed that each process draws.
    code = (
        "import random, test_context as t; p = t.package();"
        "print([p.excerpts(p.files[0], t.HERE, 3, 60, random.Random(seed)) for seed in range(20)])"
    )
    folders = [str(Path(__file__).parent), str(Path(source_files.__file__).parent), *sys.path]
    environments = [{**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(folders)} for seed in "12"]
    outputs = [
        subprocess.run([sys.executable, "-c", code], env=e, check=True, capture_output=True) for e in environments
    ]
    assert outputs[0].stdout == outputs[1].stdout != b""


def test_imported_modules_are_found_by_name() -> None:
    source = package()
    assert [file.path for file in source.imported(source.files[0])] == ["pkg/loading.py"]


def test_a_package_of_one_file_has_no_excerpts() -> None:
    source = Package([File("pkg", "here.py", HERE)])
    assert source.excerpts(source.files[0], HERE, 2, 200, random.Random(0)) == []
