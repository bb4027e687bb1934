"""Reading the rules: which are valid, and what stops the gate."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from loaders.errors import GateError
from loaders.gates.rule_fields import Duration, PositiveNumber
from loaders.gates.rule_kinds import LOAD_RULE_KINDS, SeriesNames
from loaders.gates.rules import SCHEMA_FILE, read_rules, rules_schema

GOOD = """
rules:
  - {name: load_range, kind: range, metrics: [load], min: -10, max: 10, share_allowed: 0.25}
  - {name: finite, kind: finite, metrics: "*", share_allowed: 0}
freshness:
  - {source: eia930, within: P2D}
marts:
  - {name: day, kind: completeness, metrics: [load], min_share: 0.9, remembered: P7D}
  - {name: daily, kind: cadence, metrics: "*", source: eia930, every: P1D, over_last: P30D}
  - {name: shift, kind: shift, metrics: "*", max_shift: 5, history: P28D, min_rows: 24}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "rules.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_entry_says_which_metrics_must_meet_which_limits(tmp_path: Path) -> None:
    rules = read_rules(written(tmp_path, GOOD))
    assert [rule.name for rule in rules.of("load")] == ["load_range", "finite"]
    assert [rule.name for rule in rules.of("price")] == ["finite"]
    assert rules.of("load")[0].limits == {"min": -10.0, "max": 10.0}
    assert rules.of("load")[0].description == "value from -10 to 10"
    assert rules.of("load")[0].share_allowed == 0.25
    assert rules.metrics == {"load"}
    assert {entry.source: entry.within for entry in rules.freshness} == {"eia930": timedelta(days=2)}


def test_queries_get_the_rules_of_the_marts_as_json_can_hold_them(tmp_path: Path) -> None:
    params = read_rules(written(tmp_path, GOOD)).for_queries()
    assert params["freshness"] == {"eia930": "172800.0 seconds"}
    assert params["marts"][:2] == [
        {
            "name": "day", "kind": "completeness", "metrics": ["load"], "min_share": 0.9,
            "remembered": "604800.0 seconds",
        },
        {
            "name": "daily", "kind": "cadence", "metrics": None, "source": "eia930", "every": "86400.0 seconds",
            "over_last": "2592000.0 seconds",
        },
    ]  # fmt: skip


def test_every_shipped_rule_describes_what_it_requires() -> None:
    rules = read_rules()
    assert all("{" not in rule.description for rule in (*rules.rules, *rules.marts))


def test_a_description_does_not_round_its_limits(tmp_path: Path) -> None:
    text = GOOD.replace("min: -10", "min: -0.1234567890123").replace("within: P2D", "within: P1D")
    [rule, _] = read_rules(written(tmp_path, text)).of("load")
    assert rule.description == "value from -0.1234567890123 to 10"


def test_the_shipped_rules_cover_everything_of_every_shipped_metric() -> None:
    rules = read_rules()
    for metric in ("load", "load_forecast", "power", "price"):
        assert {rule.kind for rule in rules.of(metric)} == set(LOAD_RULE_KINDS)
    assert {rule.kind for rule in rules.of("temperature")} == {"finite", "times"}


