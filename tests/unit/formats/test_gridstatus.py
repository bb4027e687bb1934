"""Frames in the shapes of the gridstatus library: columns and time zones as its methods return them."""

from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pytest

from loaders.canonical.batch import SCHEMA
from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named
from loaders.ingest.frames import to_arrow

GRIDSTATUS = format_named("gridstatus")
KNOWN = datetime(2024, 5, 2, tzinfo=UTC)
ZONE = "US/Pacific"


def times(hours, minutes=60, zone=ZONE):
    start = pd.Timestamp("2024-05-01", tz=zone)
    starts = [start + pd.Timedelta(minutes=minutes) * place for place in range(hours)]
    return {"Interval Start": starts, "Interval End": [each + pd.Timedelta(minutes=minutes) for each in starts]}


def load():
    """As CAISO.get_load: five minutes, Time next to Interval Start, no publication time."""
    spans = times(3, 5)
    return pd.DataFrame({"Time": spans["Interval Start"], **spans, "Load": [20000.0, 20010.0, float("nan")]})


def load_forecast():
    """As SPP.get_load_forecast."""
    spans = times(2, zone="US/Central")
    return pd.DataFrame(
        {**spans, "Publish Time": [spans["Interval Start"][0]] * 2, "Load Forecast": [30000.0, 31000.0]}
    )


def zones():
    """As Ercot.get_load_forecast: a column a zone, and no column of a known measure."""
    spans = times(1, zone="US/Central")
    values = {"North": [1.0], "South": [2.0], "System Total": [3.0]}
    return pd.DataFrame({"Time": spans["Interval Start"], **spans, "Publish Time": spans["Interval Start"], **values})


def total_and_zones():
    """As PJM.get_load: the total as Load, then a column an area."""
    spans = times(1, 5, "US/Eastern")
    return pd.DataFrame({"Time": spans["Interval Start"], **spans, "Load": [3.0], "AE": [1.0], "PJM RTO": [3.0]})


def lmp(market="DAY_AHEAD_HOURLY", minutes=60):
    """As CAISO.get_lmp_day_ahead_hourly."""
    spans = times(1, minutes)
    spans = {name: each * 2 for name, each in spans.items()}
    fixed = {"Market": market, "Location": ["TH_NP15", "DLAP_PGAE-APND"], "Location Type": ["Trading Hub", "DLAP"]}
    parts = {"LMP": [30.5, 31.5], "Energy": [30.0, 30.0], "Congestion": [0.5, 1.5], "Loss": [0.0, 0.0]}
    return pd.DataFrame({"Time": spans["Interval Start"], **spans, **fixed, **parts})


def rows_of(frame, **options):
    options = ReadOptions(**{"grid": "CAISO", **options})
    tables = GRIDSTATUS.read_frame(to_arrow(frame), "frame", options)
    rows = [row for table in tables for row in table.select(SCHEMA.names).to_pylist()]
    return sorted(rows, key=lambda row: row["row_number"])


def brief(rows):
    return [(row["node"], row["metric"], row["resolution"], row["value"], row["reason"]) for row in rows]


BLANK = ("CAISO", "load", "PT5M", None, "blank")


def test_a_total_is_the_grids_own_node():
    rows = rows_of(load(), collected_at=KNOWN)
    assert brief(rows) == [("CAISO", "load", "PT5M", value, None) for value in (20000, 20010)] + [BLANK]
    assert rows[0]["interval_start"] == datetime(2024, 5, 1, 7, tzinfo=UTC)
    assert {(row["grid"], row["region"], row["unit"], row["collected_at"]) for row in rows} == {
        ("CAISO", "CAISO", "MW", KNOWN)
    }


@pytest.mark.parametrize("column", ["Publish Time", "Forecast Time"])
def test_the_publication_time_is_the_knowledge_time(column):
    rows = rows_of(load_forecast().rename(columns={"Publish Time": column}), grid="SPP")
    assert brief(rows) == [("SPP", "load_forecast", "PT1H", value, None) for value in (30000, 31000)]
    assert {row["collected_at"] for row in rows} == {datetime(2024, 5, 1, 5, tzinfo=UTC)}


def test_columns_of_zones_are_nodes_of_the_metric_that_is_named():
    rows = rows_of(zones(), grid="ERCOT", metric="load_forecast")
    assert [(row["node"], row["value"]) for row in rows] == [("North", 1), ("South", 2), ("System Total", 3)]
    assert {row["metric"] for row in rows} == {"load_forecast"}
    with pytest.raises(LoadError, match="Pass the metric"):
        rows_of(zones(), grid="ERCOT")


def test_zones_next_to_a_total_are_nodes_of_its_metric():
    rows = rows_of(total_and_zones(), grid="PJM", collected_at=KNOWN)
    assert [(row["node"], row["metric"], row["value"]) for row in rows] == [
        *(("PJM", "load", 3), ("AE", "load", 1), ("PJM RTO", "load", 3))
    ]


def test_prices_are_by_location_and_each_market_is_a_source():
    rows = rows_of(lmp(), collected_at=KNOWN)
    assert brief(rows) == [("TH_NP15", "price", "PT1H", 30.5, None), ("DLAP_PGAE-APND", "price", "PT1H", 31.5, None)]
    assert {(row["source"], row["unit"]) for row in rows} == {("gridstatus DAY_AHEAD_HOURLY", "USD/MWh")}
    (row, _) = rows_of(lmp("REAL_TIME_5_MIN", 5), collected_at=KNOWN, source="mine")
    assert (row["source"], row["resolution"]) == ("mine REAL_TIME_5_MIN", "PT5M")


