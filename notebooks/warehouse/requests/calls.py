"""Validate the arguments of one call of a read function, and find the zone that its days and words are in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from loaders.registry.selection import HIERARCHY_LEVELS
from warehouse.answers.info import AnswerInfo
from warehouse.connection import most_rows
from warehouse.entities import SERIES_COLUMNS, SERIES_PERIODS, EntityColumns, read_catalog, select_entities
from warehouse.errors import ReadError
from warehouse.requests.arguments import FORMS, Name, check_choice, parse_row_count
from warehouse.requests.times import TimestampLike, is_on_calendar, parse_range, parse_timestamp
from warehouse.session import open_reader
from warehouse.shaping.resampling import Step, parse_step
from warehouse.shaping.wide import parse_levels

# Which regions and grids of a node count: those at the start of each interval, or those of today.
REGIONS = {"then": SERIES_PERIODS, "today": SERIES_COLUMNS}


@dataclass(frozen=True, kw_only=True)
class ReadRequest:
    """The validated arguments of one call.

    requested: what was given, as texts. zone: on whose calendar its days, months and words are; None if it has none.
    columns: what the names are looked up in. most_rows: how many the answer may have.
    """

    call: str
    requested: Mapping[str, str]
    names: Mapping[str, Name] = field(default_factory=dict)
    start: pd.Timestamp | None = None
    end: pd.Timestamp | None = None
    collected: pd.Timestamp | None = None
    loaded: pd.Timestamp | None = None
    local: bool = False
    limit: int | None = None
    into: str = "pandas"
    chunks: int | None = None
    unit: str | None = None
    resample: Step | None = None
    wide: tuple[str, ...] = ()
    zone: str | None = None
    columns: EntityColumns = SERIES_COLUMNS
    most_rows: int | None = None

    @property
    def range(self) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
        """The start and the end."""
        return self.start, self.end

    @property
    def row_limit(self) -> int | None:
        """How many rows to read at most: all of them where the rows of the answer are made of several."""
        enough = None if self.most_rows is None else self.most_rows + 1  # to see that there are more
        return None if self.resample else min((n for n in (self.limit, enough) if n is not None), default=None)

    @property
    def is_as_of(self) -> bool:
        """Whether a knowledge time or a system time was given."""
        return self.collected is not None or self.loaded is not None

    def info(self) -> AnswerInfo:
        """Return what an answer to this request says about itself, as far as it is known before reading."""
        times = (self.collected, self.loaded, self.start, self.end)
        as_of, loaded, start, end = (None if time is None else time.isoformat() for time in times)
        return AnswerInfo(
            call=self.call,
            requested=self.requested,
            as_of=as_of,
            loaded=loaded,
            start=start,
            end=end,
            calendar_zone=self.zone,
        )


def read_request(
    call: str,
    *,
    start: TimestampLike = None,
    end: TimestampLike = None,
    collected: TimestampLike = None,
    loaded: TimestampLike = None,
    local: bool = False,
    limit: int | None = None,
    into: str = "pandas",
    chunks: int | None = None,
    unit: str | None = None,
    resample: str | None = None,
    wide: Name = None,
    is_by_day: bool = False,
    **further: Any,
) -> ReadRequest:
    """Validate the arguments of a read function, once. Raises ReadError.

    is_by_day: start and end are local days, which the read function takes as they are written. further: names of the
    hierarchy, and the arguments that only this function has.
    """
    given: dict[str, Any] = {"start": start, "end": end, "collected": collected, "loaded": loaded, "limit": limit}
    given |= {"unit": unit, "resample": resample, "wide": wide, **further}
    names = {level: further.get(level) for level in HIERARCHY_LEVELS}
    interval = further.get("interval")
    times = (start, end, collected, loaded, *(interval if isinstance(interval, tuple | list) else (interval,)))
    if resample is not None and further.get("after") is not None:
        raise ReadError("after= continues single values. Leave it out, or leave resample out.")
    columns = REGIONS[check_choice("value of regions", further.get("regions", "today"), REGIONS)]
    if columns is SERIES_PERIODS:
        given["regions"] = None  # the usual one, which goes without saying
    zone = _common_zone(names, columns) if any(map(is_on_calendar, times)) else None
    first, last = (None, None) if is_by_day else parse_range(start, end, zone or "UTC")
    return ReadRequest(
        call=call,
        requested={name: str(value) for name, value in given.items() if value is not None},
        names=names,
        start=first,
        end=last,
        collected=parse_timestamp(collected, "collected", zone or "UTC"),
        loaded=parse_timestamp(loaded, "loaded", zone or "UTC"),
        local=local,
        limit=parse_row_count("limit", limit),
        into=check_choice("form", into, FORMS),
        chunks=parse_row_count("chunks", chunks),
        unit=unit,
        resample=parse_step(resample),
        wide=parse_levels(wide, limit, chunks),
        zone=zone,
        columns=columns,
        most_rows=most_rows(),
    )


def is_about_one_node(arguments: Mapping[str, Any]) -> bool:
    """Return whether a call is about the nodes of one name, and wants its answer at once."""
    return isinstance(arguments["node"], str | int) and arguments["chunks"] is None


def _common_zone(names: Mapping[str, Name], columns: EntityColumns) -> str:
    """Return the time zone of the selected grids; UTC where there are several."""
    with open_reader() as read:
        if not len(read_catalog(read, columns).all):
            return "UTC"
        zones = select_entities(read, columns, names).time_zones
    return zones[0] if len(zones) == 1 else "UTC"
