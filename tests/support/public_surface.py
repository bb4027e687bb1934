"""Describe the public surface: commands, functions, HTTP paths, marts. `make surface` writes the snapshot again."""

import inspect
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer.main
import yaml

from loaders.settings import PROJECT_ROOT

SNAPSHOT = PROJECT_ROOT / "tests" / "public_surface.txt"
DBT_PROJECT = PROJECT_ROOT / "dbt_project"


def describe() -> str:
    """Return the whole surface, one line for each thing that users can name."""
    parts = {"commands": commands(), "python": functions(), "http": paths(), "marts": marts()}
    return "\n".join(f"# {title}\n" + "\n".join(lines) + "\n" for title, lines in parts.items())


def commands() -> Iterator[str]:
    """Yield each command with its arguments and options."""
    from loaders.cli import app

    yield from _commands("", typer.main.get_command(app))


def _commands(path: str, command: Any) -> Iterator[str]:
    if hasattr(command, "commands"):
        for name, child in sorted(command.commands.items()):
            yield from _commands(f"{path} {name}".strip(), child)
        return
    yield path
    for parameter in command.params:
        choices = _choices(parameter.type_descriptor.annotation)
        values = f" {{{', '.join(choices)}}}" if choices else ""
        yield f"    {' '.join([*parameter.opts, *parameter.secondary_opts])}{values}"


def _choices(annotation: Any) -> list[str]:
    if inspect.isclass(annotation) and issubclass(annotation, Enum):
        return [str(member.value) for member in annotation]
    return [str(value) for value in get_args(annotation)] if get_origin(annotation) is Literal else []


def functions() -> Iterator[str]:
    """Yield each exported name with its signature."""
    import warehouse
    from warehouse import charts

    import loaders

    for package in (loaders, warehouse, charts):
        for name in sorted(package.__all__):
            exported = getattr(package, name)
            parameters = inspect.signature(exported).parameters.values() if inspect.isfunction(exported) else ()
            shown = ", ".join(str(parameter.replace(annotation=parameter.empty)) for parameter in parameters)
            yield f"{package.__name__}.{name}({shown})" if parameters else f"{package.__name__}.{name}"


def paths() -> Iterator[str]:
    """Yield each path and method of the HTTP service with its parameters."""
    from loaders.service.app import create_app
    from loaders.service.options import ServiceOptions

    for path, methods in create_app(ServiceOptions()).openapi()["paths"].items():
        for method, operation in methods.items():
            names = [parameter["name"] for parameter in operation.get("parameters", [])]
            yield f"{method.upper()} {path}: {', '.join(names)}".removesuffix(": ")


def marts() -> Iterator[str]:
    """Yield each mart and SQL function with its columns or arguments."""
    for path in sorted([*DBT_PROJECT.glob("models/marts/**/*.yml"), *DBT_PROJECT.glob("functions/*.yml")]):
        yield from _relations(path)


def _relations(path: Path) -> Iterator[str]:
    described = yaml.safe_load(path.read_text(encoding="utf-8"))
    for relation in described.get("models", []):
        columns = ", ".join(f"{column['name']} {column.get('data_type', '?')}" for column in relation["columns"])
        yield f"{relation['name']}: {columns}"
    for function in described.get("functions", []):
        arguments = ", ".join(f"{each['name']} {each['data_type']}" for each in function["arguments"])
        yield f"{function['name']}({arguments})"


if __name__ == "__main__":
    SNAPSHOT.write_text(describe(), encoding="utf-8")
