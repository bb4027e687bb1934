"""Frames from any library: the same rows are the same load, and what is not a frame is refused."""

import subprocess
import sys
from datetime import UTC, datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import loaders
from loaders.errors import LoadError, UsageError
from loaders.ingest import pipeline as ingest
from loaders.ingest.frames import load_frame, to_arrow
from tests.support.load_results import DRY_RUN

ROWS = 5
HOURS = [datetime(2024, 5, 1, hour, tzinfo=UTC) for hour in range(ROWS)]
COLUMNS = {
    "grid": ["G"] * ROWS,
    "region": ["R"] * ROWS,
    "node": ["N", "M", "N", "M", "Köln"],
    "metric": ["load"] * ROWS,
    "interval_start": HOURS,
    "collected_at": [datetime(2024, 5, 2, tzinfo=UTC)] * ROWS,
    "value": [1.0, 2.0, None, 4.0, 5.0],
}
TABLE = pa.table(COLUMNS)


class Capsule:
    """Nothing but the Arrow C stream interface."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


def cast(**kinds):
    return pa.table({name: TABLE[name].cast(kinds.get(name, TABLE[name].type)) for name in TABLE.column_names})


def encoded():
    return pa.table({name: TABLE[name].dictionary_encode() if name == "node" else TABLE[name] for name in COLUMNS})


def renumbered():
    """The same names behind other dictionary indices, and an entry that no row bears."""
    nodes = pa.DictionaryArray.from_arrays(pa.array([2, 3, 2, 3, 1], pa.int8()), pa.array(["unused", "Köln", "N", "M"]))
    return TABLE.set_column(2, "node", nodes)


def garbage_below_null():
    values = pa.array([1.0, 2.0, 99.0, 4.0, 5.0], mask=pd.Series([False, False, True, False, False]).to_numpy())
    return TABLE.set_column(6, "value", values)


SAME = {
    "pandas": lambda: pd.DataFrame(COLUMNS),
    "pandas, categories": lambda: pd.DataFrame(COLUMNS).astype({"node": "category", "metric": "category"}),
    "pandas, filtered": lambda: pd.DataFrame(COLUMNS).iloc[::-1].iloc[::-1].set_axis(range(10, 10 + ROWS)),
    "pandas, a named index": lambda: pd.DataFrame(COLUMNS).set_index(["node", "interval_start"]),
    "pandas, another zone": lambda: pd.DataFrame(COLUMNS).assign(
        interval_start=pd.to_datetime(pd.Series(HOURS)).dt.tz_convert("Europe/Berlin")
    ),
    "pandas, Arrow types": lambda: TABLE.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda: pl.DataFrame(COLUMNS),
    "polars, categories": lambda: pl.DataFrame(COLUMNS).with_columns(pl.col("node").cast(pl.Categorical)),
    "polars, two chunks": lambda: pl.concat([pl.DataFrame(COLUMNS)[:2], pl.DataFrame(COLUMNS)[2:]], rechunk=False),
    "arrow, chunks": lambda: pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1, 0), TABLE.slice(1)]),
    "arrow, sliced": lambda: pa.concat_tables([TABLE, TABLE]).slice(ROWS),
    "arrow, large text": lambda: cast(node=pa.large_string(), grid=pa.string_view()),
    "arrow, other precision": lambda: cast(interval_start=pa.timestamp("s", "UTC"), value=pa.float32()),
    "arrow, whole numbers": lambda: cast(value=pa.int16()),
    "arrow, dictionary": encoded,
    "arrow, other dictionary": renumbered,
    "arrow, rubbish below a null": garbage_below_null,
    "arrow, columns in another order": lambda: TABLE.select(TABLE.column_names[::-1]),
    "arrow, metadata": lambda: TABLE.replace_schema_metadata({"made": "today"}),
    "arrow, a reader": lambda: TABLE.to_reader(max_chunksize=2),
    "anything with a stream": lambda: Capsule(TABLE),
}


@pytest.fixture
def stored(monkeypatch):
    """What would be stored: the arguments of the step after reading."""
    calls = []

    def keep(source, options, uri, content_hash, batches, progress):
        calls.append((options, uri, content_hash, pa.concat_tables(batches())))
        return DRY_RUN

    monkeypatch.setattr(ingest, "_store", keep)
    monkeypatch.setattr("loaders.ingest.frames.gate_pending_loads", lambda: [])
    return calls


@pytest.mark.parametrize("kind", SAME)
def test_the_same_rows_are_the_same_load_from_any_library(stored, kind):
    load_frame(TABLE, source="meter")
    load_frame(SAME[kind](), source="meter")
    (_, _, plain, rows), (_, _, hashed, same) = stored
    assert same.to_pylist() == rows.to_pylist()
    assert hashed == plain


def test_other_rows_are_another_load(stored):
    def changed(name, value):
        column = TABLE[name].to_pylist()
        column[2] = value
        return TABLE.set_column(TABLE.column_names.index(name), name, pa.array(column, TABLE[name].type))

    frames = [TABLE, TABLE.slice(1), changed("value", 0.0), changed("node", "M"), changed("interval_start", HOURS[0])]
    frames += [changed("node", None), TABLE.append_column("unit", pa.array(["kW"] * ROWS))]
    for frame in frames:
        load_frame(frame, source="meter")
    load_frame(TABLE, source="another meter")
    assert len({content_hash for _, _, content_hash, _ in stored}) == len(frames) + 1


def test_local_times_with_a_zone_are_the_same_rows_as_instants(stored):
    local = TABLE.set_column(4, "interval_start", pa.array([each.strftime("%Y-%m-%dT%H:%M") for each in HOURS]))
    load_frame(TABLE, source="meter")
    load_frame(local, source="meter", time_zone="UTC")
    assert stored[0][2] == stored[1][2]


def test_the_basis_the_name_and_the_options_are_passed_on(stored):
    load_frame(TABLE, source="meter", collected_at_basis="inferred", name="frame://mine", create_missing=True)
    options, uri, *_ = stored[0]
    assert (options.collected_at_basis, options.create_missing, uri) == ("inferred", True, "frame://mine")
    with pytest.raises(UsageError, match="Unknown basis 'guessed'"):
        load_frame(TABLE, source="meter", collected_at_basis="guessed")
    with pytest.raises(UsageError, match="unknown option 'colour'"):
        load_frame(TABLE, source="meter", colour="red")


def test_other_formats_are_read_from_frames_too(stored):
    wide = pd.DataFrame({"interval_start": HOURS[:1], "N": [1.0], "M": [2.0]})
    load_frame(wide, source="m", format="wide", grid="G", region="R", metric="load", collected_at=HOURS[4])
    assert [row["node"] for row in stored[0][3].to_pylist()] == ["N", "M"]
    with pytest.raises(UsageError, match="reads files only"):
        load_frame(wide, source="m", format="eia930")


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        ([1, 2], "Unsupported type list"),
        ("file.csv", "Unsupported type str"),
        (pd.Series([1.0]), "Unsupported type Series"),
        (pd.DataFrame({"value": [1, "x", object()]}), "cannot be read as a table"),
    ],
)
def test_what_is_no_frame_says_so(thing, message):
    with pytest.raises(LoadError, match=message):
        to_arrow(thing)


def test_load_frame_is_reached_from_the_package_without_making_it_heavy():
    assert loaders.load_frame is load_frame
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = loaders.nothing
    code = "import sys, loaders; sys.exit('pyarrow' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
