"""An archive run that is killed, or whose disk is full, loses no row and keeps none twice."""

import contextlib
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from loaders.archive.restore import bring_back
from loaders.errors import ServerError
from loaders.operations.archiving import archive
from tests.support.archive_case import APRIL
from tests.support.faults import RandomMoments, small_disk, wait_until_connected
from tests.support.forked_commands import ForkedCommand
from tests.support.warehouses import Warehouse, changed_environment

pytestmark = pytest.mark.one_server("months cannot be archived")

__all__ = ["small_disk"]

KILLS, MOST_RUNS = 20, 80
MARCH = APRIL.replace(month=3)
COMMAND = ["archive", "--before", "2024-04"]
WHERE = "where interval_start < '2024-04-01 00:00Z'"
COLUMNS = "series_id, load_id, row_id, value, interval_start, collected_at"


def rows_of_nodes(nodes: int, hours: int, revisions: int) -> pd.DataFrame:
    starts = pd.date_range("2024-03-01", periods=hours, freq="1h", tz="UTC")
    count = nodes * hours * revisions
    row = np.arange(count)
    return pd.DataFrame(
        {
            "grid": "G",
            "region": "R",
            "node": [f"N{number}" for number in row % nodes],
            "metric": "load",
            "interval_start": starts[row // nodes % hours],
            "collected_at": starts[row // nodes % hours] - pd.to_timedelta(row // nodes // hours + 1, unit="h"),
            "value": np.round(100 + row % 977 * 0.37, 2),
        }
    )


def rows_everywhere(warehouse: Warehouse) -> list[tuple]:
    """All rows of March, from the table and from the files of the months that are recorded."""
    found = warehouse.query(f"select {COLUMNS} from raw.measures {WHERE}")
    for (folder,) in warehouse.query("select folder from raw.archived_months where restored_at is null"):
        table = pq.read_table(Path(folder, "measures.parquet"), partitioning=None)
        found += [tuple(row.values()) for row in table.select(COLUMNS.split(", ")).to_pylist()]
    return sorted(found)


def back_in_tables(warehouse: Warehouse) -> None:
    """Everything in raw.measures; the marts have the newest values anyway."""
    bring_back([month for (month,) in warehouse.query("select month from raw.archived_months")], "test")
    warehouse.query("select ledger.forget_restored_months()")


@pytest.fixture
def filled(warehouse: Warehouse, tmp_path: Path) -> Warehouse:
    warehouse.deliver(rows_of_nodes(5, 150, 4))
    warehouse.apply_loads()
    return warehouse


@pytest.mark.embedded
def test_killed_at_any_moment_no_row_is_lost_and_none_is_there_twice(filled: Warehouse, tmp_path: Path) -> None:
    everything = rows_everywhere(filled)
    moments = RandomMoments(20, longest=0.3)
    with changed_environment(WAREHOUSE_ARCHIVE=str(tmp_path / "archive")):
        for _ in range(MOST_RUNS):
            back_in_tables(filled)
            with filled.connect(None) as watcher:
                running = ForkedCommand(COMMAND)
                wait_until_connected(watcher, running)
            time.sleep(moments.next_wait())
            moments.note(running.poll() is None)
            running.kill()
            running.wait(timeout=60)
            filled.query(SESSIONS_HAVE_ENDED)
            assert rows_everywhere(filled) == everything
            if moments.hits == KILLS:
                break
        assert moments.hits == KILLS
        back_in_tables(filled)
        archive(APRIL)
        assert rows_everywhere(filled) == everything
        assert [path.name for path in (tmp_path / "archive").iterdir()] == ["month=2024-03"]


def fill_disk(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as stream:
        while True:
            stream.write(b"x" * 4096)


# What a killed process sent may still be at work.
SESSIONS_HAVE_ENDED = """
do $$
begin
    while exists (
        select from pg_stat_activity
        where application_name in ('warehouse-loaders', 'warehouse-archive')
        and datname = current_database() and pid <> pg_backend_pid()
    ) loop
        perform pg_sleep(0.01);
        perform pg_stat_clear_snapshot();
    end loop;
end
$$
"""


def test_rows_that_arrive_meanwhile_are_archived_too_or_stay(
    filled: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from loaders.operations import archiving

    late, publish = rows_of_nodes(2, 3, 1).assign(value=1.0), archiving.publish_folder

    def publish_late(*folders: Path) -> None:
        publish(*folders)
        monkeypatch.setattr(archiving, "publish_folder", publish)
        load = filled.deliver(late.assign(collected_at=late["collected_at"] - timedelta(days=9)), status=None)
        filled.set_status(load.load_id, "withdrawn")

    monkeypatch.setattr(archiving, "publish_folder", publish_late)
    with changed_environment(WAREHOUSE_ARCHIVE=str(tmp_path / "archive")):
        [month] = archive(APRIL)
    assert month.row_count == 5 * 150 * 4 + 6


def test_a_full_disk_leaves_the_month_in_the_tables(
    filled: Warehouse, small_disk: Callable[[int], Path], tmp_path: Path
) -> None:
    everything = rows_everywhere(filled)
    folder = small_disk(1)
    filler = folder / "filler"
    fill_disk(filler)
    with changed_environment(WAREHOUSE_ARCHIVE=str(folder / "archive")):
        with pytest.raises(
            ServerError, match=r"cannot be written \(.*No space left on device.*in the tables as before"
        ):
            archive(APRIL)
        assert rows_everywhere(filled) == everything
        assert list((folder / "archive").iterdir()) == []
        filler.unlink()
        archive(APRIL)
        assert rows_everywhere(filled) == everything
