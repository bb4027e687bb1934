"""What an analyst reads through notebooks/warehouse.py against plain SQL, and the notebooks run from top to bottom."""

import os
import re
import shutil
import sys
import uuid
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import warehouse as wh
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from warehouse import session

from loaders.database.connection import connect
from loaders.demo import generator as seed
from loaders.errors import NotebookError
from loaders.ingest.series_matching import DeliveryDefaults
from loaders.reports.notebook_runner import run_notebooks
from loaders.settings import NOTEBOOKS, PROJECT_ROOT
from tests.support.warehouses import Warehouse, changed_environment, drop_database

HOUR = pd.Timedelta(hours=1)
END = pd.Timestamp(seed.END)
START, STOP, MOMENT = END - 48 * HOUR, END - 7 * HOUR, END - 60 * HOUR  # the data go on after STOP
NODE = {"grid": "Grid1", "region": "Region2", "node": "Node3", "metric": "power"}
COLUMNS = [
    *("series_id", "grid_id", "region_id", "node_id", "load_id", "grid_name", "region_name", "node_name"),
    *("metric", "source", "unit", "quality_flag", "value", "interval_start", "collected_at"),
]


@pytest.fixture(scope="module")
def filled(shared_warehouse: Warehouse) -> Warehouse:
    """One seed week, and a plant that publishes nothing before delivery."""
    for name, week in seed.weeks(1, 7):
        rows = week.to_pandas().astype(dict.fromkeys(("grid", "region", "node", "metric"), object))
        defaults = DeliveryDefaults("seed", create_missing=True, time_zone=seed.TIME_ZONES.__getitem__)
        shared_warehouse.deliver(rows, name=name, source="seed", defaults=defaults)
    hours = pd.date_range(START, END, freq="1h", inclusive="left")
    plant = pd.DataFrame({"grid": "Plant's", "region": "R", "node": "N", "metric": "load", "interval_start": hours})
    shared_warehouse.deliver(plant.assign(collected_at=hours + 30 * HOUR, value=np.arange(48.0)), source="plant")
    shared_warehouse.build("--resource-type", "model")
    return shared_warehouse


