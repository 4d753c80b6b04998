"""What a corpus is made of: packages going in, documents coming out, and how they are split."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

SEED = "foretoken-starter-1"

UNSEEN = {
    "pexpect": "tune",
    "cloudpickle": "tune",
    "mistune": "tune",
    "tenacity": "tune",
    "websockets": "test",
    "openapi-spec-validator": "test",
    "falcon": "test",
    "pypdf": "test",
    "humanize": "test",
}
"""Whole packages that the model never sees, and which evaluation may look at them."""

UNSEEN_OTHERS = {
    "planck": "test",
    "fastify": "test",
    "golang-github-labstack-echo": "test",
    "librust-petgraph-dev": "test",
    "jq": "test",
    "yaml-cpp": "test",
    "libgoogle-gson-java": "test",
}
"""One package for each other language of the large corpus."""

_UNSEEN = UNSEEN | UNSEEN_OTHERS

HELD_OUT_SHARE = 0.02


@dataclass(frozen=True)
class Package:
    """One distribution (or the standard library) and its source files, all in one language."""

    name: str
    version: str
    licence: str
    files: tuple[tuple[str, Path], ...]  # (path inside the workspace, file)
    language: str = "python"


@dataclass(frozen=True)
class Document:
    """One kept source file. `split`: train, tune or test; `seen`: is its package trained on?"""

    package: str
    path: str
    split: str
    seen: bool
    text: str
    language: str = "python"


def fraction(*parts: str) -> float:
    """A number in [0, 1) that depends on the seed and `parts` alone."""
    digest = hashlib.sha256("\0".join((SEED, *parts)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def is_seen(package: str) -> bool:
    """Whether the package is one that is trained on."""
    return package not in _UNSEEN


def split_of(package: str, path: str) -> str:
    """train, tune or test, fixed by the seed and the file's name."""
    if package in _UNSEEN:
        return _UNSEEN[package]
    draw = fraction("hold", package, path)
    if draw < HELD_OUT_SHARE / 2:
        return "tune"
    return "test" if draw < HELD_OUT_SHARE else "train"
