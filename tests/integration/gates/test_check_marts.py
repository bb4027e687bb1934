"""`check marts` on a real server: marts that are right, and marts that were tampered with."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from loaders.gates import check_marts
from loaders.gates import checks as checks_module
from loaders.gates.rules import RULES_FILE
from tests.support.cluster_nodes import cluster_nodes
from tests.support.gate_cases import HOUR, failures, revisions, rows
from tests.support.warehouses import Warehouse

RECONCILE = "The revisions in the marts are exactly those of the loads in them"
CHAIN = "Each revision is valid until the next one of its interval, and only the last has no end"
LATEST = "The latest values equal the values as of now"
FUTURE = "No value was collected more than a day from now"


@pytest.fixture(scope="module")
def evolved(shared_warehouse: Warehouse) -> Warehouse:
    """Three revisions of two hours, a correction, a withdrawal of the load that stored a repeated row."""
    warehouse = shared_warehouse
    frame = revisions(*[(hour, collected, hour + 10.0 * collected) for hour in (0, 1) for collected in (0, 1, 2)])
    first = warehouse.deliver(frame).load_id
    warehouse.deliver(frame.iloc[[2, 5]].assign(value=[7.0, None]))
    warehouse.deliver(pd.concat([frame.iloc[[0]], frame.iloc[[0]].assign(node="other")]))
    warehouse.set_status(first, "withdrawn")
    warehouse.apply_loads()
    warehouse.set_status(first, "accepted")
    repeated = warehouse.deliver(rows("load", [3.0])).load_id
    warehouse.set_status(repeated, "withdrawn")
    warehouse.apply_loads()
    return warehouse


@pytest.mark.sql
def test_check_marts_agrees_with_marts_that_are_right(evolved: Warehouse, tmp_path: Path) -> None:
    report = check_marts(tmp_path)
    assert failures(report) == []
    assert len(report.outcomes) == (11 if cluster_nodes() else 15)  # the nodes refuse four kinds of queries
    evolved.set_status(1, "withdrawn")  # its repeated row stays, by the load that repeated it
    evolved.apply_loads()
    assert failures(check_marts(tmp_path)) == []
    assert evolved.query("select count(*) from marts.fct_measure_revisions") == [(4,)]
    evolved.set_status(1, "accepted")
    evolved.apply_loads()


# Of the first hour: the revision that is known from 00:00 to 01:00, and the newest one, known from 02:00.
OLD = "where series_id = 1 and interval_start = '2024-03-30 00:00Z' and known_to = '2024-03-30 01:00Z'"
NEWEST = "where series_id = 1 and interval_start = '2024-03-30 00:00Z' and known_to is null"
WITHDRAWN = "where series_id = 1 and interval_start = '2024-03-30 01:00Z' and value is null"
TABLE = "staging.int_measure_revisions"
COPIED = "series_id, load_id, value, previous_value, interval_start + interval '9 hours', collected_at, known_to"


@pytest.fixture
def tampered(evolved: Warehouse) -> Iterator[Warehouse]:
    """The warehouse, whose revisions are put back afterwards."""
    evolved.query(f"create table kept as select * from {TABLE}")
    yield evolved
    evolved.query(f"delete from {TABLE}; insert into {TABLE} select * from kept; drop table kept")


@pytest.mark.sql
@pytest.mark.parametrize(
    ("statement", "names", "collected"),
    [
        (f"update {TABLE} set known_to = '2024-03-30 00:59Z' {OLD}", [CHAIN], "00"),
        (f"update {TABLE} set known_to = '2024-03-30 01:01Z' {OLD}", [CHAIN], "00"),
        (f"update {TABLE} set known_to = null {OLD}", [CHAIN], "00"),
        (f"update {TABLE} set known_to = '2023-01-01Z' {NEWEST}", [CHAIN], "02"),
        (f"update {TABLE} set value = 8 {NEWEST}", [RECONCILE], "02"),
        (f"delete from {TABLE} {NEWEST}", [RECONCILE, CHAIN], "02"),
        (f"insert into {TABLE} select {COPIED} from {TABLE} {NEWEST}", [RECONCILE], "02"),
        (f"delete from {TABLE} {WITHDRAWN}", [RECONCILE, CHAIN], "02"),
        (f"insert into {TABLE} select {COPIED} from {TABLE} {WITHDRAWN}", [RECONCILE], "02"),
    ],
)
def test_check_marts_notices_a_tampered_mart_and_names_the_rows(
    tampered: Warehouse, tmp_path: Path, statement: str, names: list[str], collected: str
) -> None:
    with tampered.connect(None, autocommit=True) as connection:
        assert connection.execute(statement).rowcount == 1
    report = check_marts(tmp_path)
    assert failures(report) == names
    outcome = report.failures[0]
    assert [row["collected_at"] for row in outcome.rows] == [f"2024-03-30T{collected}:00:00+00:00"]
    assert {(row["region"], row["node"], row["metric"]) for row in outcome.rows} == {("r", "n", "load")}
    assert outcome.detail


@pytest.mark.sql
def test_check_marts_notices_an_as_of_that_differs_from_latest(evolved: Warehouse, tmp_path: Path) -> None:
    with evolved.connect(None) as connection:
        definition = connection.execute("select pg_get_viewdef('marts.fct_measures_latest')").fetchone()[0].rstrip(";")
        changed = f"select * from ({definition}) as honest where interval_start > '2024-03-30 00:30Z'"
        connection.execute(f"create or replace view marts.fct_measures_latest as {changed}")
    report = check_marts(tmp_path)
    evolved.query(f"create or replace view marts.fct_measures_latest as {definition}")
    assert failures(report) == [LATEST]
    assert report.failures[0].observed == "2 values"
    assert "values as of now are missing in latest" in report.failures[0].detail


@pytest.mark.parametrize(("ahead", "expected"), [(timedelta(hours=23), []), (timedelta(hours=25), [LATEST, FUTURE])])
def test_check_marts_notices_what_was_collected_in_the_future(
    warehouse: Warehouse, tmp_path: Path, ahead: timedelta, expected: list[str]
) -> None:
    warehouse.deliver(rows("load", [1.0], collected_at=datetime.now(UTC) + ahead))
    warehouse.apply_loads()
    assert failures(check_marts(tmp_path)) == expected


@pytest.mark.parametrize(("within", "expected"), [("PT2H", 0), ("PT1H", 1)])
def test_check_marts_notices_a_source_that_fell_silent(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, within: str, expected: int
) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(
        RULES_FILE.read_text().replace("freshness: []", f"freshness: [{{source: test, within: {within}}}]")
    )
    monkeypatch.setattr(checks_module, "RULES_FILE", rules)
    warehouse.deliver(rows("load", [1.0], collected_at=datetime.now(UTC) - 1.5 * HOUR))
    warehouse.apply_loads()
    assert len(check_marts(tmp_path / "docs").failures) == expected
