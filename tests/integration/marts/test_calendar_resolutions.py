"""Weekly, monthly and yearly values from a file to the marts, against a recomputation in pandas."""

from pathlib import Path

import pandas as pd
import pytest
import warehouse as wh

import loaders
from loaders.formats import ReadOptions
from loaders.ingest.options import IngestResult
from tests.support.scenarios import register_metrics
from tests.support.warehouses import Warehouse

ZONE = "Europe/Berlin"
HOURS = pd.date_range("2024-02-01", "2024-06-01", freq="h", tz=ZONE, inclusive="left")
DAYS = pd.date_range("2024-02-01", "2024-04-01", freq="D", tz=ZONE, inclusive="left")
LOAD = pd.Series(1000.0 + pd.RangeIndex(len(HOURS)) % 100, HOURS)
ENERGY = pd.Series(500.0 + pd.RangeIndex(len(DAYS)), DAYS)
AFTER = "2024-07-01T00:00Z"
HEADER = "grid,region,node,metric,interval_start,collected_at,value,unit"


def ingest(folder: Path, name: str, rows: list[str], **options: object) -> IngestResult:
    path = folder / f"{name}.csv"
    path.write_text("\n".join([HEADER, *(f"DE,R,{row}" for row in rows)]) + "\n")
    read = ReadOptions(source="tso", time_zone=ZONE, **options)
    [outcome] = loaders.ingest_files(
        [path], loaders.IngestOptions(read=read, create_missing=True, grid_time_zone=ZONE, max_rejects=1.0)
    )
    assert outcome.error is None, outcome.error
    assert not outcome.failed
    return outcome


