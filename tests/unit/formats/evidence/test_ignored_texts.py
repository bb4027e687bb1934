"""Columns that are not read are looked at: what their texts state must not contradict how the others are read."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named

SHARED = {
    "grid": "G",
    "region": "R",
    "node": "N",
    "metric": "load",
    "unit": "MW",
    "collected_at": datetime(2026, 1, 1, tzinfo=UTC),
}
COLUMNS = {"time": "interval_start", "v": "value"}


@pytest.fixture
def read(tmp_path):
    def _read(name, texts, form="csv", times=None, **options):
        times = times or [f"2024-05-01T{hour:02}:00Z" for hour in range(len(texts))]
        rows = list(zip(times, texts, range(len(texts)), strict=True))
        path = tmp_path / f"file.{form}"
        lines = [f'{time},"{text}",{value}' for time, text, value in rows]
        if form == "ndjson":
            lines = [json.dumps({"time": time, name: text, "v": value}) for time, text, value in rows]
        path.write_text("\n".join([*([f"time,{name},v"] if form == "csv" else []), *lines]) + "\n")
        options = ReadOptions(**{**SHARED, "column_map": COLUMNS, **options})
        return sum(len(batch) for batch in format_named("long").read(path, options))

    return _read


@pytest.mark.parametrize("form", ["csv", "ndjson"])
@pytest.mark.parametrize(
    ("name", "texts", "words"),
    [
        ("type", ["ACTUAL", "FORECAST"], "says ACTUAL in row 1 and FORECAST in row 2, but both would be one series"),
        ("Art", ["Ist", "Prognose"], "--map 'Art=source'"),
        ("kind", ["Forecast", "Forecast"], "says Forecast in row 1, but the rows are read as load"),
        ("Einheit", ["GW", "GW"], "says GW in row 1, but the unit is MW. Map it .*--map 'Einheit=unit'"),
        ("UOM", ["MW", "kW"], "says kW in row 2, but the unit is MW"),
        ("currency", ["PLN", "PLN"], "says PLN in row 1, but the unit is MW"),
        (
            "interval_minutes",
            ["15", "15"],
            "length of the intervals .15 in row 1., but it is not read. Pass the length",
        ),
        ("Dauer", ["PT15M", "PT15M"], "--map 'Dauer=resolution'"),
        ("x", ["PT15M", "PT30M"], "seems to state the length"),
        ("area", ["DK1", "DK2"], "says DK1 in row 1 and DK2 in row 2, but all rows are read as node N"),
        ("fuel", ["coal", "gas"], "says coal in row 1 and gas in row 2, but all rows are read as one series"),
        ("status", ["final", "cancelled"], "says cancelled in row 2, but the values are read. Leave such rows out"),
        ("scale", ["1000", "1000"], "seems to be a factor .1000 in row 1., but it is not read"),
    ],
)
def test_what_a_column_states_is_not_ignored_in_silence(read, form, name, texts, words):
    with pytest.raises(LoadError, match=f"the column {name} .*{words}.*--ignore '{name}'"):
        read(name, texts, form)
    assert read(name, texts, form, ignore=(name,)) == 2


@pytest.mark.parametrize(
    ("name", "texts", "options"),
    [
        ("type", ["Forecast", "Forecast"], {"metric": "load_forecast"}),
        ("type", ["Forecast", "Forecast"], {"source": "tso-forecast"}),
        ("Einheit", ["MW", "MW"], {}),
        ("currency", ["EUR", "EUR"], {"unit": "EUR/MWh", "metric": "price"}),
        ("Dauer", ["PT1H", "PT1H"], {"resolution": "PT1H"}),
        ("area", ["DK1", "DK1"], {}),
        ("comment", ["late", "revised"], {}),
        ("id", ["1", "2"], {}),
        ("scale", ["1", "1"], {}),
        ("change", ["+5", "-3"], {"time_zone": "UTC"}),
    ],
)
def test_what_agrees_or_says_nothing_is_ignored(read, name, texts, options):
    assert read(name, texts, **options) == 2


@pytest.mark.parametrize(("name", "text"), [("utcoffset", "-4"), ("x", "EDT"), ("x", "UTC-4"), ("x", "-04:00")])
def test_an_offset_of_local_times_is_not_ignored(read, name, text):
    times = ["2024-07-01 00:00", "2024-07-01 01:00"]
    with pytest.raises(LoadError, match=f"seems to state the UTC offset .*{text} in row 1.*--map '{name}=utc_offset'"):
        read(name, [text, text], times=times, time_zone="America/Chicago")
    assert read(name, [text, text]) == 2


@pytest.mark.parametrize(("text", "is_end"), [("00:00 - 00:15", True), ("00:15 - 00:30", False)])
def test_a_column_of_periods_shows_the_edge(read, text, is_end):
    times, texts = ["2024-06-14 00:15", "2024-06-14 00:30"], [text, "x"]
    if not is_end:
        assert read("period", texts, times=times, time_zone="Europe/Warsaw") == 2
        return
    with pytest.raises(LoadError, match="row 1 has 00:00 - 00:15 in the column period, so its time 00:15 is the end"):
        read("period", texts, times=times, time_zone="Europe/Warsaw")
    assert read("period", texts, times=times, time_zone="Europe/Warsaw", times_are="end") == 2


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_hours_at_half_past_are_a_question(read, zone):
    times = [f"2024-01-01 {hour:02}:30" for hour in range(24)]
    with pytest.raises(LoadError, match="in the middle of full intervals, such as 2024-01-01 00:30"):
        read("id", range(24), times=times, time_zone=zone)
    assert read("id", range(24), times=times, time_zone=zone, times_are="start") == 24


@pytest.mark.parametrize("hours", [2, 3, 6])
def test_rows_that_are_several_hours_apart_are_a_question(read, hours):
    start = datetime(2024, 1, 1)
    times = [f"{start + place * timedelta(hours=hours)}Z" for place in range(7)]
    with pytest.raises(
        LoadError, match=f"row 2: rows of one series are PT{hours}H apart, so they may be for that time"
    ):
        read("id", range(7), times=times)
    assert read("id", range(7), times=times, resolution=f"PT{hours}H") == 7
    assert read("id", range(7), times=times, resolution="PT1H") == 7
    assert read("id", range(6), times=[*times[:5], f"{start + timedelta(days=3)}Z"]) == 6
