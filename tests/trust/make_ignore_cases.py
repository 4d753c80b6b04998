"""Makes ignore_cases.json: random trees with ignore files, and what ``git check-ignore`` says about each path.

Run it by hand (``python tests/trust/make_ignore_cases.py``) where Git is; the suite compares with the recorded answers,
so it needs none. ``--compare N`` makes N other cases and compares at once, without recording.
"""

import argparse
import json
import os
import random
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from foretoken.trust.ignored import IgnoreRules

RECORDED = Path(__file__).with_name("ignore_cases.json")
NAMES = [
    "a",
    "b",
    "ab",
    "abc",
    "foo",
    "foo.py",
    "bar.py",
    "x.y.z",
    "a b",
    "é",
    "A",
    "-",
    "f[1]",
    "#h",
    "!n",
    "b.txt",
    "]",
]
PIECES = [
    "a",
    "b",
    "ab",
    "foo",
    "*",
    "**",
    "?",
    "*.py",
    "f*",
    "*b*",
    "a*c",
    "[ab]",
    "[!a]*",
    "[a-c]b",
    "é",
    "x.?.z",
    "*.*",
]
ODD = [
    "", "#h", "\\#h", "\\!n", "!n", "a b", "a\\ b", "foo  ", "foo\\  ", "a//b", "//", "/", "**", "**/", "***", "*/**",
    "foo**", "foo**/bar.py", "a**b", "**a", "/**/b", "a/**", "a/**/", "a/**/b", "!/a", "[", "[a", "[]]", "[^a]", "a\\",
    "f\\[1\\]", "f[[]1]", "[[:alpha:]]", "[[:nope:]]", "[[:alpha:][:digit:]]*", "*[[:punct:]]*", "[a-", "[-]", "[a-c-e]b",
    "*a*b*", "**/a/**/b", "\ta", "a\t", "foo.py\r", "*.py\r", "./a", "a/.", "../a", "!", "!!n", "?", "??", "[é]", "[!/]*",
    "a/b/", "!a/b/", "*", "!*/", "!*.py", "/*", "!/foo", "/a/*", "!/a/b", "\\a", "\\*", "[[:upper:]]", "{a,b}", "a?b",
    "[\\]]", "[!]]", "[a\\-c]", "[b-a]", "*\\", "a/*/b", "*/b", "/*/b", "**/b/", "b/**", "**/*.py", "[[:]", "[[:a]",
]  # fmt: skip
# One tree for all odd patterns, and for some that must be taken in their order.
ORDERED = [
    "/a[!x]ab", "/a[+-9]ab",
    "*.py\n!foo.py", "foo*\n!foo.py", "/a/b\n!b", "b\n!/a/b", "?oo.py\n!*.py", "!foo.py\n*.py", "*\n!a\n!a/**", "a/*\n!a/b",
    "*.*\n!*.z\nx.*", "foo\\\\ \nb\\\\\\ ", "\\!n\n\\#h", "/a/**\n!/a/b/", "[a-b]\n!?", "foo\\", "b.txt\n!*.txt\n*.txt\n!b.txt",
]  # fmt: skip
PATTERN_TREE = [
    "a/b/c/foo.py", "a/b/bar.py", "a/ab", "b/a/b", "foo ", "foo", "foo.py", "bar.py", "foobar.py", "foox/y/bar.py",
    "foo\\", "foo\\ /x", "b\\ ", "*", "**", "a**b", "f[1]", "f/1]", "]", "-", "!n", "#h", "!!n", "a b", "a\t", "\ta", "é", "x.y.z", "b.txt", "[",
    "[a", "A", "é/é", "c/a/b/x", "c/ab/b", "a-c", "a\\", "{a,b}", "a/b/x/a/b/c", "foo/[!/]x", "f\n1",
]  # fmt: skip


def pattern(chance: random.Random) -> str:
    if chance.random() < 0.35:
        return chance.choice(ODD)
    text = "/".join(chance.choice(PIECES) for _ in range(chance.choice([1, 1, 1, 2, 2, 3])))
    text = chance.choice(["", "", "", "/", "!", "!/"]) + text + chance.choice(["", "", "", "/", "/**"])
    return text


def ignore_text(chance: random.Random) -> str:
    text = "\n".join(pattern(chance) for _ in range(chance.randint(1, 6)))
    return chance.choice(["", "", "\ufeff"]) + text + chance.choice(["\n", ""])


