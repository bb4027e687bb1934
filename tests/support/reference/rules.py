"""docs/reference/rules.md, from the rule kinds and the rules that are shipped."""

import inspect
import re
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel

from loaders.settings import PROJECT_ROOT
from tests.support.reference.markdown import sections, table

RULES_FILE = PROJECT_ROOT / "loaders" / "gates" / "rules.yml"
INTRODUCTION = """\
# Gate rules

[`loaders/gates/rules.yml`](../../loaders/gates/rules.yml) holds the rules. A load that breaks one of the rules for
loads is held: it is stored, but no mart shows it until someone [decides](../how-to/decide-on-loads.md). Rules for
marts are measured by `warehouse check marts`. Durations are ISO 8601, such as `P2D` or `PT48H`; numbers are in the
metric's unit.
"""
ABOUT_LOADS = (
    "A metric can have one rule of each kind. `share_allowed` is the share (0 to 1) of a load's rows of one metric "
    "that may break the rule."
)


def page() -> str:
    """Return the page: the kinds with their parameters, then the shipped rules."""
    document = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    return sections(
        INTRODUCTION,
        "## Kinds of rules for loads",
        ABOUT_LOADS,
        _kinds(load_kinds()),
        "## Kinds of rules for marts",
        _kinds(mart_kinds()),
        "## Rules for loads that are shipped",
        _shipped(document["rules"]),
        "## Rules for marts that are shipped",
        _shipped(document["marts"]),
    )


def load_kinds() -> dict[str, Any]:
    """Return the kinds of rules that a single load is held against."""
    from loaders.gates.rule_kinds import LOAD_RULE_KINDS

    return dict(LOAD_RULE_KINDS)


def mart_kinds() -> dict[str, Any]:
    """Return the kinds of rules that are measured over the marts."""
    from loaders.gates.mart_rule_kinds import MART_RULE_KINDS

    return dict(MART_RULE_KINDS)


def _kinds(kinds: dict[str, Any]) -> str:
    rows = [
        (f"`{name}`", _holds(kind), ", ".join(f"`{parameter}`" for parameter in _parameters(kind)))
        for name, kind in kinds.items()
    ]
    return table(["kind", "what holds for a good row", "parameters"], rows)


def _holds(kind: Any) -> str:
    for name in ("template", "description", "words"):
        if isinstance(text := getattr(kind, name, None), str):
            return re.sub(r"{(\w+)}", r"`\1`", text)
    return (inspect.getdoc(kind) or "").split("\n\n")[0]


def _parameters(kind: Any) -> list[str]:
    if inspect.isclass(kind) and issubclass(kind, BaseModel):
        shared = {"name", "kind", "metrics", "share_allowed", "grids", "regions", "nodes", "sources"}
        return [name for name, field in kind.model_fields.items() if name not in shared and not _is_tag(field)]
    return list(kind.parameters)


def _is_tag(field: Any) -> bool:
    return get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1


def _shipped(rules: list[dict[str, Any]]) -> str:
    rows = [(f"`{rule['name']}`", f"`{rule['kind']}`", _metrics(rule["metrics"]), _limits(rule)) for rule in rules]
    return table(["rule", "kind", "metrics", "limits"], rows)


def _metrics(metrics: str | list[str]) -> str:
    return "every metric" if metrics == "*" else ", ".join(metrics)


def _limits(rule: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in rule.items() if name not in ("name", "kind", "metrics"))
