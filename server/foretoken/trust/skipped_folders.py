"""Folders that are left out whatever the ignore files say: version control's own, caches, others' code."""

import os

from foretoken.trust.ignore_file import read_bounded
from foretoken.trust.left import Left, Reason

_VERSION_CONTROL = {".git", ".hg", ".svn", ".jj", ".bzr", "CVS", "_darcs", ".pijul", ".fossil", ".sl", ".repo"}
_DEPENDENCIES = {
    "node_modules", "bower_components", "jspm_packages", "web_modules", ".pnpm-store", ".yarn", "site-packages",
    "__pypackages__", ".venv", "elm-stuff", "_opam", ".bundle", ".terraform", ".pub-cache", "Carthage",
}  # fmt: skip
_CACHES = {
    "__pycache__", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".pytype", ".hypothesis", ".eggs",
    ".ipynb_checkpoints", ".direnv", ".devenv", ".cache", ".parcel-cache", ".turbo", ".next", ".nuxt", ".svelte-kit",
    ".angular", ".docusaurus", ".nyc_output", ".gradle", ".kotlin", ".bloop", ".metals", ".scala-build", ".stack-work",
    "dist-newstyle", ".zig-cache", "zig-cache", "zig-out", ".dart_tool", ".ccls-cache", ".clangd", ".vs",
    ".elixir_ls", ".lexical", ".serverless", ".aws-sam", "DerivedData", ".ansible", ".nx", ".wrangler", ".vagrant",
}  # fmt: skip
_BY_NAME = {
    **{name: Left(Reason.VERSION_CONTROL) for name in _VERSION_CONTROL},
    **{name: Left(Reason.DEPENDENCIES) for name in _DEPENDENCIES},
    **{name: Left(Reason.CACHE) for name in _CACHES},
}
# Names that mean dependencies only beside the file that the tool which fetched them leaves there.
_WITH_FILE = {
    "vendor": (("modules.txt", "Go's vendor"), ("autoload.php", "Composer's vendor"), ("bundle", "Bundler's vendor")),
    "Pods": (("Manifest.lock", "CocoaPods"),),
    "Packages": (("repositories.config", "NuGet"),),
}
# https://bford.info/cachedir/: the file begins with this line.
_CACHE_TAG = b"Signature: 8a477f597d28d172789f06886806bc55"


def skipped_by_name(name: str) -> Left | None:
    """Why a folder of this name is left out, or None. For ``.git`` that holds for a file too."""
    return _BY_NAME.get(name)


def skipped_by_contents(folder: str, name: str) -> Left | None:
    """Why a folder is left out for a file that it holds, or None. folder: the whole path; name: its last part."""
    if os.path.lexists(folder + "/pyvenv.cfg"):
        return Left(Reason.DEPENDENCIES, "a Python environment: pyvenv.cfg")
    tag = folder + "/CACHEDIR.TAG"
    if os.path.lexists(tag) and (read_bounded(tag, follow=False) or b"").startswith(_CACHE_TAG):
        return Left(Reason.CACHE, "CACHEDIR.TAG")
    if os.path.lexists(folder + "/HEAD") and os.path.isdir(folder + "/objects") and os.path.isdir(folder + "/refs"):
        return Left(Reason.VERSION_CONTROL, "a Git repository without a working tree")
    for file, whose in _WITH_FILE.get(name, ()):
        if os.path.lexists(f"{folder}/{file}"):
            return Left(Reason.DEPENDENCIES, f"{whose}: {file}")
    return None
