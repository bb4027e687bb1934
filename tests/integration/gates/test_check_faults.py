"""Both checks: what they write, what they may do, and what they report when they cannot run."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from loaders.database.connection import connection_info
from loaders.errors import GateError
from loaders.gates import check_marts, check_raw
from loaders.gates import checks as checks_module
from loaders.gates.outputs.terminal import to_json
from tests.support.gate_cases import RULES, judge, rows, spoil_rules
from tests.support.warehouses import Warehouse, changed_environment


def test_nothing_that_a_check_writes_or_says_holds_the_password(
    warehouse: Warehouse, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    judge(warehouse, rows("load", [300_000.0]))
    stated = [to_json(check_raw(tmp_path)), to_json(check_marts(tmp_path)), *capfd.readouterr()]
    password = connection_info(None).password
    assert password
    pages = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"data_docs/raw/index.html", "check_raw.html", "junit/check_marts.xml"} <= {
        path.relative_to(tmp_path).as_posix() for path in pages
    }
    assert not [path for path in pages if password.encode() in path.read_bytes()]
    assert not [text for text in stated if password in text]
    assert stated[2:] == ["", ""]


def test_a_check_cannot_write(warehouse: Warehouse) -> None:
    for login, statement in (
        ("warehouse_loader", "insert into raw.grids (grid_name, time_zone) values ('G', 'UTC')"),
        ("warehouse_transformer", "delete from marts.cutoffs"),
    ):
        with checks_module._open(RULES, login) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute(statement)


def test_the_page_of_a_failed_check_shows_the_rows(warehouse: Warehouse, tmp_path: Path) -> None:
    judge(warehouse, rows("load", [300_000.0]).assign(node="Köln $x <1>"))
    check_raw(tmp_path)
    [path] = (tmp_path / "data_docs" / "raw" / "validations" / "raw" / "loads").rglob("*.html")
    page = path.read_text(encoding="utf-8")
    assert "No load is held" in page
    for stated in ("Köln $x &lt;1&gt;", "load_range", "300000", "value from -200,000 to 200,000"):
        assert stated in page
    assert "<1>" not in page


def test_a_second_check_replaces_the_pages_of_the_first(warehouse: Warehouse, tmp_path: Path) -> None:
    for _ in range(2):
        check_raw(tmp_path)
    pages = (tmp_path / "data_docs" / "raw" / "validations").rglob("*.html")
    assert sorted(page.name for page in pages) == ["warehouse-raw.loads.html", "warehouse-raw.metrics.html"]


def test_a_check_without_marts_says_what_to_run(warehouse: Warehouse, tmp_path: Path) -> None:
    with warehouse.connect(None) as connection:
        connection.execute("drop schema marts cascade")
    with pytest.raises(GateError, match=r"not built yet\. Run: warehouse build"):
        check_marts(tmp_path)


@pytest.mark.parametrize("check", [check_raw, check_marts])
def test_a_check_without_a_server_fails_in_one_sentence(warehouse: Warehouse, tmp_path: Path, check: Callable) -> None:
    with changed_environment(PGPORT="1"), pytest.raises(GateError) as caught:
        check(tmp_path)
    assert "cannot run: Nothing answers at 127.0.0.1:1" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_check_whose_query_breaks_names_the_expectation(warehouse: Warehouse, tmp_path: Path) -> None:
    with warehouse.connect(None) as connection:
        connection.execute("alter table raw.rejected_rows rename to renamed")
    with pytest.raises(GateError, match=r"cannot evaluate .Every row read.*rejected_rows"):
        check_raw(tmp_path)


def test_a_check_with_a_broken_rules_file_fails(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil_rules(monkeypatch, tmp_path)
    with pytest.raises(GateError, match=r"rule 1 \(finite_values\) has the unknown kind 'finit'"):
        check_raw(tmp_path)


def test_a_check_leaves_no_session_behind(shared_warehouse: Warehouse, tmp_path: Path) -> None:
    sessions = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    before = shared_warehouse.query(sessions)
    for check in (check_raw, check_marts):
        check(tmp_path)
    assert shared_warehouse.query(sessions) == before
