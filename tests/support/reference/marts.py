"""docs/reference/marts.md, from the YAML of the dbt project."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from loaders.settings import PROJECT_ROOT
from tests.support.reference.markdown import anchor, code, one_line, sections, table

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
DOC_BLOCK = re.compile(r"{%-?\s*docs\s+(\w+)\s*-?%}(.*?){%-?\s*enddocs\s*-?%}", re.DOTALL)
DOC_REFERENCE = re.compile(r"""{{\s*doc\(\s*['"](\w+)['"]\s*\)\s*}}""")
INTRODUCTION = """\
# Marts

What people query: schema `marts`. Every relation has an enforced contract. Times are `timestamptz` in UTC; ranges are
half-open; an open end is null. `warehouse build` brings the marts up to date; see [How data
flow](../explanation/how-data-flow.md).
"""


def page() -> str:
    """Return the page: an index of all relations, then the columns of each."""
    models, functions = relations("models"), relations("functions")
    index = table(
        ["relation", "one row per"],
        [(f"[`{one['name']}`]({anchor(one['name'])})", _first_sentence(one)) for one in (*models, *functions)],
    )
    return sections(INTRODUCTION, index, *map(_model, models), "# Functions", *map(_function, functions))


def relations(section: str) -> list[dict[str, Any]]:
    """Return the published models, or the SQL functions, as their YAML describes them."""
    pattern = "models/marts/**/*.yml" if section == "models" else "functions/**/*.yml"
    return sorted(_described(pattern, section), key=lambda one: one["name"])


def _described(pattern: str, section: str) -> Iterator[dict[str, Any]]:
    for path in sorted(DBT_PROJECT.glob(pattern)):
        yield from yaml.safe_load(path.read_text(encoding="utf-8")).get(section, [])


def _first_sentence(relation: dict[str, Any]) -> str:
    description = _description(relation).split(". ")[0].rstrip(".")
    return re.sub(r"^One row per ", "", description)


def _description(described: dict[str, Any]) -> str:
    text = str(described.get("description") or "")
    return one_line(DOC_REFERENCE.sub(lambda match: _doc_blocks().get(match[1], match[0]), text))


def _doc_blocks() -> dict[str, str]:
    files: list[Path] = sorted(path for path in DBT_PROJECT.rglob("*.md") if "target" not in path.parts)
    return {
        name: one_line(text) for path in files for name, text in DOC_BLOCK.findall(path.read_text(encoding="utf-8"))
    }


def _model(model: dict[str, Any]) -> str:
    rows = [(f"`{column['name']}`", column.get("data_type", ""), _description(column)) for column in model["columns"]]
    return sections(f"## {model['name']}", _description(model), table(["column", "type", "meaning"], rows))


def _function(function: dict[str, Any]) -> str:
    arguments = ",\n".join(f"    {one['name']} {one['data_type']}" for one in function["arguments"])
    returns = one_line(str(function.get("returns", {}).get("data_type", "")))
    returned = re.sub(r"^table \((.*)\)$", r"\1", returns)
    call = code(f"marts.{function['name']}(\n{arguments}\n)", "sql")
    return sections(f"## {function['name']}", _description(function), call, f"Returns: {returned}.")
