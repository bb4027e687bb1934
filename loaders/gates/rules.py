"""The rules, read from rules.yml and checked word for word: a rule that is not understood stops the gate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from loaders.errors import GateError
from loaders.gates.rule_kinds import KINDS, MART_KINDS, Kind, Limit, duration, limit_as_json, share

RULES_FILE = Path(__file__).with_name("rules.yml")
EVERY_METRIC = "*"


@dataclass(frozen=True)
class Rule:
    """One entry of rules.yml. metrics: None for every metric; limits: by the kind's parameters; share_allowed: 0..1, of
    a load's rows."""

    name: str
    kind: str
    metrics: frozenset[str] | None
    share_allowed: float
    limits: Mapping[str, Limit]

    def applies_to(self, metric: str) -> bool:
        """Whether rows of this metric must keep to it."""
        return self.metrics is None or metric in self.metrics

    def overlaps(self, other: "Rule") -> bool:
        """Whether both measure the same of some metric."""
        shared = self.metrics is None or other.metrics is None or bool(self.metrics & other.metrics)
        return self.kind == other.kind and shared

    @property
    def words(self) -> str:
        """What a good row is like."""
        return {**KINDS, **MART_KINDS}[self.kind].explain(self.limits)


@dataclass(frozen=True)
class Rules:
    """All of rules.yml. rules: what a load must keep to; marts: what only the marts can show; freshness: source → how
    old its newest revision may be."""

    rules: tuple[Rule, ...]
    freshness: Mapping[str, timedelta]
    marts: tuple[Rule, ...] = ()

    def of(self, metric: str) -> list[Rule]:
        """The rules that apply to a metric, in the order of the file."""
        return [rule for rule in self.rules if rule.applies_to(metric)]

    @property
    def metrics(self) -> set[str]:
        """Every metric that some rule names."""
        return set().union(*(rule.metrics for rule in (*self.rules, *self.marts) if rule.metrics is not None))

    def for_queries(self) -> dict[str, object]:
        """What the queries of `check` need of them, as JSON can hold it."""
        return {
            "metrics": sorted(self.metrics),
            "freshness": {source: limit_as_json(within) for source, within in self.freshness.items()},
            "marts": [
                {
                    "name": rule.name,
                    "kind": rule.kind,
                    "metrics": None if rule.metrics is None else sorted(rule.metrics),
                    **{name: limit_as_json(limit) for name, limit in rule.limits.items()},
                }
                for rule in self.marts
            ],
        }


class _Fault(Exception):
    """What is wrong with an entry."""


def read_rules(path: Path = RULES_FILE) -> Rules:
    """Read and check the rules. Raises GateError naming the file and the entry: without rules nothing passes."""
    document = _load(path)
    if not isinstance(document, dict) or not isinstance(document.get("rules"), list) or not document["rules"]:
        raise GateError(f"{path}: has no list of rules; restore the file, or write one entry a rule below `rules:`.")
    unknown = set(document) - {"rules", "freshness", "marts"}
    if unknown:
        raise GateError(f"{path}: {_listed(unknown)} is not known; there are `rules`, `marts` and `freshness`.")
    rules = _entries(path, document, "rules", "rule", _load_rule)
    marts = _entries(path, document, "marts", "marts entry", _mart_rule)
    _check_together(path, rules, marts)
    limits = _entries(path, document, "freshness", "freshness entry", _freshness)
    if len(dict(limits)) < len(limits):
        raise GateError(f"{path}: a source has two freshness entries; keep one.")
    return Rules(tuple(rules), dict(limits), tuple(marts))


def _entries(path: Path, document: dict, section: str, what: str, read: Callable[[dict], Any]) -> list[Any]:
    entries = document.get(section) or []
    if not isinstance(entries, list):
        raise GateError(f"{path}: {section} must be a list of entries; begin each with a dash.")
    return [_named(path, what, position, entry, read) for position, entry in enumerate(entries, start=1)]


