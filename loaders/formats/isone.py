"""ISO New England's load forecasts: answers of its web service, JSON.

Each record is one hour and publication (and zone, where zonal): BeginDate starts the hour, CreationDate is when it was
published, both with their offset, so that the hour the clocks repeat is two hours.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeGuard

import numpy as np
import pyarrow as pa

from loaders.canonical.batch import BrokenLine, ParseOptions, Reason, Records, build_batches
from loaders.canonical.delivered_fields import line_key
from loaders.canonical.names import constant
from loaders.errors import LoadError, UsageError
from loaders.formats.column_mapping import MEASURE
from loaders.formats.file_format import FileFormat, ReadOptions
from loaders.formats.readers.byte_stream import chunks
from loaders.formats.reshape import Measure, unpivot

GRID = "ISONE"
TIME_ZONE = "America/New_York"
# An answer for one day has some 250 kB; it is read as a whole.
LARGEST = 256 << 20
_TIMES = {"interval_start": "BeginDate", "collected_at": "CreationDate"}


@dataclass(frozen=True)
class _Answer:
    """One service of the API: the source's name, the service's, and where in its answer the records and numbers are.

    numbers: metric → field. zone: the field that names region and node; without it both are the whole system.
    """

    source: str
    service: str
    outer: str
    inner: str
    numbers: Mapping[str, str]
    zone: str | None = None

    def fields(self, metrics: list[str]) -> dict[str, str]:
        """Key → field of a record."""
        zone = {"region": self.zone} if self.zone else {}
        return _TIMES | zone | {MEASURE + metric: self.numbers[metric] for metric in metrics}


_ZONAL = _Answer(
    "isone-load-forecast",
    "reliabilityregionloadforecast",
    "ReliabilityRegionLoadForecasts",
    "ReliabilityRegionLoadForecast",
    {"load_forecast": "LoadMw"},
    "ReliabilityRegion",
)
_SYSTEM = _Answer(
    "isone-system-load",
    "hourlyloadforecast",
    "HourlyLoadForecasts",
    "HourlyLoadForecast",
    {"load_forecast": "LoadMw", "net_load_forecast": "NetLoadMw"},
)


def time_zone_of(grid: str) -> str | None:
    """The IANA zone of ISO New England."""
    return TIME_ZONE if grid == GRID else None


def _tables(path: Path, options: ReadOptions, answer: _Answer) -> Iterator[pa.Table]:
    metrics = _metrics(options, answer)
    fields = answer.fields(metrics)
    good: list[dict[str, str | None]] = []
    places: list[int] = []
    broken: list[BrokenLine] = []
    for place, entry in enumerate(_entries(path, answer), start=1):
        if _is_plain(entry, fields):
            good.append(entry)
            places.append(place)
        else:
            broken.append(BrokenLine(place, Reason.BAD_LINE, json.dumps(entry)))
    columns: dict[str, pa.Array] = {
        key: pa.array([entry[field] for entry in good], pa.string()) for key, field in fields.items()
    }
    columns.setdefault("region", constant(GRID, len(good)))
    columns["node"] = columns["region"]
    columns |= {
        name: constant(text, len(good)) for name, text in (("grid", GRID), ("unit", "MW"), ("resolution", "PT1H"))
    }
    used = {*_TIMES.values(), *answer.numbers.values(), *([answer.zone] if answer.zone else [])}
    columns[line_key(used)] = pa.array([json.dumps(entry) for entry in good], pa.string())
    records = Records(columns, pa.array(np.array(places, np.int64)), broken)
    measures = [Measure(MEASURE + metric, {"metric": metric}) for metric in metrics]
    yield from build_batches(unpivot(records, measures), ParseOptions(source=options.source or "isone"))


def _metrics(options: ReadOptions, answer: _Answer) -> list[str]:
    if options.metric is None:
        return list(answer.numbers)
    if options.metric not in answer.numbers:
        raise UsageError(f"The format {answer.source} holds {', '.join(answer.numbers)} only, not {options.metric!r}.")
    return [options.metric]


def _entries(path: Path, answer: _Answer) -> list[object]:
    """The records of an answer, numbers as their own text. Raises LoadError for JSON of another shape."""
    whole = _load(path)
    outer = whole.get(answer.outer) if isinstance(whole, dict) else None
    if outer == "":
        return []
    if not isinstance(outer, dict) or answer.inner not in outer:
        raise LoadError(f"{path}: is not an answer of {answer.service}: it lacks {answer.outer}.{answer.inner}.")
    inner = outer[answer.inner]
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


def _is_plain(entry: object, fields: Mapping[str, str]) -> TypeGuard[dict[str, str | None]]:
    """An object that has every field, each a text, a number or (the value) null."""
    if not isinstance(entry, dict) or not all(field in entry for field in fields.values()):
        return False
    texts = [entry[field] for field in fields.values()]
    if not all(text is None or isinstance(text, str) for text in texts):
        return False
    return not any("\ud800" <= sign <= "\udfff" for text in texts for sign in text or "")


def _meaning(path: Path, options: ReadOptions, answer: _Answer) -> dict[str, object]:
    chosen = _metrics(options, answer)
    return {} if len(chosen) == len(answer.numbers) else {"metric": chosen[0]}


def _source(answer: _Answer, summary: str) -> FileFormat:
    return FileFormat(
        name=answer.source,
        summary=summary,
        default_source="isone",
        default_collected_at_basis="published",
        default_resolution="PT1H",
        time_zone_of=time_zone_of,
        read_file=partial(_tables, answer=answer),
        identity_fields=partial(_meaning, answer=answer),
        accepted_options=frozenset(("metric",)),
    )


ISONE = _source(
    _ZONAL, "ISO New England zonal load forecasts, every publication; JSON of reliabilityregionloadforecast."
)
ISONE_SYSTEM = _source(
    _SYSTEM, "ISO New England system load and net load forecasts, every publication; JSON of hourlyloadforecast."
)
