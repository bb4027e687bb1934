"""What happens to an archived month: late and repeated rows, decisions on loads, full refreshes, and the way back."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import warehouse as wh

from loaders.errors import BuildError, ServerError, UsageError
from loaders.gates import check_marts, check_raw
from loaders.ingest.corrections import correct
from loaders.operations.archiving import archive, unarchive
from tests.support.archive_case import APRIL
from tests.support.gate_cases import failures
from tests.support.warehouses import Warehouse, changed_environment

pytestmark = [pytest.mark.sql, pytest.mark.one_server("months cannot be archived")]

HOURS = pd.date_range("2024-03-30", "2024-04-02", freq="1h", tz="UTC")
# What the marts are made of: the revisions, the flags and each summary.
TABLES = [
    "raw.measures",
    *(f"staging.int_{name}" for name in ("measure_revisions", "flagged_revisions", "series_days", "restatement_days")),
    *(f"staging.int_{name}" for name in ("forecast_error_days", "region_hours")),
    "marts.fct_quality_flags",
]


def reported(metric: str, hours_before: int, shift: float) -> pd.DataFrame:
    """A value of each hour, that many hours before it."""
    values = [100.0 + step % 24 + shift for step in range(len(HOURS))]
    collected = HOURS - pd.Timedelta(hours=hours_before)
    names = {"grid": "G", "region": "R", "node": "N", "metric": metric}
    return pd.DataFrame({**names, "interval_start": HOURS, "collected_at": collected, "value": values})


def contents(warehouse: Warehouse) -> dict[str, list[tuple]]:
    """The rows of the tables; sums that are computed again may differ in the last bits."""
    return {
        table: sorted(
            (
                tuple(round(value, 9) if isinstance(value, float) else value for value in row)
                for row in warehouse.query(f"select * from {table}")
            ),
            key=str,
        )
        for table in TABLES
    }


def rows_of_march(warehouse: Warehouse, table: str) -> int:
    return warehouse.query(f"select count(*) from {table} where interval_start < '2024-04-01 00:00Z'")[0][0]


@pytest.fixture(scope="module")
def filled(shared_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with changed_environment(WAREHOUSE_ARCHIVE=str(tmp_path_factory.mktemp("archive"))):
        for metric, hours_before, shift in (("load_forecast", 48, 9), ("load_forecast", 24, 4), ("load", -1, 0)):
            shared_warehouse.deliver(reported(metric, hours_before, shift))
        shared_warehouse.deliver(reported("load", -30, 1.5))
        shared_warehouse.apply_loads()
        yield shared_warehouse


@pytest.fixture
def archived(filled: Warehouse) -> Warehouse:
    filled.apply_loads()
    archive(APRIL)
    assert rows_of_march(filled, "raw.measures") == 0
    return filled


def test_a_month_comes_back_as_it_was(filled: Warehouse) -> None:
    before = contents(filled)
    [month] = archive(APRIL)
    assert month.row_count == 4 * 48
    assert rows_of_march(filled, "staging.int_measure_revisions") == 2 * 48
    filled.apply_loads()
    summaries = TABLES[2:]
    archived = contents(filled)
    assert {table: archived[table] for table in summaries} == {table: before[table] for table in summaries}
    unarchive([month.month])
    assert contents(filled) == before
    assert not month.path.exists()


def test_late_repeated_and_corrected_rows_and_changes_next_to_the_month_are_merged(
    archived: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    new, repeated, corrected = (
        reported("load", -60, 3)[:2],
        reported("load", -30, 1.5)[2:5],
        reported("load", -30, 7)[5:6],
    )
    result = archived.deliver(pd.concat([new, repeated, corrected]))
    assert (result.rows_inserted, result.rows_duplicate, result.rows_corrected) == (3, 3, 1)
    assert "Brought 2024-03 back from the archive" in capsys.readouterr().err
    assert rows_of_march(archived, "raw.measures") == 4 * 48 + 3
    history = wh.history("N", "load", HOURS[0])
    assert len(history) == 2  # until the build, as every load
    [(now,)] = archived.query("select clock_timestamp()")
    assert wh.as_of(None, HOURS[0], HOURS[1], metric="load", loaded=now)["value"].item() == 103.0
    archived.apply_loads()
    assert list(wh.history("N", "load", HOURS[0])["value"]) == [100.0, 101.5, 103.0]
    assert wh.latest(HOURS[5], HOURS[6], metric="load")["value"].item() == 112.0
    archive(APRIL)
    archived.deliver(reported("load", -90, 5)[48:50])  # in April, on a local day that begins in March
    archived.apply_loads()
    assert rows_of_march(archived, "raw.measures") == 4 * 48 + 3
    merged = contents(archived)
    archived.build("--full-refresh")
    assert contents(archived) == merged


def test_the_same_file_is_recognised_without_its_rows(archived: Warehouse) -> None:
    [(name,)] = archived.query("select content_hash from raw.loads order by load_id limit 1")
    again = archived.deliver(reported("load_forecast", 48, 9), name=name)
    assert again.already_stored
    assert rows_of_march(archived, "raw.measures") == 0


def test_a_load_with_archived_rows_is_withdrawn_and_accepted_again(archived: Warehouse) -> None:
    before = wh.history("N", "load", (HOURS[0], HOURS[-1]))
    [(load_id,)] = archived.query("select load_id from raw.loads where rows_corrected > 0 order by load_id limit 1")
    archived.set_status(load_id, "withdrawn")
    archived.apply_loads()
    assert wh.latest(HOURS[5], HOURS[6], metric="load")["value"].item() == 106.5
    archive(APRIL)
    assert wh.as_of(None, HOURS[5], HOURS[6], metric="load")["value"].item() == 106.5
    assert len(wh.history("N", "load", (HOURS[0], HOURS[-1]))) == len(before) - 2
    archived.set_status(load_id, "accepted")
    archived.apply_loads()
    pd.testing.assert_frame_equal(wh.history("N", "load", (HOURS[0], HOURS[-1])), before)


def test_a_correction_of_an_archived_hour_compares_with_its_values(archived: Warehouse) -> None:
    correction = correct({HOURS[7].to_pydatetime(): 55.0}, node="N", metric="load", why="meter")
    assert correction.values[0].before == 108.5


def test_what_needs_all_revisions_is_refused(archived: Warehouse) -> None:
    with pytest.raises(BuildError, match="2024-03 is archived"):
        archived.build("--full-refresh")
    with pytest.raises(UsageError, match=r"2024-02 is not archived\. Archived are: 2024-03"):
        unarchive([APRIL.replace(month=2)])
    with pytest.raises(UsageError, match="in the future"):
        archive(APRIL.replace(year=2999))


def test_a_month_that_waits_for_a_build_or_the_gate_is_not_archived(archived: Warehouse) -> None:
    archived.deliver(reported("load", -100, 2)[:1])
    with pytest.raises(ServerError, match="2024-03 came back from the archive, and the marts lack them"):
        archive(APRIL)
    archived.apply_loads()
    load_id = archived.deliver(reported("load", -101, 2)[:1], status=None).load_id
    with pytest.raises(ServerError, match="2024-03 stays in the tables: a load of it is not judged yet"):
        archive(APRIL)
    archived.set_status(load_id, "accepted")
    with pytest.raises(ServerError, match="2024-03 stays in the tables: the marts are not up to date"):
        archive(APRIL)


def test_a_missing_or_altered_file_is_refused(archived: Warehouse) -> None:
    [(folder,)] = archived.query("select folder from raw.archived_months")
    path = Path(folder, "measures.parquet")
    kept = path.read_bytes()
    path.unlink()
    for act in (lambda: wh.as_of("2024-03-30", "2024-03-30", "2024-03-31"), lambda: unarchive(None)):
        with pytest.raises((wh.ReadError, ServerError), match="month=2024-03"):
            act()
    path.write_bytes(kept[:-1])
    for act in (lambda: wh.as_of("2024-03-30", "2024-03-30", "2024-03-31"), lambda: unarchive(None)):
        with pytest.raises((wh.ReadError, ServerError), match="is not the file that was archived"):
            act()
    path.write_bytes(kept)
    assert len(wh.as_of("2024-03-30", "2024-03-30", "2024-03-31"))


def test_checks_pass_with_archived_months(archived: Warehouse, tmp_path: Path) -> None:
    assert failures(check_marts(tmp_path)) == []
    assert failures(check_raw(tmp_path)) == []
