"""Match rows to series by name: vectorised, with a reason for each row without a series."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.delivered_fields import DELIVERED, delivered_fields
from loaders.canonical.durations import CALENDAR_RESOLUTIONS
from loaders.canonical.rejects import BLANK
from loaders.canonical.units import conversion_factor, unit_of_series
from loaders.ingest.interval_lengths import (
    Alignment,
    alignment_of,
    calendar_alignment,
    find_unaligned,
    refuse_shorter_intervals,
)
from loaders.ingest.new_entries import (
    announce_entries,
    create_metrics,
    notify_of_second_series,
    refuse_other_zone,
    series_label,
    units_of_new_series,
)
from loaders.ingest.shown_resolutions import DeliveryDefaults, shown_resolution
from loaders.ingest.total_nodes import refuse_sums, refuse_totals
from loaders.registry.lookup import Registry, SeriesKey

NAME_COLUMNS = ("grid", "region", "node", "metric", "source", "unit", "resolution")
MAX_CODE = 1 << 62


@dataclass(frozen=True)
class SeriesMatch:
    """The series of one combination of names and the factor to its unit, or the reason why there is none.

    label: the series as people read it. is_stated: whether the rows state their resolution.
    """

    series_id: int = 0
    alignment: Alignment = field(default_factory=Alignment)
    label: str = ""
    is_stated: bool = True
    reason: str | None = None
    factor: float = 1.0


def match_series(batch: pa.Table, registry: Registry, defaults: DeliveryDefaults) -> tuple[pa.Table, pa.Table]:
    """Split a canonical batch into rows to store and rejected rows; blank rows are in neither.

    Returns (series_id int4, interval_start, collected_at, value, row_number) and (row_number, reason, payload).
    """
    blank = pc.fill_null(pc.equal(batch["reason"], BLANK), False)
    batch = batch.filter(pc.invert(blank)) if pc.any(blank).as_py() else batch
    bad = pc.is_valid(batch["reason"])
    rejected = [batch.filter(bad).select(["row_number", "reason", "payload"])]
    good = batch.filter(pc.invert(bad)) if pc.any(bad).as_py() else batch
    before = set(registry.nodes) if defaults.create_missing else set()
    matches, match_of_row = _match(good, registry, defaults)
    if defaults.create_missing and (new := set(registry.nodes) - before):
        refuse_sums(good, new)
    reasons = _reasons(good, matches, match_of_row)
    if reasons is not None:
        unmatched = pc.is_valid(reasons)
        rejected.append(_reject(good.filter(unmatched), reasons.filter(unmatched), defaults.source))
        keep = pc.invert(unmatched)
        good, match_of_row = good.filter(keep), match_of_row[keep.to_numpy(zero_copy_only=False)]
    series_ids = np.array([match.series_id for match in matches], dtype=np.int32)
    rows = pa.table(
        {
            "series_id": pa.array(series_ids[match_of_row] if len(match_of_row) else [], type=pa.int32()),
            "interval_start": good["interval_start"],
            "collected_at": good["collected_at"],
            "value": _converted(good["value"], matches, match_of_row),
            "row_number": good["row_number"],
        }
    )
    # Permissive: row numbers are declared not null in one table only.
    return rows, pa.concat_tables(rejected, promote_options="permissive")


def _converted(values: pa.ChunkedArray, matches: list[SeriesMatch], match_of_row: np.ndarray) -> pa.ChunkedArray:
    """Return the values in the units of their series."""
    factors = np.array([match.factor for match in matches])
    if (factors == 1).all():
        return values
    return pc.multiply(values, pa.array(factors[match_of_row]))


def _match(rows: pa.Table, registry: Registry, defaults: DeliveryDefaults) -> tuple[list[SeriesMatch], np.ndarray]:
    """Match each distinct combination of names; return the matches and, for each row, the index of its match."""
    codes, code_count = np.zeros(rows.num_rows, dtype=np.int64), 1
    columns: list[tuple[list[str | None], np.ndarray]] = []
    for name in NAME_COLUMNS:
        texts, positions = _encoded(rows[name])
        if code_count * len(texts) > MAX_CODE:  # as in a file of distinct names only: renumber the existing codes
            codes = np.unique(codes, return_inverse=True)[1]
            code_count = rows.num_rows
        codes, code_count = codes * len(texts) + positions, code_count * len(texts)
        columns.append((texts, positions))
    _, first, match_of_row = np.unique(codes, return_index=True, return_inverse=True)
    combinations = [
        {name: texts[positions[row]] for name, (texts, positions) in zip(NAME_COLUMNS, columns, strict=True)}
        for row in first.tolist()
    ]
    starts_of = _starts_by_match(rows["interval_start"], match_of_row)
    return _find(combinations, starts_of, registry, defaults), match_of_row


def _starts_by_match(interval_starts: pa.ChunkedArray, match_of_row: np.ndarray) -> Callable[[int], np.ndarray]:
    """Return a function of a match that returns when its rows begin. They are sorted once, where they are needed."""

    @cache
    def parts() -> list[np.ndarray]:
        order = np.argsort(match_of_row, kind="stable")
        starts = interval_starts.cast(pa.int64()).to_numpy()[order]
        return np.split(starts, np.flatnonzero(np.diff(match_of_row[order])) + 1)

    return lambda position: parts()[position]


def _encoded(column: pa.ChunkedArray) -> tuple[list[str | None], np.ndarray]:
    """Return the distinct texts of a column, null last, and for each row the position of its text among them."""
    encoded = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    encoded = encoded.combine_chunks()
    encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
    texts = [*encoded.dictionary.to_pylist(), None]
    return texts, pc.fill_null(encoded.indices, len(texts) - 1).to_numpy(zero_copy_only=False)


def _find(
    combinations: list[dict], starts_of: Callable[[int], np.ndarray], registry: Registry, defaults: DeliveryDefaults
) -> list[SeriesMatch]:
    keys: list[SeriesKey | None] = []
    for position, row in enumerate(combinations):
        names = (row["grid"], row["region"], row["node"], row["metric"], row["source"] or defaults.source)
        resolution = row["resolution"] or shown_resolution(names, partial(starts_of, position), registry, defaults)
        keys.append(SeriesKey(*names, resolution) if resolution else None)
    known = [key for key in keys if key is not None]
    refuse_other_zone(known, registry, defaults.stated_time_zone)
    unknown = {key for key in known if registry.missing_level(key)}
    if unknown and defaults.create_missing:
        refuse_totals(unknown, known, registry)
        create_metrics(combinations, registry)
        notify_of_second_series(unknown, registry)
        units = units_of_new_series(keys, combinations, unknown, registry, defaults.source)
        created = registry.create(units, defaults.time_zone)
        if defaults.dry_run:
            announce_entries(created)
    zone = defaults.calendar_zone
    return [_match_one(key, names, registry, zone) for key, names in zip(keys, combinations, strict=True)]


def _match_one(
    key: SeriesKey | None, names: dict[str, str | None], registry: Registry, calendar_zone: str | None
) -> SeriesMatch:
    if key is None:
        return SeriesMatch(reason="unclear_resolution")
    reason = registry.missing_level(key)
    if reason:
        return SeriesMatch(reason=reason)
    series = registry.series[key]
    factor = conversion_factor(names["unit"], series.unit) if names["unit"] else 1.0
    if factor is None:
        is_other_currency = unit_of_series(names["unit"] or "", series.unit) is not None
        return SeriesMatch(reason="other_unit" if is_other_currency else "unknown_unit")
    zone = registry.grid_zones.get(key.grid)
    if key.resolution in CALENDAR_RESOLUTIONS:
        alignment = calendar_alignment(key.resolution, zone, calendar_zone)
    else:
        alignment = alignment_of(series.resolution_seconds, zone)
    label = f"{series_label(key)}, {key.resolution}"
    return SeriesMatch(series.series_id, alignment, label, names["resolution"] is not None, factor=factor)


def _reasons(rows: pa.Table, matches: list[SeriesMatch], match_of_row: np.ndarray) -> pa.Array | None:
    """Return a reason for each row (null: no error), or None when all rows have a series."""
    if rows.num_rows == 0:
        return None
    starts = rows["interval_start"].cast(pa.int64()).to_numpy()
    unaligned = find_unaligned(starts, [match.alignment for match in matches], match_of_row)
    for position in np.unique(match_of_row[unaligned]).tolist():
        if not matches[position].is_stated:
            refuse_shorter_intervals(matches[position].label, starts[unaligned & (match_of_row == position)])
    bad_names = np.array([match.reason is not None for match in matches])[match_of_row]
    if not (unaligned.any() or bad_names.any()):
        return None
    reasons = np.where(unaligned, np.array("not_aligned", dtype=object), np.array(None, dtype=object))
    name_reasons = np.array([match.reason for match in matches], dtype=object)[match_of_row]
    return pa.array(np.where(bad_names, name_reasons, reasons), type=pa.string())


def _reject(rows: pa.Table, reasons: pa.ChunkedArray, source: str) -> pa.Table:
    """Return rejected rows whose text was valid.

    The payload is the row in canonical columns, with its source and the other fields of the delivery.
    """
    columns = [name for name in rows.column_names if name not in ("row_number", "reason", "payload")]
    payloads = []
    for record in rows.select(columns).to_pylist():
        others = delivered_fields(record.pop(DELIVERED, None))
        known = {"source": source} | {name: value for name, value in record.items() if value is not None}
        payloads.append(json.dumps({**known, **others}, default=_iso, ensure_ascii=False))
    return pa.table(
        {"row_number": rows["row_number"], "reason": reasons, "payload": pa.array(payloads, type=pa.string())}
    )


def _iso(value: Any) -> str:
    return value.isoformat()
