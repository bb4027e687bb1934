"""Compare the marts of a scenario with a plain recomputation. Each function returns how many rows it compared."""

import csv
from datetime import datetime, time

from loaders.settings import PROJECT_ROOT
from tests.support import expected_marts as plain_marts
from tests.support.expected_completeness import completeness
from tests.support.expected_marts import Reported, Series, same
from tests.support.scenarios import METRICS, Scenario
from tests.support.warehouses import Warehouse

LABEL = "(select source || ' ' || resolution from marts.dim_series as one where one.series_id = mart.series_id)"
NAMES = f"grid_name, region_name, node_name, metric, {LABEL}"
KINDS = [
    *[("load_forecast", "a", "PT1H"), ("load_forecast", "b", "PT1H"), ("load_forecast", "daily", "P1D")],
    *[("load", "c", "PT1H"), ("load", "b", "PT15M"), ("power", "a", "PT1H"), ("price", "a", "P1D")],
    *[
        ("energy_forecast", "a", "PT1H"),
        ("energy_forecast", "daily", "P1D"),
        ("energy", "c", "P1D"),
        ("energy", "d", "PT30M"),
        ("energy_in_kwh", "a", "PT1H"),
    ],
    *[("load_forecast", "weekly", "P7D"), ("load", "c", "P7D"), ("price", "a", "P1M"), ("power", "a", "P1Y")],
    *[("energy_forecast", "monthly", "P1M"), ("energy", "c", "P1M"), ("energy", "c", "P1Y")],
]


