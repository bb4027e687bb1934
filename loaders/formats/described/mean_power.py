"""Energies per interval as mean powers, by the hours that each interval really has."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from loaders.canonical.calendar_intervals import interval_hours
from loaders.canonical.durations import CALENDAR_RESOLUTIONS
from loaders.canonical.times import time_zone_named
from loaders.errors import LoadError
from loaders.formats.described.description_parts import read_offset


def mean_power(batch: pa.Table, metrics: set[str | None], time_zone: str | None, path: Path) -> pa.Table:
    """Return the rows with energy per interval as mean power; metrics: those that are energies, or None for all.

    time_zone: of the description. Raises LoadError for weeks, months and years without the calendar of a place.
    """
    energies = pa.array([metric for metric in metrics if metric is not None], pa.string())
    is_energy = pc.fill_null(pc.is_in(batch["metric"].cast(pa.string()), value_set=energies), False)
    if None in metrics:
        is_energy = pc.is_valid(batch["row_number"])
    zone = None if time_zone is None or read_offset(time_zone) is not None else time_zone_named(time_zone)
    resolutions = batch["resolution"].cast(pa.string())
    calendar = sorted({*pc.unique(resolutions).to_pylist()}.intersection(CALENDAR_RESOLUTIONS))
    if zone is None and calendar:
        raise LoadError(
            f"{path}: an energy per {calendar[0]} becomes a power by the hours that the interval has on the calendar of"
            " a place. Set time.time_zone to an IANA name."
        )
    hours = interval_hours(batch["interval_start"], resolutions, zone)
    unknown = pc.and_(pc.is_null(hours), pc.is_valid(batch["interval_start"]).combine_chunks())
    if pc.any(unknown).as_py():
        row = batch.filter(unknown).slice(0, 1).to_pylist()[0]
        raise LoadError(
            f"{path}: row {row['row_number']}: no {row['resolution']} begins at {row['interval_start']:%Y-%m-%dT%H:%MZ}"
            f" on the calendar of {time_zone}. Correct the time, or time.time_zone of the description."
        )
    values = pc.if_else(is_energy, pc.divide(batch["value"], pa.chunked_array([hours])), batch["value"])
    return batch.set_column(batch.schema.get_field_index("value"), batch.schema.field("value"), values)
