"""A table of true values, written in a random layout of a text file, with the description that reads it."""

import csv
import gzip
import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import zstandard
from hypothesis import strategies as st

HOUR = timedelta(hours=1)
NODES = ("Süd", "Nord 1")
# Zones with the local days on which their clocks change, and fixed offsets.
DAYS = {
    "Europe/Berlin": ("2024-03-31", "2024-10-27"),
    "Europe/London": ("2024-03-31", "2024-10-27"),
    "America/Chicago": ("2024-03-10", "2024-11-03"),
    "Australia/Sydney": ("2024-04-07", "2024-10-06"),
    "UTC": ("2024-02-29", "2024-12-31"),
    "-05:00": ("2024-03-10", "2024-11-03"),
    "+09:00": ("2024-02-29", "2024-12-31"),
}
PATTERNS = (
    "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p", "%Y%m%d%H%M", "%d/%m/%y %H:%M:%S", "epoch_s", "epoch_ms",
    "iso",
)  # fmt: skip
Table = dict[tuple[str, datetime], float | None]


@dataclass(frozen=True)
class Layout:
    """How a table is written."""

    zone: str
    step: timedelta
    pattern: str
    edge: str
    mark: str
    is_wide: bool
    delimiter: str
    decimal: str
    group: str | None
    lines_above: int
    comments: bool
    encoding: str
    newline: str
    packing: str

    @property
    def is_local(self) -> bool:
        """Return whether times are those of a clock that changes, without an offset."""
        return self.pattern not in ("epoch_s", "epoch_ms", "iso") and "/" in self.zone

    @property
    def place(self) -> tzinfo:
        """Return the zone."""
        if self.zone[0] in "+-":
            return timezone(int(self.zone[:3]) * HOUR)
        return ZoneInfo(self.zone)


LAYOUTS = st.builds(
    Layout,
    zone=st.sampled_from(sorted(DAYS)),
    step=st.sampled_from([HOUR, HOUR / 4, HOUR / 2]),
    pattern=st.sampled_from(PATTERNS),
    edge=st.sampled_from(["start", "end"]),
    mark=st.sampled_from(["column", "suffix", "zone", "order"]),
    is_wide=st.booleans(),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    group=st.sampled_from([None, "other", " "]),
    lines_above=st.integers(0, 3),
    comments=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    packing=st.sampled_from(["", ".gz", ".zst", ".zip"]),
)


def intervals(layout: Layout, day: int) -> list[datetime]:
    """Return the starts of the first five hours of the day in UTC: the clocks change within them."""
    first = datetime.fromisoformat(DAYS[layout.zone][day]).replace(tzinfo=layout.place).astimezone(UTC)
    return [first + place * layout.step for place in range(5 * HOUR // layout.step)]


def write(layout: Layout, table: Table) -> tuple[bytes, dict]:
    """Return the bytes of the file, and its description as a dictionary."""
    starts = sorted({start for _, start in table})
    records = [_record(layout, start, table) for start in starts] if layout.is_wide else []
    if not layout.is_wide:
        for start in starts:
            records += [
                {**_times(layout, start), "Node": node, "Value": _number(layout, table[node, start])} for node in NODES
            ]
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=layout.delimiter, lineterminator=layout.newline)
    for place in range(layout.lines_above):
        writer.writerow([f"About this file {place}", "x"])
    writer.writerow(list(records[0]))
    for place, record in enumerate(records):
        if layout.comments and place == 2:
            writer.writerow(["# a remark"])
        writer.writerow(list(record.values()))
    return _packed(layout, sink.getvalue().encode(layout.encoding)), _description(layout)


def _record(layout: Layout, start: datetime, table: Table) -> dict[str, str]:
    return {**_times(layout, start), **{node: _number(layout, table[node, start]) for node in NODES}}


def _times(layout: Layout, start: datetime) -> dict[str, str]:
    local = start.astimezone(layout.place)
    if not layout.is_local:
        shown = start + layout.step if layout.edge == "end" else start
        return {"Time": _text(layout, shown)}
    shown = local.replace(tzinfo=None) + (layout.step if layout.edge == "end" else timedelta())
    is_second = bool(local.fold)
    text = shown.strftime(layout.pattern) + ("X" if is_second and layout.mark == "suffix" else "")
    marks = {"column": {"Second": "J" if is_second else "N"}, "zone": {"Zone": _season(local)}}
    return {"Time": text, **marks.get(layout.mark, {})}


def _season(local: datetime) -> str:
    return "summer" if local.dst() else "winter"


def _text(layout: Layout, shown: datetime) -> str:
    if layout.pattern.startswith("epoch"):
        return str(int(shown.timestamp()) * (1000 if layout.pattern == "epoch_ms" else 1))
    local = shown.astimezone(layout.place)
    return local.isoformat() if layout.pattern == "iso" else local.replace(tzinfo=None).strftime(layout.pattern)


def _number(layout: Layout, value: float | None) -> str:
    if value is None:
        return "n/e"
    group = _group(layout)
    text = f"{value:,.3f}" if group else f"{value:.3f}"
    return text.translate({ord(","): group or "", ord("."): layout.decimal})


def _group(layout: Layout) -> str | None:
    return {"other": "," if layout.decimal == "." else "."}.get(layout.group or "", layout.group)


def _packed(layout: Layout, data: bytes) -> bytes:
    if layout.packing == ".gz":
        return gzip.compress(data)
    if layout.packing == ".zst":
        return zstandard.compress(data)
    if layout.packing == ".zip":
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            archive.writestr("data.csv", data)
        return sink.getvalue()
    return data


def _description(layout: Layout) -> dict:
    time: dict = {layout.edge: "Time"}
    if layout.pattern != "iso":
        time["format"] = layout.pattern
    if layout.pattern not in ("epoch_s", "epoch_ms", "iso"):
        time["time_zone"] = layout.zone
    if layout.is_local:
        time |= _marks(layout)
    dialect = {
        "delimiter": layout.delimiter,
        "decimalChar": layout.decimal,
        "groupChar": _group(layout),
        "encoding": layout.encoding,
        "missingValues": ["", "n/e"],
        "headerRows": layout.lines_above + 1,
        "commentChar": "#" if layout.comments else None,
    }
    minutes = layout.step // timedelta(minutes=1)
    description = {
        **{"name": "random", "summary": "x", "source": "x", "grid": "G", "time": time, "dialect": dialect},
        "resolution": "PT1H" if minutes == 60 else f"PT{minutes}M",
    }
    if layout.is_wide:
        columns = {"columns": f"(?P<node>{'|'.join(NODES)})", "value": "Value"}
        description |= {"unpivot": columns, "node_column": "node"}
    else:
        description["node_column"] = "Node"
    return {**description, "values": [{"column": "Value", "metric": "load", "unit": "MW"}]}


def _marks(layout: Layout) -> dict:
    if layout.mark == "zone":
        year = [datetime(2024, month, 1, tzinfo=layout.place) for month in (1, 7)]
        offsets = {_season(moment): moment.isoformat()[-6:] for moment in year}
        return {"zone_column": "Zone", "offsets": offsets}
    rules: dict[str, dict] = {
        "column": {"column": "Second", "second": ["J"]},
        "suffix": {"suffix": "X"},
        "order": {"order": True},
    }
    return {"repeated": rules[layout.mark]}
