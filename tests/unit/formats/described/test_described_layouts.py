"""Random frames in every described layout: read back they are the same in UTC, over both clock changes."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.formats.described.description import Description
from loaders.formats.described.engine import describe
from loaders.formats.file_format import ReadOptions
from tests.support.workbooks import write_workbook

HOUR = timedelta(hours=1)
# Zones and the days on which their clocks change; one is half an hour off, one never changes.
DAYS = {
    "Europe/Berlin": ["2024-03-31", "2024-10-27"],
    "Europe/London": ["2024-03-31", "2024-10-27"],
    "America/New_York": ["2024-03-10", "2024-11-03"],
    "America/St_Johns": ["2024-03-10", "2024-11-03"],
    "Pacific/Auckland": ["2024-04-07", "2024-09-29"],
    "Asia/Kolkata": ["2024-07-01"],
}
# The clocks change in the first hours of these days.
CHANGING = timedelta(hours=5)
Row = tuple[datetime, str, float | None]


@dataclass(frozen=True)
class Layout:
    """How a time is described and written. columns: of one time in the zone, the next interval being `step` later."""

    time: dict
    columns: Callable[[datetime, timedelta], dict[str, str]]
    resolution: str | dict = "PT1H"
    fields: dict | None = None


def local(start: datetime, pattern: str = "%d.%m.%Y %H:%M") -> str:
    return start.strftime(pattern)


def is_second(start: datetime) -> bool:
    return bool(start.fold)


def number(start: datetime, step: timedelta) -> str:
    """Return the number of the interval since local midnight."""
    midnight = start.replace(hour=0, minute=0, fold=0).astimezone(UTC)
    return str((start.astimezone(UTC) - midnight) // step + 1)


def hour_ending(start: datetime, suffix: str = "", first: str = "") -> str:
    ends_twice = start.replace(fold=0).utcoffset() != start.replace(fold=1).utcoffset()
    return f"{start.hour + 1:02}" + (suffix if is_second(start) else first if ends_twice else "")


def clock_end(start: datetime, step: timedelta) -> str:
    return local(start.replace(tzinfo=None) + step)


DAY_FIRST = "%d.%m.%Y %H:%M"
FLAG = {"column": "Flag", "second": ["Y"]}
LAYOUTS = {
    "start and flag": Layout(
        {"start": "Time", "format": DAY_FIRST, "repeated": FLAG},
        lambda start, step: {"Time": local(start), "Flag": "Y" if is_second(start) else "N"},
    ),
    "end and flag": Layout(
        {"end": "Time", "format": DAY_FIRST, "repeated": FLAG},
        lambda start, step: {"Time": clock_end(start, step), "Flag": "Y" if is_second(start) else "N"},
    ),
    "hour ending with a suffix": Layout(
        {"date": "Day", "hour": "Hour", "format": "%m/%d/%Y", "repeated": {"suffix": "X"}},
        lambda start, step: {"Day": local(start, "%m/%d/%Y"), "Hour": hour_ending(start, "X")},
    ),
    "hour ending with two suffixes": Layout(
        {"date": "Day", "hour": "Hour", "repeated": {"suffix": "B", "firstSuffix": "A"}},
        lambda start, step: {"Day": local(start, "%Y-%m-%d"), "Hour": hour_ending(start, "B", "A")},
    ),
    "hour beginning": Layout(
        {"date": "Day", "hour": "Hour", "hourNames": "beginning", "repeated": FLAG},
        lambda start, step: {
            "Day": local(start, "%Y-%m-%d"), "Hour": str(start.hour), "Flag": "Y" if is_second(start) else "N"
        },
    ),
    "hours counted": Layout(
        {"date": "Day", "period": "Number"},
        lambda start, step: {"Day": local(start, "%Y-%m-%d"), "Number": number(start, step)},
    ),
    "settlement periods": Layout(
        {"date": "Day", "period": "Number"},
        lambda start, step: {"Day": local(start, "%Y-%m-%d"), "Number": number(start, step)},
        "PT30M",
    ),
    "quarter hours counted": Layout(
        {"date": "Day", "period": "Number", "format": "%d/%m/%Y"},
        lambda start, step: {"Day": local(start, "%d/%m/%Y"), "Number": number(start, step)},
        "PT15M",
    ),
    "start and end": Layout(
        {"start": "From", "end": "To"},
        lambda start, step: {"From": start.isoformat(), "To": (start.astimezone(UTC) + step).isoformat()},
        {"by": "start and end"},
    ),
    "seconds": Layout(
        {"start": "Time", "format": "epoch_s"}, lambda start, step: {"Time": str(int(start.timestamp()))}, "PT15M"
    ),
    "milliseconds": Layout(
        {"start": "Time", "format": "epoch_ms"}, lambda start, step: {"Time": f"{int(start.timestamp())}000"}
    ),
    "microseconds": Layout(
        {"end": "Time", "format": "epoch_us"},
        lambda start, step: {"Time": f"{int((start.astimezone(UTC) + step).timestamp())}000000"},
    ),
    "serial numbers": Layout(
        {"start": "Time", "format": "excel_serial", "time_zone": "UTC"},
        lambda start, step: {
            "Time": repr((start.astimezone(UTC).replace(tzinfo=None) - datetime(1899, 12, 30)) / timedelta(days=1))
        },
        "PT15M",
    ),
    "fixed offset": Layout(
        {"end": "Time", "format": "%Y/%m/%d %H:%M:%S", "time_zone": "+10:00"},
        lambda start, step: {
            "Time": f"{(start.astimezone(UTC) + timedelta(hours=10) + step):%Y/%m/%d %H:%M:%S}"
        },
        "PT15M",
    ),
}  # fmt: skip


def description_of(layout: Layout, zone: str, dialect: dict) -> Description:
    time = {"time_zone": zone, **layout.time}
    return Description.model_validate(
        {
            "name": "random", "summary": "Random.", "source": "random", "grid": "G", "node_column": "Node",
            "resolution": layout.resolution, "time": time, "dialect": dialect,
            "values": [{"column": "Value", "metric": "load", "unit": "MW"}],
        }
    )  # fmt: skip


def step_of(layout: Layout) -> timedelta:
    minutes = {"PT1H": 60, "PT30M": 30, "PT15M": 15}
    return timedelta(minutes=minutes[layout.resolution] if isinstance(layout.resolution, str) else 60)


# Not -999, -32768 and the like, which are refused.
MARK = re.compile("99|32767|32768|65535|7777|8888")
NUMBERS = st.floats(-1e9, 1e9).map(lambda value: round(value, 3)).filter(lambda value: not MARK.search(f"{value:.3f}"))
VALUES = st.none() | NUMBERS
PLACES = st.tuples(st.sampled_from(sorted(DAYS)), st.integers(0, 1))
# Values of the hours in which the clocks change, and rows of other intervals as (place, node, value).
FRAMES = st.tuples(
    st.lists(VALUES, min_size=20, max_size=20),
    st.lists(st.tuples(st.integers(20, 90), st.sampled_from(["Süd", "N.1"]), VALUES), unique_by=lambda row: row[:2]),
)


def rows_of(zone: str, day: int, step: timedelta, frame: tuple) -> list[Row]:
    date = datetime.fromisoformat(DAYS[zone][day % len(DAYS[zone])])
    first = date.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    changing, others = frame
    near = [(first + place * step, "A", value) for place, value in enumerate(changing) if place * step < CHANGING]
    return sorted([*near, *((first + place * step, node, value) for place, node, value in others)], key=str)


def records(layout: Layout, zone: str, rows: list[Row]) -> list[dict[str, str]]:
    place, step = ZoneInfo(zone), step_of(layout)
    return [
        {**layout.columns(start.astimezone(place), step), "Node": node, "Value": "" if value is None else repr(value)}
        for start, node, value in rows
    ]


def read_back(path: Path, description: Description) -> list[tuple[datetime, str, float]]:
    options = ReadOptions(collected_at=datetime(2025, 1, 1, tzinfo=UTC))
    read = [row for batch in describe(description).read(path, options) for row in batch.to_pylist()]
    assert {row["reason"] for row in read} <= {None, "blank"}
    return sorted((row["interval_start"], row["node"], row["value"]) for row in read if row["reason"] is None)


def stated(rows: list[Row]) -> list[tuple[datetime, str, float]]:
    return sorted((start, node, value) for start, node, value in rows if value is not None)


@pytest.mark.parametrize("name", LAYOUTS)
@given(place=PLACES, frame=FRAMES)
@settings(max_examples=20, deadline=None)
def test_a_frame_comes_back_in_every_layout_of_time(tmp_path_factory, name, place, frame):
    (zone, day), layout = place, LAYOUTS[name]
    rows = rows_of(zone, day, step_of(layout), frame)
    lines = records(layout, zone, rows)
    path = tmp_path_factory.mktemp("layout") / "file.csv"
    header = list(lines[0])
    path.write_text("\n".join([";".join(header), *(";".join(line[key] for key in header) for line in lines)]) + "\n")
    assert read_back(path, description_of(layout, zone, {"delimiter": ";"})) == stated(rows)


def write_json(path: Path, lines: list[dict]) -> dict:
    path.write_text(json.dumps({"answer": {"rows": lines}}))
    return {"kind": "json", "rows": "answer.rows"}


def write_ndjson(path: Path, lines: list[dict]) -> dict:
    path.write_text("\n".join(map(json.dumps, lines)))
    return {"kind": "ndjson"}


def write_xml(path: Path, lines: list[dict]) -> dict:
    rows = ("".join(f"<{key}>{text}</{key}>" for key, text in line.items()) for line in lines)
    path.write_text(f"<Rows>{''.join(f'<Row>{row}</Row>' for row in rows)}</Rows>")
    return {"kind": "xml", "rows": "//Row", "fields": {key: key for key in lines[0]}}


def write_excel(path: Path, lines: list[dict]) -> dict:
    cells = [[float(text) if key == "Value" and text else text for key, text in line.items()] for line in lines]
    write_workbook(path, [list(lines[0]), *cells], "Data")
    return {"kind": "excel", "sheet": "Data"}


def write_parquet(path: Path, lines: list[dict]) -> dict:
    columns = {key: pa.array([line[key] for line in lines], pa.string()) for key in lines[0]}
    columns["Value"] = pa.array([float(line["Value"]) if line["Value"] else None for line in lines], pa.float64())
    pq.write_table(pa.table(columns), path)
    return {"kind": "parquet"}


def write_marked(path: Path, lines: list[dict]) -> dict:
    rows = ("D,T," + ",".join(line.values()) for line in lines)
    path.write_text("\n".join(["C,x", "I,S,a", "D,S,1", "I,T," + ",".join(lines[0]), *rows]), encoding="utf-16")
    return {"recordMarkers": {"C": "ignore", "I": "header", "D": "data"}, "recordTable": ["T"]}


@pytest.mark.parametrize("write", [write_json, write_ndjson, write_xml, write_excel, write_parquet, write_marked])
@given(place=PLACES, frame=FRAMES)
@settings(max_examples=15, deadline=None)
def test_a_frame_comes_back_in_every_kind_of_file(tmp_path_factory, write, place, frame):
    (zone, day), layout = place, LAYOUTS["start and flag"]
    rows = rows_of(zone, day, HOUR, frame)
    path = tmp_path_factory.mktemp("kind") / "file"
    dialect = write(path, records(layout, zone, rows))
    assert read_back(path, description_of(layout, zone, dialect)) == stated(rows)
