"""The help of a read function: a line, an example, the columns and what each keyword means, with readable types."""

import inspect
import re

import pytest
import warehouse as wh

ANSWERS = ["accuracy", "as_of", "at_cutoff", "completeness", "flags", "history", "latest", "restatements", "rollup"]
SECTION = re.compile(r"^(Example|Returns|Yields|Args|Raises):$", re.MULTILINE)


@pytest.mark.parametrize("name", ANSWERS)
def test_help_has_an_example_and_the_columns_before_the_keywords(name: str) -> None:
    text = inspect.getdoc(getattr(wh, name)) or ""
    assert SECTION.findall(text) == ["Example", "Returns", "Args", "Raises"]
    assert text.splitlines()[0].startswith("Return ")
    assert f">>> wh.{name}(" in text


@pytest.mark.parametrize("name", ANSWERS)
def test_each_keyword_is_explained_and_each_type_is_short(name: str) -> None:
    function = getattr(wh, name)
    text = inspect.getdoc(function) or ""
    for parameter in inspect.signature(function).parameters.values():
        assert re.search(rf"^    {parameter.name}: \S", text, re.MULTILINE), parameter.name
        assert len(inspect.formatannotation(parameter.annotation)) < 35, parameter
        assert not re.search(r"datetime|Iterable|None$", inspect.formatannotation(parameter.annotation)), parameter


def test_the_signature_is_one_that_a_person_reads() -> None:
    shown = str(inspect.signature(wh.latest))
    assert shown.startswith("(start: Time = None, end: Time = None, *, grid: Names = None, region: Names = None")
    assert 'regions: "then" | "today" = \'then\'' in shown
    assert shown.endswith("-> DataFrame")
