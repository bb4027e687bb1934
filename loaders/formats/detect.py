"""Recognise the format of a file by reading its beginning in each format that could fit."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.placeholders import PlaceholderFound
from loaders.canonical.rejects import BLANK
from loaders.errors import LoadError, UsageError
from loaders.formats.file_format import FileFormat, ReadOptions
from loaders.formats.readers.byte_stream import PARQUET_MAGIC, chunks
from loaders.messages import join_names
from loaders.notices import silence_notices

SAMPLE_BYTES = 1 << 16
# A file that cannot be cut, such as JSON or a workbook, is tried as a whole up to this size.
MAX_WHOLE_BYTES = 1 << 26
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Recognition:
    """The format of a file, and why."""

    file_format: FileFormat
    why: str


def recognise(path: Path, candidates: list[FileFormat], options: ReadOptions) -> Recognition:
    """Return the one format that reads the beginning of the file with these options.

    candidates: `long` first. `wide` is chosen only by its own options, because any table could be wide. Raises
    LoadError where none fits, or several do.
    """
    long, wide = candidates[0], next(candidate for candidate in candidates if candidate.name == "wide")
    with _sample(path) as sample:
        why_not = _fault(long, sample, options, share_needed=0)
        if why_not is None:
            return Recognition(long, "it has the columns of the long format")
        publishers = [candidate for candidate in candidates if candidate not in (long, wide)]
        fitting = [item for item in publishers if _fits(item, sample, options)]
        if len(fitting) == 1:
            return Recognition(fitting[0], "its columns fit no other format")
        if fitting:
            names = join_names(item.name for item in fitting)
            raise LoadError(f"{path}: fits the formats {names}. Choose one with --format.")
        if options.time_column or options.collected_at_column:
            return Recognition(wide, "the option for a time column belongs to it")
    message = why_not.replace(str(sample), str(path))
    hint = (
        " If each column is a node, pass --format wide. No publisher's format fits. Look at it: warehouse inspect FILE"
    )
    raise LoadError(message + (hint if " missing; the file has " in message else ""))


def _fault(candidate: FileFormat, path: Path, options: ReadOptions, share_needed: float = 0.75) -> str | None:
    """Return why the format cannot read the beginning of the file, or None where it can."""
    try:
        with silence_notices():
            first = next(candidate.read(path, options))
        if _share_read(first) >= share_needed:
            return None
        return f"{path}: most rows are not rows of {candidate.name}."
    except PlaceholderFound:
        return None  # it can be read, and reading it says what is wrong
    except StopIteration:
        return f"{path}: has no rows."
    except (LoadError, UsageError) as error:
        return str(error)


def _fits(candidate: FileFormat, path: Path, options: ReadOptions) -> bool:
    return any(_fault(candidate, path, tried) is None for tried in (_filled(candidate, options), options))


def _share_read(batch: pa.Table) -> float:
    """Return the share of good rows among those that state something; 0 where no row does."""
    blank = pc.sum(pc.fill_null(pc.equal(batch["reason"], BLANK), False)).as_py() or 0
    stating = len(batch) - blank
    return batch["reason"].null_count / stating if stating else 0.0


def _filled(candidate: FileFormat, options: ReadOptions) -> ReadOptions:
    """Return the options with what the format needs from the caller, so that only the content decides."""
    if "grid" in candidate.accepted_options and options.grid is None:
        options = replace(options, grid="grid")
    ways = (options.collected_at, options.collected_at_pattern, options.collected_at_column)
    if "collected_at" in candidate.accepted_options and not any(ways):
        return replace(options, collected_at=_ANY_TIME)
    return options


@contextmanager
def _sample(path: Path) -> Iterator[Path]:
    """Yield a path to the first lines of a text file, under its own name in a folder of its own folder's name."""
    start = _first_lines(path)
    if start is None:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / (path.absolute().parent.name or "folder") / path.name.removesuffix(".gz")
        sample.parent.mkdir()
        sample.write_bytes(start)
        yield sample


def _first_lines(path: Path) -> bytes | None:
    """Return the first lines of a delimited text or NDJSON; None for a file that is tried as a whole."""
    if not path.is_file():
        return None
    try:
        start = next(chunks(path), b"")
    except LoadError:
        return None
    if start.startswith(PARQUET_MAGIC) or len(start) <= SAMPLE_BYTES:
        return None
    if start.lstrip()[:1] in (b"[", b"{", b"<") and path.stat().st_size <= MAX_WHOLE_BYTES:
        return None
    cut = start.rfind(b"\n", 0, SAMPLE_BYTES) + 1
    return start[:cut] or start  # a line without end is refused from its beginning
