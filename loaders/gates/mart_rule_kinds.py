"""The kinds of rules for what no single load can show, their parameters and their descriptions.

To add a kind of rule: a class here, and its expectation in suites/marts.py. Then write the schema for editors again:
python -m tests.support.rules_schema
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from loaders.gates.rule_fields import Count, Duration, Name, Number, PositiveNumber, Share
from loaders.gates.rule_kinds import Rule, ScopedRule, by_kind


class CompletenessRule(ScopedRule):
    """Share of present intervals. remembered: for how long a silent series is still expected."""

    template = "at least {min_share} of the values of a grid's last full local day are present"
    kind: Literal["completeness"]
    min_share: Share
    remembered: Duration


class HierarchyShareRule(ScopedRule):
    """Share of nodes that reported. remembered: for how long a silent series is still expected."""

    template = "at least {min_share} of a region's nodes reported on the last full local day"
    kind: Literal["hierarchy_share"]
    min_share: Share
    remembered: Duration


class CadenceRule(ScopedRule):
    """Time between publications. over_last: counted back from the newest publication."""

    template = "{source} publishes every {every}, over the last {over_last}"
    kind: Literal["cadence"]
    source: Name
    every: Duration
    over_last: Duration


class ShiftRule(ScopedRule):
    """Distance of medians, in interquartile ranges of the history; both of at least min_rows values."""

    template = "median of the newest day is within {max_shift} interquartile ranges of the median of {history} before"
    kind: Literal["shift"]
    max_shift: PositiveNumber
    history: Duration
    min_rows: Count


class ReconciliationRule(Rule):
    """A node against the sum of the nodes of region `children` in the same grid. tolerance: in the metric's unit, so
    that series in another one are left out."""

    template = "{children} add up to {node} of {grid} within {tolerance}"
    kind: Literal["reconciliation"]
    grid: Name
    node: Name
    children: Name
    tolerance: Number
    share_allowed: Share
    over_last: Duration


class Freshness(BaseModel):
    """How old the newest revision of a source may be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Name
    within: Duration


AnyMartRule = Annotated[
    CompletenessRule | HierarchyShareRule | CadenceRule | ShiftRule | ReconciliationRule, Field(discriminator="kind")
]
MART_RULE_KINDS: Mapping[str, type[Rule]] = by_kind(AnyMartRule)
