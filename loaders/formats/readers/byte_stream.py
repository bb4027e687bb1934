"""Open files as streams of bytes: decompressed, and recognised by their content instead of their name."""

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from loaders.errors import LoadError

CHUNK = 2 << 20
GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_REFUSED = {
    b"PK\x03\x04": "is a zip archive or an Excel workbook. Unpack it, or save it as CSV",
    b"BZh": "is compressed with bzip2. Unpack it, or compress it with gzip",
    b"\xfd7zXZ": "is compressed with xz. Unpack it, or compress it with gzip",
    b"\x04\x22\x4d\x18": "is compressed with lz4. Unpack it, or compress it with gzip",
    b"7z\xbc\xaf\x27\x1c": "is a 7z archive. Unpack it, or compress its file with gzip",
    b"Rar!": "is a rar archive. Unpack it, or compress its file with gzip",
    GZIP_MAGIC: "is compressed twice. Unpack it once",
    b"%PDF": "is a PDF. Ask the publisher for the table as CSV, or save it as one",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "is an Excel workbook. Save it as CSV, or describe it as kind excel",
    b"SQLite format 3\0": "is an SQLite database. Export its table as CSV or Parquet",
    b"ARROW1": "is an Arrow or Feather file. Write it as Parquet, or load the frame from Python",
    b"Obj\x01": "is an Avro file. Write it as Parquet or CSV",
    b"ORC": "is an ORC file. Write it as Parquet or CSV",
    b"\x89HDF": "is an HDF5 or NetCDF file. Write its table as Parquet or CSV",
    b"\x89PNG": "is a picture. Fetch the table instead",
    b"{\\rtf": "is a document in RTF. Save its table as CSV",
    b"version https://git-lfs": "is the pointer of a file in Git LFS. Fetch the file itself with git lfs pull",
}
_TAR_MAGIC = b"ustar"


class FileLayout(Enum):
    """How the records of a file are laid out."""

    DELIMITED = "delimited text"
    NDJSON = "newline-delimited JSON"
    PARQUET = "Parquet"


def chunks(path: Path, is_text: bool = True) -> Iterator[bytes]:
    """Yield the file's bytes in pieces of about CHUNK: without gzip or zstd, and text without byte-order mark as UTF-8.

    Raises LoadError for a file that is unreadable, not regular, empty, broken, or compressed in another way.
    """
    parts = _unpacked(path)
    first = next(parts, b"")
    if not first:
        raise LoadError(f"{path}: is empty. Nothing was loaded; check that the download is complete.")
    whole = (part for pieces in ([_checked_start(path, first)], parts) for part in pieces)
    yield from (part for part in (_as_utf8(whole, path, first[:2]) if is_text else whole) if part)


def _as_utf8(parts: Iterable[bytes], path: Path, mark: bytes) -> Iterator[bytes]:
    """Yield text in UTF-16 with a byte-order mark as UTF-8, and other bytes as they are."""
    if mark not in UTF16_BOMS:
        yield from parts
        return
    decoder = codecs.getincrementaldecoder(UTF16_BOMS[mark])()
    try:
        for part in parts:
            yield decoder.decode(part).removeprefix("\ufeff").encode()
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise LoadError(f"{path}: is not text in UTF-16 ({error}). Save it in UTF-8.") from None


def detect_layout(path: Path) -> FileLayout:
    """Return Parquet by the first bytes, JSON by the first character, else delimited text. Raises LoadError."""
    start = next(chunks(path), b"")
    if start.startswith(PARQUET_MAGIC):
        if is_gzip(path):
            raise LoadError(f"{path}: is Parquet inside gzip. Unpack it with gunzip, and ingest the result.")
        return FileLayout.PARQUET
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if ".parquet" in suffixes:
        raise LoadError(f"{path}: is named .parquet but is not Parquet. Check that the download is complete.")
    sign = start[:4096].lstrip()[:1]
    if sign == b"[":
        raise LoadError(f"{path}: is one JSON array. Write one JSON object per line instead (NDJSON).")
    if sign == b"<":
        raise LoadError(f"{path}: {_markup(start)}")
    is_json_name = any(suffix in (".ndjson", ".jsonl", ".json") for suffix in suffixes[-2:])
    return FileLayout.NDJSON if sign == b"{" or is_json_name else FileLayout.DELIMITED


def _markup(start: bytes) -> str:
    head = start[:4096].lower()
    if any(tag in head for tag in (b"<!doctype html", b"<html", b"<table", b"<body")):
        return (
            "is an HTML page, not a table of text. Save its table as CSV. A download may also have ended at an error or"
            " login page."
        )
    return "is XML, and no publisher's format fits. Describe it with a file of kind xml (--format mine.yml)."


def is_gzip(path: Path) -> bool:
    """Return whether the file starts like gzip."""
    with _open(path) as stream:
        return stream.read(2) == GZIP_MAGIC


