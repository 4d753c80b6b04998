"""Archives of source, made on the spot."""

import io
import tarfile


def tar(files: dict[str, str], mode: str = "w:gz") -> bytes:
    """A tar archive of the files, by path."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for path, text in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()
