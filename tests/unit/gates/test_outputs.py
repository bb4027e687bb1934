"""The page and the XML that a check leaves behind."""

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from rich.console import Console

from loaders.gates.outputs.html import to_page
from loaders.gates.outputs.junit import to_junit
from loaders.gates.outputs.terminal import print_check, to_json
from loaders.gates.results import CheckResult, ExpectationResult

HOSTILE = '<script src="https://example.org/x.js">&\'"</script>'
FINE = ExpectationResult("Fine", "mart", 0, "rows")
ODD = ExpectationResult(
    f"No {HOSTILE} is odd", f"load 7 {HOSTILE}", 1234, "rows", [{"node": HOSTILE, "value": None}], f"It is {HOSTILE}"
)
BROKEN = CheckResult("marts", [], error=f"Nothing answers {HOSTILE}")


class Reader(HTMLParser):
    """Tags with attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, text: str) -> None:
        self.text += text + "\n"


@pytest.mark.parametrize("check", [CheckResult("raw", [FINE, ODD]), CheckResult("raw", [FINE]), BROKEN])
def test_the_page_requests_nothing_from_outside(check: CheckResult) -> None:
    page = to_page(check)
    assert {tag for tag, _ in Reader(page).tags} <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "span", "div", "table", "thead", "tbody",
        "tr", "th", "td",
    }  # fmt: skip
    assert not {name for _, attributes in Reader(page).tags for name in attributes} & {"src", "href", "onload"}
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_shows_every_outcome_failures_first_and_their_rows() -> None:
    text = Reader(to_page(CheckResult("raw", [FINE, ODD]))).text
    assert "1 of 2 expectations failed" in text
    for part in (ODD.name, ODD.scope, "1,234 rows", "0 rows", ODD.detail, HOSTILE, "Fine", "ok", "\n-\n"):
        assert part in text
    assert text.index(ODD.name) < text.index("Fine")
    assert "all 1 expectations met" in Reader(to_page(CheckResult("raw", [FINE]))).text


def test_a_check_that_could_not_run_is_not_a_pass_in_any_file() -> None:
    assert not BROKEN.passed
    text = Reader(to_page(BROKEN)).text
    assert "could not run" in text
    assert BROKEN.error in text
    suite = ET.fromstring(to_junit(BROKEN))[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "0", "1")
    assert suite[0][0].tag == "error"
    assert suite[0][0].get("message") == BROKEN.error


def test_the_xml_has_a_test_for_each_expectation_and_says_why_it_failed() -> None:
    suites = ET.fromstring(to_junit(CheckResult("raw", [FINE, ODD])))
    suite = suites[0]
    assert (suites.tag, suite.tag, suite.get("name")) == ("testsuites", "testsuite", "check raw")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    fine, odd = suite
    assert (fine.get("name"), fine.get("classname"), len(fine)) == ("Fine", "check.raw", 0)
    failure = odd.find("failure")
    assert failure.get("message") == f"{ODD.scope}: 1,234 rows, allowed 0 rows"
    assert failure.text == f"{ODD.detail}\nnode={HOSTILE}, value=None"


def test_what_xml_cannot_hold_does_not_break_it() -> None:
    odd = ExpectationResult("a\x00b", "load\x1b", 1, "rows", [{"node": "\x08\ud800"}], "\ufffe")
    written = to_junit(CheckResult("raw", [odd])).encode()
    assert ET.fromstring(written)[0][0].get("name") == "a\N{REPLACEMENT CHARACTER}b"
    assert re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", written) is None


def test_what_was_not_checked_is_in_every_output_of_a_check_that_passed(capsys: pytest.CaptureFixture[str]) -> None:
    note = f"2 series of {HOSTILE} in GBP"
    check = CheckResult("raw", [FINE], notes=[note])
    assert check.passed
    assert f"not checked: {note}" in Reader(to_page(check)).text
    assert ET.fromstring(to_junit(check))[0].findtext("system-out") == f"not checked: {note}"
    assert json.loads(to_json(check))["notes"] == [note]
    print_check(check, Console(width=200))
    assert f"not checked: {note}" in capsys.readouterr().out