def test_canadian_prices_are_not_in_dollars_of_the_us():
    assert {row["unit"] for row in rows_of(lmp(), grid="IESO", collected_at=KNOWN)} == {"CAD/MWh"}


def test_locations_of_a_forecast_are_nodes():
    frame = load_forecast().assign(**{"TAC Area Name": ["CA ISO-TAC", "PGE-TAC"]})
    assert [row["node"] for row in rows_of(frame)] == ["CA ISO-TAC", "PGE-TAC"]


def test_several_known_measures_are_rows_each(caplog):
    frame = load_forecast().rename(columns={"Load Forecast": "Day Ahead Demand Forecast"})
    frame = frame.assign(Demand=[1.0, 2.0], **{"Reserve Requirement": [5.0, 5.0]})
    rows = rows_of(frame)
    assert [row["metric"] for row in rows] == ["load_forecast", "load"] * 2
    assert [row["metric"] for row in rows_of(frame, metric="load")] == ["load"] * 2
    assert "Reserve Requirement" in caplog.text


def test_an_empty_number_states_nothing_unless_the_caller_says_that_it_withdraws():
    """As CAISO.get_seven_day_resource_adequacy_outlook: actuals and forecasts side by side."""
    frame = pd.DataFrame({**times(3), "Demand": [None, None, None], "Day Ahead Demand Forecast": [1.0, None, 3.0]})
    frame["Publish Time"] = frame["Interval End"].iloc[0]
    frame = frame.astype({"Demand": float})
    assert [row["row_number"] for row in rows_of(frame) if row["reason"] == "blank"] == [1, 3, 4, 5]
    assert {row["reason"] for row in rows_of(frame, blanks="withdrawn")} == {None}


def test_a_local_day_of_23_or_25_hours_is_a_day():
    starts = [
        pd.Timestamp("2024-03-10", tz=ZONE),
        pd.Timestamp("2024-11-03", tz=ZONE),
        pd.Timestamp("2024-05-01", tz=ZONE),
    ]
    ends = [each + pd.DateOffset(days=1) for each in starts]
    frame = pd.DataFrame({"Interval Start": starts, "Interval End": ends, "Load": [1.0, 2.0, 3.0]})
    assert {row["resolution"] for row in rows_of(frame, collected_at=KNOWN)} == {"P1D"}
    frame["Interval End"] = frame["Interval Start"] + pd.Timedelta(minutes=7)
    assert {row["reason"] for row in rows_of(frame, collected_at=KNOWN)} == {"bad_resolution"}


def test_csv_and_parquet_of_a_frame_say_what_the_frame_says(tmp_path):
    for frame, stated in ((load(), {"collected_at": KNOWN}), (load_forecast(), {}), (lmp(), {"collected_at": KNOWN})):
        frame.to_csv(tmp_path / "frame.csv", index=False)
        frame.to_parquet(tmp_path / "frame.parquet", index=False)
        for name in ("frame.csv", "frame.parquet"):
            tables = list(GRIDSTATUS.read(tmp_path / name, ReadOptions(grid="CAISO", **stated)))
            assert pa.concat_tables([table.select(SCHEMA.names) for table in tables]).to_pylist() == [
                row for table in GRIDSTATUS.read_frame(to_arrow(frame), "f", ReadOptions(grid="CAISO", **stated))
                for row in table.select(SCHEMA.names).to_pylist()
            ]  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "stated", "message"),
    [
        (load(), {}, "no column Publish Time"),
        (load_forecast(), {"collected_at": KNOWN}, "its own column collected_at"),
        (load().drop(columns="Interval Start"), {"collected_at": KNOWN}, "no column Interval Start"),
        (load().drop(columns="Interval End"), {"collected_at": KNOWN}, "no column Interval End"),
        (load(), {"collected_at": KNOWN, "grid": None}, "the grid .*is missing"),
        (load().assign(Demand=1.0), {"collected_at": KNOWN}, "are both load"),
        (lmp().drop(columns="LMP"), {"collected_at": KNOWN}, "no column of numbers"),
    ],
)
def test_a_frame_that_has_no_something_says_what(frame, stated, message):
    with pytest.raises(LoadError, match=message):
        rows_of(frame, **stated)


def test_a_frame_with_one_time_column_is_mapped():
    """As NYISO.get_load: Time, Load, a column a zone."""
    frame = pd.DataFrame({"Time": times(2, 5)["Interval Start"], "Load": [3.0, 4.0], "CAPITL": [1.0, 2.0]})
    options = {"column_map": {"Time": "interval_start"}, "resolution": "PT5M", "collected_at": KNOWN}
    rows = rows_of(frame, grid="NYISO", **options)
    assert [(row["node"], row["resolution"], row["value"]) for row in rows] == [
        *(("NYISO", "PT5M", 3), ("CAPITL", "PT5M", 1), ("NYISO", "PT5M", 4), ("CAPITL", "PT5M", 2))
    ]


def test_every_market_of_the_library_has_a_time_zone():
    markets = ("AESO", "CAISO", "ERCOT", "IESO", "ISONE", "MISO", "NYISO", "PJM", "SPP", "Ercot")
    assert all(GRIDSTATUS.time_zone_of(market) for market in markets)
    assert GRIDSTATUS.time_zone_of("Grid1") is None