def case(chance: random.Random) -> dict[str, Any]:
    """files: path -> text of the files that are not empty; paths: all files and folders."""
    folders, files = [""], []
    for _ in range(chance.randint(1, 7)):
        parent = chance.choice(folders)
        if parent.count("/") < 4:
            folder = parent + chance.choice(NAMES) + "/"
            if folder not in folders:
                folders.append(folder)
    for folder in folders:
        for name in chance.sample(NAMES, chance.randint(1, 5)):
            if folder + name + "/" not in folders:
                files.append(folder + name)
    texts = {folder + ".gitignore": ignore_text(chance) for folder in folders if folder == "" or chance.random() < 0.25}
    if chance.random() < 0.3:
        texts[".git/info/exclude"] = ignore_text(chance)
    if chance.random() < 0.3:
        texts["../home/.config/git/ignore"] = ignore_text(chance)
    return {
        "ignore_case": chance.random() < 0.1,
        "paths": sorted({*files, *(folder.rstrip("/") for folder in folders if folder)}),
        "folders": sorted(folder.rstrip("/") for folder in folders if folder),
        "texts": texts,
    }


def pattern_case(text: str) -> dict[str, Any]:
    folders = {path[:at] for path in PATTERN_TREE for at in range(len(path)) if path[at] == "/"}
    return {
        "ignore_case": False,
        "paths": sorted({*PATTERN_TREE, *folders}),
        "folders": sorted(folders),
        "texts": {".gitignore": text + "\n"},
    }


def lay_out(place: Path, case: dict[str, Any], git: bool) -> Path:
    """The tree of a case under ``place``; without git a ``.git`` that looks like one."""
    root = place / "work"
    (place / "home").mkdir(parents=True)
    root.mkdir()
    if git:
        subprocess.run(["git", "init", "-q", "--template=", root], check=True, env=environment(place))
    else:
        (root / ".git").mkdir()
        (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    config = root / ".git" / "config"
    with config.open("a", encoding="utf-8") as file:
        file.write(f"[core]\n\tignoreCase = {str(case['ignore_case']).lower()}\n")
    for folder in case["folders"]:
        (root / folder).mkdir(parents=True, exist_ok=True)
    for path in case["paths"]:
        if path not in case["folders"]:
            (root / path).write_bytes(b"")
    for path, text in case["texts"].items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return root


def environment(place: Path) -> dict[str, str]:
    """Nobody's own configuration counts."""
    return {"HOME": str(place / "home"), "PATH": os.environ.get("PATH", ""), "GIT_CONFIG_NOSYSTEM": "1"}


def git_says(root: Path, paths: list[str], place: Path) -> dict[str, str]:
    """Path -> ``line: pattern`` of the rule that ignores it, for those that are ignored."""
    answer = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin", "-z", "-v"],
        cwd=root,
        input="\0".join(paths).encode(),
        capture_output=True,
        env=environment(place),
    )
    assert answer.returncode in (0, 1), answer.stderr
    fields = answer.stdout.decode().split("\0")[:-1]
    rows = zip(fields[::4], fields[1::4], fields[2::4], fields[3::4], strict=True)
    return {path: f"{line}" for _, line, text, path in rows if not text.startswith("!")}


def we_say(root: Path, paths: list[str], place: Path) -> dict[str, str]:
    rules = IgnoreRules(root, environment(place))
    said = {path: rules.ignored(path) for path in paths}
    return {path: left.detail.split(":")[1] for path, left in said.items() if left is not None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compare", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=150)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    asked = wrong = 0
    made_cases = [case(chance) for _ in range(arguments.compare or arguments.cases)]
    patterns = [pattern_case(text) for text in dict.fromkeys([*ODD, *ORDERED])]
    for made in [*made_cases, *patterns]:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            root = lay_out(place, made, git=True)
            made["ignored"] = git_says(root, made["paths"], place)
            ours = we_say(root, made["paths"], place)
        asked += len(made["paths"])
        for path in made["paths"]:
            if ours.get(path) != made["ignored"].get(path):
                wrong += 1
                if wrong <= 20:
                    print(repr(path), "git:", made["ignored"].get(path), "ours:", ours.get(path), made["texts"])
    print(f"{asked} paths in {len(made_cases) + len(patterns)} trees, {wrong} different")
    if not arguments.compare:
        trees = ",\n".join(json.dumps(made, sort_keys=True) for made in made_cases)
        lines = ",\n".join(json.dumps([made["texts"][".gitignore"], made["ignored"]]) for made in patterns)
        RECORDED.write_text(f'{{"trees": [\n{trees}\n],\n"patterns": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
