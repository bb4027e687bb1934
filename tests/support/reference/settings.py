"""docs/reference/settings.md, from loaders.settings.Settings."""

from typing import Any

from loaders.settings import PROJECT_ROOT, Settings
from tests.support.reference.markdown import sections, table

INTRODUCTION = """\
# Settings

Environment variables, read once a process. An empty variable counts as not set. Without any of them the warehouse
runs on its own embedded server. With `WAREHOUSE_DSN` or `PGHOST` it uses [your
server](../how-to/use-your-own-server.md).
"""


def page() -> str:
    """Return the page: one row per environment variable."""
    rows = [(f"`{variable}`", field.description or "", _default(field)) for variable, field in variables()]
    return sections(INTRODUCTION, table(["variable", "meaning", "default"], rows))


def variables() -> list[tuple[str, Any]]:
    """Return the environment variables with the fields that read them."""
    return [(str(field.validation_alias or name), field) for name, field in Settings.model_fields.items()]


def _default(field: Any) -> str:
    default = field.get_default(call_default_factory=True)
    if default is None or default == "":
        return ""
    return f"`{str(default).replace(f'{PROJECT_ROOT}/', '')}`"
