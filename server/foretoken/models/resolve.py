"""Which GGUF file runs: the one the settings name, or the small model that ships inside.

Looks at the file only as far as its first bytes, so that a wrong path is named to the user before a process is
started for it. Light on purpose (standard library): it runs while the server starts.
"""

import re
from importlib import resources
from pathlib import Path

SHIPPED = ("shipped", "foretoken-starter.gguf")
MAGIC = b"GGUF"
LFS_HEAD = b"version https://git-lfs"
MIN_SIZE = 24  # magic, version, tensor count, key count
SPLIT = re.compile(r"-00001-of-(\d{5})\.gguf$")


class ModelUnavailable(Exception):
    """The model cannot be used. The message names the file and what to do about it."""


def resolve_model(configured: str) -> Path:
    """The model file for the setting ``model.path`` ("" = the shipped one). Raises ModelUnavailable."""
    path = model_path(configured) if configured else shipped_model()
    check_model_file(path)
    return path


def model_path(configured: str) -> Path:
    """Where the model of the setting ``model.path`` lies, without a look at it: the runtime names what is wrong.

    The shipped one is a resource; packages are installed unpacked, so a resource is a file.
    """
    if configured:
        return Path(configured).expanduser()
    return Path(str(resources.files("foretoken.models").joinpath(*SHIPPED)))


def shipped_model() -> Path:
    """The shipped model's file. Raises ModelUnavailable when it is not there."""
    path = model_path("")
    if not path.is_file():
        raise ModelUnavailable(
            f"The model that ships with Foretoken is missing ({path}). Reinstall Foretoken, "
            "or set model.path to a GGUF file."
        )
    return path


def check_model_file(path: Path) -> None:
    """Raise ModelUnavailable unless ``path`` is a readable file that starts like a GGUF."""
    try:
        if path.is_dir():
            raise ModelUnavailable(f"{path} is a folder, not a model. Set model.path to the .gguf file inside.")
        with path.open("rb") as file:
            head = file.read(MIN_SIZE)
    except FileNotFoundError as error:
        raise ModelUnavailable(f"The model file {path} does not exist. Check the setting model.path.") from error
    except PermissionError as error:
        raise ModelUnavailable(f"The model file {path} may not be read: no permission. Change its rights.") from error
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"The model file {path} cannot be read: {error}.") from error
    if head.startswith(LFS_HEAD):
        raise ModelUnavailable(
            f"{path} is a Git LFS pointer, not the model itself. Run `git lfs pull` in the folder that holds it."
        )
    if not head.startswith(MAGIC):
        raise ModelUnavailable(f"{path} is not a GGUF file. Foretoken runs models in llama.cpp's GGUF format only.")
    if len(head) < MIN_SIZE:
        raise ModelUnavailable(f"The model file {path} is incomplete. Download or copy it again.")


def model_bytes(path: Path) -> int:
    """Of the model's file, or of all of them when it is split as llama.cpp names such: ``-00001-of-00003.gguf``."""
    parts = [path]
    if match := SPLIT.search(path.name):
        stem, count = path.name[: match.start()], int(match[1])
        parts = [path.with_name(f"{stem}-{number:05}-of-{count:05}.gguf") for number in range(1, count + 1)]
    return sum(part.stat().st_size for part in parts if part.is_file())