def test_the_schema_for_editors_is_the_one_of_the_rules() -> None:
    """When this fails: python -m tests.support.rules_schema"""
    assert SCHEMA_FILE.read_text(encoding="utf-8") == rules_schema()
    assert (
        Path(SCHEMA_FILE)
        .with_name("rules.yml")
        .read_text()
        .startswith(f"# yaml-language-server: $schema=./{SCHEMA_FILE.name}\n")
    )


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("kind: range", "kind: rang", "rule 1 (load_range) has the unknown kind 'rang'. Use one of finite, times"),
        (", kind: range", "", "rule 1 (load_range) is missing kind. Use one of finite"),
        (", min: -10", "", "rule 1 (load_range) is missing min. Add what is missing."),
        ("min: -10, max: 10, ", "", "rule 1 (load_range) is missing min, max."),
        ("min: -10", "min: -10, mxa: 3", "rule 1 (load_range) has the unknown key 'mxa'. Its keys are name, kind"),
        ("min: -10", "min: 11", "has a min above its max. Swap the two limits."),
        ("min: -10", "min: yes", "rule 1 (load_range) has min True. It must be a number."),
        ("min: -10", "min: .nan", "has min nan. It must be a number."),
        ("min: -10", "min: '-10'", "has min '-10'. It must be a number."),
        ("min: -10", "min: -10, min: -9", "duplicate key 'min'"),
        ("share_allowed: 0.25", "share_allowed: 1.01", "share_allowed 1.01. It must be a number from 0 to 1."),
        ("share_allowed: 0.25", "share_allowed: -0.01", "share_allowed -0.01. It must be a number from 0 to 1."),
        (", share_allowed: 0.25", "", "is missing share_allowed"),
        ("name: load_range, ", "", "rule 1 is missing name"),
        ("name: load_range, ", "name: ' ', ", "has name ' '. It must be a name."),
        ("name: finite", "name: load_range", "two rules are named load_range. Rename one of them."),
        ("metrics: [load]", "metrics: []", 'metrics []. It must be a list of names, or "*" alone.'),
        ("metrics: [load]", "metrics: load", 'metrics \'load\'. It must be a list of names, or "*" alone.'),
        ("metrics: [load]", 'metrics: [load, "*"]', 'It must be a list of names, or "*" alone.'),
        ("metrics: [load]", "metrics: [load], grids: NYIS", "has grids 'NYIS'. It must be a list of names."),
        ("  - {name: finite", "  - just text\n  - {name: finite", "rule 2 is not a mapping of keys to values."),
        ("within: P2D", "within: 2 days", "freshness entry 1 (eia930) has within '2 days'. It must be a duration"),
        ("within: P2D", "within: P2D, since: 1", "freshness entry 1 (eia930) has the unknown key 'since'. Its keys"),
        ("{source: eia930, within: P2D}", "{source: a, within: P1D}\n  - {source: a, within: P2D}", "two freshness"),
        ("freshness:", "freshnes:", "the key 'freshnes' is unknown. The keys are rules, marts and freshness."),
        ("min_share: 0.9", "min_share: 1.01", "marts entry 1 (day) has min_share 1.01. It must be a number from 0"),
        ("min_share: 0.9, ", "", "marts entry 1 (day) is missing min_share"),
        ("kind: cadence", "kind: range", "marts entry 2 (daily) has the unknown kind 'range'"),
        ("kind: range", "kind: cadence", "rule 1 (load_range) has the unknown kind 'cadence'"),
        ("name: daily", "name: load_range", "two rules are named load_range"),
        ("min_rows: 24", "min_rows: 2.5", "has min_rows 2.5. It must be a whole number from 1."),
        ("min_rows: 24", "min_rows: 0", "has min_rows 0. It must be a whole number from 1."),
        ("source: eia930, every", "source: 3, every", "has source 3. It must be a name."),
        ("max_shift: 5", "max_shift: 0", "has max_shift 0. It must be a number above 0."),
        ("marts:", "marts: {a: 1}\nrest:", "marts must be a list of entries. Start each entry with a dash."),
        ("marts:\n", "marts: {}\n#", "is not valid YAML"),
        ("rules:", "rule:", "has no list of rules"),
        ("kind: finite", "kind: [", "is not valid YAML"),
        ("kind: finite", "kind: " + "[" * 5000, "is not valid YAML"),
    ],
)  # fmt: skip
def test_a_fault_stops_the_gate_and_names_the_entry(tmp_path: Path, before: str, after: str, message: str) -> None:
    assert before in GOOD
    path = written(tmp_path, GOOD.replace(before, after, 1))
    with pytest.raises(GateError) as caught:
        read_rules(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("text", ["", "[]", "rules: {}", "rules: []", "freshness: []"])
def test_a_file_without_rules_lets_nothing_pass(tmp_path: Path, text: str) -> None:
    with pytest.raises(GateError, match="has no list of rules"):
        read_rules(written(tmp_path, text))


def test_a_missing_file_lets_nothing_pass(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="cannot be read"):
        read_rules(tmp_path / "absent.yml")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("P2D", timedelta(days=2)),
        ("PT48H", timedelta(days=2)),
        ("PT90M", timedelta(minutes=90)),
        ("P1DT1S", timedelta(days=1, seconds=1)),
    ],
)
def test_durations_are_read_by_their_length(text: str, length: timedelta) -> None:
    assert TypeAdapter(Duration).validate_python(text) == length