def _open(path: Path) -> BinaryIO:
    try:
        if path.is_dir():
            raise LoadError(f"{path}: is a folder. Name a file in it.")
        if path.exists() and not path.is_file():
            raise LoadError(f"{path}: is not a regular file. Save it to a file first.")
        return open(path, "rb")
    except FileNotFoundError:
        raise LoadError(f"{path}: the file does not exist. Check the path.") from None
    except PermissionError:
        raise LoadError(f"{path}: this user may not read it. Change the permissions, or copy the file.") from None
    except (OSError, ValueError) as error:
        raise LoadError(f"{path}: cannot be opened ({error}). Check the path.") from error


def _unpacked(path: Path) -> Iterator[bytes]:
    with _open(path) as raw:
        start = raw.read(4)
        raw.seek(0)
        packed = start.startswith(GZIP_MAGIC)
        if path.suffix.lower() == ".gz" and not packed and start:
            raise LoadError(f"{path}: is named .gz but is not gzip. Check that the download is complete, or rename it.")
        if start == ZSTD_MAGIC:
            yield from _unpacked_zstd(path, raw)
            return
        stream = gzip.GzipFile(fileobj=raw) if packed else raw
        while chunk := _read(path, stream):
            yield chunk


def _unpacked_zstd(path: Path, raw: BinaryIO) -> Iterator[bytes]:
    import zstandard

    try:
        # A truncated frame ends without an error, so each frame is unpacked by itself and its end is checked.
        frame = zstandard.ZstdDecompressor().decompressobj()
        while chunk := raw.read(CHUNK):
            while chunk:
                frame = zstandard.ZstdDecompressor().decompressobj() if frame.eof else frame
                if part := frame.decompress(chunk):
                    yield part
                chunk = frame.unused_data if frame.eof else b""
        if not frame.eof:
            raise LoadError(f"{path}: is truncated zstd. Fetch the file again.")
    except zstandard.ZstdError as error:
        raise LoadError(f"{path}: is damaged zstd ({error}). Fetch the file again.") from None


def _read(path: Path, stream: BinaryIO | gzip.GzipFile) -> bytes:
    try:
        return stream.read(CHUNK)
    except EOFError:
        raise LoadError(f"{path}: is truncated gzip. Fetch the file again.") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise LoadError(f"{path}: is damaged gzip ({error}). Fetch the file again.") from None
    except OSError as error:
        raise LoadError(f"{path}: cannot be read ({error}). Check the disk or the network share.") from error


def _checked_start(path: Path, chunk: bytes) -> bytes:
    for magic, what in _REFUSED.items():
        if chunk.startswith(magic):
            raise LoadError(f"{path}: {what}.")
    if chunk[257:262] == _TAR_MAGIC:
        raise LoadError(f"{path}: is a tar archive. Unpack it, and ingest its files.")
    return chunk.removeprefix(UTF8_BOM)


LONGEST_LINE = 1 << 20


def line_blocks(chunks: Iterable[bytes], path: Path) -> Iterator[bytes]:
    """Yield blocks of complete lines, ended by \\n and about as large as a chunk; CRLF becomes LF.

    Raises LoadError for a line longer than LONGEST_LINE, for a NUL byte, and for text that is not UTF-8.
    """
    rest, lines = b"", 0
    for chunk in chunks:
        data = rest + chunk
        cut = data.rfind(b"\n") + 1
        if cut:
            yield _checked(data[:cut], path, lines)
            lines += data.count(b"\n", 0, cut)
        rest = data[cut:]
        if len(rest) > LONGEST_LINE:
            raise _too_long(path, lines + 1)
    if rest:
        yield _checked(rest + b"\n", path, lines)


def _checked(data: bytes, path: Path, lines_before: int) -> bytes:
    def line_at(position: int) -> int:
        return lines_before + data.count(b"\n", 0, position) + 1

    nul = data.find(b"\0")
    if nul >= 0:
        raise LoadError(
            f"{path}: line {line_at(nul)} has a NUL byte: the file is binary, damaged or in UTF-16. Save it in UTF-8."
        )
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as error:
            raise LoadError(
                f"{path}: line {line_at(error.start)} is not UTF-8 (byte 0x{data[error.start]:02x}). "
                "The file may be in Latin-1, Windows-1252 or Shift-JIS. Save it in UTF-8, or describe its encoding."
            ) from None
    _check_lengths(data, path, line_at)
    return data.replace(b"\r\n", b"\n") if b"\r" in data else data


def _check_lengths(data: bytes, path: Path, line_at: Callable[[int], int]) -> None:
    """Jump from line start to line start, by at most the length of the longest line."""
    start = 0
    while start < len(data):
        end = data.rfind(b"\n", start, start + LONGEST_LINE + 1)
        if end < 0:
            raise _too_long(path, line_at(start))
        start = end + 1


def _too_long(path: Path, line: int) -> LoadError:
    return LoadError(f"{path}: line {line} is longer than {LONGEST_LINE:,} bytes. Write one record per line.")
