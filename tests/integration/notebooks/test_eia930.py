"""The notebook on EIA-930 with published files: it loads them, tells the known hours, and stores nothing twice."""

from pathlib import Path

import nbformat
import pytest
from warehouse.analysis import eia930_vintages

from loaders.reports.notebook_runner import execute, inject_parameters, read_notebook
from loaders.settings import NOTEBOOKS
from tests.support.forked_kernels import forked_kernels
from tests.support.warehouses import Warehouse

FOLDER = eia930_vintages.resolve_folder(None)
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the published EIA-930 files are not there: {FOLDER}")
NODES = ["IPCO", "SWPP"]
PATH = NOTEBOOKS / "07_real_data_eia930.ipynb"


@pytest.fixture(scope="module")
def executed(shared_warehouse: Warehouse) -> nbformat.NotebookNode:
    """The notebook, run with the files of two nodes to load."""
    notebook = inject_parameters(read_notebook(PATH), {"load": True, "nodes": NODES})
    with forked_kernels():
        execute(notebook, PATH)
    return notebook


def test_the_notebook_loads_the_files_and_answers_with_the_numbers_of_the_marts(
    executed: nbformat.NotebookNode, shared_warehouse: Warehouse
) -> None:
    assert shared_warehouse.query("select count(*), count(distinct source) from marts.dim_load") == [(8, 1)]
    hours, again, restated, withdrawn, backfilled = shared_warehouse.query("""
        with reported as (
            select value, lag(value) over one as before, row_number() over one as number
            from marts.fct_measure_revisions
            window one as (partition by series_id, interval_start order by collected_at)
        )
        select
            count(*) filter (where number = 1), count(*) filter (where number > 1),
            count(*) filter (where value <> before),
            count(*) filter (where value is null and before is not null),
            count(*) filter (where number > 1 and value is not null and before is null)
        from reported
    """)[0]
    answer = executed.cells[-1].outputs[0].data["text/markdown"]
    assert f"contain **{hours:,}** node-hours. These were published again {again:,} times" in answer
    assert f"**{restated:,}** were restated, **{withdrawn:,}** withdrawn and **{backfilled:,}** backfilled" in answer
    assert answer.endswith("3 of the three known hours have the published values in every vintage.")


def test_the_notebook_shows_how_the_known_hours_evolved(executed: nbformat.NotebookNode) -> None:
    shown = [output for cell in executed.cells for output in cell.get("outputs", [])]
    pictures = "".join(output.data.get("image/svg+xml", "") for output in shown if "data" in output)
    for number in ("2,158", "1,946", "30,344", "29,225"):
        assert f">{number}<" in pictures


def test_files_that_are_there_are_not_stored_twice(
    executed: nbformat.NotebookNode, shared_warehouse: Warehouse
) -> None:
    again = eia930_vintages.load_files(eia930_vintages.find_files(FOLDER, NODES))
    assert again["result"].tolist() == ["already loaded"] * 8
    assert again["rows_inserted"].sum() == 0
    assert shared_warehouse.query("select count(*) from marts.dim_load") == [(8,)]


def test_a_folder_without_files_names_none(tmp_path: Path) -> None:
    assert eia930_vintages.find_files(tmp_path / "nowhere", NODES) == []
