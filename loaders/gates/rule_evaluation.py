"""Evaluate all rules over all rows of some loads; the rows themselves stay in the database.

One pass finds the bounds of each series, by which nearly all series meet their rules. Only the others are evaluated row
by row. Rows that break a rule are stored in raw.flagged_rows: counted and shown here, published as flags by the marts.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from loaders.database.sql_files import read_sql
from loaders.gates.json_values import json_value
from loaders.gates.rule_fields import limit_as_json
from loaders.gates.rule_kinds import FlatLineRule, LoadRule, SeriesNames
from loaders.gates.rules import Rules
from loaders.gates.series_bounds import LONGEST_OF_STEP, SeriesBounds, seconds_between_instants

EXAMPLES = 5

# Rows stored a moment ago are in no statistics, and the planner assumes a million for one: it would sort them three
# times and compile the query, which costs more than running it on a few.
PLANNER_SETTINGS = {"work_mem": "256MB", "jit": "off", "enable_mergejoin": "off", "enable_sort": "off"}


@dataclass(frozen=True)
class GateResult:
    """How many rows of one load and metric break one rule. rule_description: what holds for a good row.

    examples: up to five rows that broke it (grid, region, node, metric, source, interval_start, collected_at, value),
    only where it did not pass. units_left_out: of the series that it was not applied to, because its limits are in
    another unit.
    """

    load_id: int
    rule: str
    metric: str
    rows_checked: int
    rows_failed: int
    share_allowed: float
    rule_description: str = ""
    examples: list[dict] = field(default_factory=list)
    units_left_out: tuple[str, ...] = ()

    @property
    def share_failed(self) -> float:
        """Share of the rows that broke the rule, 0..1."""
        return self.rows_failed / self.rows_checked if self.rows_checked else 0.0

    @property
    def passed(self) -> bool:
        """Whether that share is allowed."""
        return self.share_failed <= self.share_allowed


@dataclass(frozen=True)
class _DeliveredSeries:
    """A series of a load, how many of its rows are new, their bounds, and the rule of each kind that they must meet.

    not_applied: rules whose limits are in another unit than the series.
    """

    load_id: int
    series_id: int
    metric: str
    unit: str
    new_row_count: int
    bounds: SeriesBounds
    rules: tuple[LoadRule, ...]
    not_applied: tuple[LoadRule, ...]

    @cached_property
    def rules_in_doubt(self) -> list[LoadRule]:
        """Return the rules that a row may break, as far as the bounds show."""
        return [rule for rule in self.rules if rule.may_be_broken(self.bounds)]

    @cached_property
    def distance_of_instants(self) -> float | None:
        """Return how far apart a flat line is looked for, where only that is in doubt."""
        match self.rules_in_doubt:
            case [FlatLineRule(longest=longest)]:
                return seconds_between_instants(longest.total_seconds(), self.bounds.step)
        return None


def evaluate_rules(connection: psycopg.Connection, load_ids: Sequence[int], rules: Rules) -> list[GateResult]:
    """Return one result for each load, metric of its rows and rule of that metric; none for a load without new rows.

    Replaces what raw.flagged_rows has of these loads. connection: role warehouse_loader, in a transaction. Cost by the
    rows of these loads.
    """
    params = {"load_ids": list(load_ids)}
    connection.execute("select ledger.clear_flagged_rows(%(load_ids)s)", params)
    delivered = _delivered_series(connection, load_ids, rules)
    _flag_rows(connection, _in_doubt(connection, delivered))
    rows_failed = {
        (load_id, metric, rule): count
        for load_id, metric, rule, count in connection.execute(read_sql("loaders.gates", "rows_failed"), params)
    }
    rows_of_metric: Counter[tuple[int, str]] = Counter()
    rows_of_rule: Counter[tuple[int, str, str]] = Counter()
    units_left_out: defaultdict[tuple[int, str, str], set[str]] = defaultdict(set)
    for item in delivered:
        rows_of_metric[item.load_id, item.metric] += item.new_row_count
        for rule in item.rules:
            rows_of_rule[item.load_id, item.metric, rule.name] += item.new_row_count
        for rule in item.not_applied:
            units_left_out[item.load_id, item.metric, rule.name].add(item.unit)
    results = [
        GateResult(
            load_id,
            rule.name,
            metric,
            rows_of_rule[load_id, metric, rule.name],
            rows_failed.get((load_id, metric, rule.name), 0),
            rule.share_allowed,
            rule.description,
            units_left_out=tuple(sorted(units_left_out[load_id, metric, rule.name])),
        )
        for (load_id, metric), count in rows_of_metric.items()
        if count
        for rule in rules.of(metric)
    ]
    return [result if result.passed else _with_examples(connection, result) for result in results]


def _delivered_series(connection: psycopg.Connection, load_ids: Sequence[int], rules: Rules) -> list[_DeliveredSeries]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(read_sql("loaders.gates", "delivered_series"), {"load_ids": list(load_ids)})
        return [_with_rules(row, rules) for row in rows]


def _with_rules(row: dict[str, Any], rules: Rules) -> _DeliveredSeries:
    series = SeriesNames(**{name: row[name] for name in SeriesNames.__dataclass_fields__})
    return _DeliveredSeries(
        row["load_id"],
        row["series_id"],
        row["metric"],
        row["unit"],
        row["new_row_count"],
        SeriesBounds(**{name: row[name] for name in SeriesBounds.__dataclass_fields__}),
        tuple(rules.of_series(series).values()),
        tuple(rules.not_applied(series)),
    )


def _in_doubt(connection: psycopg.Connection, delivered: list[_DeliveredSeries]) -> list[_DeliveredSeries]:
    """Return the series of which a row may break a rule."""
    doubtful = [item for item in delivered if item.rules_in_doubt]
    long_ones = [item for item in doubtful if item.distance_of_instants is not None]
    if not long_ones:
        return doubtful
    params = {
        "load_ids": [item.load_id for item in long_ones],
        "series_ids": [item.series_id for item in long_ones],
        "distances": [item.distance_of_instants for item in long_ones],
        "reach": 1.5 * LONGEST_OF_STEP,
    }
    with _planned_for_new_rows(connection):
        flat = set(connection.execute(read_sql("loaders.gates", "series_with_equal_values"), params))
    return [item for item in doubtful if item.distance_of_instants is None or (item.load_id, item.series_id) in flat]


def _flag_rows(connection: psycopg.Connection, doubtful: list[_DeliveredSeries]) -> None:
    """Store the rows that break a rule. Few sets of limits apply to many series, so the sets are numbered."""
    if not doubtful:
        return
    numbers = {rules: number for number, rules in enumerate(dict.fromkeys(item.rules for item in doubtful))}
    limits = [
        {"limit_set": number}
        | {f"{rule.kind}_{name}": limit_as_json(limit) for rule in rules for name, limit in rule.limits.items()}
        for rules, number in numbers.items()
    ]
    names = [
        {"limit_set": number, "kind": rule.kind, "rule": rule.name}
        for rules, number in numbers.items()
        for rule in rules
    ]
    params = {
        "load_ids": [item.load_id for item in doubtful],
        "series_ids": [item.series_id for item in doubtful],
        "limit_sets": [numbers[item.rules] for item in doubtful],
        "limits": json.dumps(limits),
        "rules": json.dumps(names),
    }
    with _planned_for_new_rows(connection):
        connection.execute(read_sql("loaders.gates", "evaluate_rules"), params)


@contextmanager
def _planned_for_new_rows(connection: psycopg.Connection) -> Iterator[None]:
    with connection.transaction():
        for name, value in PLANNER_SETTINGS.items():
            connection.execute("select set_config(%s, %s, true)", [name, value])
        yield
        for name in PLANNER_SETTINGS:
            connection.execute(sql.SQL("set local {} to default").format(sql.Identifier(name)))


def _with_examples(connection: psycopg.Connection, result: GateResult) -> GateResult:
    params = {"load_id": result.load_id, "rule": result.rule, "metric": result.metric, "limit": EXAMPLES}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(read_sql("loaders.gates", "rows_that_failed"), params).fetchall()
    return replace(result, examples=[{name: json_value(value) for name, value in row.items()} for row in rows])
