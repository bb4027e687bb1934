"""The gate of a load: measured, written down, and only then accepted or held."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.types.json import Jsonb

from loaders import ledger
from loaders.errors import GateError, LoadError
from loaders.gates.rule_evaluation import GateResult, measure
from loaders.gates.rules import RULES_FILE, read_rules


@dataclass(frozen=True)
class Verdict:
    """What the gate says about a load. failures: the rules it broke beyond what they allow, with example rows."""

    load_id: int
    passed: bool
    failures: list[GateResult]


def gate_loads(connection: psycopg.Connection, load_ids: Sequence[int], who: str | None = None) -> list[Verdict]:
    """Measure loads, write the results to raw.gate_results, then accept or hold those that are pending.

    connection: role warehouse_loader. Verdicts come in the order of load_ids. A load that is not pending is measured
    and keeps its status. One transaction: raises GateError when anything goes wrong; every load stays as it was then.
    """
    wanted = list(dict.fromkeys(load_ids))
    if not wanted:
        return []
    rules = read_rules(RULES_FILE)
    try:
        with connection.transaction():
            pending = _lock(connection, wanted)
            results = measure(connection, wanted, rules)
            _write(connection, results)
            verdicts = [_verdict(load_id, results) for load_id in wanted]
            for verdict in verdicts:
                if verdict.load_id in pending:
                    _decide(connection, verdict, results, who)
        return verdicts
    except (psycopg.Error, LoadError) as error:
        said = " ".join(str(error).split()).rstrip(".")
        raise GateError(
            f"The gate could not judge {_named(wanted)} ({said}); nothing was accepted. Mend the cause, and the next "
            "ingest or `python -m loaders up` judges what is pending."
        ) from error


def pending_loads(connection: psycopg.Connection) -> list[int]:
    """Loads that are stored and not judged yet, oldest first: left by a process that died between the two."""
    rows = connection.execute("select load_id from raw.loads where status = 'pending' order by load_id")
    return [load_id for (load_id,) in rows]


def _lock(connection: psycopg.Connection, load_ids: list[int]) -> set[int]:
    """Keep others from deciding on these loads until the end of the transaction; returns those that are pending."""
    rows = connection.execute("select load_id, status from ledger.lock_loads(%s)", [load_ids]).fetchall()
    found = dict(rows)
    if missing := [load_id for load_id in load_ids if load_id not in found]:
        raise LoadError(f"there is no {_named(missing)}")
    return {load_id for load_id, status in rows if status == "pending"}


def _write(connection: psycopg.Connection, results: list[GateResult]) -> None:
    now = connection.execute("select clock_timestamp()").fetchone()[0]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into raw.gate_results (load_id, checked_at, rule, metric, rows_checked, rows_failed, share_allowed,"
            " passed, rule_description, examples) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    result.load_id, now, result.rule, result.metric, result.rows_checked, result.rows_failed,
                    result.share_allowed, result.passed, result.rule_description, Jsonb(result.examples),
                )
                for result in results
            ],
        )  # fmt: skip


def _verdict(load_id: int, results: list[GateResult]) -> Verdict:
    failures = [result for result in results if result.load_id == load_id and not result.passed]
    return Verdict(load_id, not failures, failures)


def _decide(connection: psycopg.Connection, verdict: Verdict, results: list[GateResult], who: str | None) -> None:
    if verdict.passed:
        kept = sum(result.load_id == verdict.load_id for result in results)
        why = f"gate: passed {kept} rules" if kept else "gate: no new rows to judge"
        ledger.set_status(connection, verdict.load_id, "accepted", why, who, "gate")
    else:
        ledger.set_status(connection, verdict.load_id, "held", f"gate: {describe(verdict.failures)}", who, "gate")


def describe(failures: Sequence[GateResult]) -> str:
    """The failed rules in one line: name, metric, how many rows, how many might."""
    return "; ".join(
        f"{result.rule} fails for {result.rows_failed} of {result.rows_checked} rows of {result.metric}"
        f" ({result.share_failed:.2%}, allowed {result.share_allowed:.2%}; {result.rule_description})"
        for result in failures
    )


def _named(load_ids: Sequence[int]) -> str:
    return ("load " if len(load_ids) == 1 else "loads ") + ", ".join(map(str, load_ids))
