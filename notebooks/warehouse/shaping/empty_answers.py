"""Say why an answer has no rows."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyarrow as pa

from loaders.database.sql_files import read_sql
from warehouse.entities import SERIES_COLUMNS, SelectedEntities, select_entities
from warehouse.requests.arguments import NO_SERIES
from warehouse.requests.calls import ReadRequest
from warehouse.session import Reader

NOT_BUILT = "select count(*) as loads from marts.dim_load where status = 'accepted' and not is_applied"
# Of functions whose rows are not just the values in a range: why there are none where the range has values.
WITH_VALUES = {
    "accuracy": "No forecast in this range has an actual to be compared with.",
    "at_cutoff": "What is known in this range was published after these cut-offs.",
    "flags": "No value in this range breaks a quality rule.",
    "restatements": "Nothing in this range was changed after delivery.",
}


def explain(read: Reader, request: ReadRequest, selected: SelectedEntities, bounds: Callable[[Any], Any]) -> str:
    """Return in a sentence or two why there are no rows. bounds: makes a timestamp what the database takes."""
    if not len(selected):
        return NO_SERIES
    is_of_series = selected.columns.key == SERIES_COLUMNS.key
    series = selected if is_of_series else select_entities(read, SERIES_COLUMNS, request.names)
    [span] = read(read_sql("warehouse", "spans_of_series"), series.ids).to_pylist()
    first, last = span["first_interval_start"], span["last_interval_start"]
    [waiting] = read(NOT_BUILT)["loads"].to_pylist()
    loads = "1 accepted load is" if waiting == 1 else f"{waiting:,} accepted loads are"
    not_built = f" {loads} not in the marts yet. Run: warehouse build" if waiting else ""
    if first is None:
        return f"The selected series have no values{' yet' if waiting else ''}.{not_built}"
    start, end = map(bounds, request.range)
    has_values = read(read_sql("warehouse", "values_in_range"), series.ids, start, end)["has_values"][0].as_py()
    if not has_values or request.call in ("completeness", "history"):
        zone = series.time_zones[0] if len(series.time_zones) == 1 else "UTC"
        return (
            "The selected series have no values in this range: the first interval begins "
            f"{_local(first, zone)}, the last {_local(last, zone)} ({zone}).{not_built}"
        )
    return _with_values(request, selected)


def _with_values(request: ReadRequest, selected: SelectedEntities) -> str:
    """Return why none of the values in the range fits."""
    given = request.requested
    if "flagged" in given:
        verb = "breaks" if given["flagged"] == "True" else "is free of breaking"
        return f"No value in this range {verb} a quality rule."
    if "after" in given:
        return "There are no rows after this position."
    if "collected" in given or "loaded" in given:
        clocks = " and ".join(f"{name}={given[name]}" for name in ("collected", "loaded") if name in given)
        return f"The values in this range were not known at {clocks}."
    if request.call in WITH_VALUES:
        return WITH_VALUES[request.call]
    if selected.excluded is not None:
        return 'No node was in this region in this range. regions="today" selects by the region of today.'
    return "The values in this range cannot be rolled up by the hour: they are of longer intervals."


def _local(time: datetime, zone: str) -> str:
    local = pa.scalar(time, pa.timestamp("us", zone)).as_py()
    return f"{local:%Y-%m-%d %H:%M}"
