"""A check's outcomes as JUnit XML, which CI systems show as tests."""

import re
import xml.etree.ElementTree as ET

from loaders.gates.results import CheckReport, Outcome

# What XML 1.0 cannot hold in any form.
_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(report: CheckReport) -> str:
    """One test suite with a test for each expectation; a gate that could not be asked is one test with an error."""
    name = f"check {report.gate}"
    suite = ET.Element(
        "testsuite",
        name=name,
        tests=str(len(report.outcomes) or 1),
        failures=str(len(report.failures)),
        errors=str(int(bool(report.error))),
        skipped="0",
        timestamp=f"{report.checked_at:%Y-%m-%dT%H:%M:%S}",
    )
    for outcome in report.outcomes:
        case = ET.SubElement(suite, "testcase", classname=f"check.{report.gate}", name=_sayable(outcome.name), time="0")
        if not outcome.passed:
            message = _sayable(f"{outcome.scope}: {outcome.observed}, allowed {outcome.limit}")
            ET.SubElement(case, "failure", message=message, type="expectation").text = _sayable(_told(outcome))
    if report.error:
        case = ET.SubElement(
            suite, "testcase", classname=f"check.{report.gate}", name="The gate can be asked", time="0"
        )
        ET.SubElement(case, "error", message=_sayable(report.error), type="gate")
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _told(outcome: Outcome) -> str:
    rows = [", ".join(f"{name}={value}" for name, value in row.items()) for row in outcome.rows]
    return "\n".join([outcome.detail, *rows])


def _sayable(text: str) -> str:
    return _UNSPEAKABLE.sub("\N{REPLACEMENT CHARACTER}", text)