def same_rows(answer: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Equal values, row by row, whatever the types and the order."""
    keys = ["series_id", "interval_start", "collected_at"]
    text = dict.fromkeys(("grid_name", "region_name", "node_name", "metric", "source", "unit", "quality_flag"), "str")
    shape = {"interval_start": "datetime64[us, UTC]", "collected_at": "datetime64[us, UTC]", **text}
    left, right = (frame[COLUMNS].astype(shape).sort_values(keys, ignore_index=True) for frame in (answer, expected))
    left.attrs = {}
    assert len(left) > 0
    pd.testing.assert_frame_equal(left, right, check_dtype=False)


def test_latest_returns_what_the_mart_holds(filled: Warehouse) -> None:
    sql = "select * from marts.fct_measures_latest where interval_start >= %s and interval_start < %s"
    same_rows(wh.latest(START, STOP), filled.frame(sql, START, STOP))
    by_name = filled.frame(f"{sql} and region_name = 'Region2' and node_name in ('Node1', 'Node3')", START, STOP)
    same_rows(wh.latest(START, STOP, region="Region2", node=["Node1", "Node3"], source="seed"), by_name)


def test_latest_without_a_range_returns_all_of_a_series(filled: Warehouse) -> None:
    assert len(wh.latest(**NODE)) == 7 * 24


def test_ids_name_the_same_series_as_names(filled: Warehouse) -> None:
    one = wh.series(**NODE).iloc[0]
    by_id = wh.latest(START, END, grid=one.grid_id, region=int(one.region_id), node=[one.node_id], metric="power")
    pd.testing.assert_frame_equal(by_id, wh.latest(START, END, **NODE))
    assert by_id["node_id"].unique().tolist() == [one.node_id]


def test_as_of_returns_what_the_function_returns(filled: Warehouse) -> None:
    expected = filled.frame("select * from marts.measures_as_of(%s, %s, %s)", MOMENT, START, STOP)
    answer = wh.as_of(MOMENT, START, STOP)
    same_rows(answer, expected)
    assert answer["collected_at"].max() <= MOMENT
    part = wh.as_of(MOMENT, START, STOP, grid=["Grid1", "Grid3"], node="Node2")
    same_rows(part, expected[expected["grid_name"].isin(["Grid1", "Grid3"]) & (expected["node_name"] == "Node2")])


def test_as_of_agrees_with_the_history_cut_at_the_moment(filled: Warehouse) -> None:
    revisions = wh.history("Node3", "power", (START, STOP), grid="Grid1", region="Region2")
    assert revisions["interval_start"].max() == STOP - HOUR
    known = revisions[revisions["collected_at"] <= MOMENT].groupby("interval_start")["value"].last()
    answer = wh.as_of(MOMENT, START, STOP, **NODE).set_index("interval_start")["value"]
    assert len(answer) > 0
    assert answer.to_dict() == known.to_dict()


def test_as_of_a_system_time_leaves_out_what_was_loaded_later(filled: Warehouse) -> None:
    before = wh.latest(START, END, **NODE)
    row = {**NODE, "interval_start": START, "collected_at": END + 400 * HOUR, "value": -1.0}
    load = filled.deliver(pd.DataFrame([row]), source="seed", defaults=DeliveryDefaults("seed"))
    filled.apply_loads()
    try:
        assert wh.latest(START, START + HOUR, **NODE)["value"].tolist() == [-1.0]
        again = wh.as_of(None, START, END, **NODE, loaded=before.attrs["read_at"])
        assert again["value"].tolist() == before["value"].tolist()
        assert again.attrs["loaded"] == before.attrs["read_at"]
    finally:
        filled.set_status(load.load_id, "withdrawn")
        filled.apply_loads()


def test_history_returns_every_revision_of_one_hour_in_order(filled: Warehouse) -> None:
    expected = filled.frame(
        "select value, previous_value, collected_at, known_to from marts.fct_measure_revisions where grid_name = %s"
        " and region_name = %s and node_name = %s and interval_start = %s order by collected_at",
        *[NODE[level] for level in ("grid", "region", "node")],
        START,
    )
    answer = wh.history("Node3", "power", START, grid="Grid1", region="Region2")
    assert len(answer) > 5
    assert answer["value"].tolist() == expected["value"].tolist()
    assert answer["collected_at"].tolist() == expected["collected_at"].tolist()
    assert answer["known_to"].tolist()[:-1] == answer["collected_at"].tolist()[1:]
    assert answer["is_latest"].tolist() == [False] * (len(answer) - 1) + [True]
    assert (answer["interval_end"] - answer["interval_start"]).unique().tolist() == [HOUR]


def test_a_withdrawn_value_is_nan_and_stays_a_row(filled: Warehouse) -> None:
    revisions = wh.history("Node1", "power", (None, None), grid="Grid1", region="Region1")
    count = filled.query(
        "select count(*) from marts.fct_measure_revisions where value is null and node_name = 'Node1'"
        " and grid_name = 'Grid1' and region_name = 'Region1'"
    )
    assert revisions["value"].isna().sum() == count[0][0]
    total = filled.query("select count(*) from marts.fct_measure_revisions where value is null")[0][0]
    assert total > 0
    grids = {row.node_id: row for row in wh.nodes().itertuples()}
    found = [wh.history(node, None, (None, None))["value"].isna().sum() for node in grids]
    assert sum(found) == total


def test_columns_are_typed_for_an_analyst(filled: Warehouse) -> None:
    answer = wh.latest(START, END, **NODE)
    assert list(answer.columns) == COLUMNS
    assert str(answer["interval_start"].dtype) == str(answer["collected_at"].dtype) == "datetime64[us, UTC]"
    names = ["grid_name", "region_name", "node_name", "metric", "source", "unit"]
    assert all(isinstance(answer[name].dtype, pd.CategoricalDtype) for name in names)
    assert answer["value"].dtype == "float64"
    empty = wh.latest("1999-01-01", "1999-01-02", **NODE)
    assert empty.empty
    assert empty.dtypes.astype(str).to_dict() == answer.dtypes.astype(str).to_dict()


def test_a_frame_says_what_was_asked_as_of_when_and_on_which_loads(filled: Warehouse, tmp_path: Path) -> None:
    answer = wh.as_of("2026-01-01 00:00", None, str(END), **NODE)
    assert answer.attrs["call"] == "as_of"
    assert answer.attrs["as_of"] == "2026-01-01T00:00:00+00:00"
    assert answer.attrs["requested"]["node"] == "Node3"
    assert answer.attrs["rows"] == len(answer)
    answer = wh.latest(START, END, **NODE)
    assert answer.attrs["loads"] == sorted(set(answer["load_id"]))
    answer.to_parquet(tmp_path / "kept.parquet")
    assert pd.read_parquet(tmp_path / "kept.parquet").attrs == answer.attrs


def test_local_time_is_that_of_the_grid(filled: Warehouse) -> None:
    answer = wh.latest(START, END, **NODE, local=True)
    assert str(answer["interval_start_local"].dtype) == "datetime64[us, America/New_York]"
    assert (answer["interval_start_local"] == answer["interval_start"]).all()


def test_local_time_of_several_zones_is_refused(filled: Warehouse) -> None:
    with pytest.raises(wh.ReadError, match="America/New_York, Australia/Sydney, Europe/Berlin; name one grid"):
        wh.as_of(MOMENT, START, END, source="seed", local=True)


def test_a_wrong_name_is_answered_with_the_nearest(filled: Warehouse) -> None:
    with pytest.raises(wh.ReadError, match=r"There is no grid 'Gird1'; did you mean Grid1"):
        wh.latest(START, END, grid="Gird1")
    with pytest.raises(wh.ReadError, match=r"There is no region 'Region' in Grid1; did you mean Region"):
        wh.nodes(grid="Grid1", region="Region")


def test_a_history_that_fits_several_series_names_them(filled: Warehouse) -> None:
    with pytest.raises(wh.ReadError, match=r"9 series: Grid1/Region1/Node1 power \(seed\), .* by grid or region\.$"):
        wh.history("Node1", "power", START)
    with pytest.raises(wh.ReadError, match=r"3 series: .* by region\.$"):
        wh.history("Node1", "power", START, grid="Grid2")


@pytest.mark.parametrize("text", ["'; drop view marts.fct_measures_latest; --", "Grid1' or '1'='1", "%s $1 {0} \\"])
def test_sql_in_a_name_or_a_moment_is_harmless(filled: Warehouse, text: str) -> None:
    for level in ("grid", "region", "node", "metric", "source"):
        with pytest.raises(wh.ReadError, match=f"There is no {level}"):
            wh.latest(**{level: text})
    with pytest.raises(wh.ReadError, match="is not a moment"):
        wh.as_of(text)
    assert len(wh.latest(START, END, **NODE)) == 48


def test_a_name_with_a_quote_is_just_a_name(filled: Warehouse) -> None:
    assert wh.latest(grid="Plant's")["value"].tolist() == list(np.arange(48.0))


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select * from raw.measures", "permission denied for schema raw"),
        ("select * from staging.stg_measures", "permission denied for schema staging"),
        ("create table marts.mine (a integer)", "read-only transaction"),
        ("set transaction read write; create table marts.mine (a integer)", "."),
    ],
)
def test_an_analyst_reads_marts_and_nothing_else(filled: Warehouse, sql: str, said: str) -> None:
    with pytest.raises(wh.ReadError, match=said), session.open_reader() as read:
        read(sql)
    assert filled.query("select to_regclass('marts.mine')") == [(None,)]


def test_stats_and_lists_are_those_of_the_marts(filled: Warehouse) -> None:
    stats = wh.stats().iloc[0]
    assert (stats.grids, stats.regions, stats.nodes, stats.series) == (4, 10, 28, 28)
    assert stats.measures == filled.query("select count(*) from marts.fct_measures_latest")[0][0]
    assert str(wh.stats()["newest_interval_start"].dtype) == "datetime64[us, UTC]"
    assert wh.grids()["grid_name"].tolist() == ["Grid1", "Grid2", "Grid3", "Plant's"]
    assert wh.regions(grid="Grid2")["region_name"].tolist() == ["Region1", "Region2", "Region3"]
    assert len(wh.nodes(grid=["Grid1", "Plant's"])) == 10
    assert wh.series(node="N", grid="Plant's")[["metric", "unit", "source"]].values.tolist() == [["load", "MW", "test"]]


def test_a_warehouse_without_marts_says_how_to_build_them(filled: Warehouse) -> None:
    name = f"test_{uuid.uuid4().hex[:12]}"
    with connect(role=None, autocommit=True, dbname="postgres") as admin:
        admin.execute(f'create database "{name}"')
    try:
        with changed_environment(PGDATABASE=name), pytest.raises(wh.ReadError, match="python -m loaders build"):
            wh.stats()
    finally:
        drop_database(name)


def test_a_warehouse_that_is_not_up_says_so_without_a_password(filled: Warehouse) -> None:
    with (
        changed_environment(PGPORT="1"),
        pytest.raises(wh.ReadError, match=r"^Nothing answers at 127\.0\.0\.1:1;") as raised,
    ):
        wh.stats()
    assert os.environ["PGPASSWORD"] not in str(raised.value)


def outputs(path: Path, kind: str) -> list[str]:
    cells = nbformat.read(path, as_version=4).cells
    return [output.data[kind] for cell in cells for output in cell.get("outputs", []) if kind in output.get("data", {})]


@pytest.fixture(scope="module")
def executed(filled: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every notebook, run once: its name and the executed copy."""
    before = {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")}
    output = tmp_path_factory.mktemp("executed")
    results = run_notebooks(output=output)
    assert {path: path.read_bytes() for path in before} == before
    assert all(result.path.parent == output and result.cells > 0 for result in results)
    return {result.name: result.path for result in results}


def answer_of(path: Path) -> str:
    return outputs(path, "text/markdown")[-1]


def test_every_notebook_runs_and_stays_as_it_was(executed: dict[str, Path]) -> None:
    assert list(executed) == sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))


