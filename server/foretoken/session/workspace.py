"""WorkspaceFolders: which folders are open, and what a document is called inside them."""

from pathlib import Path

from foretoken.text.uris import document_key, file_name, file_path, relative_path


class WorkspaceFolders:
    """The editor's workspace folders, by URI, in the editor's order. None at all in single-file use."""

    def __init__(self) -> None:
        self._folders: dict[str, tuple[str, str]] = {}

    def add(self, uri: str, name: str = "") -> None:
        self._folders[document_key(uri)] = (uri, name or file_name(uri))

    def remove(self, uri: str) -> None:
        self._folders.pop(document_key(uri), None)

    @property
    def root(self) -> Path | None:
        """The first folder that lies in the file system."""
        for uri, _ in self._folders.values():
            path = file_path(uri)
            if path is not None:
                return Path(path)
        return None

    @property
    def paths(self) -> list[Path]:
        """The folders that lie in the file system, in the editor's order."""
        found = (file_path(uri) for uri, _ in self._folders.values())
        return [Path(path) for path in found if path is not None]

    def place(self, uri: str) -> tuple[str, str]:
        """The name of the innermost folder that holds the document and its path there, else "" and its file name."""
        found: tuple[str, str] | None = None
        for folder, name in self._folders.values():
            path = relative_path(uri, folder)
            if path is not None and (found is None or len(path) < len(found[1])):
                found = (name, path)
        return found or ("", file_name(uri))
