"""The kinds of rules for the rows of a load, their parameters and their descriptions.

To add a kind of rule: a class here, with what the bounds of a series say of it, and its flag in sql/evaluate_rules.sql.
Then write the schema for editors again: python -m tests.support.rules_schema
"""

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from loaders.canonical.units import conversion_factor
from loaders.gates.rule_fields import (
    Day,
    Duration,
    Limit,
    Metrics,
    Name,
    Names,
    Number,
    PositiveNumber,
    Share,
    limit_as_json,
    limit_as_text,
    start_of_day,
)
from loaders.gates.series_bounds import LONGEST_OF_STEP, SLACK, SeriesBounds, may_exceed

SCOPES = ("grids", "regions", "nodes", "sources", "units")


@dataclass(frozen=True)
class SeriesNames:
    """What decides which rules apply to a series."""

    grid: str
    region: str
    node: str
    source: str
    metric: str
    unit: str
    metric_unit: str


class Rule(BaseModel):
    """What every rule has. metrics: None for every metric."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    template: ClassVar[str]

    name: Name
    kind: str
    metrics: Metrics

    @property
    def limits(self) -> dict[str, Limit]:
        """Return the parameters of this kind of rule."""
        general = {*ScopedRule.model_fields, *(LoadRule.model_fields if isinstance(self, LoadRule) else ())}
        return {name: getattr(self, name) for name in type(self).model_fields if name not in general}

    @property
    def scope(self) -> dict[str, frozenset[str] | None]:
        """Return the locations and sources that the rule is limited to."""
        return {name: getattr(self, name, None) for name in SCOPES}

    @property
    def description(self) -> str:
        """Return what holds for a good row, with the limits and the scope."""
        text = self.template.format_map({name: limit_as_text(limit) for name, limit in self.limits.items()})
        named = [f"{name} {', '.join(sorted(names))}" for name, names in self.scope.items() if names is not None]
        return f"{text} ({'; '.join(named)})" if named else text

    def covers_metric(self, metric: str) -> bool:
        """Return whether the rule is about this metric."""
        return self.metrics is None or metric in self.metrics

    def for_queries(self) -> dict[str, object]:
        """Return the rule as the queries of the checks read it."""
        scope = {name: sorted(names) for name, names in self.scope.items() if names is not None}
        metrics = None if self.metrics is None else sorted(self.metrics)
        limits = {name: limit_as_json(limit) for name, limit in self.limits.items()}
        return {"name": self.name, "kind": self.kind, "metrics": metrics, **scope, **limits}


class ScopedRule(Rule):
    """A rule that may be limited to some locations and sources; None is all of them."""

    grids: Names = None
    regions: Names = None
    nodes: Names = None
    sources: Names = None


class LoadRule(ScopedRule):
    """A rule for the rows of a load. share_allowed: the share of them that may break it.

    units: Of the series that it applies to. A rule whose limits are values and that names none applies to series in the
    unit of their metric, because a limit in one currency means nothing in another.
    """

    has_values: ClassVar[bool] = False

    units: Names = None
    share_allowed: Share

    def covers(self, series: SeriesNames) -> bool:
        """Return whether the rows of a series must meet this rule, unless a narrower one of its kind covers it."""
        return self.covers_names(series) and self.covers_unit(series)

    def covers_names(self, series: SeriesNames) -> bool:
        """Return whether the rule is about the metric, the locations and the source of a series."""
        names = {"grids": series.grid, "regions": series.region, "nodes": series.node, "sources": series.source}
        return self.covers_metric(series.metric) and all(
            allowed is None or names[scope] in allowed for scope, allowed in self.scope.items() if scope in names
        )

    def covers_unit(self, series: SeriesNames) -> bool:
        """Return whether the limits are in the unit of a series."""
        if self.units is None:
            return not self.has_values or series.unit == series.metric_unit
        return any(conversion_factor(series.unit, unit) == 1 for unit in self.units)

    @abstractmethod
    def may_be_broken(self, bounds: SeriesBounds) -> bool:
        """Return whether a row within these bounds may break the rule; False only where none can."""

    def overlaps(self, other: "LoadRule") -> bool:
        """Return whether both cover some series."""
        pairs = [(self.metrics, other.metrics), *((self.scope[name], other.scope[name]) for name in SCOPES)]
        return all(one is None or two is None or one & two for one, two in pairs)

    def is_narrower_than(self, other: "LoadRule") -> bool:
        """Return whether the locations and sources of this rule are a part of those of the other."""
        pairs = [(self.scope[name], other.scope[name]) for name in SCOPES]
        return self.scope != other.scope and all(two is None or (one is not None and one <= two) for one, two in pairs)


class FiniteRule(LoadRule):
    """Neither infinity nor NaN."""

    template = "value is a finite number or null"
    kind: Literal["finite"]

    def may_be_broken(self, bounds: SeriesBounds) -> bool:
        """See LoadRule."""
        return any(value is not None and not math.isfinite(value) for value in (bounds.value_min, bounds.value_max))


class TimesRule(LoadRule):
    """Timestamps that can be true."""

    template = (
        "interval_start and collected_at not before {earliest}, collected_at at most {collected_ahead} and"
        " interval_start at most {interval_ahead} after the load was stored"
    )
    kind: Literal["times"]
    earliest: Day
    collected_ahead: Duration
    interval_ahead: Duration

    def may_be_broken(self, bounds: SeriesBounds) -> bool:
        """See LoadRule."""
        return (
            not bounds.first_time >= start_of_day(self.earliest).timestamp() + SLACK
            or may_exceed(bounds.collected_after_load, self.collected_ahead.total_seconds())
            or may_exceed(bounds.interval_after_load, self.interval_ahead.total_seconds())
        )


class RangeRule(LoadRule):
    """Values between two limits, in the unit of the metric, or in the units that the rule names."""

    has_values = True
    template = "value from {min} to {max}"
    kind: Literal["range"]
    min: Number
    max: Number

    @model_validator(mode="after")
    def _check_order(self) -> "RangeRule":
        if self.min > self.max:
            raise ValueError("has a min above its max. Swap the two limits.")
        return self

    def may_be_broken(self, bounds: SeriesBounds) -> bool:
        """See LoadRule."""
        if bounds.value_min is None or bounds.value_max is None:
            return False
        return not (self.min <= bounds.value_min and bounds.value_max <= self.max)


class HorizonRule(LoadRule):
    """How long before and after the start of its interval a value may be collected."""

    template = "collected_at at most {before} before and {after} after interval_start"
    kind: Literal["horizon"]
    before: Duration
    after: Duration

    def may_be_broken(self, bounds: SeriesBounds) -> bool:
        """See LoadRule."""
        return may_exceed(bounds.longest_lead, self.before.total_seconds()) or may_exceed(
            bounds.longest_delay, self.after.total_seconds()
        )


class NullsRule(LoadRule):
    """Rows that have a value."""

    template = "value is not null"
    kind: Literal["nulls"]

    def may_be_broken(self, bounds: SeriesBounds) -> bool:
        """See LoadRule."""
        return bounds.null_count > 0


class JumpRule(LoadRule):
    """Change from the newest value that the same load has for the previous interval."""

    has_values = True
    template = "value differs by at most {max_change} from the previous interval"
    kind: Literal["jump"]
    max_change: PositiveNumber

    def may_be_broken(self, bounds: SeriesBounds) -> bool:
        """See LoadRule."""
        if bounds.value_min is None or bounds.value_max is None:
            return False
        return not bounds.value_max - bounds.value_min <= self.max_change


class FlatLineRule(LoadRule):
    """Length of a run of equal values, by the newest value of each interval; the rows beyond it break the rule."""

    template = "value stays the same for at most {longest}"
    kind: Literal["flat_line"]
    longest: Duration

    def may_be_broken(self, bounds: SeriesBounds) -> bool:
        """See LoadRule. The bounds say how long the series is; a few instants of it show whether it has a flat line."""
        return may_exceed(bounds.span + bounds.step * LONGEST_OF_STEP, self.longest.total_seconds())


AnyLoadRule = Annotated[
    FiniteRule | TimesRule | RangeRule | HorizonRule | NullsRule | JumpRule | FlatLineRule, Field(discriminator="kind")
]


def by_kind(union: object) -> dict[str, type[Rule]]:
    """Return the classes of a union of rules by the kind that each is of."""
    classes: tuple[type[Rule], ...] = get_args(get_args(union)[0])
    return {get_args(rule.model_fields["kind"].annotation)[0]: rule for rule in classes}


LOAD_RULE_KINDS: Mapping[str, type[Rule]] = by_kind(AnyLoadRule)