def test_the_quality_notebook_counts_what_the_marts_miss(filled: Warehouse, executed: dict[str, Path]) -> None:
    quality = answer_of(executed["05_data_quality"])
    expected, present = filled.query(
        "select sum(case when local_date in (first_date, last_date) then present + withdrawn else expected end),"
        " sum(present) from (select *, min(local_date) over one as first_date, max(local_date) over one as last_date"
        " from marts.fct_completeness window one as (partition by series_id)) as days"
    )[0]
    assert f"Of {expected:,} expected intervals **{int(present / expected * 10000) / 100:g} %** have" in quality
    assert "**Plant's**: no gap and no flag." in quality


def test_the_notebook_of_published_files_says_kindly_that_there_are_none(executed: dict[str, Path]) -> None:
    answer = answer_of(executed["07_real_data_eia930"])
    assert answer == "Nothing can be said yet: no EIA-930 demand is in the marts."


def test_the_sql_notebook_counts_what_the_marts_hold(filled: Warehouse, executed: dict[str, Path]) -> None:
    count = filled.query("select count(*) from marts.fct_measures_latest")[0][0]
    assert f"SQL finds **{count:,}** newest values of 4 grids" in answer_of(executed["08_sql_and_dbt"])


def test_the_first_notebook_answers_with_the_numbers_of_the_marts(filled: Warehouse, executed: dict[str, Path]) -> None:
    copy = executed["01_start_here"]
    answer = answer_of(copy)
    day = pd.Timestamp(re.search(r"kW\*\* on \w+ (\d+ \w+);", answer)[1] + f" {END.year}", tz="America/New_York")
    moment = day - pd.DateOffset(days=1) + pd.Timedelta(hours=9)
    before, after = filled.query(
        "select avg(believed.value), avg(latest.value) from marts.fct_measures_latest as latest"
        " join marts.measures_as_of(%s) as believed using (series_id, interval_start)"
        " where interval_start >= %s and interval_start < %s and latest.node_id = 1"
        " and believed.value is not null and latest.value is not null",
        moment, day, day + pd.DateOffset(days=1),
    )[0]  # fmt: skip
    assert f"would average **{before:,.1f} kW**" in answer
    assert f"it was **{after:,.1f} kW**" in answer
    assert len(outputs(copy, "image/svg+xml")) == 3


