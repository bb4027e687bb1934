"""Write the results of a check as JUnit XML, which CI systems show as tests."""

import re
import xml.etree.ElementTree as ET

from loaders.gates.results import CheckResult, ExpectationResult

# What XML 1.0 cannot hold in any form. junitparser and the like do not remove it, so this is not one of them.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(check: CheckResult) -> str:
    """Return one test suite with a test for each expectation; a check that could not run is one test with an error."""
    suite = ET.Element(
        "testsuite",
        name=f"check {check.gate}",
        tests=str(len(check.outcomes) or 1),
        failures=str(len(check.failures)),
        errors=str(int(bool(check.error))),
        skipped="0",
        timestamp=f"{check.checked_at:%Y-%m-%dT%H:%M:%S}",
    )
    for outcome in check.outcomes:
        case = _test_case(suite, check, outcome.name)
        if not outcome.passed:
            message = _xml_text(f"{outcome.scope}: {outcome.observed}, allowed {outcome.limit}")
            ET.SubElement(case, "failure", message=message, type="expectation").text = _xml_text(_explain(outcome))
    if check.error:
        case = _test_case(suite, check, "The check can run")
        ET.SubElement(case, "error", message=_xml_text(check.error), type="gate")
    if check.notes:
        ET.SubElement(suite, "system-out").text = _xml_text("\n".join(f"not checked: {note}" for note in check.notes))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _test_case(suite: ET.Element, check: CheckResult, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=f"check.{check.gate}", name=_xml_text(name), time="0")


def _explain(outcome: ExpectationResult) -> str:
    rows = [", ".join(f"{name}={value}" for name, value in row.items()) for row in outcome.rows]
    return "\n".join([outcome.detail, *rows])


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