@pytest.fixture(scope="module")
def loaded(shared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("files")
    register_metrics(shared_warehouse)
    hours = [
        f"A,load,{at.isoformat()},{AFTER},{value},MW" for at, value in LOAD.items() if at.day != 9 or at.month != 5
    ]
    ingest(folder, "hours", hours)
    days = [
        f"A,energy,{at.date()},{AFTER},{value},MWh" for at, value in ENERGY.items() if str(at.date()) != "2024-02-10"
    ]
    ingest(folder, "days", days, resolution="P1D")
    months = [("2024-02", 900), ("2024-03", 1040), ("2024-05", 1100)]
    ingest(folder, "load_months", [f"A,load_forecast,{month},2024-01-15T00:00Z,{value},MW" for month, value in months])
    ingest(folder, "load_months_again", ["A,load_forecast,2024-03,2024-02-20T00:00Z,1060,MW"])
    energy = [f"A,energy_forecast,{month},2024-01-15T00:00Z,{value},MWh" for month, value in months]
    ingest(folder, "energy_months", energy)
    # A mean of days is not that of their month, because a day has 23 hours.
    ingest(folder, "means", [f"C,load,{day.date()},{AFTER},{day.day},MW" for day in DAYS], resolution="P1D")
    ingest(folder, "mean_of_months", ["C,load_forecast,2024-03,2024-01-15T00:00Z,1,MW"])
    # By the spacing of the rows; the second has no value.
    peaks = [f"B,load,{day},{AFTER},{value},MW" for day, value in
             (("2024-03-18", 70), ("2024-03-25", ""), ("2024-04-01", 72), ("2024-04-08", 73))]  # fmt: skip
    ingest(folder, "weeks", peaks, blanks="withdrawn")
    ingest(folder, "years", [f"{node},power,{year},{AFTER},{year},kW" for node in "AB" for year in (2022, 2024)])
    shared_warehouse.apply_loads()
    return shared_warehouse


def count_summed_errors(loaded: Warehouse) -> int:
    """The errors in the sums of days, which builds bring up to date."""
    sums = "select sum(forecasts) from marts.agg_accuracy_by_lead_time where metric = 'load_forecast'"
    return int(loaded.query(sums)[0][0])


@pytest.mark.one_server("functions of the marts are on the coordinator only")
def test_a_file_of_each_length_is_stored_with_the_ends_of_the_calendar(loaded: Warehouse) -> None:
    rows = loaded.query(
        "select resolution, min(interval_start), max(hours), min(hours), count(*)"
        " from (select distinct latest.interval_start, latest.series_id, resolution,"
        " extract(epoch from times.interval_end - latest.interval_start) / 3600 as hours"
        " from marts.fct_measures_latest as latest inner join marts.dim_series using (series_id)"
        " cross join lateral marts.times_of_intervals(array[series_id], array[latest.interval_start]) as times"
        " where resolution in ('P7D', 'P1M', 'P1Y')) as intervals group by resolution order by resolution"
    )
    assert [(name, first.isoformat(), *map(float, rest)) for name, first, *rest in rows] == [
        ("P1M", "2024-01-31T23:00:00+00:00", 744.0, 696.0, 7.0),
        ("P1Y", "2021-12-31T23:00:00+00:00", 8784.0, 8760.0, 4.0),
        ("P7D", "2024-03-17T23:00:00+00:00", 168.0, 167.0, 4.0),
    ]


def test_forecasts_of_months_have_the_errors_of_pandas(loaded: Warehouse) -> None:
    monthly = LOAD.groupby(LOAD.index.strftime("%Y-%m"))
    expected = [
        ("load_forecast", "2024-02", 900.0, monthly.mean()["2024-02"]),
        ("load_forecast", "2024-03", 1040.0, monthly.mean()["2024-03"]),  # 743 hours
        ("load_forecast", "2024-03", 1060.0, monthly.mean()["2024-03"]),
        # A day of May and of February is missing; March adds up from days, one of 23 hours.
        ("energy_forecast", "2024-03", 1040.0, ENERGY["2024-03"].sum()),
    ]
    assert len(LOAD["2024-03"]) == 743
    for relation in ("fct_forecast_accuracy", "forecast_accuracy_as_of()"):
        rows = loaded.frame(f"select * from marts.{relation} where metric in ('load_forecast', 'energy_forecast')")
        months = rows["interval_start"].dt.tz_convert(ZONE).dt.strftime("%Y-%m")
        found = zip(rows["metric"], months, rows["forecast_value"], rows["actual_value"].round(6), strict=True)
        assert sorted(found) == sorted((*row[:3], round(row[3], 6)) for row in expected)
    assert count_summed_errors(loaded) == 3


def test_a_month_a_week_and_a_year_are_expected_once(loaded: Warehouse) -> None:
    rows = loaded.query(
        "select resolution, node_name, metric, local_date::text, expected, present, withdrawn, missing"
        " from marts.fct_completeness inner join marts.dim_series using (series_id, node_name, metric)"
        " where resolution in ('P7D', 'P1M', 'P1Y') and metric <> 'energy_forecast' order by 1, 2, 4"
    )
    there, gone, withdrawn = (1, 1, 0, 0), (1, 0, 0, 1), (1, 0, 1, 1)
    assert rows == [
        ("P1M", "A", "load_forecast", "2024-02-01", *there),
        ("P1M", "A", "load_forecast", "2024-03-01", *there),
        ("P1M", "A", "load_forecast", "2024-04-01", *gone),
        ("P1M", "A", "load_forecast", "2024-05-01", *there),
        ("P1M", "C", "load_forecast", "2024-03-01", *there),
        *[("P1Y", node, "power", f"{year}-01-01", *state) for node in "AB"
          for year, state in ((2022, there), (2023, gone), (2024, there))],
        ("P7D", "B", "load", "2024-03-18", *there),
        ("P7D", "B", "load", "2024-03-25", *withdrawn),
        ("P7D", "B", "load", "2024-04-01", *there),
        ("P7D", "B", "load", "2024-04-08", *there),
    ]  # fmt: skip


def test_only_hours_are_in_hourly_relations(loaded: Warehouse) -> None:
    for relation in ("fct_region_hourly", "fct_grid_hourly", "region_hourly_as_of()", "grid_hourly_as_of()"):
        rows = loaded.query(
            f"select metric, nodes_expected, resolutions, count(*) from marts.{relation} group by 1, 2, 3"
        )
        assert rows == [("load", 1, "PT1H", len(LOAD) - 24)]


def test_values_of_months_are_not_resampled(loaded: Warehouse) -> None:
    with pytest.raises(
        wh.ReadError, match="Values of P1M cannot be resampled, because their intervals differ in length"
    ):
        wh.latest(metric="load_forecast", resample="1Y")


@pytest.mark.parametrize(
    ("row", "options", "reason"),
    [
        ("A,load_forecast,2024-01-15,2024-01-15T00:00Z,1,MW", {"resolution": "P1M"}, "not_aligned"),
        ("A,load_forecast,2024-02-01T00:00Z,2024-01-15T00:00Z,1,MW", {"resolution": "P1M"}, "not_aligned"),
        ("A,power,2024-02-01,2024-01-15T00:00Z,1,kW", {"resolution": "P1Y"}, "not_aligned"),
        ("B,load,2024-04-15T06:00,2024-01-15T00:00Z,1,MW", {"resolution": "P7D"}, "not_aligned"),
        ("A,load_forecast,2024-02-01,2024-01-15T00:00Z,1,MW", {"resolution": "P1M"}, None),
    ],
)
def test_what_begins_elsewhere_is_rejected(loaded: Warehouse, tmp_path, row, options, reason) -> None:
    outcome = ingest(tmp_path, "one", [row], **options)
    reasons = loaded.query("select reason from raw.rejected_rows where load_id = %s", outcome.result.load_id)
    assert [found for (found,) in reasons] == ([reason] if reason else [])
    loaded.set_status(outcome.result.load_id, "withdrawn")


def test_a_late_day_of_an_actual_completes_its_month(loaded: Warehouse, tmp_path: Path) -> None:
    late = LOAD["2024-05-09"]
    ingest(tmp_path, "late", [f"A,load,{at.isoformat()},{AFTER},{value},MW" for at, value in late.items()])
    loaded.apply_loads()
    rows = loaded.query(
        "select forecast_value, actual_value from marts.fct_forecast_accuracy where metric = 'load_forecast'"
    )
    assert len(rows) == 4
    assert dict(rows)[1100.0] == pytest.approx(LOAD["2024-05"].mean())
    assert count_summed_errors(loaded) == 4