def test_the_first_notebook_answers_for_a_series_that_nobody_forecast(filled: Warehouse, tmp_path: Path) -> None:
    folder = copied_notebooks(tmp_path, {"grid = None": 'grid = "Plant\'s"'})
    with changed_environment(PYTHONPATH=str(PROJECT_ROOT)):
        result = run_notebooks(["01_start_here"], folder, tmp_path / "out")[0]
    assert "nothing that can be compared was known" in outputs(result.path, "text/markdown")[-1]


def test_the_second_notebook_says_what_the_marts_knew_at_its_moments(
    filled: Warehouse, executed: dict[str, Path]
) -> None:
    answer = answer_of(executed["02_as_of_and_evolution"])
    day = pd.Timestamp(re.search(r"\*\* on \*\*(.*?)\*\* we knew", answer)[1], tz="America/New_York")
    said = re.findall(r"(\d+)(?: intervals)? at (\d\d:\d\d) E[SD]T on (.*?), of \*\*([\d,.]+) kW", answer)
    assert len(said) == 2
    for count, clock, date, mean in said:
        at = pd.Timestamp(f"{date} {clock}", tz="America/New_York")
        found = filled.query(
            "select count(value), avg(value) from marts.measures_as_of(%s, %s, %s) where node_id = 1",
            at, day, day + pd.DateOffset(days=1),
        )[0]  # fmt: skip
        assert (int(count), mean) == (found[0], f"{found[1]:,.1f}")
    assert len(outputs(executed["02_as_of_and_evolution"], "image/svg+xml")) == 4


