"""A publisher changes its interval: a second series begins, and each hour is counted once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import warehouse as wh

import loaders
from loaders.errors import RegistryError
from loaders.formats import ReadOptions
from loaders.ingest.options import IngestResult
from tests.support.warehouses import Warehouse

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
CHANGE = datetime(2025, 9, 30, 22, tzinfo=UTC)  # midnight in Brussels
HEADER = "grid,region,node,metric,interval_start,collected_at,value,resolution"


def write(
    path: Path, metric: str, start: datetime, step: timedelta, values: list[float], resolution: str = "", days: int = 2
) -> Path:
    """One file of a grid that is named like its folder; without a resolution the file has no such column."""
    rows = [
        f"{path.parent.name},BE,BE,{metric},{start + number * step:%Y-%m-%dT%H:%MZ},"
        f"{CHANGE + timedelta(days=days):%Y-%m-%dT%H:%MZ},{value},{resolution}"
        for number, value in enumerate(values)
    ]
    lines = [HEADER, *rows] if resolution else [line.rsplit(",", 1)[0] for line in (HEADER, *rows)]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def ingest(path: Path, **options: object) -> IngestResult:
    chosen = {"create_missing": True, "grid_time_zone": "Europe/Brussels", **options}
    [outcome] = loaders.ingest_files([path], loaders.IngestOptions(**chosen))
    return outcome


def stored(warehouse: Warehouse, grid: str) -> list[tuple]:
    """Metric and resolution of each series, with its accepted rows and their sum."""
    return warehouse.query(
        "select metric, resolution, count(measures.value), sum(measures.value) from raw.series"
        " join raw.nodes using (node_id) join raw.regions using (region_id) join raw.grids using (grid_id)"
        " left join raw.measures using (series_id) where grid_name = %s group by 1, 2 order by 1, 2",
        grid,
    )


@pytest.fixture(scope="module")
def loaded(shared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """All files, and one build."""
    folder = tmp_path_factory.mktemp("resolutions")
    for name, order in (("switch", (0, 1)), ("switch-reversed", (1, 0))):
        files = [
            write(folder / name / "a.csv", "load", CHANGE - 22 * HOUR, HOUR, [1000.0 + hour for hour in range(22)]),
            write(folder / name / "b.csv", "load", CHANGE, QUARTER, [1000.0] * 96),
        ]
        outcomes = [ingest(files[position]) for position in order]
        assert [outcome.error for outcome in outcomes] == [None, None]
        assert any("begins a series with the resolution" in text for text in outcomes[1].result.notices)
    mixed = write(folder / "one-file" / "a.csv", "price", CHANGE - 2 * HOUR, HOUR, [20.0, 21.0], "PT60M")
    part = write(
        folder / "one-file" / "b.csv", "price", CHANGE, QUARTER, [100, 115, 130, 145, 200, 215, 230, 245], "PT15M"
    )
    mixed.write_text(mixed.read_text() + part.read_text().split("\n", 1)[1])
    assert ingest(mixed).error is None
    assert ingest(write(folder / "first" / "a.csv", "load", CHANGE, QUARTER, [1000.0] * 96)).error is None
    both = write(folder / "auctions" / "a.csv", "price", CHANGE, HOUR, [100.0, 101.0, 102.0], "PT60M")
    part = write(folder / "auctions" / "b.csv", "price", CHANGE, QUARTER, [90.0, 91.5, 93.0, 94.5] * 3, "PT15M")
    both.write_text(both.read_text() + part.read_text().split("\n", 1)[1])
    assert ingest(both).error is None
    quarters = [910.0, 970.0, 1030.0, 1090.0] * 4
    assert ingest(write(folder / "forecast" / "a.csv", "load", CHANGE, QUARTER, quarters, "PT15M")).error is None
    earlier = write(folder / "forecast" / "c.csv", "load", CHANGE - 2 * HOUR, HOUR, [900.0, 950.0], "PT1H")
    assert ingest(earlier).error is None
    forecast = write(folder / "forecast" / "b.csv", "load_forecast", CHANGE - 2 * HOUR, HOUR, [1000.0] * 6, "PT1H", -1)
    assert ingest(forecast).error is None
    shared_warehouse.apply_loads()
    return shared_warehouse


@pytest.mark.parametrize("grid", ["switch", "switch-reversed"])
def test_a_change_of_the_interval_begins_a_second_series(loaded: Warehouse, grid: str) -> None:
    assert stored(loaded, grid) == [("load", "PT15M", 96, 96_000), ("load", "PT1H", 22, sum(range(1000, 1022)))]
    hours = wh.rollup("region", grid=grid)
    after = hours[hours["interval_start"] >= CHANGE]
    assert after["value"].tolist() == [1000.0] * 24
    assert set(after["resolutions"]) == {"PT15M"}
    assert hours[hours["interval_start"] < CHANGE]["value"].tolist() == [1000.0 + hour for hour in range(22)]
    assert set(hours["nodes_reporting"]) == set(hours["nodes_expected"]) == {1}
    days = wh.completeness(grid=grid)[["resolution", "expected", "present", "missing"]]
    assert days.astype(str).values.tolist() == [["PT15M", "96", "96", "0"], ["PT1H", "24", "22", "2"]] or days.astype(
        str
    ).values.tolist() == [["PT1H", "24", "22", "2"], ["PT15M", "96", "96", "0"]]


def test_one_file_may_hold_both_lengths(loaded: Warehouse) -> None:
    assert stored(loaded, "one-file") == [("price", "PT15M", 8, 1380), ("price", "PT1H", 2, 41)]
    hours = wh.rollup("grid", grid="one-file")
    assert hours["value"].tolist() == [20.0, 21.0, 122.5, 222.5]
    assert hours["resolutions"].tolist() == ["PT1H", "PT1H", "PT15M", "PT15M"]


def test_quarter_hours_are_recognised_in_a_first_file(loaded: Warehouse) -> None:
    assert stored(loaded, "first") == [("load", "PT15M", 96, 96_000)]
    assert wh.rollup("region", grid="first")["value"].tolist() == [1000.0] * 24


def test_two_resolutions_of_the_same_hours_are_two_series_and_count_once(loaded: Warehouse) -> None:
    assert stored(loaded, "auctions") == [("price", "PT15M", 12, 1107), ("price", "PT1H", 3, 303)]
    hours = wh.rollup("region", grid="auctions")
    assert (hours["value"].tolist(), set(hours["resolutions"])) == ([92.25] * 3, {"PT15M"})
    assert len(wh.latest(grid="auctions")) == 15
    hourly = wh.latest(grid="auctions", resolution="PT1H")
    assert (hourly["value"].tolist(), hourly["resolution"].tolist()) == ([100.0, 101.0, 102.0], ["PT1H"] * 3)
    with pytest.raises(wh.ReadError, match="Specify the resolution"):
        wh.history("BE", "price", CHANGE, grid="auctions")
    assert wh.history("BE", "price", CHANGE, grid="auctions", resolution="PT15M")["value"].tolist() == [90.0]


def test_an_hourly_forecast_has_its_actual_on_both_sides_of_the_change(loaded: Warehouse) -> None:
    errors = wh.accuracy(grid="forecast", metric="load_forecast", by=None)
    assert errors["error"].tolist() == [100.0, 50.0, 0.0, 0.0, 0.0, 0.0]
    as_of = wh.accuracy(grid="forecast", metric="load_forecast", by=None, collected="2099-01-01")
    assert as_of["error"].tolist() == errors["error"].tolist()
    assert as_of["actual_series_id"].tolist() == errors["actual_series_id"].tolist()


def test_a_length_that_contradicts_the_file_is_refused(loaded: Warehouse, tmp_path: Path) -> None:
    path = write(tmp_path / "contradiction" / "a.csv", "load", CHANGE, HOUR, [1000.0] * 24)
    outcome = ingest(path, read=ReadOptions(resolution="PT15M"))
    assert "PT1H apart, but the resolution is set to PT15M" in outcome.error
    assert stored(loaded, "contradiction") == []


def test_a_second_series_does_not_begin_unasked(loaded: Warehouse, tmp_path: Path) -> None:
    path = write(tmp_path / "switch" / "c.csv", "price", CHANGE, HOUR, [1.0] * 24)
    assert ingest(path).error is None
    quarters = write(tmp_path / "switch" / "d.csv", "price", CHANGE + 24 * HOUR, QUARTER, [1.0] * 96)
    assert "--create-missing" in ingest(quarters, create_missing=False).error
    assert stored(loaded, "switch")[-1] == ("price", "PT1H", 24, 24)


@pytest.mark.parametrize(("start", "rows"), [(CHANGE + 48 * HOUR, 1), (CHANGE + 48 * HOUR, 3)])
def test_rows_that_may_be_of_either_length_are_refused(
    loaded: Warehouse, tmp_path: Path, start: datetime, rows: int
) -> None:
    path = write(tmp_path / "auctions" / "c.csv", "price", start, HOUR, [5.0] * rows)
    assert "unclear_resolution" in ingest(path).error
    stated = ingest(path, read=ReadOptions(resolution="PT1H"), dry_run=True)
    assert stated.result.rows_inserted == rows


def test_a_correction_names_the_resolution_where_there_are_two(loaded: Warehouse) -> None:
    names = {"grid": "auctions", "node": "BE", "metric": "price", "why": "test"}
    with pytest.raises(RegistryError, match="Specify the resolution"):
        loaders.correct({CHANGE: 95.0}, **names)
    corrected = loaders.correct({CHANGE: 95.0}, resolution="PT15M", **names)
    assert [(value.before, value.value) for value in corrected.values] == [(90.0, 95.0)]
    assert stored(loaded, "auctions")[1] == ("price", "PT1H", 3, 303)


def test_one_row_a_day_begins_a_daily_series(loaded: Warehouse, tmp_path: Path) -> None:
    days = [CHANGE + timedelta(days=day) for day in range(4)]  # before the clocks change
    path = write(tmp_path / "daily" / "a.csv", "load", days[0], timedelta(days=1), [24.0] * 4, days=5)
    outcome = ingest(path)
    assert outcome.result.notices[-1].endswith("resolution P1D (inferred: one row a day, at midnight)")
    assert stored(loaded, "daily") == [("load", "P1D", 4, 96)]
    noon = write(tmp_path / "noon" / "a.csv", "load", days[0] + 12 * HOUR, timedelta(days=1), [1.0] * 4, days=5)
    assert "unclear_resolution" in ingest(noon).error
    assert ingest(noon, read=ReadOptions(resolution="PT1H")).error is None
    assert stored(loaded, "noon") == [("load", "PT1H", 4, 4)]
