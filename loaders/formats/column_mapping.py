"""Which column of a file is which canonical column."""

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from loaders.canonical.batch import CANONICAL, REQUIRED
from loaders.canonical.names import constant
from loaders.canonical.times import UTC_TIMESTAMP
from loaders.errors import LoadError
from loaders.formats.file_format import ReadOptions

log = logging.getLogger(__name__)
# What the key of a column of numbers begins with, where records hold several.
MEASURE = "measure "
CONSTANT_NAMES = ("grid", "region", "metric", "unit", "resolution")


def match_columns(found: Sequence[str], path: Path, options: ReadOptions) -> dict[str, int]:
    """Canonical name → position among the columns found, in any order and case; the others are ignored with a notice.

    Raises LoadError for a name that stands twice, a missing column, and an option that contradicts a column.
    """
    names = [name.strip() for name in found]
    refuse_duplicates(names, path)
    lacking = sorted(set(options.column_map) - set(names))
    if lacking:
        raise LoadError(f"{path}: has no column {listed(lacking)} to map; it has {listed(names)}.")
    mapped = set(options.column_map.values())
    places = {}
    for place, name in enumerate(names):
        ours = options.column_map.get(name) or name.lower()
        # A column that happens to bear a canonical name gives way to the one that was mapped to it.
        if ours in CANONICAL and (name in options.column_map or ours not in mapped):
            places[ours] = place
    if "interval_start" in places:
        places.pop("interval_end", None)
    _check_complete(places, names, path, options)
    ignored = [name for place, name in enumerate(names) if place not in places.values()]
    if ignored:
        log.warning("%s: ignored the columns %s", path, listed(ignored))
    return places


def refuse_duplicates(names: Sequence[str], path: Path) -> None:
    """Raises LoadError when a column name stands twice, whatever its case: which one is meant would be a guess."""
    twice = sorted(name for name, times in Counter(name.lower() for name in names if name).items() if times > 1)
    if twice:
        raise LoadError(f"{path}: the header has {listed(twice)} more than once; rename or remove one of them.")


def given_columns(options: ReadOptions, rows: int) -> dict[str, pa.Array]:
    """The columns that the caller gave as one value for all rows."""
    said = {name: getattr(options, name) for name in CONSTANT_NAMES}
    columns: dict[str, pa.Array] = {name: constant(text, rows) for name, text in said.items() if text is not None}
    if options.collected_at is not None:
        micros = pa.scalar(options.collected_at, UTC_TIMESTAMP).cast(pa.int64()).as_py()
        columns["collected_at"] = pa.array(np.full(rows, micros)).cast(UTC_TIMESTAMP)
    return columns


def _check_complete(places: dict[str, int], names: Sequence[str], path: Path, options: ReadOptions) -> None:
    given = set(given_columns(options, 0))
    found = {*places, *given, *(["interval_start"] if "interval_end" in places else [])}
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        raise LoadError(
            f"{path}: lacks the column {listed(missing)}; found {listed(names)}. "
            "Rename the columns, or map them with theirs=ours."
        )
    refuse_contradictions(places, path, options)


def refuse_contradictions(places: dict[str, int], path: Path, options: ReadOptions) -> None:
    """Raises LoadError when the caller gives for all rows what the file has a column of."""
    contradicted = sorted(set(given_columns(options, 0)) & set(places))
    if contradicted:
        raise LoadError(f"{path}: has a column {listed(contradicted)} of its own; leave that option out.")


def listed(names: Sequence[str]) -> str:
    """Column names for a message: at most 20, each on one line and not endless."""
    shown = ["".join(sign if sign.isprintable() else "?" for sign in name[:60]) or "(no name)" for name in names[:20]]
    return ", ".join(shown) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
