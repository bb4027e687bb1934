"""The rules of rules.yml: what the rows of a load and the marts must meet. An invalid rule stops the load gate."""

import json
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from loaders.errors import GateError
from loaders.gates.mart_rule_kinds import MART_RULE_KINDS, AnyMartRule, Freshness
from loaders.gates.rule_fields import limit_as_json
from loaders.gates.rule_kinds import LOAD_RULE_KINDS, AnyLoadRule, LoadRule, SeriesNames
from loaders.messages import one_line
from loaders.yaml_text import YamlFault, parse_yaml

RULES_FILE = Path(__file__).with_name("rules.yml")
SCHEMA_FILE = Path(__file__).with_name("rules.schema.json")
ENTRIES = {"rules": "rule", "marts": "marts entry", "freshness": "freshness entry"}
KINDS = {"rules": LOAD_RULE_KINDS, "marts": MART_RULE_KINDS}


def _empty_as_list(value: object) -> object:
    return [] if value is None else value


class Rules(BaseModel):
    """All of rules.yml. rules: for the rows of each load; marts: for the marts; freshness: for the sources."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: Annotated[list[AnyLoadRule], Field(min_length=1)]
    marts: Annotated[list[AnyMartRule], BeforeValidator(_empty_as_list)] = []
    freshness: Annotated[list[Freshness], BeforeValidator(_empty_as_list)] = []

    @model_validator(mode="after")
    def _check_together(self) -> "Rules":
        for one, other in combinations([*self.rules, *self.marts], 2):
            if one.name == other.name:
                raise ValueError(f"two rules are named {one.name}. Rename one of them.")
        for one, other in combinations(self.rules, 2):
            ranked = one.is_narrower_than(other) or other.is_narrower_than(one)
            if one.kind == other.kind and one.overlaps(other) and not ranked:
                raise ValueError(
                    f"{one.name} and {other.name} are both of kind {one.kind} for the same series. Remove one of them,"
                    " or let one name fewer grids, regions, nodes or sources than the other."
                )
        sources = [entry.source for entry in self.freshness]
        if len(set(sources)) < len(sources):
            raise ValueError("a source has two freshness entries. Keep one of them.")
        return self

    def of(self, metric: str) -> list[LoadRule]:
        """Return the load rules about a metric, in the order of the file."""
        return [rule for rule in self.rules if rule.covers_metric(metric)]

    def of_series(self, series: SeriesNames) -> dict[str, LoadRule]:
        """Return the load rule of each kind for a series: of several, the narrowest."""
        narrowest: dict[str, LoadRule] = {}
        for rule in self.rules:
            if rule.covers(series) and (rule.kind not in narrowest or rule.is_narrower_than(narrowest[rule.kind])):
                narrowest[rule.kind] = rule
        return narrowest

    def not_applied(self, series: SeriesNames) -> list[LoadRule]:
        """Return the rules about a series whose limits are in another unit, where none of their kind is in its unit."""
        applied = self.of_series(series)
        general = [rule for rule in self.rules if rule.units is None and rule.covers_names(series)]
        return [rule for rule in general if rule.kind not in applied]

    @property
    def metrics(self) -> set[str]:
        """Return every metric that a rule names."""
        return {metric for rule in [*self.rules, *self.marts] for metric in rule.metrics or ()}

    def for_queries(self) -> dict[str, object]:
        """Return what the queries of the checks need to know of the rules, as JSON can hold it."""
        return {
            "metrics": sorted(self.metrics),
            "freshness": {entry.source: limit_as_json(entry.within) for entry in self.freshness},
            "marts": [rule.for_queries() for rule in self.marts],
            "rules": [
                {
                    "name": rule.name,
                    "metrics": None if rule.metrics is None else sorted(rule.metrics),
                    "share_allowed": rule.share_allowed,
                    "description": rule.description,
                }
                for rule in self.rules
            ],
        }


def read_rules(path: Path = RULES_FILE) -> Rules:
    """Read and check the rules. Raises GateError that names the file, the entry and the key."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise GateError(f"{path}: cannot be read ({one_line(error)}). Make the file readable.") from error
    return _parse_rules(path, text)


@lru_cache(maxsize=4)
def _parse_rules(path: Path, text: str) -> Rules:
    """Parse rules once as long as their text is the same: to parse YAML costs more than to judge a small load."""
    document = _load_yaml(path, text)
    if not isinstance(document, dict) or not isinstance(document.get("rules"), list) or not document["rules"]:
        raise GateError(f"{path}: has no list of rules. Restore the file, or write the rules below `rules:`.")
    try:
        return Rules.model_validate(document)
    except ValidationError as error:
        # Without the cause, which says the same in more words.
        raise GateError(f"{path}: {_explain(document, error)}") from None


def rules_schema() -> str:
    """Return the JSON schema of rules.yml, by which editors complete and check it."""
    return json.dumps(Rules.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def _load_yaml(path: Path, text: str) -> object:
    try:
        return parse_yaml(text)
    except YamlFault as error:
        raise GateError(f"{path}: is not valid YAML ({error}). Correct that line.") from error


def _explain(document: dict[Any, Any], error: ValidationError) -> str:
    """Return what is wrong with the first invalid entry, and what to do."""
    faults = error.errors(include_url=False)
    location = faults[0]["loc"]
    if len(location) < 2:
        return _explain_document(faults[0])
    section, position = str(location[0]), int(location[1])
    entry = document[section][position]
    label = entry.get("name", entry.get("source")) if isinstance(entry, dict) else None
    name = f"{ENTRIES[section]} {position + 1}" + ("" if label is None else f" ({label})")
    missing = [
        str(fault["loc"][-1]) for fault in faults if fault["type"] == "missing" and fault["loc"][:2] == location[:2]
    ]
    if missing:
        return f"{name} is missing {', '.join(missing)}. Add what is missing."
    return f"{name} {_explain_entry(section, faults[0])}"


def _explain_document(fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        return f"the key {fault['loc'][0]!r} is unknown. The keys are rules, marts and freshness."
    if fault["type"] == "list_type":
        return f"{fault['loc'][0]} must be a list of entries. Start each entry with a dash."
    return str(fault["ctx"]["error"])


def _explain_entry(section: str, fault: Any) -> str:
    kinds = KINDS.get(section, {})
    if fault["type"] == "union_tag_not_found":
        return f"is missing kind. Use one of {', '.join(kinds)}."
    if fault["type"] == "union_tag_invalid":
        return f"has the unknown kind {fault['ctx']['tag']!r}. Use one of {', '.join(kinds)}."
    if fault["type"] in ("model_attributes_type", "model_type"):
        return "is not a mapping of keys to values. Write it like the others."
    model: type[BaseModel] = Freshness if section == "freshness" else kinds[fault["loc"][2]]
    path = fault["loc"][2:] if section == "freshness" else fault["loc"][3:]
    if not path:
        return str(fault["ctx"]["error"])
    if fault["type"] == "extra_forbidden":
        return f"has the unknown key {path[0]!r}. Its keys are {', '.join(model.model_fields)}."
    return f"has {path[0]} {fault['input']!r}. It must be {model.model_fields[path[0]].description}."
