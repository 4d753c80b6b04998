"""Python source that `pip install --target` or the interpreter put on this machine."""

import email
import platform
import sysconfig
from pathlib import Path

from training.cleaning import path_allowed
from training.licences import permissive
from training.packages import Package

OVERRIDES = {
    # Name: (licence, why the metadata cannot be read by the rule; paths left out.)
    # BSD-3-Clause text in the field, followed by those of bundled libraries (OpenBLAS, and the
    # GCC runtime under the GPL with its exception: binaries, not Python source).
    "scipy": (
        "BSD-3-Clause",
        ("scipy/_lib/_uarray/", "scipy/_lib/array_api_", "scipy/_lib/cobyqa/", "scipy/_lib/pyprima/"),
    ),
    # The whole BSD-3-Clause text in the field.
    "wtforms": ("BSD-3-Clause", ()),
    # No licence field at all; the LICENSE file is the MIT text.
    "peewee": ("MIT", ()),
    # BSD-3-Clause for its own files; the field goes on with those of single files
    # (BSD-2-Clause, MIT) and mentions no other for Python source.
    "scikit-image": ("BSD-3-Clause", ()),
    # Classifiers "BSD License" and "Freely Distributable"; LICENSE.md is BSD-3-Clause text.
    "cherrypy": ("BSD-3-Clause", ()),
    # No licence field; LICENSE is BSD-3-Clause text.
    "pyglet": ("BSD-3-Clause", ("pyglet/extlibs/",)),
    # No licence field; LICENSE is the MIT text.
    "huey": ("MIT", ()),
    # MIT, with files from Python (PSF-2.0).
    "libcst": ("MIT", ()),
    # Its own licence, made after Python's ("based on PSF"), with fonts under others.
    "matplotlib": ("PSF-2.0", ("matplotlib/mpl-data/", "matplotlib/backends/web_backend/")),
}


def standard_library() -> Package:
    """The running interpreter's library, without its tests and site-packages."""
    root = Path(sysconfig.get_path("stdlib"))
    files = []
    for file in sorted(root.rglob("*.py")):
        path = file.relative_to(root).as_posix()
        if path_allowed(path) and not path.startswith(("test/", "site-packages/", "ensurepip/")):
            files.append((path, file))
    return Package("python", platform.python_version(), "PSF-2.0", tuple(files))


def distributions(site: Path) -> tuple[list[Package], list[str]]:
    """Permissive packages below `site`, and the names of the refused ones."""
    packages, refused = [], []
    for info in sorted(site.glob("*.dist-info")):
        metadata = email.message_from_string((info / "METADATA").read_text("utf-8", "replace"))
        name = metadata["Name"].lower()
        licence, left_out = OVERRIDES.get(name, (permissive(metadata), ()))
        if licence is None:
            refused.append(name)
            continue
        files = []
        for line in (info / "RECORD").read_text("utf-8").splitlines():
            path = line.split(",")[0]
            if path_allowed(path) and not path.startswith(("..", "/", *left_out)):
                files.append((path, site / path))
        packages.append(Package(name, metadata["Version"], licence, tuple(sorted(files))))
    return packages, refused
