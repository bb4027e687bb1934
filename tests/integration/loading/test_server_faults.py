"""A server that is killed, cuts connections or has a full disk, and eight loaders at once: each row is stored once."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from loaders import embedded_server
from loaders.ingest.pipeline import ingest_files
from tests.support.faults import (
    HOURS,
    NODES,
    OPTIONS,
    REVISIONS,
    ROWS,
    Disturbed,
    RandomMoments,
    disturb,
    fresh_database,
    sessions,
    start_loader,
    undisturbed_seconds,
    write,
)
from tests.support.forked_commands import ForkedCommand
from tests.support.warehouses import Warehouse

pytestmark = pytest.mark.embedded

SERVER_KILLS, CUTS, MOST_LOADERS = 7, 4, 40


def test_a_server_killed_in_mid_load_loses_nothing_that_was_stored(disturbed: Disturbed, tmp_path: Path) -> None:
    moments = RandomMoments(20240402, undisturbed_seconds(disturbed, tmp_path, 1))

    def kill(loader: ForkedCommand, watcher: psycopg.Connection) -> None:
        os.kill(embedded_server.status().pid, signal.SIGKILL)
        loader.wait(timeout=60)

    for number in range(MOST_LOADERS):
        paths = [write(tmp_path, number)]
        code, stated = disturb(disturbed, paths, moments, kill)
        assert code in (0, 1)
        assert code == 0 or "error: " in stated
        embedded_server.start()
        disturbed.assert_sound()
        disturbed.complete(paths)
        if moments.hits >= SERVER_KILLS:
            break
    disturbed.assert_as_undisturbed()
    assert moments.hits >= SERVER_KILLS


def test_a_connection_cut_in_mid_load_is_taken_up_again(disturbed: Disturbed, tmp_path: Path) -> None:
    moments, cuts = RandomMoments(20240403, undisturbed_seconds(disturbed, tmp_path, 1)), 0

    def cut(_: ForkedCommand, watcher: psycopg.Connection) -> None:
        nonlocal cuts
        ended = watcher.execute(
            "select count(pg_terminate_backend(pid)) from unnest(%s::integer[]) as pid", [sessions(watcher)]
        )
        cuts += ended.fetchone()[0] > 0

    for number in range(MOST_LOADERS):
        paths = [write(tmp_path, number)]
        code, stated = disturb(disturbed, paths, moments, cut)
        assert (code, "error" in stated) == (0, False), stated
        disturbed.complete(paths)
        if cuts >= CUTS:
            break
    disturbed.assert_as_undisturbed()
    assert cuts >= CUTS


def test_eight_loaders_at_once_on_overlapping_files_store_each_row_once(disturbed: Disturbed, tmp_path: Path) -> None:
    # Grid by grid: neighbours share half of their nodes; each file is given to two loaders.
    paths = [write(tmp_path, number // 4, first_node=5 * (number % 4)) for number in range(8)]
    loaders = [start_loader(paths[number], paths[(number + 1) % 8]) for number in range(8)]
    stated = [loader.communicate(timeout=120)[1] for loader in loaders]
    assert [loader.returncode for loader in loaders] == [0] * 8, stated
    disturbed.assert_sound()
    totals = disturbed.warehouse.query(
        "select count(*), sum(rows_read), sum(rows_inserted), sum(rows_duplicate) from raw.loads"
    )
    distinct = 2 * (NODES + 3 * 5) * HOURS * REVISIONS
    assert totals == [(8, 8 * ROWS, distinct, 8 * ROWS - distinct)]
    disturbed.files += paths
    disturbed.assert_as_undisturbed()


def test_a_full_disk_stores_nothing_and_says_so(
    own_server: None, tmp_path: Path, small_disk: Callable[[int], Path]
) -> None:
    place = small_disk(8)
    owner = embedded_server.status().data_directory.stat()
    os.chown(place, owner.st_uid, owner.st_gid)
    with fresh_database() as warehouse:
        disturbed = Disturbed(warehouse)
        admin = warehouse.connect(None)
        admin.execute(f"create tablespace small location '{place}'")
        admin.execute(
            f"grant create on tablespace small to public;"
            f"alter database {warehouse.name} set default_tablespace to small"
        )
        paths = [write(tmp_path, number, rows=2 * ROWS) for number in range(6)]
        outcomes = ingest_files(paths, OPTIONS)
        refused = [outcome.error for outcome in outcomes if outcome.error]
        assert refused
        assert all(
            "the server's disk is full. Nothing was stored. Free some space and ingest it again." in stated
            for stated in refused
        )
        disturbed.assert_sound()
        assert warehouse.query("select count(*) from raw.loads")[0][0] == len(paths) - len(refused)
        small_disk(200)
        disturbed.complete(paths)
        disturbed.assert_as_undisturbed()
        admin.close()
    with Warehouse("postgres").connect(None) as admin:
        admin.execute("drop tablespace small")