def _load(path: Path) -> object:
    import yaml

    class Strict(yaml.SafeLoader):
        """Without it, the second of two equal keys would silently win."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
            names = [self.construct_object(key) for key, _ in node.value]
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                said = f"{_listed(twice)} stands there twice"
                raise yaml.constructor.ConstructorError(None, None, said, node.start_mark)
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=Strict)
    except (OSError, UnicodeError) as error:
        raise GateError(f"{path}: cannot be read ({error}); nothing passes the gate until it can.") from error
    except (yaml.YAMLError, TypeError, ValueError) as error:
        said = " ".join(str(error).split())
        raise GateError(f"{path}: the rules are no valid YAML ({said}); mend that line.") from error


def _named(path: Path, what: str, position: int, entry: object, read: Callable[[dict], Any]) -> Any:
    """What `read` makes of an entry; a fault gets the entry's name and place."""
    try:
        if not isinstance(entry, dict):
            raise _Fault("is no mapping of names to values")
        return read(entry)
    except _Fault as fault:
        label = entry.get("name", entry.get("source")) if isinstance(entry, dict) else None
        called = f" ({label})" if label is not None else ""
        raise GateError(f"{path}: {what} {position}{called} {fault}; mend that entry.") from None


def _load_rule(entry: dict) -> Rule:
    rule = _rule(entry, KINDS, {"share_allowed"})
    limits = {name: limit for name, limit in rule.limits.items() if name != "share_allowed"}
    if rule.kind == "range" and limits["min"] > limits["max"]:
        raise _Fault("has a min above its max")
    return replace(rule, share_allowed=rule.limits["share_allowed"], limits=limits)


def _mart_rule(entry: dict) -> Rule:
    return _rule(entry, MART_KINDS, set())


def _rule(entry: dict, kinds: Mapping[str, Kind], shares: set[str]) -> Rule:
    """shares: what has to be given from 0 to 1 beside the kind's own parameters."""
    name, kind = entry.get("name"), entry.get("kind")
    if not isinstance(name, str) or not name.strip():
        raise _Fault("lacks a name")
    if not isinstance(kind, str) or kind not in kinds:
        raise _Fault(f"has the unknown kind {kind!r}; the kinds are {', '.join(kinds)}")
    parameters = {**dict.fromkeys(shares, share), **kinds[kind].parameters}
    _check_keys(entry, {"name", "kind", "metrics", *parameters})
    limits = {parameter: _value(entry, parameter, read) for parameter, read in parameters.items()}
    return Rule(name, kind, _metrics(entry["metrics"]), 0.0, limits)


def _freshness(entry: dict) -> tuple[str, timedelta]:
    _check_keys(entry, {"source", "within"})
    if not isinstance(entry["source"], str) or not entry["source"]:
        raise _Fault("has no source that is a name")
    return entry["source"], _value(entry, "within", duration)


def _check_keys(entry: dict, known: set[str]) -> None:
    if missing := known - set(entry):
        raise _Fault(f"lacks {_listed(missing)}")
    if unknown := set(entry) - known:
        raise _Fault(f"has {_listed(unknown)}, which its kind does not know")


def _value(entry: dict, name: str, read: Callable[[object], Limit]) -> Limit:
    try:
        return read(entry[name])
    except (ValueError, OverflowError) as error:
        raise _Fault(f"has {name} {entry[name]!r}, which {error}") from None


def _metrics(given: object) -> frozenset[str] | None:
    if given == EVERY_METRIC:
        return None
    if not isinstance(given, list) or not given or not all(isinstance(name, str) and name for name in given):
        raise _Fault(f'has metrics {given!r}, which must be a list of names, or "*"')
    if EVERY_METRIC in given:
        raise _Fault('has "*" in a list of metrics; write metrics: "*"')
    return frozenset(given)


def _check_together(path: Path, rules: list[Rule], marts: list[Rule]) -> None:
    for one, other in combinations([*rules, *marts], 2):
        if one.name == other.name:
            raise GateError(f"{path}: two rules are named {one.name}; rename one.")
        if one.kind in KINDS and one.overlaps(other):
            raise GateError(
                f"{path}: {one.name} and {other.name} are both of kind {one.kind} for the same metric; "
                "a metric can have one rule of each kind."
            )


def _listed(names: set[object]) -> str:
    return ", ".join(sorted(map(str, names)))
