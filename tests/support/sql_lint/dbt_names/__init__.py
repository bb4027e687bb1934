"""Names that dbt gives to the templates of the project, for sqlfluff: it renders them without a database.

ref, source, function, this and is_incremental come with sqlfluff.
"""

from types import SimpleNamespace
from typing import Any

from sqlfluff.core.templaters.builtins.dbt import RelationEmulator

execute = True
invocation_id = "invocation"
sql = "select 1 as one"
model = SimpleNamespace(name="model", description="", arguments=[], columns={})
target = SimpleNamespace(name="warehouse", schema="staging")
flags = SimpleNamespace(FULL_REFRESH=False)
invocation_args_dict = SimpleNamespace(which="build")
adapter = SimpleNamespace(commit=lambda: "", quote=lambda name: name)


class _Config:
    """`config(...)` renders nothing, and every setting is empty."""

    def __call__(self, *arguments: Any, **settings: Any) -> str:
        return ""

    def get(self, name: str, default: Any = None) -> Any:
        return default


config = _Config()


def run_query(query: str) -> SimpleNamespace:
    return SimpleNamespace(rows=[{"suffix": "2024_01", "is_large": False, "bounds": "for values from (1) to (2)"}])


def is_distributed() -> bool:
    return False


def local_md5(text: str) -> str:
    return "0123456789abcdef"


def postgres_escape_comment(text: str) -> str:
    return "''"


relation = RelationEmulator("relation")
