"""The folder in which windows find the model processes of their user. Whoever can write there could stand in for one."""

import os
import stat
import sys
import warnings
from pathlib import Path

import platformdirs

# A folder to use instead of the platform's, for tests and for several setups side by side; "off" = nothing is shared.
FOLDER_VARIABLE = "FORETOKEN_RUNTIME_DIR"
OFF = "off"


class FolderUnusable(Exception):
    """Nothing can be shared there. The message says why, and what to do about it."""


def runtime_folder() -> Path | None:
    """Where the folder is, there or not; None when sharing is switched off. Raises FolderUnusable."""
    named = os.environ.get(FOLDER_VARIABLE, "")
    if named == OFF:
        return None
    if named:
        return Path(named).absolute()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where the platform's own variable is not set, its fallback is as good
            return Path(platformdirs.user_runtime_dir("foretoken", appauthor=False))
    except OSError as error:  # somebody else was there first
        raise FolderUnusable(f"There is no safe folder for running models: {error}.") from error


def prepare_folder(folder: Path) -> None:
    """Make the folder, for its owner alone; or look whether it is such a one. Raises FolderUnusable."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError as error:
        raise FolderUnusable(f"{folder} is not a folder.") from error
    except OSError as error:
        raise FolderUnusable(f"The folder {folder} cannot be made: {error.strerror}.") from error
    check_folder(folder)
    if sys.platform != "win32" and stat.S_IMODE(folder.lstat().st_mode) & 0o077:
        try:
            folder.chmod(0o700)
        except OSError as error:
            raise FolderUnusable(f"The folder {folder} cannot be made private: {error.strerror}.") from error


def check_folder(folder: Path) -> None:
    """Raises FolderUnusable unless it is a folder of this user, in which nobody else can put anything."""
    try:
        found, above = folder.lstat(), folder.parent.stat()
    except OSError as error:
        raise FolderUnusable(f"The folder {folder} cannot be looked at: {error.strerror}.") from error
    if not stat.S_ISDIR(found.st_mode):
        raise FolderUnusable(f"{folder} is not a folder (a link is not followed): remove it, or set {FOLDER_VARIABLE}.")
    if sys.platform == "win32":  # the folder is in the user's profile, whose access list covers it
        return
    if found.st_uid != os.geteuid():
        raise FolderUnusable(f"The folder {folder} belongs to another user: set {FOLDER_VARIABLE} to one of yours.")
    if found.st_mode & 0o022:
        raise FolderUnusable(f"Others can write to the folder {folder}: remove it, or set {FOLDER_VARIABLE}.")
    # Whoever can rename the folder can put another in its place; in a sticky folder only its owner can.
    if above.st_uid not in (0, os.geteuid()) and not above.st_mode & stat.S_ISVTX:
        raise FolderUnusable(f"The folder {folder.parent} belongs to another user: set {FOLDER_VARIABLE}.")
    if above.st_mode & 0o002 and not above.st_mode & stat.S_ISVTX:
        raise FolderUnusable(f"Everybody can write to the folder {folder.parent}: set {FOLDER_VARIABLE}.")