def test_the_third_notebook_finds_the_lead_time_from_which_forecasts_are_good(
    filled: Warehouse, executed: dict[str, Path]
) -> None:
    wape = filled.query(
        "select hours_from, sum(absolute_error) / sum(abs(actual_value)) from marts.fct_forecast_accuracy"
        " inner join lateral (select max(hours_from) as hours_from from marts.lead_time_buckets"
        " where hours_from <= lead_time_hours) as bucket on true"
        " where error is not null and metric = 'power' and hours_from is not null group by hours_from order by 1"
    )
    bounds = [row[0] for row in filled.query("select hours_from from marts.lead_time_buckets order by 1")]
    answer = answer_of(executed["03_forecast_accuracy"])
    for level, limit, said in (("good", 0.05, r"from (?:\*\*)?(\d+) hours"), ("excellent", 0.02, r"From (\d+) hours")):
        good = [hours for place, (hours, _) in enumerate(wape) if all(share < limit for _, share in wape[: place + 1])]
        assert float(re.search(said, answer)[1]) == bounds[bounds.index(good[-1]) + 1], level
    count = filled.query("select count(error) from marts.fct_forecast_accuracy where metric = 'power'")[0][0]
    assert f"missed by {wape[-1][1]:.1%} at" in answer
    assert f"{count:,} forecasts were measured" in answer