def code_list(name: str) -> list[dict[str, str]]:
    with (PROJECT_ROOT / "dbt_project" / "seeds" / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


LEVELS = [(row["quality_level"], float(row["relative_error_from"])) for row in code_list("quality_levels")]
BOUNDS = [float(row["hours_from"]) for row in code_list("lead_time_buckets")]
CUTOFFS = [
    (row["name"], int(row["days_before_delivery"]), time.fromisoformat(row["local_time"]), row["grid"] or None)
    for row in code_list("cutoffs")
]


def ask(warehouse: Warehouse, scenario: Scenario, columns: str, mart: str) -> list[tuple]:
    return warehouse.query(f"select {columns} from marts.{mart} as mart where grid_name like %s", f"%{scenario.token}")


def compare_at_cutoff(
    warehouse: Warehouse, scenario: Scenario, reported: Reported, cutoffs: list[tuple] = CUTOFFS
) -> int:
    columns = f"{NAMES}, cutoff_name, interval_start, delivery_date, cutoff_at, value, collected_at"
    answer = ask(warehouse, scenario, columns, "fct_measures_at_cutoff")
    return same(plain_marts.at_cutoff(reported.chains(), cutoffs), answer, keys=7)


def compare_accuracy(warehouse: Warehouse, scenario: Scenario, reported: Reported) -> int:
    expected = list(plain_marts.accuracy(reported.chains(), scenario.everything, METRICS, LEVELS))
    for mart in ("marts.fct_forecast_accuracy", "marts.forecast_accuracy_as_of()"):
        answer = warehouse.query(
            "select mart.grid_name, mart.region_name, mart.node_name, mart.metric,"
            f" {LABEL}, interval_start, collected_at, lead_time_hours, actual.source || ' ' || actual.resolution as"
            f" actual, forecast_value, actual_value, error, relative_error, quality_level from {mart} as mart"
            " inner join marts.dim_series as actual on mart.actual_series_id = actual.series_id"
            " where mart.grid_name like %s and absolute_error is not distinct from abs(error)",
            f"%{scenario.token}",
        )
        count = same(expected, answer, keys=7)
    # A series whose actual changed its resolution has rows for both.
    against = "(select source || ' ' || resolution from marts.dim_series where series_id = mart.actual_series_id)"
    columns = (
        f"grid_name, region_name, node_name, metric, {LABEL} || ' against ' || {against}, lead_time_from_hours,"
        " lead_time_to_hours, forecasts, bias, mae, rmse, mape, wape,"
        " mean_absolute_actual"
    )
    answer = ask(warehouse, scenario, columns, "agg_accuracy_by_lead_time")
    by_actual = [(*row[:4], f"{row[4]} against {row[8]}", *row[5:]) for row in expected]
    same(plain_marts.accuracy_by_lead_time(by_actual, BOUNDS), answer, keys=7)
    return count


def compare_restatements(warehouse: Warehouse, scenario: Scenario, reported: Reported) -> int:
    expected = list(plain_marts.restatements(reported.chains()))
    columns = (
        f"{NAMES}, interval_start, collected_at, delivery_date, restatement_rank, is_first_reading,"
        " previous_value, value, change, relative_change, lateness_hours"
    )
    count = same(expected, ask(warehouse, scenario, columns, "fct_restatements"), keys=7)
    columns = (
        f"{NAMES}, delivery_month, restatements, intervals, withdrawals, mean_change, mean_absolute_change,"
        " largest_absolute_change, mean_relative_change, largest_relative_change,"
        " mean_lateness_hours, longest_lateness_hours"
    )
    same(plain_marts.restatements_by_month(expected), ask(warehouse, scenario, columns, "agg_restatements"), keys=6)
    return count


def compare_completeness(warehouse: Warehouse, scenario: Scenario, reported: Reported) -> int:
    answer = warehouse.query(
        f"select {NAMES}, local_date, expected, present, withdrawn, missing"
        " from marts.fct_completeness as mart where grid_name like %s",
        f"%{scenario.token}",
    )
    expected = list(completeness(reported.chains()))
    dates = sorted({row[5] for row in expected})
    for start, end in ((dates[len(dates) // 3], dates[2 * len(dates) // 3]), (dates[len(dates) // 2], None)):
        of_range = warehouse.query(
            f"select {NAMES}, local_date, expected, present, withdrawn, missing"
            " from marts.completeness_by_day(%s, %s) inner join marts.dim_series as mart using (series_id)"
            " where grid_name like %s",
            start,
            end,
            f"%{scenario.token}",
        )
        same((row for row in expected if start <= row[5] and (end is None or row[5] < end)), of_range, keys=6)
    return same(expected, answer, keys=6)


def compare_rollups(warehouse: Warehouse, scenario: Scenario, reported: Reported, region: plain_marts.Home) -> int:
    rest = "metric, source, interval_start, value, nodes_reporting, nodes_expected, resolutions"
    by_region = f"select grid_name, region_name, {rest} from"
    token = f"%{scenario.token}"
    answer = warehouse.query(f"{by_region} marts.fct_region_hourly where grid_name like %s", token)
    count = same(plain_marts.hourly(reported.chains(), scenario.everything, METRICS, region), answer, keys=5)
    answer = warehouse.query(f"select grid_name, {rest} from marts.fct_grid_hourly where grid_name like %s", token)
    same(plain_marts.hourly(reported.chains(), scenario.everything, METRICS, grid_of), answer, keys=4)
    collected = sorted({at for rows in scenario.loads.values() for _, _, at in rows})
    for moment in (*collected[20::40], None):
        answer = warehouse.query(f"{by_region} marts.region_hourly_as_of(%s) where grid_name like %s", moment, token)
        same(plain_marts.hourly(reported.chains(moment), scenario.everything, METRICS, region), answer, keys=5)
        of_grids = f"select grid_name, {rest} from marts.grid_hourly_as_of(%s) where grid_name like %s"
        answer = warehouse.query(of_grids, moment, token)
        same(plain_marts.hourly(reported.chains(moment), scenario.everything, METRICS, grid_of), answer, keys=4)
    return count


def region_of(series: Series, hour: datetime) -> tuple[str, str]:
    return (series.grid, series.region)


def grid_of(series: Series, hour: datetime) -> tuple[str]:
    return (series.grid,)
