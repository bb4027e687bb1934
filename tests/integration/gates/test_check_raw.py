"""`check raw` on a real server: what it notices."""

from pathlib import Path

import pytest

from loaders.gates import check_marts, check_raw
from loaders.gates import load_gate as load_gate_module
from tests.support.gate_cases import HOUR, START, failures, judge, rows
from tests.support.warehouses import Warehouse


def test_a_held_load_stays_outside_until_a_person_accepts_it(warehouse: Warehouse, tmp_path: Path) -> None:
    assert judge(warehouse, rows("load", [1.0, 2.0])).passed
    assert judge(warehouse, rows("price", [99_000.0], unit="EUR/MWh")).passed
    held = judge(warehouse, rows("load", [1.0, 300_000.0])).load_id
    warehouse.apply_loads()
    visible = "select count(*) from marts.fct_measures_latest"
    assert warehouse.query(visible) == [(3,)]

    report = check_raw(tmp_path)
    assert failures(report) == ["No load is held"]
    assert report.notes == [
        "1 series of price in EUR/MWh, because the limits of price_range, price_jump are in USD/MWh. Add rules with"
        " units: [EUR/MWh]."
    ]
    outcome = report.failures[0]
    assert outcome.scope == f"load {held}"
    assert outcome.observed == "2 broken rules"
    assert "load_range fails for 1 of 2 rows of load, allowed 1 %; value from -200,000 to 200,000" in outcome.detail
    assert {row["rule"]: row["value"] for row in outcome.rows} == {"load_range": 300_000.0, "load_jump": 300_000.0}
    assert outcome.rows[0]["interval_start"] == (START + HOUR).isoformat()
    assert check_marts(tmp_path).passed

    with warehouse.connect(autocommit=False) as connection:
        load_gate_module.ledger.set_status(connection, held, "accepted", "the publisher confirms it")
    assert check_raw(tmp_path).passed
    assert failures(check_marts(tmp_path)) == ["The marts hold every accepted load and no other"]
    # After a build, a load that was accepted meanwhile is no fault of it.
    assert check_marts(tmp_path, of_last_build=True).passed
    warehouse.apply_loads()
    assert warehouse.query(visible) == [(5,)]
    assert check_marts(tmp_path).passed
    with warehouse.connect(None) as connection:
        connection.execute("delete from staging.int_loads_applied where load_id = 1")
    assert "The marts hold every accepted load and no other" in failures(check_marts(tmp_path, of_last_build=True))


@pytest.mark.sql
@pytest.mark.parametrize(
    ("statement", "name", "scope"),
    [
        (
            "update raw.gate_results set rows_failed = 1, passed = false where rule = 'load_range'",
            "Every accepted load meets its rules, or a person accepted it",
            "load 1",
        ),
        (
            "delete from raw.measures where interval_start = (select max(interval_start) from raw.measures)",
            "Every row read is inserted, duplicate, blank or rejected, as the ledger counts it",
            "load 1",
        ),
        (
            "insert into raw.rejected_rows values (1, 9, 'x', '{}')",
            "Every row read is inserted, duplicate, blank or rejected, as the ledger counts it",
            "load 1",
        ),
        (
            "update raw.loads set status = 'pending', loaded_at = now() - interval '25 hours'",
            "No load has been pending for more than a day",
            "load 1",
        ),
        (
            "update raw.series set metric = 'power'; delete from raw.metrics where metric = 'price'",
            "Every metric that a rule names is registered",
            "loaders/gates/rules.yml",
        ),
    ],
)
def test_check_raw_notices(warehouse: Warehouse, tmp_path: Path, statement: str, name: str, scope: str) -> None:
    judge(warehouse, rows("load", [1.0, 2.0]))
    assert check_raw(tmp_path).passed
    with warehouse.connect(None) as connection:
        connection.execute(statement)
    report = check_raw(tmp_path)
    assert [(outcome.name, outcome.scope) for outcome in report.failures] == [(name, scope)]
    assert report.failures[0].detail


@pytest.mark.sql
def test_a_load_that_has_been_pending_for_less_than_a_day_raises_no_alarm(warehouse: Warehouse, tmp_path: Path) -> None:
    load_id = warehouse.deliver(rows("load", [1.0]), status=None).load_id
    warehouse.query(
        "update raw.loads set loaded_at = now() - interval '23 hours' where load_id = %s returning 1", load_id
    )
    assert check_raw(tmp_path).passed