def test_the_fourth_notebook_counts_what_the_marts_say_was_restated(
    filled: Warehouse, executed: dict[str, Path]
) -> None:
    count, size, lateness, largest = filled.query(
        "select count(*), percentile_cont(0.5) within group (order by absolute_change),"
        " percentile_cont(0.5) within group (order by lateness_hours), max(absolute_change)"
        " from marts.fct_restatements where not is_first_reading and metric = 'power'"
    )[0]
    answer = answer_of(executed["04_restatements"])
    assert f"**{count:,} values** of power were changed" in answer
    assert f"**{size:,.1f} kW**, **{lateness / 24:.1f} days** after" in answer
    before, after = (
        float(value.replace(",", "")) for value in re.search(r": ([\d,.]+) became ([\d,.]+) kW", answer).groups()
    )
    assert abs(before - after) == pytest.approx(largest, abs=0.11)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("02_as_of_and_evolution", "No interval was ever given another value."),
        ("03_forecast_accuracy", "Nothing here was forecast and measured too"),
        ("04_restatements", "Nothing here was changed after it had been read"),
    ],
)
def test_a_notebook_says_kindly_that_there_is_nothing_to_judge(
    filled: Warehouse, tmp_path: Path, name: str, said: str
) -> None:
    folder = copied_notebooks(tmp_path, {"grid = None": 'grid = "Plant\'s"'}, name)
    with changed_environment(PYTHONPATH=str(PROJECT_ROOT)):
        result = run_notebooks([name], folder, tmp_path / "out")[0]
    assert said in answer_of(result.path)


def test_cut_offs_on_fixed_clocks_are_those_of_the_mart_that_had_passed(filled: Warehouse) -> None:
    day = pd.Timestamp((END - 48 * HOUR).date(), tz="America/New_York")
    span = (day, day + pd.DateOffset(days=1))
    now = wh.at_cutoff(None, *span, **NODE)
    assert now["cutoff_name"].nunique() == 4
    for clocks in ({"collected": END + 9999 * HOUR}, {"loaded": now.attrs["read_at"]}):
        pd.testing.assert_frame_equal(now, wh.at_cutoff(None, *span, **NODE, **clocks))
    for clocks in ({}, {"loaded": now.attrs["read_at"]}):
        early = wh.at_cutoff(None, *span, **NODE, collected=day, **clocks)
        assert sorted(early["cutoff_name"].unique()) == ["day-ahead", "evening-before"]
        assert early.attrs["as_of"] == day.tz_convert("UTC").isoformat()
        assert wh.at_cutoff(None, *span, **NODE, collected=day - 72 * HOUR, **clocks).empty


def copied_notebooks(folder: Path, changes: dict[str, str], name: str = "01_start_here") -> Path:
    """The notebooks, one of them with other parameters, in a folder with a space in its name."""
    copy = Path(shutil.copytree(NOTEBOOKS, folder / "my notebooks", ignore=shutil.ignore_patterns("__pycache__", ".*")))
    path = copy / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        for old, new in changes.items():
            cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, path)
    return copy


def notebook_of(folder: Path, *sources: str) -> Path:
    folder.mkdir(exist_ok=True)
    cells = [new_markdown_cell("# Does it run?"), *map(new_code_cell, sources)]
    nbformat.write(new_notebook(cells=cells), folder / "made.ipynb")
    return folder


def test_a_failing_cell_is_told_in_one_line_with_its_number_and_error(filled: Warehouse, tmp_path: Path) -> None:
    folder = notebook_of(tmp_path / "a b", "fine = 1", "raise ValueError('too\\nmany')", "never = 1")
    with pytest.raises(NotebookError) as raised:
        run_notebooks(folder=folder, output=tmp_path / "out")
    copy = tmp_path / "out" / "made.ipynb"
    said = f"Notebook made.ipynb failed at cell 3 of 4: ValueError: too many. Open {copy} to see it in place."
    assert str(raised.value) == said
    assert raised.value.__suppress_context__
    assert nbformat.read(copy, as_version=4).cells[2].outputs[0].ename == "ValueError"