@pytest.mark.parametrize("text", ["P", "PT", "P1DT", "P1M", "P1Y", "P1W", "1D", "P1.5D", "P-1D", 2, None])
def test_a_duration_without_a_fixed_length_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Duration).validate_python(text)


@pytest.mark.parametrize("value", [0, -1, True, "1", float("inf")])
def test_a_jump_of_zero_or_less_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(PositiveNumber).validate_python(value)


# Rules of some locations and sources --------------------------------------------------------------------------------


def series(grid: str = "NYIS", node: str = "n", source: str = "eia930", unit: str = "MW") -> SeriesNames:
    return SeriesNames(grid, "r", node, source, "load", unit, "MW")


def with_rules(folder: Path, *rules: str) -> Path:
    text = "".join(f"  - {{{rule}, kind: range, metrics: [load], max: 1, share_allowed: 0}}\n" for rule in rules)
    return written(folder, GOOD.replace("freshness:", text + "freshness:"))


def test_the_narrowest_rule_of_a_kind_applies(tmp_path: Path) -> None:
    rules = read_rules(
        with_rules(
            tmp_path,
            "name: nyis, grids: [NYIS], min: 0",
            "name: node, grids: [NYIS], nodes: [n], sources: [eia930, other], min: 1",
        )
    )
    assert rules.of_series(series(grid="ISNE"))["range"].name == "load_range"
    assert rules.of_series(series(node="m"))["range"].name == "nyis"
    assert rules.of_series(series())["range"].name == "node"
    assert rules.of_series(series(source="caiso"))["range"].name == "nyis"
    assert rules.of_series(series())["finite"].name == "finite"
    assert rules.of("load")[2].description == "value from 0 to 1 (grids NYIS)"


@pytest.mark.parametrize("metrics", ["[load]", "[price, load]", '"*"'])
def test_a_series_has_one_rule_of_a_kind(tmp_path: Path, metrics: str) -> None:
    second = f"  - {{name: again, kind: range, metrics: {metrics}, min: 0, max: 1, share_allowed: 0}}\n"
    with pytest.raises(GateError, match="load_range and again are both of kind range for the same series"):
        read_rules(written(tmp_path, GOOD.replace("freshness:", second + "freshness:")))


def test_rules_of_which_neither_is_a_part_of_the_other_are_refused(tmp_path: Path) -> None:
    read_rules(with_rules(tmp_path, "name: one, grids: [A], min: 0", "name: two, grids: [B], min: 0"))
    with pytest.raises(GateError, match="one and two are both of kind range"):
        read_rules(with_rules(tmp_path, "name: one, grids: [A], min: 0", "name: two, nodes: [n], min: 0"))


def test_a_rule_that_names_its_own_location_takes_no_others(tmp_path: Path) -> None:
    entry = "  - {name: sums, kind: reconciliation, metrics: [load], grid: A, node: A, children: B, tolerance: 1,"
    entry += " share_allowed: 0, over_last: P1D, regions: [B]}\n"
    with pytest.raises(GateError, match=r"\(sums\) has the unknown key 'regions'"):
        read_rules(written(tmp_path, GOOD + entry))


def test_limits_apply_to_series_in_their_own_unit_only(tmp_path: Path) -> None:
    rules = read_rules(with_rules(tmp_path, "name: nyis, grids: [NYIS], min: 0"))
    assert {kind: rule.name for kind, rule in rules.of_series(series(unit="EUR")).items()} == {"finite": "finite"}
    assert [rule.name for rule in rules.not_applied(series(unit="EUR"))] == ["load_range", "nyis"]
    assert rules.not_applied(series()) == []


def test_a_rule_may_name_the_units_that_its_limits_are_in(tmp_path: Path) -> None:
    rules = read_rules(with_rules(tmp_path, "name: euros, units: [€, USD], min: 0"))
    assert rules.of_series(series(unit="EUR"))["range"].name == "euros"
    assert rules.of_series(series())["range"].name == "load_range"
    assert [rule.name for rule in rules.not_applied(series(unit="GBP"))] == ["load_range"]
    assert rules.not_applied(series(unit="EUR")) == []
    assert rules.of("load")[2].description == "value from 0 to 1 (units USD, €)"
    with pytest.raises(GateError, match="nyis and euros are both of kind range for the same series"):
        read_rules(with_rules(tmp_path, "name: nyis, grids: [NYIS], min: 0", "name: euros, units: [EUR], min: 0"))
