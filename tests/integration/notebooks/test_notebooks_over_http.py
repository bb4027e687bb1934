"""Notebooks run unchanged where there is only the address of a service and a key, and no database."""

from pathlib import Path

import nbformat
import pytest

from loaders.database.api_keys import create_key
from loaders.reports.notebook_runner import run_notebooks
from tests.support.forked_kernels import forked_kernels
from tests.support.running_service import service_process
from tests.support.warehouses import Warehouse, changed_environment

# The second reads on all clocks, the eighth runs SQL cells.
NOTEBOOKS = ["02_as_of_and_evolution", "08_sql_and_dbt"]


def answer_of(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    data = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    return [item["text/markdown"] for item in data if "text/markdown" in item][-1]


def test_notebooks_answer_over_http(seed_week: Warehouse, tmp_path: Path) -> None:
    [(count,)] = seed_week.query("select count(*) from marts.fct_measures_latest")
    key = create_key("notebook over http", "analyst", "tester")
    with service_process("--require-keys") as address:
        nowhere = {"PGHOST": None, "PGPORT": None, "PGUSER": None, "PGPASSWORD": None, "PGDATABASE": None}
        somewhere = {"WAREHOUSE_HOME": str(tmp_path / "no-server"), "WAREHOUSE_URL": address, "WAREHOUSE_API_KEY": key}
        with changed_environment(**nowhere, **somewhere), forked_kernels():
            results = run_notebooks(NOTEBOOKS, output=tmp_path / "http")
        answers = [answer_of(result.path) for result in results]
        assert "intervals had a value" in answers[0]
        assert f"The marts contain **{count:,}** latest values of 4 grids" in answers[1]
        with (
            changed_environment(WAREHOUSE_URL=address, WAREHOUSE_API_KEY="whk_wrong"),
            forked_kernels(),
            pytest.raises(Exception, match="The key is not valid"),
        ):
            run_notebooks(NOTEBOOKS[:1], output=tmp_path / "denied")
