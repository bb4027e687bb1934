"""docs/reference/commands.md, from the command line itself."""

import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import typer.main

from tests.support.reference.markdown import anchor, code, one_line, sections, table

INTRODUCTION = """\
# Commands

`warehouse` is installed with the project and works from any folder; `python -m loaders` is the same. Results go to
stdout, messages and progress to stderr. Exit code 0: done. 1: failed. 2: wrong usage. `--json` prints what a program
can read; `--help` explains every command. `warehouse --verbose COMMAND` shows tracebacks.
"""


def page() -> str:
    """Return the page: an index, then one section per command."""
    found = list(commands())
    index = table(
        ["command", "what it does"],
        [(f"[`{path}`]({anchor('warehouse ' + path)})", _summary(command)) for path, command in found],
    )
    return sections(INTRODUCTION, index, *(_section(path, command) for path, command in found))


def commands() -> Iterator[tuple[str, Any]]:
    """Yield the path of each command (such as `db start`) and the command."""
    from loaders.cli import app

    yield from _walk("", typer.main.get_command(app))


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        if not command.hidden:
            yield path, command
        return
    for name, child in children.items():
        yield from _walk(f"{path} {name}".strip(), child)


def _summary(command: Any) -> str:
    return one_line((command.help or "").split("\n\n")[0].split(". ")[0]).rstrip(".")


def _section(path: str, command: Any) -> str:
    arguments = [parameter for parameter in command.params if not _is_option(parameter)]
    options = [parameter for parameter in command.params if _is_option(parameter) and not parameter.hidden]
    usage = " ".join(["warehouse", path, *(_usage(argument) for argument in arguments), *_required(options)])
    rest = any(not parameter.required for parameter in options)
    described = [(f"`{_usage(argument)}`", argument.help or "", "") for argument in arguments]
    described += [(_names(option), _help(option), _default(option)) for option in options]
    return sections(
        f"## `warehouse {path}`",
        inspect.cleandoc(command.help or ""),
        code(usage + (" [OPTIONS]" if rest else ""), "text"),
        table(["argument or option", "meaning", "default"], described) if described else "",
    )


def _is_option(parameter: Any) -> bool:
    return any(name.startswith("-") for name in parameter.opts)


def _usage(argument: Any) -> str:
    name = (argument.metavar or argument.name or "").upper()
    name += " …" if argument.nargs == -1 else ""
    return name if argument.required or argument.nargs == -1 else f"[{name}]"


def _required(options: list[Any]) -> list[str]:
    return [f"{option.opts[0]} {option.name.upper()}" for option in options if option.required]


def _names(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    values = choices(option.type_descriptor.annotation)
    return names + (f" {{{', '.join(values)}}}" if values else "")


def _help(option: Any) -> str:
    return f"{option.help or ''}{' (required)' if option.required else ''}{' (repeatable)' if option.multiple else ''}"


def _default(option: Any) -> str:
    default = option.default() if callable(option.default) else option.default
    if default is None or default is False or default == [] or option.required:
        return ""
    return f"`{default.value if isinstance(default, Enum) else default}`"


def choices(annotation: Any) -> list[str]:
    """Return the values that an option accepts, where they are listed in its type."""
    if inspect.isclass(annotation) and issubclass(annotation, Enum):
        return [str(member.value) for member in annotation]
    if get_origin(annotation) is Literal:
        return [str(value) for value in get_args(annotation)]
    return [value for part in get_args(annotation) for value in choices(part)]
