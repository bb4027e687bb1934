"""The reference pages of the Python functions, from their signatures and docstrings."""

import inspect
import typing
from types import ModuleType

from tests.support.reference.docstrings import to_markdown
from tests.support.reference.markdown import anchor, code, sections, table

WAREHOUSE = """\
# Reading: `import warehouse as wh`

The analyst's library. It reads the marts and needs no SQL. How to use it: [the tutorial](../tutorial.md). What the
arguments mean, for all functions:
"""
CHARTS = "# Charts: `from warehouse import charts`"
LOADERS = """\
# Loading from Python: `import loaders`

The same loads as on the command line, for scripts and notebooks. How to use it: [Load your own
data](../how-to/load-your-data.md).
"""


def warehouse_page() -> str:
    """Return the page of the read functions."""
    import warehouse

    return sections(WAREHOUSE, to_markdown(_docstring(warehouse)), _functions(warehouse))


def charts_page() -> str:
    """Return the page of the charts."""
    from warehouse import charts

    return sections(CHARTS, to_markdown(_docstring(charts)), _functions(charts))


def loaders_page() -> str:
    """Return the page of the loaders' functions."""
    import loaders

    return sections(LOADERS, _functions(loaders))


def _functions(package: ModuleType) -> str:
    names = sorted(package.__all__, key=lambda name: (name[0].isupper(), name))
    index = table(
        ["name", "what it does"], [(f"[`{name}`]({anchor(name)})", _summary(package, name)) for name in names]
    )
    return sections(index, *(_section(package, name) for name in names))


def _classes(module: ModuleType) -> str:
    names = [name for name, thing in vars(module).items() if inspect.isclass(thing)]
    return table(["name", "meaning"], [(f"`{name}`", _summary(module, name)) for name in names])


def _docstring(thing: object) -> str:
    return inspect.getdoc(thing) or ""


def _summary(package: ModuleType, name: str) -> str:
    return to_markdown(_docstring(getattr(package, name))).split("\n\n")[0].rstrip(".:")


def _section(package: ModuleType, name: str) -> str:
    exported = getattr(package, name)
    if inspect.ismodule(exported):
        return sections(f"## {name}", to_markdown(_docstring(exported)), _classes(exported))
    call = code(f"{package.__name__}.{name}{_signature(exported)}", "python") if inspect.isfunction(exported) else ""
    return sections(f"## {name}", call, to_markdown(_docstring(exported)))


def _signature(function: typing.Any) -> str:
    parameters = [
        parameter.replace(annotation=parameter.empty) for parameter in inspect.signature(function).parameters.values()
    ]
    one_line = str(inspect.Signature(parameters))
    if len(one_line) < 90:
        return one_line
    return one_line.replace("(", "(\n    ", 1).replace(", ", ",\n    ")[:-1] + ",\n)"
