"""What was asked, made exact: names and ids to series, texts to instants."""

from collections.abc import Iterable
from datetime import date, datetime
from difflib import get_close_matches
from numbers import Integral
from typing import Any

import pandas as pd

from warehouse.session import ReadError

Name = str | int | Iterable[str | int] | None
TimestampLike = str | datetime | pd.Timestamp | None

# Each level by its name and, where it has one, its id; from the top down.
HIERARCHY_LEVELS = {
    "grid": ("grid_name", "grid_id"),
    "region": ("region_name", "region_id"),
    "node": ("node_name", "node_id"),
    "metric": ("metric", None),
    "source": ("source", None),
}
MOST_SHOWN = 8


def select_rows(catalog: pd.DataFrame, **wanted: Name) -> pd.DataFrame:
    """The rows of a catalogue (dim_series or a part of its columns) with these names or ids, in the catalogue's order.

    Several names of one level are alternatives; levels narrow each other. Raises ReadError for what is not there.
    """
    chosen, above = catalog, ""
    for level, (name_column, id_column) in HIERARCHY_LEVELS.items():
        items = as_list(wanted.get(level))
        if items is None:
            continue
        found = pd.Series(False, index=chosen.index)
        for item in items:
            matches = chosen[_column(level, item, name_column, id_column)] == item
            if not matches.any():
                raise ReadError(_no_such(level, item, catalog, chosen[name_column], above))
            found |= matches
        chosen = chosen[found]
        above = f" in {', '.join(map(str, items))}"
    return chosen


def select_one(catalog: pd.DataFrame, **wanted: Name) -> pd.DataFrame:
    """Like `select_rows`, but exactly one series; raises ReadError with the candidates when there are more."""
    chosen = select_rows(catalog, **wanted)
    if len(chosen) == 1:
        return chosen
    if chosen.empty:
        raise ReadError("The warehouse has no series yet; load some data first: python -m loaders seed")
    candidates = [_full_name(row) for row in chosen.itertuples()]
    differing = [level for level, (column, _) in HIERARCHY_LEVELS.items() if chosen[column].nunique() > 1]
    raise ReadError(f"That is {len(chosen)} series: {_listed(candidates)}; say which by {' or '.join(differing)}.")


def check_choice(name: str, value: Any, allowed: Iterable[Any]) -> Any:
    """The value, if it is allowed; raises ReadError with the nearest that are."""
    choices = list(allowed)
    if value in choices:
        return value
    texts = sorted(choice for choice in choices if isinstance(choice, str))
    near = _nearest(value, texts) if isinstance(value, str) else []
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {_listed([str(c) for c in choices])}."
    raise ReadError(f"There is no {name} {value!r}; {hint}")


def check_choices(name: str, value: Name, allowed: Iterable[Any]) -> list[Any] | None:
    """Several values, each of them allowed; None stays None."""
    items, choices = as_list(value), list(allowed)
    return items and [check_choice(name, item, choices) for item in items]


def parse_row_count(name: str, value: Any) -> int | None:
    """A count of rows, at least one; None stays None. Raises ReadError."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ReadError(f"{name}={value!r} is not a number of rows; give a whole number from 1 on, or leave it out.")
    return int(value)


def as_list(value: Name) -> list[str | int] | None:
    """A list of what may be one or many; None stays None (no filter)."""
    if value is None:
        return None
    items = [value] if isinstance(value, str | Integral) else list(value)
    if not items:
        raise ReadError("An empty list of names matches nothing; leave the filter out to take everything.")
    return items


def parse_timestamp(value: TimestampLike, name: str) -> pd.Timestamp | None:
    """A moment in UTC; a text or time without an offset is taken as UTC. Raises ReadError when it is no moment."""
    if value is None:
        return None
    try:
        moment = pd.Timestamp(value)
    except (ValueError, TypeError):
        moment = pd.NaT
    if moment is pd.NaT:
        raise ReadError(
            f"{name}={value!r} is not a moment; write it like '2026-10-31 09:00' (UTC) or '2026-10-31T09:00-04:00'."
        )
    return moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")


def parse_range(start: TimestampLike, end: TimestampLike) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """Both ends of [start, end) in UTC; None is open. Raises ReadError when nothing lies between."""
    first, last = parse_timestamp(start, "start"), parse_timestamp(end, "end")
    if first is not None and last is not None and first >= last:
        raise ReadError(f"The range from {first} to {last} is empty; give an end later than the start.")
    return first, last


def parse_days(start: TimestampLike | date, end: TimestampLike | date) -> tuple[date | None, date | None]:
    """The local days [start, end) as they are written, whatever the zone; an end within a day takes that day in."""
    first, last = _wall_clock(start, "start"), _wall_clock(end, "end")
    until = None if last is None else last.ceil("D").date()
    since = None if first is None else first.floor("D").date()
    if since is not None and until is not None and since >= until:
        raise ReadError(f"There is no day from {since} to {until}; give an end later than the start.")
    return since, until


def _wall_clock(value: Any, name: str) -> pd.Timestamp | None:
    if value is None or parse_timestamp(value, name) is None:
        return None
    return pd.Timestamp(value).tz_localize(None)


def _column(level: str, item: Any, name_column: str, id_column: str | None) -> str:
    if isinstance(item, str):
        return name_column
    if id_column is None or isinstance(item, bool) or not isinstance(item, Integral):
        known_by = "its name" if id_column is None else "a name or an integer id"
        raise ReadError(f"{level}={item!r} cannot be looked up: a {level} is known by {known_by}.")
    return id_column


def _no_such(level: str, item: Any, catalog: pd.DataFrame, names: pd.Series, above: str) -> str:
    known = sorted(names.astype(str).unique())
    if not known:
        return f"There is no {level} {item!r}: the warehouse has no series yet; load some: python -m loaders seed"
    near = _nearest(item, known) if isinstance(item, str) else []
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {_listed(known)}."
    name_column, id_column = HIERARCHY_LEVELS[level]
    elsewhere = catalog[catalog[name_column if isinstance(item, str) else id_column] == item]
    if above and not elsewhere.empty:
        places = sorted(set(elsewhere["grid_name"].astype(str) + "/" + elsewhere["region_name"].astype(str)))
        hint = f"it is found with {_listed(places)}; {hint}"
    return f"There is no {level} {item!r}{above}; {hint}"


def _nearest(name: str, known: list[str]) -> list[str]:
    by_case = {other.casefold(): other for other in known}
    return [by_case[near] for near in get_close_matches(name.casefold(), sorted(by_case), n=3)]


def _full_name(row: Any) -> str:
    return f"{row.grid_name}/{row.region_name}/{row.node_name} {row.metric} ({row.source})"


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_SHOWN
    return ", ".join(names[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
