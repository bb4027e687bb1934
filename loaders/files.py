"""Find files, hash them, and write them so that a reader never sees half of one."""

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from loaders.errors import LoadError, UsageError

HASH_BLOCK_BYTES = 1 << 20
HEADER_BYTES = 1 << 12


def atomic_write(path: Path, content: str | bytes) -> None:
    """Write a file next to its final place, then rename it. Raises OSError; an existing file is unchanged then."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if isinstance(content, str):
            unfinished.write_text(content, encoding="utf-8", errors="replace")
        else:
            unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def make_private_folder(path: Path) -> None:
    """Create a folder, and what is missing above it, for this user alone. Raises OSError; one that exists stays."""
    for folder in (*reversed(path.parents), path):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)


def hash_file(path: Path, identity: str) -> str:
    """What decides whether two files are the same load: SHA-256 of the bytes and what gives them meaning."""
    digest = hashlib.sha256(identity.encode())
    try:
        _require_regular(path)
        with path.open("rb") as stream:
            while block := stream.read(HASH_BLOCK_BYTES):
                digest.update(block)
    except FileNotFoundError:
        raise LoadError(f"{path}: the file does not exist. Check the path.") from None
    except IsADirectoryError:
        raise LoadError(f"{path}: is a folder. Name a file in it.") from None
    except OSError as error:
        raise LoadError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of the bytes of a file. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(HASH_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def read_first_line(path: Path) -> bytes:
    """Return the first line of a text file, with its end; nothing where it is longer than a header or unreadable."""
    try:
        _require_regular(path)
        with path.open("rb") as stream:
            line = stream.readline(HEADER_BYTES)
    except (LoadError, OSError):
        return b""
    return line if line.endswith(b"\n") else b""


def find_files(patterns: Iterable[str]) -> list[Path]:
    """Files named by paths, folders (all files below, hidden ones left out) and globs, each once, in order.

    Links are followed, and a folder that several links lead to is read once. Raises UsageError for a folder or glob
    that has no file. A path that is not there is left to the load to name.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        path = Path(_local_path(pattern))
        if path.is_dir():
            inside = _files_below(path)
        elif any(sign in pattern for sign in "*?[") and not path.exists():
            anchor = Path(path.anchor or ".")
            inside = sorted(file for file in anchor.glob(os.path.relpath(pattern, anchor)) if file.is_file())
        else:
            inside = [path]
        if not inside:
            raise UsageError(f"{pattern} matches no file. Check the path.")
        found.update(dict.fromkeys(inside))
    return list(found)


def _local_path(address: str) -> str:
    """Return the path of a file:// address or a plain path. Raises UsageError for addresses that are not read."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return address
    if scheme.lower() == "file":
        return unquote(rest.removeprefix("localhost"))
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        raise UsageError(f"{address} is an address, and only files are read. Download it first, and ingest the file.")
    return address


@contextmanager
def saved_input(stream: BinaryIO, name: str = "stdin") -> Iterator[Path]:
    """Save a stream to a temporary file, because a file is read twice; yields its path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        with path.open("wb") as target:
            shutil.copyfileobj(stream, target)
        yield path


def _require_regular(path: Path) -> None:
    """Raise LoadError for a pipe, a socket or a device: to open one may wait for ever, and a file is read twice."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise LoadError(f"{path}: is not a regular file. Save what it gives to a file, and load that.")


def _files_below(folder: Path) -> list[Path]:
    found: list[Path] = []
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        paths = (Path(place, name) for name in names if not name.startswith("."))
        found += [path for path in paths if path.is_file()]
    return sorted(found)
