"""The gates on a real server: what each rule lets through and what not, and what the two checks notice."""

import itertools
import math
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from loaders.database.connection import connection_info
from loaders.errors import GateError
from loaders.formats import format_named
from loaders.gates import CheckReport, Verdict, check_marts, check_raw, gate_loads, pending_loads
from loaders.gates import checks as check_module
from loaders.gates import load_gate as gate_module
from loaders.gates import rule_evaluation as measure_module
from loaders.gates.outputs.terminal import to_json
from loaders.gates.rules import RULES_FILE, Rule, read_rules
from loaders.ingest.pipeline import IngestOptions, ingest_file
from loaders.settings import PROJECT_ROOT
from tests.support.warehouses import Warehouse, changed_environment

START = datetime(2024, 3, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
MANY = 400  # rows; every shipped share of it is a whole number
RULES = read_rules()
CASES = [(rule, metric) for rule in RULES.rules for metric in sorted(rule.metrics or {"temperature"})]


@pytest.fixture(scope="module")
def gated(shared_warehouse: Warehouse) -> Warehouse:
    """With a metric that no rule names."""
    with shared_warehouse.connect() as connection:
        connection.execute("insert into raw.metrics (metric, unit, aggregation) values ('temperature', '°C', 'mean')")
    return shared_warehouse


def rows(metric: str, values: list[float | None], start: datetime = START, **changes: object) -> pd.DataFrame:
    """Hourly values of a node of its own, each collected when its hour begins."""
    starts = [start + number * HOUR for number in range(len(values))]
    frame = pd.DataFrame({"interval_start": starts, "collected_at": starts, "value": pd.array(values, dtype="object")})
    return frame.assign(grid=f"grid-{uuid.uuid4()}", region="r", node="n", metric=metric, **changes)


def judge(warehouse: Warehouse, frame: pd.DataFrame) -> Verdict:
    load_id = warehouse.deliver(frame, status=None).load_id
    return judge_load(warehouse, load_id)


def judge_load(warehouse: Warehouse, load_id: int) -> Verdict:
    with warehouse.connect(autocommit=False) as connection:
        return gate_loads(connection, [load_id])[0]


def status(warehouse: Warehouse, load_id: int) -> str:
    return warehouse.query("select status from raw.loads where load_id = %s", load_id)[0][0]


def failed_rows(warehouse: Warehouse, load_id: int) -> dict[str, int]:
    return dict(
        warehouse.query(
            "select rule, rows_failed from raw.gate_results where load_id = %s and rows_failed > 0", load_id
        )
    )


# One row on each side of every limit ---------------------------------------------------------------------------------


def edge(rule: Rule, metric: str, outside: bool) -> Iterator[pd.DataFrame]:
    """Loads whose last row reaches a limit of the rule, or is beyond it by the smallest step there is."""
    limits, step = rule.limits, TICK if outside else timedelta(0)
    if rule.kind == "range":
        for bound, away in (("min", -math.inf), ("max", math.inf)):
            yield rows(metric, [math.nextafter(limits[bound], away) if outside else limits[bound]])
    elif rule.kind == "jump":
        change = limits["max_change"]
        yield rows(metric, [0.0, math.nextafter(change, math.inf) if outside else change])
        yield rows(metric, [math.nextafter(change, math.inf) if outside else change, 0.0])
    elif rule.kind == "flat_line":
        yield rows(metric, [1.0, *[2.0] * (limits["longest"] // HOUR), 2.0 if outside else 3.0])
    elif rule.kind == "nulls":
        yield rows(metric, [None if outside else 0.0])
    elif rule.kind == "horizon":
        yield rows(metric, [1.0], collected_at=START - limits["before"] - step)
        long_ago = START - timedelta(days=9000)
        yield rows(metric, [1.0], start=long_ago, collected_at=long_ago + limits["after"] + step)
    elif rule.kind == "finite":
        yield from (rows(metric, [value]) for value in ([math.inf, -math.inf] if outside else [1.7e308, -1.7e308]))
    else:
        raise AssertionError(f"no case for kind {rule.kind}")


@pytest.mark.parametrize(
    ("rule", "metric"),
    [case for case in CASES if case[0].kind != "times"],
    ids=lambda part: getattr(part, "name", part),
)
def test_a_limit_may_be_reached_and_not_passed(gated: Warehouse, rule: Rule, metric: str) -> None:
    for frame in edge(rule, metric, outside=False):
        load_id = gated.deliver(frame, status=None).load_id
        judge_load(gated, load_id)
        assert failed_rows(gated, load_id) == {}
    for frame in edge(rule, metric, outside=True):
        load_id = gated.deliver(frame, status=None).load_id
        judge_load(gated, load_id)
        assert failed_rows(gated, load_id) == {rule.name: 1}


EARLIEST = RULES.of("temperature")[1].limits["earliest"]


@pytest.mark.parametrize(
    ("times", "failed"),
    [
        ({"start": EARLIEST}, 0),
        ({"start": EARLIEST - timedelta(minutes=15), "collected_at": EARLIEST}, 1),
        ({"start": EARLIEST, "collected_at": EARLIEST - TICK}, 1),
    ],
)
def test_times_begin_at_the_earliest_sane_one(gated: Warehouse, times: dict, failed: int) -> None:
    assert sum(result.rows_failed for result in judge(gated, rows("temperature", [1.0], **times)).failures) == failed


@pytest.mark.parametrize(
    ("column", "ahead", "start"),
    [
        ("collected_at", "collected_ahead", START),
        ("interval_start", "interval_ahead", datetime(2090, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_may_be_ahead_of_the_storing_by_so_much(
    gated: Warehouse, column: str, ahead: str, start: datetime
) -> None:
    limit = RULES.of("temperature")[1].limits[ahead]
    for beyond, failures in ((timedelta(0), []), (TICK, ["sane_times"])):
        frame = rows("temperature", [1.0], start=start)
        load_id = gated.deliver(frame, status=None).load_id
        stored = frame[column][0].to_pydatetime() - limit - beyond
        gated.query("update raw.loads set loaded_at = %s where load_id = %s returning 1", stored, load_id)
        if column == "interval_start":  # else what was collected is ahead as well
            gated.query("update raw.measures set collected_at = %s where load_id = %s returning 1", stored, load_id)
        assert [failure.rule for failure in judge_load(gated, load_id).failures] == failures


# The share of rows that may break a rule ---------------------------------------------------------------------------


def with_failing(rule: Rule, metric: str, failing: int) -> pd.DataFrame:
    """MANY rows, `failing` of which break this rule, and none another."""
    limits, uneven = rule.limits, [float(number % 7) for number in range(MANY)]
    start = START
    if rule.kind == "range":
        values = [limits["max"] + (number % 2) - (0 if number < failing else 10) for number in range(1, MANY + 1)]
        values[:failing] = [limits["max"] + 1 + number % 2 for number in range(failing)]
        return rows(metric, values)
    if rule.kind == "jump":
        levels = itertools.chain([limits["max_change"] + 10, 0.0][number % 2] for number in range(failing))
        tail = list(levels)
        settled = tail[-1] if tail else 0.0
        return rows(metric, [0.0, *tail, *[settled + value for value in uneven[: MANY - 1 - failing]]])
    if rule.kind == "flat_line":
        flat = limits["longest"] // HOUR + failing
        return rows(metric, [9.0] * flat + uneven[flat:])
    if rule.kind == "nulls":
        return rows(metric, [None] * failing + uneven[failing:])
    if rule.kind == "finite":
        return rows(metric, [math.inf] * failing + uneven[failing:])
    frame = rows(metric, uneven, start=start)
    early = limits["before"] + TICK if rule.kind == "horizon" else START - EARLIEST + TICK
    frame["collected_at"] = [START - early if number < failing else START for number in range(MANY)]
    return frame


@pytest.mark.parametrize(("rule", "metric"), CASES, ids=lambda part: getattr(part, "name", part))
def test_a_load_is_held_by_one_row_more_than_the_share_of_that_rule(gated: Warehouse, rule: Rule, metric: str) -> None:
    allowed = round(MANY * rule.share_allowed)
    kept = judge(gated, with_failing(rule, metric, allowed))
    assert kept.passed
    assert status(gated, kept.load_id) == "accepted"
    assert failed_rows(gated, kept.load_id) == ({rule.name: allowed} if allowed else {})
    # By this rule alone: without it, the load would have passed.
    broken = judge(gated, with_failing(rule, metric, allowed + 1))
    assert not broken.passed
    assert [failure.rule for failure in broken.failures] == [rule.name]
    assert status(gated, broken.load_id) == "held"


# What is compared with what ------------------------------------------------------------------------------------------


def revisions(*told: tuple[int, int, float | None]) -> pd.DataFrame:
    """Rows (hour, collected after so many hours, value) of metric load."""
    frame = rows("load", [value for *_, value in told])
    frame["interval_start"] = [START + hour * HOUR for hour, *_ in told]
    frame["collected_at"] = [START + hours * HOUR for _, hours, _ in told]
    return frame


@pytest.mark.parametrize(
    ("told", "jumps"),
    [
        ([(0, 0, 0.0), (0, 1, 60_000.0)], 0),  # a restatement is no neighbour
        ([(0, 0, 0.0), (0, 1, 60_000.0), (1, 2, 60_000.0)], 0),  # the newest value of the neighbour counts
        ([(0, 0, 0.0), (0, 1, 60_000.0), (1, 2, 0.0)], 1),
        ([(0, 0, 0.0), (1, 1, 0.0), (1, 2, 60_000.0), (1, 3, 0.0)], 1),  # each revision is compared
        ([(0, 0, 0.0), (2, 0, 60_000.0)], 0),  # the hour between is not there
        ([(0, 0, 0.0), (2, 0, 0.0), (2, 1, 60_000.0)], 0),  # nor for a later revision
        ([(0, 0, 0.0), (1, 0, None), (2, 0, 60_000.0)], 0),
    ],
)
def test_a_jump_is_between_neighbouring_intervals(gated: Warehouse, told: list, jumps: int) -> None:
    load_id = gated.deliver(revisions(*told), status=None).load_id
    judge_load(gated, load_id)
    assert failed_rows(gated, load_id).get("load_jump", 0) == jumps


@pytest.mark.parametrize(
    ("told", "flat"),
    [
        ([(hour, hour, 5.0) for hour in range(49)], 1),
        ([(hour, hour, 5.0) for hour in range(50) if hour != 3], 0),  # a gap ends it
        ([(0, publication, 5.0) for publication in range(60)], 0),  # the same said again of one hour
        ([(hour, hour + later, 5.0 + later) for hour in range(49) for later in (0, 1)], 1),
        ([(hour, hour + later, 5.0 + hour * later) for hour in range(49) for later in (0, 1)], 0),  # by newest values
        ([(hour, hour, None) for hour in range(60)], 0),
    ],
)
def test_a_flat_line_is_of_consecutive_intervals(gated: Warehouse, told: list, flat: int) -> None:
    load_id = gated.deliver(revisions(*told), status=None).load_id
    judge_load(gated, load_id)
    assert failed_rows(gated, load_id).get("load_flat_line", 0) == flat


def test_the_days_of_a_clock_change_are_neighbours(gated: Warehouse) -> None:
    days = [datetime(2024, 10, 26, 22), datetime(2024, 10, 27, 23), datetime(2024, 10, 28, 23)]
    frame = rows("load", [0.0, 60_000.0, 0.0], resolution="P1D")
    frame["interval_start"] = frame["collected_at"] = [day.replace(tzinfo=UTC) for day in days]
    load_id = gated.deliver(frame, status=None).load_id
    with gated.connect(None) as connection:
        connection.execute(
            "update raw.series set resolution = 'P1D'"
            " where series_id in (select series_id from raw.measures where load_id = %s)",
            [load_id],
        )
    judge_load(gated, load_id)
    assert failed_rows(gated, load_id) == {"load_jump": 2}


def test_series_and_loads_are_judged_apart(gated: Warehouse) -> None:
    one, other = rows("load", [0.0] * 30), rows("load", [60_000.0] * 30)
    together = pd.concat([one, other.assign(grid=one["grid"], node="other")])
    later = one.assign(value=60_000.0, interval_start=one["interval_start"] + 30 * HOUR)
    with gated.connect(autocommit=False) as connection:
        ids = [gated.deliver(frame, status=None).load_id for frame in (together, later)]
        assert [verdict.passed for verdict in gate_loads(connection, ids)] == [True, True]
    assert [failed_rows(gated, load_id) for load_id in ids] == [{}, {}]


def test_repeating_a_held_load_does_not_let_its_rows_in(gated: Warehouse) -> None:
    bad = rows("load", [1.0, 300_000.0])
    first = judge(gated, bad)
    again = judge(gated, pd.concat([bad, rows("load", [1.0, 2.0])]))
    assert [first.passed, again.passed] == [False, False]
    assert "load_range" in {failure.rule for failure in again.failures}
    with gated.connect(autocommit=False) as connection:
        gate_module.ledger.set_status(connection, first.load_id, "accepted", "the numbers are right")
    assert judge(gated, pd.concat([bad, rows("load", [3.0, 4.0])])).passed


# What the gate writes, and when it does not ---------------------------------------------------------------------------


def test_a_failed_rule_shows_at_most_five_of_its_rows_by_name(gated: Warehouse) -> None:
    frame = rows("load", [250_000.0 + number for number in range(9)])
    failure = judge(gated, frame).failures[0]
    assert (failure.rule, failure.rows_checked, failure.rows_failed) == ("load_range", 9, 9)
    assert [example["value"] for example in failure.examples] == [250_000.0 + number for number in range(5)]
    assert failure.examples[0] == {
        "grid": frame["grid"][0], "region": "r", "node": "n", "metric": "load", "source": "test",
        "interval_start": START.isoformat(), "collected_at": START.isoformat(), "value": 250_000.0,
    }  # fmt: skip
    written = gated.query(
        "select rule_description, passed, examples from raw.gate_results where load_id = %s and rule = 'load_range'",
        failure.load_id,
    )
    assert written == [("value from -200,000 to 200,000", False, failure.examples)]


def test_the_ledger_says_which_rule_held_a_load_and_who_ran_the_gate(gated: Warehouse) -> None:
    load_id = gated.deliver(rows("load", [300_000.0]), status=None).load_id
    with gated.connect(autocommit=False) as connection:
        gate_loads(connection, [load_id], who="night run")
    event = gated.query("select who, why from raw.load_events where load_id = %s and status = 'held'", load_id)
    assert event[0][0] == "night run"
    assert "load_range fails for 1 of 1 rows of load" in event[0][1]


def test_only_pending_loads_change_their_status(gated: Warehouse) -> None:
    loads = {
        wanted: gated.deliver(rows("load", [300_000.0]), status=wanted).load_id for wanted in ("accepted", "withdrawn")
    }
    for wanted, load_id in loads.items():
        assert not judge_load(gated, load_id).passed
        assert status(gated, load_id) == wanted


def test_pending_loads_are_found_oldest_first_and_judged_in_the_order_asked(gated: Warehouse) -> None:
    bad = gated.deliver(rows("load", [300_000.0]), status=None).load_id
    good = gated.deliver(rows("load", [1.0]), status=None).load_id
    with gated.connect(autocommit=False) as connection:
        assert [load_id for load_id in pending_loads(connection) if load_id in (bad, good)] == [bad, good]
        assert [(v.load_id, v.passed) for v in gate_loads(connection, [good, bad, good])] == [
            (good, True),
            (bad, False),
        ]
        assert gate_loads(connection, []) == []


def test_a_load_of_rows_that_are_stored_already_is_accepted(gated: Warehouse) -> None:
    frame = rows("load", [1.0, 2.0])
    judge(gated, frame)
    assert judge(gated, frame).passed


def spoil_rules(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    spoilt = folder / "rules.yml"
    spoilt.write_text(RULES_FILE.read_text().replace("kind: finite", "kind: finit"))
    monkeypatch.setattr(gate_module, "RULES_FILE", spoilt)
    monkeypatch.setattr(check_module, "RULES_FILE", spoilt)


def spoil_query(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(measure_module, "ROWS_CHECKED", measure_module.sql.SQL("select 1 / 0"))


@pytest.mark.parametrize("spoil", [spoil_rules, spoil_query])
def test_a_gate_that_breaks_lets_nothing_pass(
    gated: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spoil: Callable
) -> None:
    load_id = gated.deliver(rows("load", [1.0]), status=None).load_id
    spoil(monkeypatch, tmp_path)
    with pytest.raises(GateError) as caught:
        judge_load(gated, load_id)
    assert "\n" not in str(caught.value)
    assert status(gated, load_id) == "pending"
    assert gated.query("select count(*) from raw.gate_results where load_id = %s", load_id) == [(0,)]


def test_a_failing_decision_undoes_those_before_it(gated: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (gated.deliver(rows("load", [1.0]), status=None).load_id for _ in range(2))
    honest = gate_module.ledger.set_status

    def fails_later(connection: psycopg.Connection, load_id: int, *rest: object) -> bool:
        if load_id == second:
            raise psycopg.OperationalError("server gone")
        return honest(connection, load_id, *rest)

    monkeypatch.setattr(gate_module.ledger, "set_status", fails_later)
    with (
        gated.connect(autocommit=False) as connection,
        pytest.raises(GateError, match=f"loads {first}, {second}.*server gone"),
    ):
        gate_loads(connection, [first, second])
    assert [status(gated, load_id) for load_id in (first, second)] == ["pending", "pending"]


def test_nobody_else_decides_on_a_load_while_it_is_judged(gated: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    load_id = gated.deliver(rows("load", [1.0]), status=None).load_id
    honest, refused = gate_module.measure, []

    def interrupted(*given: object) -> list:
        with gated.connect() as other:
            other.execute("set lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                gate_module.ledger.set_status(other, load_id, "withdrawn", "changed my mind")
        refused.append(load_id)
        return honest(*given)

    monkeypatch.setattr(gate_module, "measure", interrupted)
    assert judge_load(gated, load_id).passed
    assert refused == [load_id]


def test_a_load_that_does_not_exist_is_named(gated: Warehouse) -> None:
    with gated.connect(autocommit=False) as connection, pytest.raises(GateError, match="there is no load 999999"):
        gate_loads(connection, [999_999])


# The two checks ------------------------------------------------------------------------------------------------------


def failures(report: CheckReport) -> list[str]:
    return [outcome.name for outcome in report.failures]


def test_a_held_load_stays_outside_until_a_person_accepts_it(warehouse: Warehouse, tmp_path: Path) -> None:
    assert judge(warehouse, rows("load", [1.0, 2.0])).passed
    held = judge(warehouse, rows("load", [1.0, 300_000.0])).load_id
    warehouse.apply_loads()
    visible = "select count(*) from marts.fct_measures_latest"
    assert warehouse.query(visible) == [(2,)]

    report = check_raw(tmp_path)
    assert failures(report) == ["No load waits outside because it broke a rule"]
    outcome = report.failures[0]
    assert outcome.scope == f"load {held}"
    assert outcome.observed == "2 broken rules"
    assert "load_range fails for 1 of 2 rows of load, allowed 1 %; value from -200,000 to 200,000" in outcome.detail
    assert {row["rule"]: row["value"] for row in outcome.rows} == {"load_range": 300_000.0, "load_jump": 300_000.0}
    assert outcome.rows[0]["interval_start"] == (START + HOUR).isoformat()
    assert check_marts(tmp_path).passed

    with warehouse.connect(autocommit=False) as connection:
        gate_module.ledger.set_status(connection, held, "accepted", "the publisher confirms it")
    assert check_raw(tmp_path).passed
    assert failures(check_marts(tmp_path)) == ["The marts hold every accepted load, and no other"]
    warehouse.apply_loads()
    assert warehouse.query(visible) == [(4,)]
    assert check_marts(tmp_path).passed


@pytest.mark.parametrize(
    ("statement", "name", "scope"),
    [
        (
            "insert into raw.gate_results (load_id, rule, metric, rows_checked, rows_failed, share_allowed, passed)"
            " select max(load_id), 'load_range', 'load', 2, 1, 0.01, false from raw.loads",
            "Every accepted load keeps to its rules, or a person accepted it all the same",
            "load 1",
        ),
        (
            "delete from raw.measures where interval_start = (select max(interval_start) from raw.measures)",
            "The ledger counts what is stored: every row read is inserted, duplicate or rejected",
            "load 1",
        ),
        (
            "insert into raw.rejected_rows values (1, 9, 'x', '{}')",
            "The ledger counts what is stored: every row read is inserted, duplicate or rejected",
            "load 1",
        ),
        (
            "update raw.loads set status = 'pending', loaded_at = now() - interval '25 hours'",
            "No load has been waiting for its gate for more than a day",
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


def test_a_load_that_has_been_pending_for_less_than_a_day_raises_no_alarm(warehouse: Warehouse, tmp_path: Path) -> None:
    load_id = warehouse.deliver(rows("load", [1.0]), status=None).load_id
    warehouse.query(
        "update raw.loads set loaded_at = now() - interval '23 hours' where load_id = %s returning 1", load_id
    )
    assert check_raw(tmp_path).passed


RECONCILE = "The revisions in the marts are exactly those of the loads they hold"
CHAIN = "Each revision is known until the next one of its interval, and only the last one without end"
LATEST = "The latest values are those as of now"
FUTURE = "Nothing was collected later than a day from now"


@pytest.fixture
def evolved(warehouse: Warehouse) -> Warehouse:
    """Three revisions of two hours, a correction, a withdrawal of the load that stored a repeated row."""
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


def test_check_marts_agrees_with_marts_that_are_right(evolved: Warehouse, tmp_path: Path) -> None:
    report = check_marts(tmp_path)
    assert failures(report) == []
    assert len(report.outcomes) == 11
    evolved.set_status(1, "withdrawn")  # its repeated row stays, by the load that repeated it
    evolved.apply_loads()
    assert failures(check_marts(tmp_path)) == []
    assert evolved.query("select count(*) from marts.fct_measure_revisions") == [(4,)]


# Of the first hour: the revision that is known from 00:00 to 01:00, and the newest one, known from 02:00.
OLD = "where series_id = 1 and interval_start = '2024-03-30 00:00Z' and known_to = '2024-03-30 01:00Z'"
NEWEST = "where series_id = 1 and interval_start = '2024-03-30 00:00Z' and known_to is null"
WITHDRAWN = "where series_id = 1 and interval_start = '2024-03-30 01:00Z' and value is null"
TABLE = "staging.int_measure_revisions"
COPIED = "series_id, load_id, value, previous_value, interval_start + interval '9 hours', collected_at, known_to"


@pytest.mark.parametrize(
    ("statement", "names", "collected"),
    [
        (f"update {TABLE} set known_to = known_to - interval '1 minute' {OLD}", [CHAIN], "00"),
        (f"update {TABLE} set known_to = known_to + interval '1 minute' {OLD}", [CHAIN], "00"),
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
    evolved: Warehouse, tmp_path: Path, statement: str, names: list[str], collected: str
) -> None:
    with evolved.connect(None) as connection:
        assert connection.execute(statement).rowcount == 1
    report = check_marts(tmp_path)
    assert failures(report) == names
    outcome = report.failures[0]
    assert [row["collected_at"] for row in outcome.rows] == [f"2024-03-30T{collected}:00:00+00:00"]
    assert {(row["region"], row["node"], row["metric"]) for row in outcome.rows} == {("r", "n", "load")}
    assert outcome.detail


def test_check_marts_notices_an_as_of_that_differs_from_latest(evolved: Warehouse, tmp_path: Path) -> None:
    with evolved.connect(None) as connection:
        definition = connection.execute("select pg_get_viewdef('marts.fct_measures_latest')").fetchone()[0].rstrip(";")
        changed = f"select * from ({definition}) as honest where interval_start > '2024-03-30 00:30Z'"
        connection.execute(f"create or replace view marts.fct_measures_latest as {changed}")
    report = check_marts(tmp_path)
    assert failures(report) == [LATEST]
    assert report.failures[0].observed == "2 values"
    assert "as-of now has values that latest has not" in report.failures[0].detail


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
    monkeypatch.setattr(check_module, "RULES_FILE", rules)
    warehouse.deliver(rows("load", [1.0], collected_at=datetime.now(UTC) - 1.5 * HOUR))
    warehouse.apply_loads()
    assert len(check_marts(tmp_path / "docs").failures) == expected


def test_nothing_that_a_check_writes_or_says_holds_the_password(
    warehouse: Warehouse, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    judge(warehouse, rows("load", [300_000.0]))
    said = [to_json(check_raw(tmp_path)), to_json(check_marts(tmp_path)), *capfd.readouterr()]
    password = connection_info(None).password
    assert password
    pages = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"data_docs/raw/index.html", "check_raw.html", "junit/check_marts.xml"} <= {
        path.relative_to(tmp_path).as_posix() for path in pages
    }
    assert not [path for path in pages if password.encode() in path.read_bytes()]
    assert not [text for text in said if password in text]
    assert said[2:] == ["", ""]


def test_a_check_cannot_write(warehouse: Warehouse) -> None:
    with check_module._open(RULES) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("delete from marts.dim_series")


def test_the_page_of_a_failed_check_shows_the_rows(warehouse: Warehouse, tmp_path: Path) -> None:
    judge(warehouse, rows("load", [300_000.0]).assign(node="Köln $x <1>"))
    check_raw(tmp_path)
    page = next((tmp_path / "data_docs" / "raw" / "validations").rglob("*.html")).read_text(encoding="utf-8")
    assert "No load waits outside because it broke a rule" in page
    for said in ("Köln $x &lt;1&gt;", "load_range", "300000", "value from -200,000 to 200,000"):
        assert said in page
    assert "<1>" not in page


def test_a_second_check_replaces_the_pages_of_the_first(warehouse: Warehouse, tmp_path: Path) -> None:
    for _ in range(2):
        check_raw(tmp_path)
    assert len(list((tmp_path / "data_docs" / "raw" / "validations").rglob("*.html"))) == 1


def test_a_check_without_marts_says_what_to_run(warehouse: Warehouse, tmp_path: Path) -> None:
    with warehouse.connect(None) as connection:
        connection.execute("drop schema marts cascade")
    with pytest.raises(GateError, match="not built yet; run: python -m loaders build"):
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
    with pytest.raises(GateError, match=r"cannot ask 'The ledger counts.*rejected_rows"):
        check_raw(tmp_path)


def test_a_check_with_a_broken_rules_file_fails(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil_rules(monkeypatch, tmp_path)
    with pytest.raises(GateError, match=r"rule 1 \(finite_values\) has the unknown kind 'finit'"):
        check_raw(tmp_path)


# Real dirt -----------------------------------------------------------------------------------------------------------

EIA = PROJECT_ROOT.parent / "shared" / "data" / "eia930" / "raw"


@pytest.mark.skipif(not EIA.is_dir(), reason=f"the published data are not there: {EIA}")
@pytest.mark.parametrize(
    ("file", "counted"),  # with awk, from the files
    [
        ("release_2019_Oct/IPCO", {"load_range": 6, "load_jump": 22, "nulls": 153}),
        ("release_2020_Oct/IPCO", {"load_range": 13, "load_jump": 10, "nulls": 185}),
        ("release_2019_Oct/SWPP", {"load_flat_line": 655, "nulls": 50}),
        ("release_2025_Jan_include_subregions/EPE", {"nulls": 6}),
        ("release_2025_Jan_include_subregions/IPCO", {"nulls": 2}),
    ],
)
def test_the_impossible_hours_of_published_files_are_counted_and_hold_none_of_them(
    gated: Warehouse, file: str, counted: dict[str, int]
) -> None:
    source = format_named("eia930")
    result, verdict = ingest_file(EIA / f"{file}.csv.gz", source, IngestOptions(format="eia930", create_missing=True))
    assert verdict.passed
    assert failed_rows(gated, result.load_id) == counted
