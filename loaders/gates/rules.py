"""The rules, read from rules.yml and checked word for word: a rule that is not understood stops the gate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from pathlib import Path

from loaders.errors import GateError
from loaders.gates.kinds import KINDS, Limit, duration, number

RULES_FILE = Path(__file__).with_name("rules.yml")
EVERY_METRIC = "*"


@dataclass(frozen=True)
class Rule:
    """One entry of rules.yml. metrics: None for every metric; share_allowed: 0..1; limits: by the kind's parameters."""

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
        return KINDS[self.kind].explain(self.limits)


@dataclass(frozen=True)
class Rules:
    """All of rules.yml. freshness: source → how old its newest revision may be."""

    rules: tuple[Rule, ...]
    freshness: Mapping[str, timedelta]

    def of(self, metric: str) -> list[Rule]:
        """The rules that apply to a metric, in the order of the file."""
        return [rule for rule in self.rules if rule.applies_to(metric)]

    @property
    def metrics(self) -> set[str]:
        """Every metric that some rule names."""
        return set().union(*(rule.metrics for rule in self.rules if rule.metrics is not None))


class _Fault(Exception):
    """What is wrong with an entry."""


def read_rules(path: Path = RULES_FILE) -> Rules:
    """Read and check the rules. Raises GateError naming the file and the entry: without rules nothing passes."""
    document = _load(path)
    if not isinstance(document, dict) or not isinstance(document.get("rules"), list) or not document["rules"]:
        raise GateError(f"{path}: has no list of rules; restore the file, or write one entry a rule below `rules:`.")
    unknown = set(document) - {"rules", "freshness"}
    if unknown:
        raise GateError(f"{path}: {_listed(unknown)} is not known; below the top there are `rules` and `freshness`.")
    rules = [_named(path, "rule", number, entry, _rule) for number, entry in enumerate(document["rules"], start=1)]
    _check_together(path, rules)
    fresh = document.get("freshness") or []
    if not isinstance(fresh, list):
        raise GateError(f"{path}: freshness must be a list of entries like {{source: NAME, within: P2D}}.")
    limits = [_named(path, "freshness entry", number, entry, _freshness) for number, entry in enumerate(fresh, start=1)]
    if len(dict(limits)) < len(limits):
        raise GateError(f"{path}: a source has two freshness entries; keep one.")
    return Rules(tuple(rules), dict(limits))


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


def _named(path: Path, what: str, position: int, entry: object, read: object) -> object:
    """What `read` makes of an entry; a fault gets the entry's name and place."""
    try:
        if not isinstance(entry, dict):
            raise _Fault("is no mapping of names to values")
        return read(entry)
    except _Fault as fault:
        label = entry.get("name", entry.get("source")) if isinstance(entry, dict) else None
        called = f" ({label})" if label is not None else ""
        raise GateError(f"{path}: {what} {position}{called} {fault}; mend that entry.") from None


def _rule(entry: dict) -> Rule:
    name, kind = entry.get("name"), entry.get("kind")
    if not isinstance(name, str) or not name.strip():
        raise _Fault("lacks a name")
    if not isinstance(kind, str) or kind not in KINDS:
        raise _Fault(f"has the unknown kind {kind!r}; the kinds are {', '.join(KINDS)}")
    parameters = KINDS[kind].parameters
    _check_keys(entry, {"name", "kind", "metrics", "share_allowed", *parameters})
    share = _value(entry, "share_allowed", number)
    if not 0 <= share <= 1:
        raise _Fault(f"has share_allowed {entry['share_allowed']!r}, which must be from 0 to 1")
    limits = {parameter: _value(entry, parameter, read) for parameter, read in parameters.items()}
    if kind == "range" and limits["min"] > limits["max"]:
        raise _Fault("has a min above its max")
    return Rule(name, kind, _metrics(entry["metrics"]), share, limits)


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


def _value(entry: dict, name: str, read: object) -> Limit:
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


def _check_together(path: Path, rules: list[Rule]) -> None:
    for one, other in combinations(rules, 2):
        if one.name == other.name:
            raise GateError(f"{path}: two rules are named {one.name}; rename one.")
        if one.overlaps(other):
            raise GateError(
                f"{path}: {one.name} and {other.name} are both of kind {one.kind} for the same metric; "
                "a metric can have one rule of each kind."
            )


def _listed(names: set[object]) -> str:
    return ", ".join(sorted(map(str, names)))
