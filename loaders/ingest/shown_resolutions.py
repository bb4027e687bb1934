"""The resolution of rows that state none: from their series, from their spacing, or the default of their format."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from loaders.ingest.interval_lengths import (
    FEWEST_DAYS,
    FIRST_ROWS,
    calendar_resolution,
    daily_resolution,
    length_in_seconds,
    may_be_of_calendar,
    resolution_of_rows,
)
from loaders.notices import notify
from loaders.registry.lookup import Registry


@dataclass(frozen=True)
class DeliveryDefaults:
    """Values for all rows of a delivery that have none, and whether unknown names are registered.

    time_zone: returns the IANA zone of a grid that is to be registered. stated_time_zone: what the caller says it is.
    calendar_zone: of the weeks, months and years of the file, where it is known. dry_run: say what would be registered.
    shown_resolutions: what the rows showed so far, by the names of the series.
    is_resolution_assumed: the default resolution is that of no description, so rows may show another one.
    """

    source: str
    resolution: str = "PT1H"
    create_missing: bool = False
    time_zone: Callable[[str], str] = lambda grid: "UTC"
    stated_time_zone: str | None = None
    calendar_zone: str | None = None
    dry_run: bool = False
    shown_resolutions: dict[tuple[str, ...], str] = field(default_factory=dict)
    is_resolution_assumed: bool = False


def shown_resolution(
    names: tuple[str, ...], starts: Callable[[], np.ndarray], registry: Registry, defaults: DeliveryDefaults
) -> str | None:
    """Return the resolution of rows that state none; None where it is unclear."""
    registered = registry.resolutions(names)
    if names in defaults.shown_resolutions:
        return defaults.shown_resolutions[names]
    # Files cannot state the lengths of some older series, such as P2D, so rows of theirs are read as they were.
    is_statable = all(length_in_seconds(text) for text in registered)
    if defaults.is_resolution_assumed and is_statable:
        zone = registry.grid_zones.get(names[0]) or (defaults.time_zone(names[0]) if defaults.create_missing else "UTC")
        if may_be_of_calendar(starts(), zone):
            return _calendar_resolution(names, starts(), zone, registry, defaults)
    if not registered or registered == [defaults.resolution]:
        return _hourly_or_daily(names, starts, registry, defaults)
    rows = starts()
    shown = resolution_of_rows(rows, registered, defaults.resolution, registry.grid_zones.get(names[0]))
    if shown and len(rows) > 1:
        defaults.shown_resolutions[names] = shown
    return shown


def _calendar_resolution(
    names: tuple[str, ...], starts: np.ndarray, zone: str, registry: Registry, defaults: DeliveryDefaults
) -> str | None:
    """Return the resolution of rows of weeks, months or years; None where it is unclear."""
    registered = registry.resolutions(names)
    shown = calendar_resolution(starts, zone, fewest=2 if registered else FEWEST_DAYS)
    if shown is None or (registered and shown not in registered):
        return None
    defaults.shown_resolutions[names] = shown
    if not registered and defaults.create_missing:
        notify(f"series of {defaults.source}", f"resolution {shown} (inferred from the spacing of the rows)")
    return shown


def _hourly_or_daily(
    names: tuple[str, ...], starts: Callable[[], np.ndarray], registry: Registry, defaults: DeliveryDefaults
) -> str | None:
    """Return the default resolution, or P1D for rows that begin a series of days; None where it is unclear."""
    grid, is_new = names[0], not registry.resolutions(names)
    if not defaults.is_resolution_assumed or (is_new and not defaults.create_missing):
        return defaults.resolution
    time_zone = registry.grid_zones.get(grid) or defaults.time_zone(grid)
    rows = starts()
    resolution = daily_resolution(rows, defaults.resolution, time_zone)
    if resolution == defaults.resolution:
        if len(np.unique(rows[:FIRST_ROWS])) >= FEWEST_DAYS:
            defaults.shown_resolutions[names] = resolution
        return resolution
    if not is_new:
        return None if resolution else defaults.resolution
    if resolution:
        defaults.shown_resolutions[names] = resolution
        notify(f"series of {defaults.source}", f"resolution {resolution} (inferred: one row a day, at midnight)")
    return resolution