def test_a_cell_that_does_not_end_is_stopped(filled: Warehouse, tmp_path: Path) -> None:
    folder = notebook_of(tmp_path / "n", "fine = 1", "import time; time.sleep(60)")
    with pytest.raises(NotebookError, match=r"failed at cell 3 of 3: no answer within 2 s\."):
        run_notebooks(folder=folder, output=tmp_path / "out", cell_seconds=2)


def test_a_kernel_that_dies_is_told(filled: Warehouse, tmp_path: Path) -> None:
    folder = notebook_of(tmp_path / "n", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(NotebookError, match="cell 2 of 2: its kernel died"):
        run_notebooks(folder=folder, output=tmp_path / "out")


def test_the_kernel_is_this_interpreter_in_the_folder_and_gone_afterwards(filled: Warehouse, tmp_path: Path) -> None:
    # A kernel of the user's under the same name, which would only fail.
    spec = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text('{"argv": ["/bin/false"], "display_name": "mine", "language": "python"}')
    told = "import os, sys, pathlib; pathlib.Path('told').write_text(f'{sys.executable} {os.getpid()}')"
    folder = notebook_of(tmp_path / "n", told, "import os; assert os.environ['PGDATABASE'] == '" + filled.name + "'")
    with changed_environment(JUPYTER_PATH=str(tmp_path / "jupyter")):
        result = run_notebooks(["made.ipynb"], folder, tmp_path / "out")[0]
    interpreter, process = (folder / "told").read_text().rsplit(" ", 1)
    assert interpreter == sys.executable
    assert not Path(f"/proc/{process}").exists()
    assert (result.name, result.cells) == ("made", 2)


def test_sql_cells_tell_nobody_outside_and_hold_no_password(filled: Warehouse, tmp_path: Path) -> None:
    watched = """
import os, sys, socket
asked = []
sys.addaudithook(lambda event, about: asked.append(about) if event in ("socket.connect", "socket.getaddrinfo") else 0)
try:
    socket.create_connection(("127.0.0.1", 1))
except OSError:
    pass
assert asked.pop() and asked.pop() and not asked, "the watch sees what is asked"
from warehouse import sql_magic
sql_magic.connect()
"""
    told = """
assert asked == [], asked
assert os.environ["PLOOMBER_STATS_ENABLED"] == "false"
assert "posthog" not in sys.modules, "what would tell of its use is not even imported"
assert os.environ["PGPASSWORD"] not in repr(marts) + str(marts.url)
"""
    write = "import sqlalchemy\nwith marts.connect() as one:\n    try:\n"
    write += "        one.execute(sqlalchemy.text('create temporary table mine (a integer)'))\n"
    write += "    except sqlalchemy.exc.DBAPIError as error:\n        assert 'read-only' in str(error)\n"
    write += "    else:\n        raise AssertionError('an analyst wrote')"
    ask = "%sql one << select count(*) as n from marts.dim_grid"
    folder = notebook_of(tmp_path / "n", watched, ask, "assert one['n'].tolist() == [4]", told, write)
    without_ci = dict.fromkeys(("CI", "READTHEDOCS", "PLOOMBER_STATS_ENABLED"))  # each would be quiet by itself
    with changed_environment(PYTHONPATH=os.pathsep.join([str(PROJECT_ROOT), str(NOTEBOOKS)]), **without_ci):
        run_notebooks(folder=folder, output=tmp_path / "out")


def test_an_unknown_notebook_is_answered_with_the_nearest(filled: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match=r"There is no notebook 01_start in .*; there is 01_start_here"):
        run_notebooks(["01_start"], output=tmp_path)
