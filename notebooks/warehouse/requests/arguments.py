"""Validate and normalise the arguments of the read functions."""

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any, Literal, TypeAlias, TypedDict

from loaders.errors import RegistryError
from loaders.messages import suggest_names
from loaders.registry.selection import select_entries
from loaders.registry.selection import select_one as select_one_entry
from warehouse.errors import ReadError
from warehouse.requests.times import TimestampLike

Name: TypeAlias = str | int | Iterable[str | int] | None
Form: TypeAlias = Literal["pandas", "polars", "arrow"]
Regions: TypeAlias = Literal["then", "today"]

FORMS = ("pandas", "polars", "arrow")
NO_SERIES = "The warehouse has no series yet. Load some data first: warehouse seed"


class UnitOptions(TypedDict, total=False):
    """Keyword arguments of a read function with values in a unit; see `warehouse`."""

    unit: str | None


class ShapedOptions(TypedDict, total=False):
    """Keyword arguments of a read function of values over time; see `warehouse`."""

    resample: str | None
    wide: Name


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
    resolution: Name


class FlaggedOptions(SeriesOptions, UnitOptions, ShapedOptions, total=False):
    """Keyword arguments of a read function about single values; see `warehouse`."""

    regions: Regions
    flagged: bool | None
    after: tuple[int, TimestampLike] | None


class AsOfOptions(FlaggedOptions, total=False):
    """Keyword arguments of `as_of`; see `warehouse`."""

    loaded: TimestampLike


class HistoryOptions(UnitOptions, total=False):
    """Keyword arguments of `history`; see `warehouse`."""

    grid: str | int | None
    region: str | int | None
    source: str | None
    resolution: str | None
    collected: TimestampLike
    loaded: TimestampLike
    flagged: bool | None
    local: bool
    limit: int | None


class RollupOptions(LocationOptions, UnitOptions, ShapedOptions, total=False):
    """Keyword arguments of `rollup`; see `warehouse`."""

    collected: TimestampLike
    loaded: TimestampLike


class KnownOptions(SeriesOptions, UnitOptions, total=False):
    """Keyword arguments of a read function on all clocks; see `warehouse`."""

    collected: TimestampLike
    loaded: TimestampLike


class CutoffOptions(KnownOptions, ShapedOptions, total=False):
    """Keyword arguments of `at_cutoff`; see `warehouse`."""

    by: str | None
    regions: Regions


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
    items: list[Any] = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    if not items:
        raise ReadError("An empty list of names matches nothing. Leave the filter out to read everything.")
    return items
