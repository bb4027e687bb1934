"""Reading the rules: what is understood, and what stops the gate."""

from datetime import timedelta
from pathlib import Path

import pytest

from loaders.errors import GateError
from loaders.gates.rule_kinds import KINDS
from loaders.gates.rules import read_rules

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


def test_an_entry_says_which_metrics_keep_to_which_limits(tmp_path: Path) -> None:
    rules = read_rules(written(tmp_path, GOOD))
    assert [rule.name for rule in rules.of("load")] == ["load_range", "finite"]
    assert [rule.name for rule in rules.of("price")] == ["finite"]
    assert rules.of("load")[0].limits == {"min": -10.0, "max": 10.0}
    assert rules.of("load")[0].words == "value from -10 to 10"
    assert rules.of("load")[0].share_allowed == 0.25
    assert rules.metrics == {"load"}
    assert rules.freshness == {"eia930": timedelta(days=2)}


def test_queries_get_the_rules_of_the_marts_as_json_can_hold_them(tmp_path: Path) -> None:
    given = read_rules(written(tmp_path, GOOD)).for_queries()
    assert given["freshness"] == {"eia930": "172800.0 seconds"}
    assert given["marts"][:2] == [
        {
            "name": "day", "kind": "completeness", "metrics": ["load"], "min_share": 0.9,
            "remembered": "604800.0 seconds",
        },
        {
            "name": "daily", "kind": "cadence", "metrics": None, "source": "eia930", "every": "86400.0 seconds",
            "over_last": "2592000.0 seconds",
        },
    ]  # fmt: skip


def test_every_shipped_rule_says_in_words_what_it_asks() -> None:
    rules = read_rules()
    assert all("{" not in rule.words for rule in (*rules.rules, *rules.marts))


def test_the_shipped_rules_measure_everything_of_every_shipped_metric() -> None:
    rules = read_rules()
    for metric in ("load", "load_forecast", "power", "price"):
        assert {rule.kind for rule in rules.of(metric)} == set(KINDS)
    assert {rule.kind for rule in rules.of("temperature")} == {"finite", "times"}


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("kind: range", "kind: rang", "rule 1 (load_range) has the unknown kind 'rang'"),
        (", min: -10", "", "rule 1 (load_range) lacks min"),
        ("min: -10", "min: -10, mxa: 3", "has mxa"),
        ("min: -10", "min: 11", "min above its max"),
        ("min: -10", "min: yes", "min True, which must be a number"),
        ("min: -10", "min: .nan", "which must be a number"),
        ("min: -10", "min: -10, min: -9", "min stands there twice"),
        ("share_allowed: 0.25", "share_allowed: 1.01", "share_allowed 1.01"),
        ("share_allowed: 0.25", "share_allowed: -0.01", "share_allowed -0.01"),
        (", share_allowed: 0.25", "", "lacks share_allowed"),
        ("name: load_range, ", "", "rule 1 lacks a name"),
        ("name: finite", "name: load_range", "two rules are named load_range"),
        ("metrics: [load]", "metrics: []", "metrics []"),
        ("metrics: [load]", "metrics: load", "metrics 'load'"),
        ("metrics: [load]", 'metrics: [load, "*"]', 'write metrics: "*"'),
        ("  - {name: finite", "  - just text\n  - {name: finite", "rule 2 is no mapping"),
        ("within: P2D", "within: 2 days", "freshness entry 1 (eia930) has within '2 days', which must be a duration"),
        ("within: P2D", "within: P2D, since: 1", "has since"),
        ("{source: eia930, within: P2D}", "{source: a, within: P1D}\n  - {source: a, within: P2D}", "two freshness"),
        ("freshness:", "freshnes:", "freshnes is not known"),
        ("min_share: 0.9", "min_share: 1.01", "marts entry 1 (day) has min_share 1.01, which must be from 0 to 1"),
        ("min_share: 0.9, ", "", "marts entry 1 (day) lacks min_share"),
        ("kind: cadence", "kind: range", "marts entry 2 (daily) has the unknown kind 'range'"),
        ("kind: range", "kind: cadence", "rule 1 (load_range) has the unknown kind 'cadence'"),
        ("name: daily", "name: load_range", "two rules are named load_range"),
        ("min_rows: 24", "min_rows: 2.5", "min_rows 2.5, which must be a whole number from 1"),
        ("min_rows: 24", "min_rows: 0", "min_rows 0, which must be a whole number from 1"),
        ("source: eia930, every", "source: 3, every", "source 3, which must be a name"),
        ("max_shift: 5", "max_shift: 0", "max_shift 0, which must be a number above 0"),
        ("marts:", "marts: {a: 1}\nrest:", "rest is not known"),
        ("marts:\n", "marts: {}\n#", "no valid YAML"),
        ("rules:", "rule:", "has no list of rules"),
        ("kind: finite", "kind: [", "no valid YAML"),
    ],
)
def test_a_fault_stops_the_gate_and_names_the_entry(tmp_path: Path, before: str, after: str, named: str) -> None:
    assert before in GOOD
    path = written(tmp_path, GOOD.replace(before, after, 1))
    with pytest.raises(GateError) as caught:
        read_rules(path)
    assert named in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("metrics", ["[load]", "[price, load]", '"*"'])
def test_a_metric_has_one_rule_of_a_kind(tmp_path: Path, metrics: str) -> None:
    second = f"  - {{name: again, kind: range, metrics: {metrics}, min: 0, max: 1, share_allowed: 0}}\n"
    with pytest.raises(GateError, match="load_range and again are both of kind range"):
        read_rules(written(tmp_path, GOOD.replace("freshness:", second + "freshness:")))


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
    assert KINDS["flat_line"].parameters["longest"](text) == length


@pytest.mark.parametrize("text", ["P", "PT", "P1M", "1D", "P1.5D", "P-1D", 2, None])
def test_a_duration_without_a_fixed_length_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        KINDS["flat_line"].parameters["longest"](text)


@pytest.mark.parametrize("given", [0, -1, True, "1", float("inf")])
def test_a_jump_of_nothing_or_less_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match="must be a number above 0"):
        KINDS["jump"].parameters["max_change"](given)
