"""The metrics of the semantic layer, requested through MetricFlow's own command."""

import csv
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from loaders.database.connection import client_environment
from loaders.settings import PROJECT_ROOT
from tests.support.scenarios import deliver_scenario, random_scenario
from tests.support.warehouses import Warehouse

FOLDER = Path(sys.executable).parent
pytestmark = pytest.mark.skipif(not (FOLDER / "mf").exists(), reason="dbt-metricflow is not installed next to dbt")


def run(folder: Path, *command: str) -> None:
    """A command of dbt or MetricFlow, in a copy of the project: MetricFlow reads target/ next to dbt_project.yml."""
    variables = {**os.environ, **client_environment("warehouse_transformer"), "DBT_PROJECT_DIR": str(folder)}
    for name in ("DBT_TARGET_PATH", "DBT_LOG_PATH"):
        variables.pop(name, None)
    done = subprocess.run(
        [str(FOLDER / command[0]), *command[1:]],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, shared_warehouse: Warehouse) -> Path:
    kinds = [("power", "a", "PT1H"), ("load_forecast", "a", "PT1H"), ("load", "a", "PT1H")]
    deliver_scenario(shared_warehouse, random_scenario(3, kinds, [("R1", "N1"), ("R2", "N2")]))
    folder = tmp_path_factory.mktemp("semantic") / "dbt_project"
    shutil.copytree(PROJECT_ROOT / "dbt_project", folder, ignore=shutil.ignore_patterns("target", "logs"))
    run(folder, "dbt", "--quiet", "parse")
    return folder


@pytest.mark.parametrize(
    ("metrics", "dimensions", "sql"),
    [
        (
            "forecast_mae,forecast_wape",
            "forecast__metric,forecast__region_name,forecast__lead_time_hours,metric_time__month",
            "select metric, region_name, floor(lead_time_hours)::int,"
            " date_trunc('month', interval_start at time zone 'UTC'),"
            " avg(absolute_error),"
            " sum(absolute_error) / nullif(sum(abs(actual_value)) filter (where error is not null), 0)"
            " from marts.fct_forecast_accuracy group by 1, 2, 3, 4",
        ),
        (
            "completeness_share",
            "series_day__grid_name",
            "select grid_name, sum(present) / sum(expected) from marts.fct_completeness group by 1 order by 1",
        ),
        (
            "total_value,mean_value",
            "measure__node_name",
            "select node_name, sum(value), avg(value) from marts.fct_measures_latest group by 1 order by 1",
        ),
    ],
)
def test_a_metric_is_what_sql_on_the_mart_says(
    shared_warehouse: Warehouse, project: Path, tmp_path: Path, metrics: str, dimensions: str, sql: str
) -> None:
    answer = tmp_path / "answer.csv"
    requested = ("--metrics", metrics, "--group-by", dimensions, "--order", dimensions, "--decimals", "6")
    run(project, "mf", "query", *requested, "--csv", str(answer))
    rows = list(csv.DictReader(answer.open()))
    expected = shared_warehouse.query(sql)
    assert len(expected) > 1
    names = dimensions.split(",")
    found = {tuple(row[name] for name in names): [row[metric] for metric in metrics.split(",")] for row in rows}
    assert sorted(found) == sorted(tuple(map(str, row[: len(names)])) for row in expected)
    for row in expected:
        numbers = [math.nan if number is None else float(number) for number in row[len(names) :]]
        answered = [float(text) if text else math.nan for text in found[tuple(map(str, row[: len(names)]))]]
        assert answered == pytest.approx(numbers, abs=1e-5, nan_ok=True)
