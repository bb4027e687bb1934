"""ISO New England's zonal load forecasts: answers of the web service's reliabilityregionloadforecast, JSON.

Each record is one zone, hour and publication: BeginDate starts the hour, CreationDate is when it was published, both
with their offset, so that the hour the clocks repeat is two hours.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from loaders.errors import LoadError, UsageError
from loaders.sources.batch import BrokenLine, Reading, Reason, Records, build
from loaders.sources.content import chunks
from loaders.sources.names import constant
from loaders.sources.options import ReadOptions, Source

GRID = "ISONE"
TIME_ZONE = "America/New_York"
# An answer for one day has some 250 kB; it is read as a whole.
LARGEST = 256 << 20
_OUTER, _INNER = "ReliabilityRegionLoadForecasts", "ReliabilityRegionLoadForecast"
_FIELDS = {
    "region": "ReliabilityRegion",
    "interval_start": "BeginDate",
    "collected_at": "CreationDate",
    "value": "LoadMw",
}


def time_zone_of(grid: str) -> str | None:
    """The IANA zone of ISO New England."""
    return TIME_ZONE if grid == GRID else None


def _tables(path: Path, options: ReadOptions) -> Iterator[pa.Table]:
    if options.metric not in (None, "load_forecast"):
        raise UsageError(f"The format isone-load-forecast holds load_forecast only, not {options.metric!r}.")
    entries = _entries(path)
    good, places, broken = [], [], []
    for place, entry in enumerate(entries, start=1):
        if _is_plain(entry):
            good.append(entry)
            places.append(place)
        else:
            broken.append(BrokenLine(place, Reason.BAD_LINE, json.dumps(entry)))
    columns = {ours: pa.array([entry[theirs] for entry in good], pa.string()) for ours, theirs in _FIELDS.items()}
    columns["node"] = columns["region"]
    names = {"grid": GRID, "metric": "load_forecast", "unit": "MW", "resolution": "PT1H"}
    columns |= {name: constant(text, len(good)) for name, text in names.items()}
    records = Records(columns, pa.array(np.array(places, np.int64)), broken)
    yield from build(records, Reading(source=ISONE.source(options)))


def _entries(path: Path) -> list[object]:
    """The records of an answer, numbers as their own text. Raises LoadError for JSON of another shape."""
    answer = _load(path)
    outer = answer.get(_OUTER) if isinstance(answer, dict) else None
    if outer == "":
        return []
    if not isinstance(outer, dict) or _INNER not in outer:
        raise LoadError(f"{path}: is not an answer of reliabilityregionloadforecast: it lacks {_OUTER}.{_INNER}.")
    inner = outer[_INNER]
    # The service answers one record as an object, several as a list.
    return inner if isinstance(inner, list) else [inner]


def _load(path: Path) -> object:
    text = bytearray()
    for chunk in chunks(path):
        text += chunk
        if len(text) > LARGEST:
            raise LoadError(f"{path}: is larger than {LARGEST:,} bytes, no answer for a day; check what it holds.")
    try:
        return json.loads(text.decode(), parse_int=str, parse_float=str, parse_constant=str)
    except UnicodeDecodeError as error:
        raise LoadError(f"{path}: byte {error.start + 1} is not UTF-8; save the file in UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise LoadError(f"{path}: is not JSON ({error}); check that the download is complete.") from None


def _is_plain(entry: object) -> bool:
    """An object that has every field, each a text, a number or (the value) null."""
    if not isinstance(entry, dict) or not all(field in entry for field in _FIELDS.values()):
        return False
    fields = [entry[field] for field in _FIELDS.values()]
    if not all(field is None or isinstance(field, str) for field in fields):
        return False
    return not any("\ud800" <= sign <= "\udfff" for field in fields for sign in field or "")


def _meaning(path: Path, options: ReadOptions) -> dict[str, object]:
    return {}


ISONE = Source(
    name="isone-load-forecast",
    summary="ISO New England zonal load forecasts, every publication; JSON of reliabilityregionloadforecast.",
    default_source="isone",
    collected_at_basis="published",
    default_resolution="PT1H",
    time_zone_of=time_zone_of,
    tables=_tables,
    meaning=_meaning,
)
