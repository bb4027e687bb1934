"""The notebooks run from top to bottom and answer with the numbers of the marts; and how notebooks are run."""

import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from loaders.errors import NotebookError
from loaders.reports.notebook_runner import run_notebooks
from loaders.settings import NOTEBOOKS, PROJECT_ROOT
from tests.support.forked_kernels import forked_kernels
from tests.support.seed_week import END
from tests.support.warehouses import Warehouse, changed_environment

IMPORTS_MOST = "06_dashboard"


@pytest.fixture(scope="module")
def filled(seed_week: Warehouse) -> Warehouse:
    return seed_week


def outputs(path: Path, kind: str) -> list[str]:
    cells = nbformat.read(path, as_version=4).cells
    return [output.data[kind] for cell in cells for output in cell.get("outputs", []) if kind in output.get("data", {})]


@pytest.fixture(scope="module")
def executed(filled: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every notebook, run once: its name and the executed copy."""
    before = {path: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")}
    output = tmp_path_factory.mktemp("executed")
    with forked_kernels():
        results = run_notebooks(output=output)
    # Again in a new kernel, which imports what the others have imported already: a warning of an import is shown there.
    run_notebooks([IMPORTS_MOST], output=output)
    assert {path: path.read_bytes() for path in before} == before
    assert all(result.path.parent == output and result.cells > 0 for result in results)
    return {result.name: result.path for result in results}


def answer_of(path: Path) -> str:
    return outputs(path, "text/markdown")[-1]


def test_every_notebook_runs_and_stays_as_it_was(executed: dict[str, Path]) -> None:
    assert list(executed) == sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))


def test_no_notebook_shows_a_warning(executed: dict[str, Path]) -> None:
    shown = [
        (name, output.text)
        for name, path in executed.items()
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]
    assert shown == []


def test_the_description_of_a_notebook_in_dbt_is_its_title() -> None:
    exposures = yaml.safe_load((PROJECT_ROOT / "dbt_project" / "models" / "_exposures.yml").read_text())["exposures"]
    titles = {
        path.stem: nbformat.read(path, as_version=4).cells[0].source.partition("\n")[0].removeprefix("# ")
        for path in NOTEBOOKS.glob("*.ipynb")
    }
    described = {exposure["name"]: exposure["description"] for exposure in exposures if exposure["type"] == "notebook"}
    assert described == {f"notebook_{name}": title for name, title in titles.items()}


def test_the_quality_notebook_counts_what_the_marts_miss(filled: Warehouse, executed: dict[str, Path]) -> None:
    quality = answer_of(executed["05_data_quality"])
    expected, present = filled.query(
        "select sum(case when local_date in (first_date, last_date) then present + withdrawn else expected end),"
        " sum(present) from (select *, min(local_date) over one as first_date, max(local_date) over one as last_date"
        " from marts.fct_completeness window one as (partition by series_id)) as days"
    )[0]
    assert f"**{int(present / expected * 10000) / 100:g} %** of {expected:,} expected intervals have a value" in quality
    assert "**Plant&#39;s**: no gaps and no flags." in quality


def test_the_notebook_of_published_files_says_kindly_that_there_are_none(executed: dict[str, Path]) -> None:
    answer = answer_of(executed["07_real_data_eia930"])
    assert answer == "There is no EIA-930 demand in the marts yet."


def test_the_sql_notebook_counts_what_the_marts_hold(filled: Warehouse, executed: dict[str, Path]) -> None:
    count = filled.query("select count(*) from marts.fct_measures_latest")[0][0]
    assert f"The marts contain **{count:,}** latest values of 4 grids" in answer_of(executed["08_sql_and_dbt"])


def test_the_first_notebook_answers_with_the_numbers_of_the_marts(filled: Warehouse, executed: dict[str, Path]) -> None:
    copy = executed["01_start_here"]
    answer = answer_of(copy)
    day = pd.Timestamp(re.search(r" for \w+ (\d+ \w+) had a mean", answer)[1] + f" {END.year}", tz="America/New_York")
    moment = day - pd.DateOffset(days=1) + pd.Timedelta(hours=9)
    before, after = filled.query(
        "select avg(as_known.value), avg(latest.value) from marts.fct_measures_latest as latest"
        " join marts.measures_as_of(%s) as as_known using (series_id, interval_start)"
        " where interval_start >= %s and interval_start < %s and latest.node_id = 1"
        " and as_known.value is not null and latest.value is not null",
        moment, day, day + pd.DateOffset(days=1),
    )[0]  # fmt: skip
    assert f"had a mean of **{before:,.1f} kW**" in answer
    assert f"the actual mean was **{after:,.1f} kW**" in answer
    assert len(outputs(copy, "image/svg+xml")) == 3


def test_the_first_notebook_answers_for_a_series_that_nobody_forecast(filled: Warehouse, tmp_path: Path) -> None:
    folder = copied_notebooks(tmp_path, {"grid = None": 'grid = "Plant\'s"'})
    with changed_environment(PYTHONPATH=str(PROJECT_ROOT)), forked_kernels():
        result = run_notebooks(["01_start_here"], folder, tmp_path / "out")[0]
    assert "there was no forecast of" in outputs(result.path, "text/markdown")[-1]


def test_the_second_notebook_says_what_the_marts_knew_at_its_moments(
    filled: Warehouse, executed: dict[str, Path]
) -> None:
    answer = answer_of(executed["02_as_of_and_evolution"])
    day = pd.Timestamp(re.search(r"\*\* on \*\*(.*?)\*\*, ", answer)[1], tz="America/New_York")
    stated = re.findall(
        r"(\d+)(?: intervals had a value)? as of (\d\d:\d\d) E[SD]T on (.*?), with a mean of \*\*([\d,.]+) kW", answer
    )
    assert len(stated) == 2
    for count, clock, date, mean in stated:
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
    for level, limit, stated in (
        ("good", 0.05, r"from (?:\*\*)?(\d+) hours"),
        ("excellent", 0.02, r"From (\d+) hours"),
    ):
        good = [hours for place, (hours, _) in enumerate(wape) if all(share < limit for _, share in wape[: place + 1])]
        assert float(re.search(stated, answer)[1]) == bounds[bounds.index(good[-1]) + 1], level
    count = filled.query("select count(error) from marts.fct_forecast_accuracy where metric = 'power'")[0][0]
    assert f"The error was {wape[-1][1]:.1%} at" in answer
    assert f"{count:,} forecasts were rated" in answer


def test_the_fourth_notebook_counts_what_the_marts_say_was_restated(
    filled: Warehouse, executed: dict[str, Path]
) -> None:
    count, size, lateness, largest = filled.query(
        "select count(*), percentile_cont(0.5) within group (order by absolute_change),"
        " percentile_cont(0.5) within group (order by lateness_hours), max(absolute_change)"
        " from marts.fct_restatements where not is_first_reading and metric = 'power'"
    )[0]
    answer = answer_of(executed["04_restatements"])
    assert f"**{count:,} values** of power changed" in answer
    assert f"**{size:,.1f} kW** and came **{lateness / 24:.1f} days** after" in answer
    before, after = (
        float(value.replace(",", "")) for value in re.search(r": ([\d,.]+) became ([\d,.]+) kW", answer).groups()
    )
    assert abs(before - after) == pytest.approx(largest, abs=0.11)


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("02_as_of_and_evolution", "No interval changed its value."),
        ("03_forecast_accuracy", "No interval has both a forecast and an actual"),
        ("04_restatements", "No value changed after its first reading"),
    ],
)
def test_a_notebook_says_kindly_that_there_is_nothing_to_judge(
    filled: Warehouse, tmp_path: Path, name: str, stated: str
) -> None:
    folder = copied_notebooks(tmp_path, {"grid = None": 'grid = "Plant\'s"'}, name)
    with changed_environment(PYTHONPATH=str(PROJECT_ROOT)), forked_kernels():
        result = run_notebooks([name], folder, tmp_path / "out")[0]
    assert stated in answer_of(result.path)


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


def test_a_failing_cell_is_reported_in_one_line_with_its_number_and_error(filled: Warehouse, tmp_path: Path) -> None:
    folder = notebook_of(tmp_path / "a b", "fine = 1", "raise ValueError('too\\nmany')", "never = 1")
    with pytest.raises(NotebookError) as raised:
        run_notebooks(folder=folder, output=tmp_path / "out")
    copy = tmp_path / "out" / "made.ipynb"
    stated = f"Notebook made.ipynb failed at cell 3 of 4: ValueError: too many. Open {copy} to see it in place."
    assert str(raised.value) == stated
    assert raised.value.__suppress_context__
    assert nbformat.read(copy, as_version=4).cells[2].outputs[0].ename == "ValueError"


def test_a_cell_that_does_not_end_is_stopped(filled: Warehouse, tmp_path: Path) -> None:
    folder = notebook_of(tmp_path / "n", "fine = 1", "import time; time.sleep(60)")
    with pytest.raises(NotebookError, match=r"failed at cell 3 of 3: no answer within 2 s\."):
        run_notebooks(folder=folder, output=tmp_path / "out", cell_seconds=2)


def test_a_kernel_that_dies_is_reported(filled: Warehouse, tmp_path: Path) -> None:
    folder = notebook_of(tmp_path / "n", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(NotebookError, match="cell 2 of 2: its kernel died"):
        run_notebooks(folder=folder, output=tmp_path / "out")


def test_the_kernel_is_this_interpreter_in_the_folder_and_gone_afterwards(filled: Warehouse, tmp_path: Path) -> None:
    # A kernel of the user's under the same name, which would only fail.
    spec = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text('{"argv": ["/bin/false"], "display_name": "mine", "language": "python"}')
    reported = "import os, sys, pathlib; pathlib.Path('reported').write_text(f'{sys.executable} {os.getpid()}')"
    folder = notebook_of(
        tmp_path / "n", reported, "import os; assert os.environ['PGDATABASE'] == '" + filled.name + "'"
    )
    with changed_environment(JUPYTER_PATH=str(tmp_path / "jupyter")):
        result = run_notebooks(["made.ipynb"], folder, tmp_path / "out")[0]
    interpreter, process = (folder / "reported").read_text().rsplit(" ", 1)
    assert interpreter == sys.executable
    assert not Path(f"/proc/{process}").exists()
    assert (result.name, result.cells) == ("made", 2)


def test_sql_cells_tell_nobody_outside_and_hold_no_password(filled: Warehouse, tmp_path: Path) -> None:
    watched = """
import os, sys, socket
requested = []
calls = ("socket.connect", "socket.getaddrinfo")
sys.addaudithook(lambda event, about: requested.append(about) if event in calls else 0)
try:
    socket.create_connection(("127.0.0.1", 1))
except OSError:
    pass
assert requested.pop() and requested.pop() and not requested, "the watch sees what is requested"
from warehouse import sql_magic
sql_magic.connect()
"""
    reported = """
assert requested == [], requested
assert os.environ["PLOOMBER_STATS_ENABLED"] == "false"
assert "posthog" not in sys.modules, "what would tell of its use is not even imported"
assert os.environ["PGPASSWORD"] not in repr(marts) + str(marts.url)
"""
    write = "import sqlalchemy\nwith marts.connect() as one:\n    try:\n"
    write += "        one.execute(sqlalchemy.text('create temporary table mine (a integer)'))\n"
    write += "    except sqlalchemy.exc.DBAPIError as error:\n        assert 'read-only' in str(error)\n"
    write += "    else:\n        raise AssertionError('an analyst wrote')"
    ask = "%sql one << select count(*) as n from marts.dim_grid"
    folder = notebook_of(tmp_path / "n", watched, ask, "assert one['n'].tolist() == [4]", reported, write)
    without_ci = dict.fromkeys(("CI", "READTHEDOCS", "PLOOMBER_STATS_ENABLED"))  # each would be quiet by itself
    with changed_environment(PYTHONPATH=os.pathsep.join([str(PROJECT_ROOT), str(NOTEBOOKS)]), **without_ci):
        run_notebooks(folder=folder, output=tmp_path / "out")


def test_an_unknown_notebook_is_answered_with_the_nearest(filled: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match=r"There is no notebook 01_start in .*\. Did you mean 01_start_here\?"):
        run_notebooks(["01_start"], output=tmp_path)
