"""Streams of bytes as blocks of whole lines of checked text, so that memory does not follow the size of the file."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from loaders.errors import LoadError

LONGEST_LINE = 1 << 20


def line_blocks(chunks: Iterable[bytes], path: Path) -> Iterator[bytes]:
    """Whole lines, each block ended by \\n and about as large as a chunk; CRLF becomes LF.

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
            f"{path}: line {line_at(nul)} holds a NUL byte; the file is binary, damaged or in UTF-16. Save it in UTF-8."
        )
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as error:
            raise LoadError(
                f"{path}: line {line_at(error.start)} is not UTF-8 (byte 0x{data[error.start]:02x}); "
                "the file may be in Latin-1. Save it in UTF-8."
            ) from None
    _check_lengths(data, path, line_at)
    return data.replace(b"\r\n", b"\n") if b"\r" in data else data


def _check_lengths(data: bytes, path: Path, line_at: Callable[[int], int]) -> None:
    """Hop from line start to line start, as far as one line may reach."""
    start = 0
    while start < len(data):
        end = data.rfind(b"\n", start, start + LONGEST_LINE + 1)
        if end < 0:
            raise _too_long(path, line_at(start))
        start = end + 1


def _too_long(path: Path, line: int) -> LoadError:
    return LoadError(f"{path}: line {line} is longer than {LONGEST_LINE:,} bytes; give it one record per line.")
