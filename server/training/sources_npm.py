"""TypeScript and JavaScript source out of packages that `npm pack` put into a folder."""

import json
from pathlib import Path

from training.archives import members
from training.cleaning import MAX_BYTES
from training.languages import SUFFIXES, main_language, source_path
from training.licences import expression_allowed
from training.packages import Package


def npm_packages(folder: Path, into: Path) -> tuple[list[Package], list[str]]:
    """Permissive packages of `folder/*.tgz` that have source, unpacked below `into`, and the refused ones.

    Of a package that ships both the source and what was compiled from it, only the language
    with more text is taken, which is the source.
    """
    packages, refused = [], []
    for archive in sorted(folder.glob("*.tgz")):
        package = _unpacked(archive, into / archive.stem)
        if package is None:
            refused.append(archive.stem)
        else:
            packages.append(package)
    return packages, refused


def _unpacked(archive: Path, into: Path) -> Package | None:
    contents: dict[str, bytes] = {}
    about: dict[str, object] = {}
    for path, size, read in members(archive):
        if path == "package.json":
            about = json.loads(read())
        elif source_path(path) and size <= MAX_BYTES:
            contents[path] = read()
    licence = about.get("license")
    language = main_language((path, len(content)) for path, content in contents.items())
    if language is None or not isinstance(licence, str) or not expression_allowed(licence):
        return None
    files = []
    for path, content in sorted(contents.items()):
        if path.endswith(SUFFIXES[language]):
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            (into / path).write_bytes(content)
            files.append((path, into / path))
    return Package(str(about["name"]), str(about["version"]), licence, tuple(files), language)
