"""The generated pages of docs/reference/ cover everything that users can name."""

import pytest
import warehouse
from warehouse import charts

import loaders
from tests.support.reference import REGENERATE, commands, functions, marts, settings
from tests.support.reference.docstrings import to_markdown

GOOGLE = """Return the newest value of each interval.

Times are UTC.

Args:
    start: First interval.
    grid (str): Name of the grid, or a list
        of names.

Returns:
    A frame with one row per interval.

Raises:
    ReadError: The grid is unknown.

Example:
    >>> 1 + 1
    2
"""


def test_every_command_and_option_is_on_the_page_of_commands() -> None:
    page = commands.page()
    for path, command in commands.commands():
        _, _, rest = page.partition(f"## `warehouse {path}`\n")
        section = rest.partition("\n## ")[0]
        missing = [name for parameter in command.params for name in parameter.opts if not _mentions(section, name)]
        assert section, f"No section on {path}. {REGENERATE}"
        assert not missing, f"{path}: {', '.join(missing)} is missing. {REGENERATE}"


def _mentions(section: str, name: str) -> bool:
    return f"`{name}`" in section or name.upper() in section


def test_every_environment_variable_is_on_the_page_of_settings_with_a_meaning() -> None:
    page = settings.page()
    for variable, field in settings.variables():
        assert f"| `{variable}` |" in page
        assert field.description, f"{variable} has no description in loaders/settings.py"


@pytest.mark.parametrize(
    ("package", "page"),
    [
        (warehouse, functions.warehouse_page),
        (charts, functions.charts_page),
        (loaders, functions.loaders_page),
    ],
    ids=["warehouse", "charts", "loaders"],
)
def test_every_public_function_is_on_its_page(package, page) -> None:
    text = page()
    missing = [name for name in package.__all__ if f"\n## {name}\n" not in text]
    assert not missing


def test_every_mart_and_column_is_on_the_page_of_marts() -> None:
    page = marts.page()
    for model in marts.relations("models"):
        section = page.partition(f"\n## {model['name']}\n")[2].partition("\n## ")[0]
        assert [column["name"] for column in model["columns"] if f"| `{column['name']}` |" not in section] == []
    for function in marts.relations("functions"):
        assert f"marts.{function['name']}(" in page


def test_doc_blocks_of_dbt_are_replaced_by_their_text() -> None:
    assert "{{" not in marts.page()


def test_sections_of_a_google_docstring_become_tables_and_code() -> None:
    assert to_markdown(GOOGLE) == (
        "Return the newest value of each interval.\n\nTimes are UTC.\n\n"
        "**Args**\n\n| name | meaning |\n|---|---|\n| `start` | First interval. |\n"
        "| `grid` | Name of the grid, or a list of names. |\n\n"
        "**Returns**\n\nA frame with one row per interval.\n\n"
        "**Raises**\n\n| name | meaning |\n|---|---|\n| `ReadError` | The grid is unknown. |\n\n"
        "**Example**\n\n```pycon\n>>> 1 + 1\n2\n```"
    )


def test_aligned_definitions_stay_aligned() -> None:
    text = "Answers.\n\nlimit   at most so many rows\nlocal   also local times\n        of the grid"
    assert to_markdown(text).endswith(
        "```text\nlimit   at most so many rows\nlocal   also local times\n        of the grid\n```"
    )
