"""Validate and normalise the arguments of the read functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from numbers import Integral
from typing import Any, Literal, TypeAlias, TypedDict

import pandas as pd

from loaders.errors import RegistryError
from loaders.messages import suggest_names
from loaders.registry.selection import HIERARCHY_LEVELS, select_entries
from loaders.registry.selection import select_one as select_one_entry
from warehouse.answers import AnswerInfo
from warehouse.errors import ReadError

Name: TypeAlias = str | int | Iterable[str | int] | None
TimestampLike: TypeAlias = str | datetime | date | pd.Timestamp | None
Form: TypeAlias = Literal["pandas", "polars", "arrow"]

FORMS = ("pandas", "polars", "arrow")
PRESENTATION = ("local", "into", "chunks")  # how an answer is shown, not what is requested
NO_SERIES = "The warehouse has no series yet. Load some data first: python -m loaders seed"


class LocationOptions(TypedDict, total=False):
    """Keyword arguments of a read function about grids or regions; see `warehouse`."""

    grid: Name
    region: Name
    metric: Name
    source: Name
    local: bool
    limit: int | None


class SeriesOptions(LocationOptions, total=False):
    """Keyword arguments of a read function about series; see `warehouse`."""

    node: Name


class FlaggedOptions(SeriesOptions, total=False):
    """Keyword arguments of a read function about single values; see `warehouse`."""

    flagged: bool | None


class AsOfOptions(FlaggedOptions, total=False):
    """Keyword arguments of `as_of`; see `warehouse`."""

    loaded: TimestampLike


class HistoryOptions(TypedDict, total=False):
    """Keyword arguments of `history`; see `warehouse`."""

    grid: str | int | None
    region: str | int | None
    source: str | None
    collected: TimestampLike
    loaded: TimestampLike
    flagged: bool | None
    local: bool
    limit: int | None


class RollupOptions(LocationOptions, total=False):
    """Keyword arguments of `rollup`; see `warehouse`."""

    collected: TimestampLike
    loaded: TimestampLike


class KnownOptions(SeriesOptions, total=False):
    """Keyword arguments of a read function on all clocks; see `warehouse`."""

    collected: TimestampLike
    loaded: TimestampLike


@dataclass(frozen=True, kw_only=True)
class ReadRequest:
    """The validated arguments of one call; requested: what was given, as texts."""

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

    @property
    def range(self) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
        """The start and the end."""
        return self.start, self.end

    @property
    def is_as_of(self) -> bool:
        """Whether a knowledge time or a system time was given."""
        return self.collected is not None or self.loaded is not None

    def info(self) -> AnswerInfo:
        """Return what an answer to this request says about itself, as far as it is known before reading."""
        as_of, loaded = (None if time is None else time.isoformat() for time in (self.collected, self.loaded))
        return AnswerInfo(call=self.call, requested=self.requested, as_of=as_of, loaded=loaded)


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
    is_by_day: bool = False,
    **further: Any,
) -> ReadRequest:
    """Validate the arguments of a read function, once. Raises ReadError.

    is_by_day: start and end are local days, which the read function takes as they are written. further: names of the
    hierarchy, and the arguments that only this function has.
    """
    given = {"start": start, "end": end, "collected": collected, "loaded": loaded, "limit": limit, **further}
    first, last = (None, None) if is_by_day else parse_range(start, end)
    return ReadRequest(
        call=call,
        requested={name: str(value) for name, value in given.items() if value is not None},
        names={level: further.get(level) for level in HIERARCHY_LEVELS},
        start=first,
        end=last,
        collected=parse_timestamp(collected, "collected"),
        loaded=parse_timestamp(loaded, "loaded"),
        local=local,
        limit=parse_row_count("limit", limit),
        into=check_choice("form", into, FORMS),
        chunks=parse_row_count("chunks", chunks),
    )


def select_positions(
    entries: Sequence[tuple[str, ...]],
    selection: Mapping[str, list[str | int]],
    ids: Sequence[tuple[int | None, ...]],
    only_one: bool = False,
) -> list[int]:
    """Return the positions of the entries with these names or ids, in order. Raises ReadError.

    Several names of one level are alternatives; levels narrow each other. only_one: exactly one entry may match.
    """
    if not entries and (selection or only_one):
        raise ReadError(NO_SERIES)
    try:
        if only_one:
            return [select_one_entry(entries, selection, ids)]
        return select_entries(entries, selection, ids)
    except RegistryError as error:
        raise ReadError(str(error)) from None


def parse_names(level: str, value: Name) -> list[str | int]:
    """Return the names or ids of one level as a list. Raises ReadError for what cannot be one."""
    has_id = level in ("grid", "region", "node")
    items: list[str | int] = []
    for item in as_list(value) or []:
        if isinstance(item, str):
            items.append(item)
        elif has_id and isinstance(item, Integral) and not isinstance(item, bool):
            items.append(int(item))
        else:
            kind = "a name or an integer id" if has_id else "a name"
            raise ReadError(f"{level}={item!r} cannot be looked up. Enter {kind}.")
    return items


def check_choice(name: str, value: Any, allowed: Iterable[Any]) -> Any:
    """Return the value, if it is allowed; raises ReadError with the nearest values that are."""
    choices = list(allowed)
    if value in choices:
        return value
    suggestion = suggest_names(value if isinstance(value, str) else "", [str(choice) for choice in choices])
    raise ReadError(f"Unknown {name} {value!r}. {suggestion}")


def check_choices(name: str, value: Name, allowed: Iterable[Any]) -> list[Any] | None:
    """Return several values as a list, if all are allowed; None stays None. Raises ReadError."""
    items, choices = as_list(value), list(allowed)
    return items and [check_choice(name, item, choices) for item in items]


def parse_row_count(name: str, value: Any) -> int | None:
    """Return a number of rows, at least one; None stays None. Raises ReadError."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ReadError(f"{name}={value!r} is not a number of rows. Enter a whole number from 1, or leave it out.")
    return int(value)


