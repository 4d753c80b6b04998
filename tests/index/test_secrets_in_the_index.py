"""No secret reaches the disk: every byte of the index folder is searched for every planted one."""

import re
from pathlib import Path

from foretoken.trust.secret_names import secret_by_name
from index.indexing import indexed, write
from planted_secrets import planted

SEED = 20261123
ENDINGS = {
    "python": "py", "json": "json", "yaml": "yaml", "shell": "sh", "dotenv": "conf", "typescript": "ts", "go": "go",
    "properties": "properties", "dockerfile": "docker", "comment": "py", "escaped": "js", "markdown": "md", "java": "java",
    "windows": "js",
}  # fmt: skip


def test_no_planted_secret_is_in_the_index(tmp_path: Path) -> None:
    corpus = planted(SEED)
    assert len({one.kind for one in corpus}) >= 40
    files = {f"src/f{number:04}.{ENDINGS[one.carrier.split()[0]]}": one.text for number, one in enumerate(corpus)}
    by_name = {f"deploy/{number}/.env": f"export {one.text}\n" for number, one in enumerate(corpus[:20])}
    root = tmp_path / "w"
    write(root, files | by_name)
    assert all(secret_by_name(path) for path in by_name)
    with indexed(root, tmp_path / "index") as workspace:
        assert workspace.sync().files > len(files) * 0.9
        while_open = {path.name: path.read_bytes() for path in (tmp_path / "index").iterdir()}
    after = {path.name: path.read_bytes() for path in (tmp_path / "index").iterdir()}
    assert any(len(data) > 100_000 for data in after.values()), "this is not where the index is"
    # A value of several lines is looked for line by line, and no long part of one may be there either.
    parts = {
        (part, one.kind)
        for one in corpus
        for line in one.value.splitlines()
        for part in re.findall(r".{12,24}", line.strip()) or [line.strip()]
        if len(part) >= 12
    }
    for name, data in [*while_open.items(), *after.items()]:
        for part, kind in parts:
            assert part.encode() not in data, f"{kind} in {name}"


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """What is asserted above would fail if values were stored."""
    root = tmp_path / "w"
    write(root, {"a.py": "def plainly_visible_name_of_a_function(): pass\n"})
    with indexed(root, tmp_path / "index") as workspace:
        workspace.sync()
    assert any(b"plainly_visible_name" in path.read_bytes() for path in (tmp_path / "index").iterdir())
