"""docs/reference/formats.md, from the formats that are registered."""

from typing import Any

from loaders import formats as registered
from tests.support.reference.markdown import sections, table

INTRODUCTION = """\
# Formats

`warehouse ingest FILE --format NAME` reads a file in one of these formats. `warehouse ingest --format list` prints
them too. How to write another one: [Adding a format](../how-to/add-a-format.md). How to load files: [Load your own
data](../how-to/load-your-data.md).
"""
BASES = {
    "published": "published: the file states it",
    "observed": "observed: the caller states it",
    "inferred": "inferred: derived from the file's name or content",
}


def page() -> str:
    """Return the page: an index, then the defaults and options of each format."""
    found = registered.formats()
    index = table(["format", "reads"], [(f"[`{one.name}`](#{one.name})", one.summary) for one in found])
    return sections(INTRODUCTION, index, *(_section(one) for one in found))


def _section(one: Any) -> str:
    options = ", ".join(f"`{_option(name)}`" for name in sorted(one.accepted_options))
    basis = str(one.default_collected_at_basis)
    facts = [
        ("Source, where the rows do not state one", f"`{one.default_source}`"),
        ("Basis of the knowledge time", BASES.get(basis, basis)),
        (
            "Resolution, where the rows do not state one",
            f"`{one.default_resolution}`" if one.default_resolution else "",
        ),
        ("Options it uses, next to `--source`", options or "none"),
        ("Can also be read from a frame in memory", "yes" if one.read_table else "no"),
    ]
    summary = one.summary[:1].upper() + one.summary[1:].rstrip(".") + "."
    return sections(f"## {one.name}", summary, table(["property", "value"], facts))


def _option(name: str) -> str:
    return {"column_map": "--map", "totals": "--total"}.get(name, "--" + name.replace("_", "-"))
