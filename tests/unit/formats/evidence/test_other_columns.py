"""Columns that are not read: parts of the time, other clocks, signs and factors; and columns that are no nodes."""

from datetime import UTC, datetime

import pytest

from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named

KNOWN = datetime(2026, 1, 1, tzinfo=UTC)
LONG = {"grid": "G", "region": "R", "node": "N", "metric": "load", "unit": "MW", "collected_at": KNOWN}
WIDE = {"grid": "G", "region": "R", "metric": "load", "collected_at": KNOWN, "time_column": "time"}
COLUMNS = {"time": "interval_start", "v": "value"}


@pytest.fixture
def read(write):
    def _read(header, rows, form="long", **options):
        path = write("\n".join([header, *rows]) + "\n")
        stated = {**LONG, "column_map": COLUMNS} if form == "long" else WIDE
        batches = format_named(form).read(path, ReadOptions(**{**stated, **options}))
        return [row["interval_start"].hour for batch in batches for row in batch.to_pylist()]

    return _read


@pytest.mark.parametrize("is_constant", [True, False])
@pytest.mark.parametrize(("name", "first"), [("k", 1), ("stunde_nr", 0), ("minute", 0)])
def test_a_part_of_the_time_that_is_not_read_is_a_question(read, name, first, is_constant):
    rows = [f"2024-05-01T00:00Z,{first + place},{7 if is_constant else place}" for place in range(6)]
    with pytest.raises(LoadError, match=f"rows 1 and 2 are of the same interval, and the column {name}, which is not"):
        read(f"time,{name},v", rows)
    assert len(read(f"time,{name},v", rows, ignore=(name,))) == 6
    assert len(read("time,row,v", [*rows[:2], *(f"2024-05-01T0{hour}:00Z,9,9" for hour in range(1, 5))])) == 6


@pytest.mark.parametrize(
    ("name", "zone", "hours", "is_right"),
    [
        ("datetime_utc", "Europe/Berlin", -2, True),
        ("datetime_utc", "Europe/Berlin", -3, False),
        ("timestamp_local", "Europe/Berlin", 0, True),
        ("timestamp_local", "Europe/Berlin", 2, False),
        ("timestamp_local", "UTC", 2, True),
        ("published_utc", "Europe/Berlin", 9, True),
    ],
)
def test_a_second_clock_shows_whether_the_zone_is_right(read, name, zone, hours, is_right):
    rows = [f"2024-05-01 {hour:02}:00,2024-05-01 {hour + hours:02}:00,{hour}" for hour in range(3, 8)]
    options = {"time_zone": zone, "ignore": (name,) if name.startswith("pub") else ()}
    if is_right:
        assert len(read(f"time,{name},v", rows, **options)) == 5
        return
    with pytest.raises(LoadError, match=f"the times are read as {zone}, but .* away from those in the column {name}"):
        read(f"time,{name},v", rows, **options)
    assert len(read(f"time,{name},v", rows, time_zone=zone, ignore=(name,))) == 5


@pytest.mark.parametrize(
    ("name", "texts", "words"),
    [
        ("sign", ["+", "-"], "has the sign of the values .- in row 2."),
        ("power_of_ten", [3, 3], "seems to be a factor"),
        ("decimals", [2, 2], "seems to be a factor"),
        ("x", ["Bezug", "Abgabe"], "all rows are read as one series"),
        ("way", ["import", "export"], "all rows are read as one series"),
    ],
)
def test_signs_factors_and_directions_are_not_ignored(read, name, texts, words):
    rows = [f"2024-05-01T0{hour}:00Z,{text},{hour}" for hour, text in enumerate(texts)]
    with pytest.raises(LoadError, match=f"the column {name} .*{words}"):
        read(f"time,{name},v", rows)


@pytest.mark.parametrize("name", ["Energy", "Energia wyprodukowana", "active_energy_consumed"])
def test_energy_is_no_power(read, name):
    with pytest.raises(LoadError, match=f"the column {name} seems to hold energy, but the unit is MW"):
        read(f"time,{name}", ["2024-05-01T00:00Z,5"], column_map={"time": "interval_start", name: "value"})
    for other, unit in ((name, "MWh"), ("Wind energy", "MW")):
        columns = {"time": "interval_start", other: "value"}
        assert read(f"time,{other}", ["2024-05-01T00:00Z,5"], column_map=columns, unit=unit) == [0]


@pytest.mark.parametrize(
    ("name", "stated", "is_right"),
    [
        ("Price ($/MWh)", "SGD/MWh", True),
        ("Price ($/MWh)", "USD/MWh", True),
        ("Price ($/MWh)", "EUR/MWh", False),
        ("DollarsPerMegawattHour", "NZD/MWh", True),
    ],
)
def test_a_dollar_may_be_of_several_countries(read, name, stated, is_right):
    options = {"column_map": {"time": "interval_start", name: "value"}, "metric": "price", "unit": stated}
    if is_right:
        assert read(f"time,{name}", ["2024-05-01T00:00Z,5"], **options) == [0]
        return
    with pytest.raises(LoadError, match="Pass the currency that its"):
        read(f"time,{name}", ["2024-05-01T00:00Z,5"], **options)


@pytest.mark.parametrize("name", ["PROG. DIARIA", "Load plan", "Planned load", "Consumo programado", "fogyasztás terv"])
def test_a_plan_is_a_forecast(read, name):
    with pytest.raises(LoadError, match="seems to hold a forecast, but it is read as load"):
        read(f"time,{name}", ["2024-05-01T00:00Z,5"], column_map={"time": "interval_start", name: "value"})


@pytest.mark.parametrize(
    "names",
    ["Load,Generation", "Consum[MW],Productie[MW]", "Load,Wind,Solar", "Import,Export", "Netzlast,Residuallast"],
)
def test_measures_of_one_location_are_no_nodes(read, names):
    with pytest.raises(LoadError, match="seem to be different measures, not nodes"):
        read(f"time,{names}", ["2024-05-01T00:00Z,5,6,7"[: 19 + 2 * names.count(",")]], "wide", unit="MW")


@pytest.mark.parametrize("names", ["North load,South load", "Coal,Gas,Wind", "Load", "A,B"])
def test_locations_and_fuels_are_nodes(read, names):
    rows = [",".join(["2024-05-01T00:00Z", *"567"[: names.count(",") + 1]])]
    assert len(read(f"time,{names}", rows, "wide")) == names.count(",") + 1


def test_a_column_of_units_is_no_row_of_units(read):
    rows = ["2024-05-01T00:00Z,5,MWH", "2024-05-01T01:00Z,6,MWH"]
    with pytest.raises(LoadError, match="the column Measured in has units, no numbers"):
        read("time,A,Measured in", rows, "wide")
