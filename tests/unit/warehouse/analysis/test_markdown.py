"""Names from the data stay text in Markdown and HTML."""

import pytest
from bs4 import BeautifulSoup
from nbconvert.filters import markdown2html
from warehouse.analysis.markdown import text

HOSTILE = [
    '<svg onload="alert(1)">',
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](http://example.org/x.png)",
    "**bold** `code` _under_ ~~s~~ | a | # h",
    "</script><script>alert(1)</script>",
    "http://example.org/",
    "www.example.org",
    "a@example.org",
    "&lt;script&gt;",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("pattern", ["At **{}** we expected 1 kW.", "- {}: fine", "| a |\n|---|\n| {} |"])
def test_a_name_in_markdown_is_shown_as_it_is_and_never_becomes_markup(name: str, pattern: str) -> None:
    page = BeautifulSoup(markdown2html(pattern.format(text(name))), "html.parser")
    assert page.find(["svg", "img", "script", "a", "code", "em", "del"]) is None
    assert name in page.get_text()


def test_a_line_break_in_a_name_does_not_start_a_new_block() -> None:
    assert text("a\n# b\x00") == "a &#35; b "
