"""Draft a description of a delimited text from its header and first lines, as a file to start from."""

import re
from collections.abc import Sequence
from pathlib import Path

import yaml

from loaders.errors import LoadError
from loaders.formats import ReadOptions
from loaders.formats.described.description import parse_description
from loaders.formats.evidence.interval_edges import edge_in_name
from loaders.formats.evidence.unit_names import unit_in_name
from loaders.ingest.file_header import FileHeader, has_offsets

_HEAD = """# A draft. Check every line, above all metric, unit, resolution, and whether times start or end intervals.
# How to describe a file: docs/how-to/describe-a-file.md
"""

_DAY_FIRST_OR_MONTH_FIRST = re.compile(
    r"\d{1,2}(?P<sign>[./-])\d{1,2}(?P=sign)\d{4}(?: (?P<clock>\d{1,2}:\d{2}(?::\d{2})?))?"
)


def draft_description(header: FileHeader, path: Path, options: ReadOptions) -> str:
    """Return the YAML of a description. Raises LoadError where the file shows no time and number columns."""
    times, clocks = header.times(), header.clocks()
    numbers = [name for name in header.numbers() if name not in times]
    if not times or not numbers:
        raise LoadError(
            f"{path}: shows no column of times next to one of numbers, so no description can be drafted. Write one by"
            " hand."
        )
    value = next((name for name in numbers if options.column_map.get(name) == "value"), numbers[0])
    draft: dict[str, object] = {
        "name": "".join(sign if sign.isalnum() else "-" for sign in path.stem.lower()).strip("-") or "my-format",
        "summary": f"Files like {path.name}; needs --collected-at.",
        "source": options.source or "my-publisher",
        "grid": options.grid or "MyGrid",
        **({"region": options.region} if options.region else {}),
        **_draft_node(header, options, {*times, *clocks, *numbers}),
        "resolution": options.resolution or "PT1H",
        "time": _draft_time(header, options),
        "values": [
            {"column": value, "metric": options.metric or "load", "unit": options.unit or unit_in_name(value) or "MW"}
        ],
        "dialect": {"delimiter": header.delimiter, **_draft_signs(header.texts(value), options.decimal_char)},
    }
    text = _HEAD + yaml.safe_dump(draft, sort_keys=False, allow_unicode=True)
    parse_description(text, str(path))
    return text


def _draft_node(header: FileHeader, options: ReadOptions, used: set[str]) -> dict[str, str]:
    columns = [name for name in header.names if name not in used and header.texts(name)]
    return {"node_column": columns[0]} if columns and options.node is None else {"node": options.node or "MyNode"}


def _draft_time(header: FileHeader, options: ReadOptions) -> dict[str, object]:
    """Return the columns of the interval, the pattern of their texts where it is not ISO 8601, and the zone."""
    first, dates, clocks = header.times()[0], header.dates(), header.clocks()
    columns = [dates[0], clocks[0]] if dates and clocks else [first]
    texts = [" ".join(parts) for parts in zip(*map(header.texts, columns), strict=False)]
    pattern = draft_pattern(texts)
    zone = {} if has_offsets(header.texts(first)) else {"time_zone": options.time_zone or "UTC"}
    edge = edge_in_name(columns[-1]) or edge_in_name(first) or "start"
    start = columns if len(columns) > 1 else first
    return {edge: start, **({"format": pattern} if pattern else {}), **zone}


def draft_pattern(texts: Sequence[str]) -> str | None:
    """Return the strptime pattern of times such as 29.03.2026 13:00; None for ISO 8601 and what is not clear.

    The dots of a date, or a number above 12, show which is the day and which the month.
    """
    if not texts or (match := _DAY_FIRST_OR_MONTH_FIRST.fullmatch(texts[0])) is None:
        return None
    sign, clock = match["sign"], match["clock"]
    first, second = ({int(re.split(r"[./-]", text)[part]) for text in texts} for part in (0, 1))
    if max(first) > 12 and max(second) > 12:
        return None
    if sign != "." and max(first) <= 12 and max(second) <= 12:
        return None
    order = ("%m", "%d") if max(second) > 12 else ("%d", "%m")
    time = {0: "", 1: " %H:%M", 2: " %H:%M:%S"}[clock.count(":")] if clock else ""
    return sign.join((*order, "%Y")) + time


def _draft_signs(texts: Sequence[str], decimal: str | None) -> dict[str, str]:
    """Return the decimal sign, and that of thousands: of two signs in a number the last one is decimal."""
    if decimal:
        return {"decimalChar": decimal}
    mixed = next((text for text in texts if "." in text and "," in text), "")
    if mixed:
        last = max(".,", key=mixed.rindex)
        return {"decimalChar": last, "groupChar": "." if last == "," else ","}
    return {"decimalChar": "," if any("," in text for text in texts) else "."}
