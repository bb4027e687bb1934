"""Which series no rule has limits for, because all limits of their metric are in another unit."""

from collections import Counter
from typing import Any

import psycopg
from psycopg.rows import class_row

from loaders.database.sql_files import read_sql
from loaders.gates.rule_kinds import SeriesNames
from loaders.gates.rules import Rules
from loaders.messages import join_names


def describe_unlimited_series(connection: psycopg.Connection[Any], rules: Rules) -> list[str]:
    """Return a sentence for each metric and unit that rules are not applied to."""
    with connection.cursor(row_factory=class_row(SeriesNames)) as cursor:
        series = cursor.execute(read_sql("loaders.gates", "series_in_other_units")).fetchall()
    groups = Counter(
        (each.metric, each.unit, each.metric_unit, tuple(rule.name for rule in rules.not_applied(each)))
        for each in series
    )
    return [
        f"{count:,} series of {metric} in {unit}, because the limits of {join_names(names)} are in {metric_unit}. Add"
        f" rules with units: [{unit}]."
        for (metric, unit, metric_unit, names), count in groups.items()
        if names
    ]
