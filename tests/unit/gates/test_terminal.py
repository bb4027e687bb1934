"""What a check prints: the rows that break an expectation, and why, for people and machines."""

import io
import json

from rich.console import Console

from loaders.gates.outputs.terminal import print_check, to_json
from loaders.gates.results import CheckResult, Expectation, ExpectationResult, make_result

ODD_LOADS = Expectation(
    name="No load is odd", relation="raw.loads", scope="loads", counted="broken rules", remedy="Decide"
)


def test_an_expectation_that_nothing_breaks_has_passed() -> None:
    outcome = make_result(ODD_LOADS, 0, [])
    assert outcome == ExpectationResult("No load is odd", "loads", 0, "broken rules")
    assert (outcome.passed, outcome.observed, outcome.limit) == (True, "0 broken rules", "0 broken rules")
    assert CheckResult("raw", [outcome]).passed


def test_a_failure_names_the_loads_the_reasons_and_the_next_step() -> None:
    rows = [{"load_id": 7, "finding": "load 7 jumps"}, {"load_id": 3, "finding": "load 3 jumps"}]
    outcome = make_result(ODD_LOADS, 2, rows)
    assert not outcome.passed
    assert outcome.scope == "loads 3, 7"
    assert outcome.observed == "2 broken rules"
    assert outcome.detail == "load 7 jumps; load 3 jumps. Decide"
    assert outcome.rows == [{"load_id": 7}, {"load_id": 3}]


def test_a_failure_says_how_many_findings_it_does_not_show() -> None:
    outcome = make_result(ODD_LOADS, 9, [{"load_id": number, "finding": f"load {number}"} for number in range(5)])
    assert "load 4; and 4 more." in outcome.detail


def test_examples_of_several_loads_take_turns_and_end_at_five() -> None:
    rows = [
        {"load_id": load_id, "finding": "x", "examples": [{"value": value} for value in range(4)]} for load_id in (1, 2)
    ]
    shown = [(row["load_id"], row["value"]) for row in make_result(ODD_LOADS, 2, rows).rows]
    assert shown == [(1, 0), (2, 0), (1, 1), (2, 1), (1, 2)]


def check() -> CheckResult:
    rows = [{"load_id": 7, "finding": "load 7 [red]jumps", "node": "A[1]", "value": None}]
    return CheckResult(
        "raw", [make_result(ODD_LOADS, 1, rows), ExpectationResult("Fine", "mart", 0, "rows")], "docs/index.html"
    )


def test_the_table_shows_every_outcome_and_each_failure_with_its_rows() -> None:
    page = io.StringIO()
    print_check(check(), Console(file=page, width=120))
    text = page.getvalue()
    for part in ("FAILED", "No load is odd", "load 7", "Fine", "ok", "A[1]", "load 7 [red]jumps", "docs/index.html"):
        assert part in text


def test_the_json_holds_the_same() -> None:
    read = json.loads(to_json(check()))
    assert (read["gate"], read["passed"], read["data_docs"]) == ("raw", False, "docs/index.html")
    assert [outcome["passed"] for outcome in read["outcomes"]] == [False, True]
    assert read["outcomes"][0]["rows"] == [{"load_id": 7, "node": "A[1]", "value": None}]


def test_a_name_cannot_control_the_terminal() -> None:
    hostile = "a\x1b]0;title\x07b\x9b2Jc"
    rows = [{"load_id": 7, "finding": hostile, "node": hostile}]
    page = io.StringIO()
    print_check(CheckResult("raw", [make_result(ODD_LOADS, 1, rows)]), Console(file=page, width=120))
    assert "\x1b" not in page.getvalue()
    assert "\x9b" not in page.getvalue()
    assert "a\N{REPLACEMENT CHARACTER}]0;title" in page.getvalue()
