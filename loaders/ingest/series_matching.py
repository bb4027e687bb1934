"""Match rows to series by name: vectorised, with a reason for each row without a series."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.delivered_fields import DELIVERED, delivered_fields
from loaders.canonical.durations import parse_resolution
from loaders.canonical.rejects import BLANK
from loaders.canonical.units import conversion_factor
from loaders.errors import LoadError
from loaders.ingest.total_nodes import refuse_totals, report_sums
from loaders.messages import join_names
from loaders.notices import notify
from loaders.registry.lookup import Registry, SeriesKey

NAME_COLUMNS = ("grid", "region", "node", "metric", "source", "unit", "resolution")
MAX_CODE = 1 << 62
ALIGNMENT_SECONDS = 900  # in zones offset by 30 or 45 minutes, hours start at a quarter of a UTC hour
SECOND_MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class DeliveryDefaults:
    """Values for all rows of a delivery that have none, and whether unknown names are registered.

    time_zone: returns the IANA zone of a grid that is to be registered. stated_time_zone: what the caller says it is.
    dry_run: say what would be registered.
    """

    source: str
    resolution: str = "PT1H"
    create_missing: bool = False
    time_zone: Callable[[str], str] = lambda grid: "UTC"
    stated_time_zone: str | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class SeriesMatch:
    """The series of one combination of names and the factor to its unit, or the reason why there is none."""

    series_id: int = 0
    step_seconds: int = 1
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
        report_sums(good, new)
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
    return _find(combinations, registry, defaults), match_of_row


def _encoded(column: pa.ChunkedArray) -> tuple[list[str | None], np.ndarray]:
    """Return the distinct texts of a column, null last, and for each row the position of its text among them."""
    encoded = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    encoded = encoded.combine_chunks()
    encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
    texts = [*encoded.dictionary.to_pylist(), None]
    return texts, pc.fill_null(encoded.indices, len(texts) - 1).to_numpy(zero_copy_only=False)


def _find(combinations: list[dict], registry: Registry, defaults: DeliveryDefaults) -> list[SeriesMatch]:
    keys = [
        SeriesKey(names["grid"], names["region"], names["node"], names["metric"], names["source"] or defaults.source)
        for names in combinations
    ]
    _refuse_other_zone(keys, registry, defaults)
    resolutions = {
        key: names["resolution"] for key, names in zip(keys, combinations, strict=True) if names["resolution"]
    }
    unknown = {key for key in keys if registry.missing_level(key)}
    if unknown and defaults.create_missing:
        refuse_totals(unknown, keys, registry)
        _create_metrics(combinations, registry)
        created = registry.create(unknown, defaults.time_zone, lambda key: resolutions.get(key, defaults.resolution))
        if defaults.dry_run:
            _announce(created)
    return [_match_one(key, names, registry) for key, names in zip(keys, combinations, strict=True)]


def _announce(created: dict[str, list[dict[str, str]]]) -> None:
    """Say what a dry run would register."""
    for table, entries in created.items():
        names = join_names("/".join(entry.values()) for entry in entries)
        if entries:
            notify("dry run", f"would register {len(entries)} {table}: {names}")


def _refuse_other_zone(keys: list[SeriesKey], registry: Registry, defaults: DeliveryDefaults) -> None:
    for grid in sorted({key.grid for key in keys}) if defaults.stated_time_zone else []:
        registered = registry.grid_zones.get(grid)
        if registered not in (None, defaults.stated_time_zone):
            raise LoadError(
                f"Grid {grid} is registered with the time zone {registered}, not {defaults.stated_time_zone}. Remove"
                " the option, or register the grid with another zone. Nothing was stored."
            )


def _create_metrics(combinations: list[dict], registry: Registry) -> None:
    units = {names["metric"]: names["unit"] for names in combinations if names["unit"]}
    missing = {metric: unit for metric, unit in units.items() if metric not in registry.metrics}
    if missing:
        rolled_up = {"sum": "values of several nodes add up", "mean": "values of several nodes are averaged"}
        for metric, aggregation in registry.create_metrics(missing).items():
            notify(f"Metric {metric}", f"is new, in {missing[metric]}; {rolled_up[aggregation]} (from its unit)")


def _match_one(key: SeriesKey, names: dict[str, str | None], registry: Registry) -> SeriesMatch:
    reason = registry.missing_level(key)
    if reason:
        return SeriesMatch(reason=reason)
    series = registry.series[key]
    factor = conversion_factor(names["unit"], series.unit) if names["unit"] else 1.0
    if factor is None:
        return SeriesMatch(reason="unknown_unit")
    if names["resolution"] and parse_resolution(names["resolution"]).total_seconds() != series.resolution_seconds:
        return SeriesMatch(reason="other_resolution")
    return SeriesMatch(series.series_id, gcd(series.resolution_seconds, ALIGNMENT_SECONDS), factor=factor)


def _reasons(rows: pa.Table, matches: list[SeriesMatch], match_of_row: np.ndarray) -> pa.Array | None:
    """Return a reason for each row (null: no error), or None when all rows have a series."""
    if rows.num_rows == 0:
        return None
    step_us = np.array([match.step_seconds * SECOND_MICROSECONDS for match in matches], dtype=np.int64)[match_of_row]
    starts = rows["interval_start"].cast(pa.int64()).to_numpy()
    unaligned = starts % step_us != 0
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
