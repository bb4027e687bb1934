"""Map the columns of a file to canonical columns."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from loaders.canonical.batch import CANONICAL, REQUIRED
from loaders.canonical.names import constant
from loaders.canonical.times import UTC_TIMESTAMP
from loaders.errors import LoadError
from loaders.formats.evidence.column_names import check_time_columns, refuse_ignored_end, refuse_other_quantity
from loaders.formats.evidence.forecast_names import refuse_other_kind
from loaders.formats.evidence.unit_names import MEASURE, check_value_unit
from loaders.formats.file_format import ReadOptions
from loaders.notices import notify

# A number, or a time that begins with a year, or a day that ends with one.
_DATUM = re.compile(r"[+-]?\d+(?:[.,]\d+)?$|(?:19|20)\d\d[-/.]?\d\d|\d\d?[-/.]\d\d?[-/.](?:19|20)\d\d")
__all__ = [
    "MEASURE",
    "constant_columns",
    "listed",
    "match_columns",
    "refuse_contradictions",
    "refuse_duplicates",
    "time_roles",
]
CONSTANT_NAMES = ("grid", "region", "node", "metric", "unit", "resolution")


def match_columns(header: Sequence[str], path: Path, options: ReadOptions) -> dict[str, int]:
    """Return canonical name → index in the header, in any order and case; other columns are ignored with a notice.

    Raises LoadError for a duplicate name, a missing column, and an option that contradicts a column.
    """
    names = [name.strip() for name in header]
    refuse_duplicates(names, path)
    missing = sorted(set(options.column_map) - set(names))
    if missing:
        raise LoadError(
            f"{path}: has no column {listed(missing)} to map. Its columns are {listed(names)}. If the header is"
            " further down, describe the file (warehouse inspect FILE --write mine.yml)."
        )
    mapped = set(options.column_map.values())
    places = {}
    for index, name in enumerate(names):
        if name in options.ignore:
            continue
        target = options.column_map.get(name) or name.lower()
        # A mapped column takes precedence over one that happens to have the canonical name.
        if target in CANONICAL and (name in options.column_map or target not in mapped):
            places[target] = index
    _check_complete(places, names, path, options)
    used = {*places.values(), *(index for index, name in enumerate(names) if name in options.ignore)}
    ignored = [name for index, name in enumerate(names) if index not in used]
    check_time_columns(time_roles(places, names), ignored, options.time_zone, options.collected_at_zone, path)
    if options.resolution is None and "resolution" not in places:
        refuse_ignored_end(time_roles(places, names), ignored, path)
    if "value" in places:
        refuse_other_quantity(names[places["value"]], options.metric, path)
        refuse_other_kind(names[places["value"]], options.metric, options.source, path)
    if ignored := [name for name in ignored if name not in options.excluded_texts]:
        notify(path, f"ignored the columns {listed(ignored)}")
    return places


def refuse_duplicates(names: Sequence[str], path: Path) -> None:
    """Raise LoadError for duplicate column names, in any case: which one is meant would be a guess."""
    twice = sorted(name for name, times in Counter(name.lower() for name in names if name).items() if times > 1)
    if twice:
        raise LoadError(f"{path}: the header has {listed(twice)} more than once. Rename or remove one of them.")


def constant_columns(options: ReadOptions, rows: int) -> dict[str, pa.Array]:
    """Return the columns that the caller set to one value for all rows."""
    values = {name: getattr(options, name) for name in CONSTANT_NAMES}
    columns: dict[str, pa.Array] = {name: constant(text, rows) for name, text in values.items() if text is not None}
    if options.collected_at is not None:
        micros = pa.scalar(options.collected_at, UTC_TIMESTAMP).cast(pa.int64()).as_py()
        columns["collected_at"] = pa.array(np.full(rows, micros)).cast(UTC_TIMESTAMP)
    return columns


def _check_complete(places: dict[str, int], names: Sequence[str], path: Path, options: ReadOptions) -> None:
    constants = set(constant_columns(options, 0))
    present = {*places, *constants, *(["interval_start"] if "interval_end" in places else [])}
    missing = [name for name in REQUIRED if name not in present]
    if missing:
        if _is_data(names):
            raise LoadError(
                f"{path}: seems to have no header: its first line is {listed(names)}. Add a line with the column names."
            )
        raise LoadError(
            f"{path}: {_are_missing(missing)}; the file has {listed(names)}. Map its columns with "
            "FILE_COLUMN=CANONICAL_COLUMN (--map), or pass what all rows share (--grid, --region, --node, --metric, "
            "--collected-at)."
        )
    refuse_contradictions(places, path, options)
    if "value" in places and "unit" not in places and (name := names[places["value"]]) in options.column_map:
        check_value_unit(name, options.unit, path)


def _are_missing(names: Sequence[str]) -> str:
    return f"the column {names[0]} is missing" if len(names) == 1 else f"the columns {listed(names)} are missing"


def time_roles(places: Mapping[str, int], names: Sequence[str]) -> dict[str, str]:
    """Return canonical name → name of the column, of the columns that hold times."""
    return {role: names[places[role]] for role in ("interval_start", "interval_end", "collected_at") if role in places}


def _is_data(names: Sequence[str]) -> bool:
    """Return whether the first line looks like a row: times and numbers, no names."""
    return len(names) > 1 and all(_DATUM.match(name) for name in names if name)


def refuse_contradictions(places: dict[str, int], path: Path, options: ReadOptions) -> None:
    """Raise LoadError when an option sets for all rows what the file has a column of."""
    contradicted = sorted(set(constant_columns(options, 0)) & set(places))
    if contradicted:
        raise LoadError(f"{path}: has its own column {listed(contradicted)}. Remove that option.")
    edges = [name for name in ("interval_start", "interval_end") if name in places]
    if options.times_are is not None and edges and f"interval_{options.times_are}" not in edges:
        raise LoadError(f"{path}: has times of {edges[0]}, but times_are is {options.times_are}. Remove that option.")


def listed(names: Sequence[str]) -> str:
    """Return column names for a message: at most 20, each printable and short."""
    if not names:
        return "no columns"
    shown = ["".join(sign if sign.isprintable() else "?" for sign in name[:60]) or "(no name)" for name in names[:20]]
    return ", ".join(shown) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
