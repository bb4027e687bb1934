"""With one setting the embedded server archives its log, and a base backup is brought to any later point in time."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from loaders import embedded_server
from loaders.database import connection
from loaders.embedded_server.binaries import find_binaries
from loaders.errors import ServerError
from tests.support.throwaway_homes import OPTIONS, UseHome, only_root, wait_until

pytestmark = pytest.mark.embedded


def run(*statements: str) -> None:
    with connection.connect(None, autocommit=True) as session:
        for statement in statements:
            session.execute(statement)


def values() -> list[int]:
    with connection.connect(None) as session:
        return [value for (value,) in session.execute("select value from kept order by value")]


def base_backup(home: Path, backup: Path) -> None:
    address = ["-h", "127.0.0.1", "-p", (home / "port").read_text().strip(), "-U", "warehouse"]
    environment = {**os.environ, "PGPASSWORD": (home / "password").read_text().strip()}
    program = find_binaries().folder / "pg_basebackup"
    subprocess.run([program, *address, "-D", backup, "-c", "fast"], env=environment, check=True)


def test_a_base_backup_and_the_archive_give_back_what_was_there_at_a_point_in_time(
    use_home: UseHome, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, backup = open_folder / "wal 100%", open_folder / "base"
    home = use_home(open_folder / "home", WAREHOUSE_WAL_ARCHIVE=str(archive))
    embedded_server.start()
    run("create table kept (value integer)", "insert into kept values (1)")
    base_backup(home, backup)
    run("insert into kept values (2)")
    with connection.connect(None, autocommit=True) as session:
        point = session.execute("select clock_timestamp()::text").fetchone()[0]
        session.execute("insert into kept values (3)")
        segment = session.execute("select pg_walfile_name(pg_switch_wal())").fetchone()[0]
    wait_until(lambda: (archive / segment).exists())
    assert archive.stat().st_mode & 0o077 == 0
    assert not list(archive.glob(".*.part"))
    embedded_server.stop()

    # As docs/how-to/back-up-and-restore.md says.
    owner = (home / "data").stat()
    shutil.rmtree(home / "data")
    shutil.copytree(backup, home / "data")
    (home / "data" / "recovery.signal").touch()
    for path in (home / "data", *(home / "data").rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    command = f'cp \\"{str(archive).replace("%", "%%")}/%f\\" %p'
    recovery = f'-c hot_standby=off -c "restore_command={command}" -c recovery_target_action=promote'
    use_home(home, WAREHOUSE_PG_OPTIONS=f'{OPTIONS} {recovery} -c "recovery_target_time={point}"')
    embedded_server.start()
    assert values() == [1, 2]
    run("insert into kept values (4)")
    assert values() == [1, 2, 4]


@only_root
def test_a_folder_that_the_server_cannot_write_to_is_reported_at_the_start(
    use_home: UseHome, open_folder: Path
) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    use_home(open_folder / "home", WAREHOUSE_WAL_ARCHIVE=str(closed))
    with pytest.raises(ServerError, match=r"cannot write to .*closed \(WAREHOUSE_WAL_ARCHIVE\)\. Change its"):
        embedded_server.start()
    assert not embedded_server.status().running
