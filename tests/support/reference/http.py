"""docs/reference/http.md, from the OpenAPI document of the service."""

from collections.abc import Mapping
from typing import Any

from tests.support.reference.markdown import sections, table

INTRODUCTION = """\
# HTTP paths

What `warehouse serve api` answers. Parameters that are not listed are refused. Every path that reads also takes
`format`; see
[Serve the HTTP service](../how-to/serve-the-api.md). The service shows the same at `/docs`.
"""


def page() -> str:
    """Return the page: one section per subject, one row per path and method."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            row = (f"`{method.upper()} {path}`", operation["description"], _parameters(operation))
            groups.setdefault(operation["tags"][0], []).append(row)
    parts = [f"## {tag}\n\n{table(['path', 'answer', 'parameters'], rows)}" for tag, rows in groups.items()]
    return sections(INTRODUCTION, *parts)


def document() -> Mapping[str, Any]:
    """Return the OpenAPI document."""
    from loaders.service.app import create_app
    from loaders.service.options import ServiceOptions

    return create_app(ServiceOptions()).openapi()


def _parameters(operation: Mapping[str, Any]) -> str:
    names = [
        f"`{parameter['name']}`" + (" (required)" if parameter.get("required") else "")
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query" and parameter["name"] != "format"
    ]
    return ", ".join(names)
