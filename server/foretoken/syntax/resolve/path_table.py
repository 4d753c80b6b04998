"""PathTable: the path half of ``Files``, in memory. Every question is a dictionary lookup or two."""

from collections.abc import Iterable, Sequence

_NONE: tuple[str, ...] = ()


class PathTable:
    """The known paths: by base name, by the last two parts (for "pkg/__init__.py", "store/mod.rs"), and by folder.

    Most base names belong to one path: those have no list, and no entry by their last two parts.
    """

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self._by_name: dict[str, str | list[str]] = {}
        self._by_tail: dict[str, list[str]] = {}
        self._by_folder: dict[str, list[str]] = {}
        self._folders: dict[str, set[str]] = {"": set()}  # a folder with files below it -> the folders directly in it
        self._paths: set[str] = set()
        for path in paths:
            self.add(path)

    def __len__(self) -> int:
        return len(self._paths)

    def add(self, path: str) -> None:
        """Know this path; nothing happens when it is known."""
        if path in self._paths:
            return
        self._paths.add(path)
        folder, _, name = path.rpartition("/")
        known = self._by_name.get(name)
        if known is None:
            self._by_name[name] = path
        else:
            if isinstance(known, str):
                known = self._by_name[name] = [known]
                self._by_tail.setdefault(_tail(known[0]), []).append(known[0])
            known.append(path)
            self._by_tail.setdefault(_tail(path), []).append(path)
        self._by_folder.setdefault(folder, []).append(path)
        missing: list[str] = []
        while folder not in self._folders:
            missing.append(folder)
            folder = folder.rpartition("/")[0]
        for inner in reversed(missing):
            self._folders[folder].add(inner)
            self._folders[inner] = set()
            folder = inner

    def remove(self, path: str) -> None:
        """Forget this path, and the folders that hold nothing any more; nothing happens when it is not known."""
        if path not in self._paths:
            return
        self._paths.discard(path)
        folder, _, name = path.rpartition("/")
        known = self._by_name[name]
        if isinstance(known, str) or known == [path]:
            del self._by_name[name]
        else:
            known.remove(path)
        if not isinstance(known, str):
            _take(self._by_tail, _tail(path), path)
        _take(self._by_folder, folder, path)
        while folder and not self._folders[folder] and folder not in self._by_folder:
            del self._folders[folder]
            above = folder.rpartition("/")[0]
            self._folders[above].discard(folder)
            folder = above

    def has(self, path: str) -> bool:
        return path in self._paths

    def has_folder(self, folder: str) -> bool:
        return folder in self._folders

    def under(self, folder: str) -> Sequence[str]:
        return self._by_folder.get(folder, _NONE)

    def within(self, folder: str) -> Sequence[str]:
        found: list[str] = []
        waiting = [folder] if folder in self._folders else []
        while waiting:
            here = waiting.pop()
            found += self._by_folder.get(here, _NONE)
            waiting += self._folders[here]
        return found

    def ending(self, suffix: str) -> Sequence[str]:
        name = suffix.rpartition("/")[2]
        known = self._by_name.get(name, _NONE)
        if name == suffix:
            return (known,) if isinstance(known, str) else known
        candidates = (known,) if isinstance(known, str) else self._by_tail.get(_tail(suffix), _NONE)
        inner = "/" + suffix
        return [path for path in candidates if path.endswith(inner) or path == suffix]

    def named(self, name: str) -> Sequence[str]:
        known = self._by_name.get(name, _NONE)
        return (known,) if isinstance(known, str) else known


def _take(table: dict[str, list[str]], key: str, path: str) -> None:
    table[key].remove(path)
    if not table[key]:
        del table[key]


def _tail(path: str) -> str:
    """The last two parts of a path."""
    cut = path.rfind("/", 0, max(path.rfind("/"), 0))
    return path[cut + 1 :]
