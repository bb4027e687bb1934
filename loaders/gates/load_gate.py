"""The gate of a load: its rows are evaluated, the results are stored, and only then it is accepted or held."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import scalar_row
from psycopg.types.json import Jsonb

from loaders import ledger
from loaders.database.sql_files import read_sql
from loaders.errors import GateError, LoadError
from loaders.gates.rule_evaluation import GateResult, evaluate_rules
from loaders.gates.rules import RULES_FILE, read_rules
from loaders.messages import one_line


@dataclass(frozen=True)
class GateVerdict:
    """The decision of the gate on a load. failures: the rules it broke beyond what they allow, with example rows."""

    load_id: int
    passed: bool
    failures: list[GateResult]


def gate_loads(connection: psycopg.Connection, load_ids: Sequence[int], who: str | None = None) -> list[GateVerdict]:
    """Evaluate loads, store the results in raw.gate_results, then accept or hold those that are pending.

    connection: role warehouse_loader. Verdicts come in the order of load_ids. A load that is not pending is evaluated
    and keeps its status. One transaction: raises GateError when anything goes wrong, and then nothing is changed.
    """
    ids = list(dict.fromkeys(load_ids))
    if not ids:
        return []
    rules = read_rules(RULES_FILE)
    try:
        with connection.transaction():
            pending = _lock_loads(connection, ids)
            results = evaluate_rules(connection, ids, rules)
            _store_results(connection, results)
            verdicts = [_verdict(load_id, results) for load_id in ids]
            with connection.pipeline():
                for verdict in verdicts:
                    if verdict.load_id in pending:
                        _decide(connection, verdict, results, who)
        return verdicts
    except (psycopg.Error, LoadError) as error:
        raise GateError(
            f"The gate could not judge {name_loads(ids)} ({one_line(error)}); nothing was accepted. Fix the cause: the"
            " next ingest or `warehouse up` judges the pending loads."
        ) from error


def pending_loads(connection: psycopg.Connection) -> list[int]:
    """Return loads that are stored and not judged yet, oldest first: a process died between the two."""
    rows = connection.execute("select load_id from raw.loads where status = 'pending' order by load_id")
    return [load_id for (load_id,) in rows]


def describe_failures(failures: Sequence[GateResult]) -> str:
    """Return the failed rules in one line: name, metric, how many rows broke it, and how many may."""
    return "; ".join(
        f"{result.rule} fails for {result.rows_failed} of {result.rows_checked} rows of {result.metric}"
        f" ({result.share_failed:.2%}, allowed {result.share_allowed:.2%}; {result.rule_description})"
        for result in failures
    )


def name_loads(load_ids: Sequence[int]) -> str:
    """Return `load 7` or `loads 7, 8`."""
    return ("load " if len(load_ids) == 1 else "loads ") + ", ".join(map(str, load_ids))


def _lock_loads(connection: psycopg.Connection, load_ids: list[int]) -> set[int]:
    """Keep others from deciding on these loads until the end of the transaction; returns those that are pending."""
    rows = connection.execute("select load_id, status from ledger.lock_loads(%s)", [load_ids]).fetchall()
    statuses: dict[int, str] = dict(rows)
    if missing := [load_id for load_id in load_ids if load_id not in statuses]:
        raise LoadError(f"{name_loads(missing)} not found")
    return {load_id for load_id, status in statuses.items() if status == "pending"}


def _store_results(connection: psycopg.Connection, results: list[GateResult]) -> None:
    with connection.cursor(row_factory=scalar_row) as cursor:
        now = cursor.execute("select clock_timestamp()").fetchone()
        cursor.executemany(
            read_sql("loaders.gates", "insert_gate_result"),
            [
                {**vars(result), "checked_at": now, "passed": result.passed, "examples": Jsonb(result.examples)}
                for result in results
            ],
        )


def _verdict(load_id: int, results: list[GateResult]) -> GateVerdict:
    failures = [result for result in results if result.load_id == load_id and not result.passed]
    return GateVerdict(load_id, not failures, failures)


def _decide(connection: psycopg.Connection, verdict: GateVerdict, results: list[GateResult], who: str | None) -> None:
    if verdict.passed:
        own = [result for result in results if result.load_id == verdict.load_id]
        applied = sum(result.rows_checked > 0 for result in own)
        why = "; ".join([f"gate: passed {applied} rules", *_not_applied(own)]) if own else "gate: no new rows to judge"
        ledger.set_status(connection, verdict.load_id, "accepted", why, who, "gate")
    else:
        why = f"gate: {describe_failures(verdict.failures)}"
        ledger.set_status(connection, verdict.load_id, "held", why, who, "gate")


def _not_applied(results: list[GateResult]) -> list[str]:
    """Say which rules have no limits in the units of some rows."""
    units = sorted({unit for result in results for unit in result.units_left_out})
    return [
        f"no limits in {unit}: {', '.join(result.rule for result in results if unit in result.units_left_out)}"
        for unit in units
    ]