def as_list(value: Name) -> list[str | int] | None:
    """Return one or many names as a list; None stays None (no filter). Raises ReadError when the list is empty."""
    if value is None:
        return None
    items: list[Any] = [value] if isinstance(value, str | Integral) else list(value)  # type: ignore[arg-type]
    if not items:
        raise ReadError("An empty list of names matches nothing. Leave the filter out to read everything.")
    return items


def parse_timestamp(value: TimestampLike, name: str) -> pd.Timestamp | None:
    """Return a time in UTC; without an offset it is taken as UTC. None stays None. Raises ReadError."""
    if value is None:
        return None
    try:
        timestamp = pd.Timestamp(value)
    except (ValueError, TypeError):
        timestamp = None
    if timestamp is None or pd.isna(timestamp):
        raise ReadError(
            f"{name}={value!r} is not a valid timestamp. "
            "Write it like '2026-10-31 09:00' (UTC) or '2026-10-31T09:00-04:00'."
        )
    return timestamp.tz_localize("UTC") if timestamp.tzinfo is None else timestamp.tz_convert("UTC")


def parse_range(start: TimestampLike, end: TimestampLike) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Return both ends of [start, end) in UTC; None is open. Raises ReadError when the range is empty."""
    first, last = parse_timestamp(start, "start"), parse_timestamp(end, "end")
    if first is not None and last is not None and first >= last:
        raise ReadError(f"The range from {first} to {last} is empty. Enter an end later than the start.")
    return first, last


def parse_interval(interval: Any) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Return the range of a pair (start, end), or of the one interval that begins at a time. Raises ReadError."""
    if isinstance(interval, tuple | list):
        return parse_range(*interval)
    start = parse_timestamp(interval, "interval")
    return start, None if start is None else start + pd.Timedelta(microseconds=1)


def parse_days(start: TimestampLike, end: TimestampLike) -> tuple[date | None, date | None]:
    """Return the local days [start, end) as they are written, whatever the zone; an end within a day includes it."""
    first, last = _local_time(start, "start"), _local_time(end, "end")
    until = None if last is None else last.ceil("D").date()
    since = None if first is None else first.floor("D").date()
    if since is not None and until is not None and since >= until:
        raise ReadError(f"The range from {since} to {until} has no day. Enter an end later than the start.")
    return since, until


def _local_time(value: Any, name: str) -> pd.Timestamp | None:
    if value is None or parse_timestamp(value, name) is None:
        return None
    return pd.Timestamp(value).tz_localize(None)
