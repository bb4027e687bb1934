"""Render pages that need nothing else: no script, no font, no picture, no network. Every text is escaped."""

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from loaders.gates.results import CheckResult

if TYPE_CHECKING:
    from jinja2 import Environment

_UTC_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d(?:\.\d+)?)\+00:00")


def to_page(check: CheckResult) -> str:
    """Return HTML: the verdict, all results (failures first), and for each failure the reason and up to five rows."""
    return render_page("check.html.j2", check=check, title=f"check {check.gate}", time=check.checked_at)


def render_page(template: str, **values: object) -> str:
    """Return a page from one of the templates of this folder."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("loaders.gates.outputs", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["columns"] = _columns
    environment.filters["cell"] = _cell
    return environment


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    """Return the names of all columns, in the order in which they appear."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _cell(value: object) -> str:
    """Return a value for people; a timestamp in UTC without its seconds where they are 0."""
    if value is None:
        return "-"
    if match := _UTC_TIMESTAMP.fullmatch(str(value)):
        date, minutes, seconds = match.groups()
        return f"{date} {minutes}{seconds if seconds != ':00' else ''} UTC"
    return str(value)
