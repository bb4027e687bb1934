"""Columns that are not read and would change what the others mean: named in an error or a notice."""

from datetime import UTC, datetime

import pytest

from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named

SHARED = {"grid": "G", "region": "R", "node": "N", "metric": "load", "collected_at": datetime(2026, 1, 1, tzinfo=UTC)}


@pytest.fixture
def read(tmp_path):
    def _read(*lines, form="long", **options):
        path = tmp_path / "file.csv"
        path.write_text("\n".join(lines) + "\n")
        if form == "wide":
            options["node"] = None
        tables = format_named(form).read(path, ReadOptions(**{**SHARED, **options}))
        return [row["resolution"] or row["reason"] for table in tables for row in table.to_pylist()]

    return _read


@pytest.mark.parametrize("end", ["endTime", "Datum bis", "Interval End", "validto"])
def test_an_end_that_states_the_length_is_read_or_left_out_by_an_option(read, end):
    lines = [f"start,{end},value", "2024-01-01T00:00Z,2024-01-01T00:15Z,5"]
    with pytest.raises(
        LoadError, match=f"{end} seems to hold the end .* which states their length, but it is not read"
    ):
        read(*lines, column_map={"start": "interval_start"})
    assert read(*lines, column_map={"start": "interval_start", end: "interval_end"}) == ["PT15M"]
    assert read(*lines, column_map={"start": "interval_start"}, ignore=(end,)) == [None]
    assert read(*lines, column_map={"start": "interval_start"}, resolution="PT15M") == ["PT15M"]


@pytest.mark.parametrize("zone", ["Time Zone", "tz", "Zeitzone"])
def test_a_column_of_zones_is_read_or_left_out_by_an_option(read, zone):
    lines = [f"time,{zone},value", "2024-07-01T00:00,EDT,5"]
    options = {"column_map": {"time": "interval_start"}, "time_zone": "UTC"}
    with pytest.raises(LoadError, match=f"the column {zone} seems to state the zone .*--map '{zone}=utc_offset'"):
        read(*lines, **options)
    assert read(*lines, **options, ignore=(zone,)) == [None]


@pytest.mark.parametrize("form", ["long", "wide"])
def test_the_energy_of_an_hour_is_not_that_of_a_quarter(read, form):
    lines = ["time,Load [MWh]", *(f"2024-01-01T00:{minute:02}Z,{minute}" for minute in (0, 15, 30))]
    options = {"unit": "MWh/h", "form": form, "column_map": {"time": "interval_start"}}
    if form == "long":
        options["column_map"] = {"time": "interval_start", "Load [MWh]": "value"}
    with pytest.raises(
        LoadError, match=r"says that each value of .* is the energy of an hour, but the intervals are PT15M"
    ):
        read(*lines, **options)
    hourly = [lines[0], *(f"2024-01-01T0{hour}:00Z,{hour}" for hour in range(3))]
    assert read(*hourly, **options) == [None] * 3


@pytest.mark.parametrize(
    "name", ["SE3 (SEK)", "von", "Delivery End (CET)", "Temperature", "SE1_forecast", "SE1_low", "is_estimated"]
)
def test_other_columns_of_a_wide_table(read, name):
    with pytest.raises(LoadError, match=r"SEK|does not seem to be a node"):
        read(f"time,SE1,{name}", "2024-01-01T00:00Z,5,6", form="wide", time_column="time", unit="EUR/MWh")


def test_the_unit_of_a_row_agrees_with_the_name_of_the_values(read):
    options = {"column_map": {"time": "interval_start", "Load (GW)": "value"}}
    with pytest.raises(LoadError, match=r"Load \(GW\) says GW, but rows have the unit MW"):
        read("time,Load (GW),unit", "2024-01-01T00:00Z,40,GW", "2024-01-01T01:00Z,40,MW", **options)
    assert read("time,Load (GW),unit", "2024-01-01T00:00Z,40,GW", **options) == [None]
