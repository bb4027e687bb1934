"""Open what a file contains: itself, its unpacked content, or the members of its zip."""

import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

from loaders.errors import LoadError
from loaders.formats.column_mapping import listed
from loaders.formats.readers.byte_stream import CHUNK, GZIP_MAGIC, ZSTD_MAGIC, chunks

ZIP_MAGIC = b"PK\x03\x04"
# A document is read as a whole; delimited text is read by parts.
MAX_BYTES = 1 << 30


@dataclass(frozen=True)
class Member:
    """Content that is read as one file: its name, when it was changed last, and its bytes in parts."""

    name: str
    modified: datetime
    read: Callable[[], Iterator[bytes]]
    is_zipped: bool = False

    def content(self, path: Path) -> bytes:
        """Return all bytes. Raises LoadError for more than MAX_BYTES."""
        return b"".join(_limited(self.read(), path))


def open_members(path: Path, pattern: str, is_workbook: bool) -> Iterator[Member]:
    """Yield the file, or the members of its zip whose names match, by name. Raises LoadError."""
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise LoadError(f"{path}: cannot be opened ({error.strerror}). Check the path.") from None
    if start == ZIP_MAGIC and not is_workbook:
        yield from _zip_members(path, pattern)
    elif start.startswith(GZIP_MAGIC) or start == ZSTD_MAGIC:
        yield Member(path.name, modified, partial(chunks, path, is_text=False))
    else:
        yield Member(path.name, modified, partial(_parts, path))


def _parts(path: Path) -> Iterator[bytes]:
    if not path.stat().st_size:
        raise LoadError(f"{path}: is empty. Nothing was loaded; check that the download is complete.")
    with path.open("rb") as stream:
        while part := stream.read(CHUNK):
            yield part


def _zip_members(path: Path, pattern: str) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = {info.filename: info for info in archive.infolist() if not info.is_dir()}
            if "[Content_Types].xml" in entries:
                raise LoadError(f"{path}: is an Excel workbook. Describe it with dialect.kind: excel.")
            names = sorted(name for name in entries if fnmatch(name, pattern))
            if not names:
                raise LoadError(
                    f"{path}: has no file {pattern}; it has {listed(sorted(entries))}. Set dialect.members."
                )
            for name in names:
                modified = datetime(*entries[name].date_time, tzinfo=UTC)
                yield Member(name, modified, partial(_entry_parts, archive, name), is_zipped=True)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise LoadError(f"{path}: is a damaged zip ({error}). Fetch the file again.") from None


def _entry_parts(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as stream:
        while part := stream.read(CHUNK):
            yield part


def _limited(parts: Iterable[bytes], path: Path) -> Iterable[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        if size > MAX_BYTES:
            raise LoadError(f"{path}: is larger than {MAX_BYTES:,} bytes. Split it.")
        yield part
