"""CAISO's outlook: interval-ending local times, and a knowledge time that looks into no future."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pyarrow as pa
import pytest

from loaders.errors import LoadError, UsageError
from loaders.formats import ReadOptions, format_named
from loaders.settings import PROJECT_ROOT

CAISO = format_named("caiso-outlook")
FOLDER = PROJECT_ROOT.parent / "shared" / "data" / "caiso"
needs_data = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the published CAISO files are not at {FOLDER}")
HEADER = "Time,Demand,Net Demand,Day-ahead demand forecast,Day-ahead net demand forecast,Reserve requirement"


def rows_of(path, **options):
    rows = [row for table in CAISO.read(path, ReadOptions(**options)) for row in table.to_pylist()]
    return sorted(rows, key=lambda row: row["row_number"])


@pytest.fixture
def write(tmp_path):
    def _write(*lines, name="rtm_forecast_7day_20260311.csv", header=HEADER):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([header, *lines]) + "\n")
        return path

    return _write


def test_a_record_is_four_measures_of_the_five_minutes_before_its_time(write):
    rows = rows_of(write("03/11/2026 00:05,21481,16265,22556,17950,2016"))
    assert [(row["row_number"], row["metric"], row["value"]) for row in rows] == [
        *((1, "load", 21481), (2, "net_load", 16265), (3, "load_forecast", 22556), (4, "net_load_forecast", 17950))
    ]
    shared = {(row["node"], row["unit"], row["resolution"], row["interval_start"], row["collected_at"]) for row in rows}
    assert shared == {
        ("CAISO", "MW", "PT5M", datetime(2026, 3, 11, 7, tzinfo=UTC), datetime(2026, 3, 12, 7, tzinfo=UTC))
    }


def test_an_empty_cell_states_nothing(write):
    rows = rows_of(write("03/11/2026 12:00,,1,2,3,4", "03/12/2026 00:05,,,2,3,4"))
    assert {row["row_number"] for row in rows if row["reason"] == "blank"} == {1, 5, 6}
    assert [(row["row_number"], row["metric"], row["value"]) for row in rows if row["reason"] is None] == [
        *((2, "net_load", 1), (3, "load_forecast", 2), (4, "net_load_forecast", 3)),
        *((7, "load_forecast", 2), (8, "net_load_forecast", 3)),
    ]


def test_the_day_is_in_the_name_or_the_folders_name_or_stated(write):
    line = "03/11/2026 12:00,1,1,2,3,4"
    folder = write(line, name="20260312/outlook.csv")
    assert {row["collected_at"] for row in rows_of(folder)} == {datetime(2026, 3, 13, 7, tzinfo=UTC)}
    given = datetime(2026, 3, 11, 20, tzinfo=UTC)
    bare = write(line, name="outlook.csv")
    assert {row["collected_at"] for row in rows_of(bare, collected_at=given)} == {given}
    assert (CAISO.collected_at_basis(), CAISO.collected_at_basis(ReadOptions(collected_at=given))) == (
        "inferred",
        "observed",
    )
    for attempt in (rows_of, CAISO.identity):
        with pytest.raises(LoadError, match="the day that caiso-outlook needs is not in"):
            attempt(bare)


def test_one_metric_is_taken_on_request_and_an_unknown_one_refused(write):
    path = write("03/11/2026 12:00,1,1,2,3,4")
    assert [row["metric"] for row in rows_of(path, metric="net_load")] == ["net_load"]
    with pytest.raises(UsageError, match="'price'"):
        rows_of(path, metric="price")


def test_bad_times_and_lacking_columns_say_so(write):
    assert {row["reason"] for row in rows_of(write("11.03.2026 12:00,1,1,2,3,4"))} == {"bad_time"}
    with pytest.raises(
        LoadError, match="the column Day-ahead demand forecast, Day-ahead net demand forecast, Net Demand is missing"
    ):
        rows_of(write("03/11/2026 12:00,1", header="Time,Demand"))


def local_day(day, zone_gap):
    """A day's local labels as clocks show them, 5 minutes apart: zone_gap hours are repeated (1) or skipped (-1)."""
    minutes = list(range(5, 24 * 60 + 5, 5))
    labels = [datetime(*day) + timedelta(minutes=each) for each in minutes]
    if zone_gap > 0:
        # The labels 01:00 to 01:55 stand there twice, one run after the other.
        labels = labels[: labels.index(datetime(*day, 2))] + labels[labels.index(datetime(*day, 1)) :]
    else:
        labels = [label for label in labels if not datetime(*day, 2) <= label < datetime(*day, 3)]
    return [f"{label:%m/%d/%Y %H:%M},1,1,2,3,4" for label in labels]


@pytest.mark.parametrize(("day", "gap", "hours"), [((2026, 11, 1), 1, 25), ((2026, 3, 8), -1, 23)])
def test_the_days_of_the_clock_changes_are_whole(write, day, gap, hours):
    rows = rows_of(write(*local_day(day, gap), name=f"{datetime(*day):%Y%m%d}.csv"), metric="load")
    assert all(row["reason"] is None for row in rows)
    starts = [row["interval_start"] for row in rows]
    assert starts == [starts[0] + timedelta(minutes=5) * place for place in range(hours * 12)]
    assert starts[-1] + timedelta(minutes=5) == rows[0]["collected_at"]


def test_a_label_that_never_was_is_rejected(write):
    (row,) = rows_of(write("03/08/2026 02:30,1,1,2,3,4", name="20260308.csv"), metric="load")
    assert row["reason"] == "nonexistent_time"


@needs_data
def test_the_published_files_restate_forecasts_and_fill_in_actuals():
    known = []
    for name in ("rtm_forecast_7day_20260311.csv", "rtm_forecast_7day_20260312.csv"):
        table = pa.concat_tables(CAISO.read(FOLDER / name))
        assert set(table["reason"].unique().to_pylist()) == {None, "blank"}
        table = table.filter(table["reason"].is_null())
        assert len(table) == 2 * 289 + 2 * 2305
        known.append({(row["metric"], row["interval_start"]): row["value"] for row in table.to_pylist()})
    for forecast, actual in (("load_forecast", "load"), ("net_load_forecast", "net_load")):
        shared = [key for key in known[0] if key in known[1] and key[0] == forecast]
        assert len(shared) == 2017
        assert sum(known[0][key] != known[1][key] for key in shared) == 1728
        # Blank in the first file, a number in the second.
        filled = {(actual, start) for _, start in shared} & set(known[1]) - set(known[0])
        assert len(filled) == 288
        assert all(known[1][key] is not None for key in filled)


@needs_data
def test_the_published_hourly_forecasts_change_just_after_the_hour():
    """Which is why Time is the end of the interval: the hour's first interval ends at :05."""
    table = pa.concat_tables(CAISO.read(FOLDER / "rtm_forecast_7day_20260311.csv", ReadOptions(metric="load_forecast")))
    rows = sorted((row["interval_start"], row["value"]) for row in table.to_pylist())
    changes = [now for (_, before), (now, after) in pairwise(rows) if before != after]
    assert len(changes) == 192
    assert {start.minute for start in changes} == {0}
