"""The options that commands share: how files are read (`inspect`, `ingest`, `watch`), and how they are loaded."""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loaders.cli.options import (
    Basis,
    Blanks,
    RepeatedHours,
    TimesAre,
    parse_max_rejects,
    parse_nonempty,
    parse_pairs,
    parse_time,
)

if TYPE_CHECKING:
    from loaders.formats import ReadOptions
    from loaders.ingest.options import IngestOptions

MEANING = "What the file does not tell"
COLUMNS = "Columns of the file"
REGISTER = "Names that are not registered"
RUN = "How the load runs"
LIST = "list"


FormatOption = Annotated[
    str,
    typer.Option("--format", "-f", help="Name or description (.yml); `auto` recognises it.", rich_help_panel=MEANING),
]


def takes_read_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of reading, after its own format. It gets them as `options`, a ReadOptions."""
    shared = inspect.signature(read_options).parameters

    def options(values: dict[str, Any]) -> "ReadOptions":
        return read_options(**{name: values.pop(name) for name in shared})

    return _with_options(command, list(shared.values()), options)


def takes_load_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of reading and loading. It gets them as `options`, an IngestOptions."""
    reading = inspect.signature(read_options).parameters
    loading = {name: item for name, item in inspect.signature(load_options).parameters.items() if name != "read"}

    def options(values: dict[str, Any]) -> "IngestOptions":
        read = read_options(**{name: values.pop(name) for name in reading})
        return load_options(read=read, **{name: values.pop(name) for name in loading})

    in_order = [loading["format"], *reading.values(), *(item for name, item in loading.items() if name != "format")]
    return _with_options(command, in_order, options)


def _with_options(
    command: Callable[..., None], shared: list[inspect.Parameter], options: Callable[[dict[str, Any]], Any]
) -> Callable[..., None]:
    """Return the command with shared parameters after its arguments and its format, and before its other options."""

    def wrapper(**values: Any) -> None:
        made = options(values)
        command(**values, options=made)

    own = [item for item in inspect.signature(command).parameters.values() if item.name != "options"]
    first = [item for item in own if _is_argument(item) or item.name == "format"]
    rest = [item for item in own if item not in first]
    in_order = [item.replace(kind=inspect.Parameter.KEYWORD_ONLY) for item in (*first, *shared, *rest)]
    wrapper.__name__, wrapper.__doc__, wrapper.__annotations__ = command.__name__, command.__doc__, {}
    wrapper.__signature__ = inspect.Signature(in_order)  # type: ignore[attr-defined]
    return wrapper


def _is_argument(parameter: inspect.Parameter) -> bool:
    return type(parameter.annotation.__metadata__[0]).__name__ == "ArgumentInfo"


def read_options(
    source: Annotated[str | None, typer.Option(help="Who publishes the rows.", rich_help_panel=MEANING)] = None,
    metric: Annotated[
        str | None, typer.Option(help="The metric to read, or the metric of all rows.", rich_help_panel=MEANING)
    ] = None,
    grid: Annotated[str | None, typer.Option(help="Grid of all rows.", rich_help_panel=MEANING)] = None,
    region: Annotated[str | None, typer.Option(help="Region of all rows.", rich_help_panel=MEANING)] = None,
    node: Annotated[str | None, typer.Option(help="Node of all rows.", rich_help_panel=MEANING)] = None,
    unit: Annotated[
        str | None, typer.Option(help="Unit of all values; converted to the series'.", rich_help_panel=MEANING)
    ] = None,
    resolution: Annotated[
        str | None, typer.Option(help="Length of all intervals, such as PT15M or P1M.", rich_help_panel=MEANING)
    ] = None,
    time_zone: Annotated[
        str | None,
        typer.Option("--time-zone", "--zone", help="IANA zone of times without an offset.", rich_help_panel=MEANING),
    ] = None,
    decimal_char: Annotated[
        str | None, typer.Option(help="Decimal sign of a text file: . or ,", rich_help_panel=MEANING)
    ] = None,
    blanks: Annotated[
        Blanks | None,
        typer.Option(help="An empty value withdraws; by default it states nothing.", rich_help_panel=MEANING),
    ] = None,
    total: Annotated[
        list[str] | None,
        typer.Option(help="A node that is the sum of others; its rows are left out.", rich_help_panel=MEANING),
    ] = None,
    missing: Annotated[
        list[str] | None, typer.Option(help="A text or number without a value, such as -999.", rich_help_panel=MEANING)
    ] = None,
    valid: Annotated[
        list[str] | None,
        typer.Option(help="A number like 99999 that is a value, not missing.", rich_help_panel=MEANING),
    ] = None,
    times_are: Annotated[
        TimesAre | None,
        typer.Option(help="Which edge of the intervals the times are.", rich_help_panel=MEANING),
    ] = None,
    repeated_hours: Annotated[
        RepeatedHours | None,
        typer.Option(help="How to separate the hours that the clocks repeat.", rich_help_panel=MEANING),
    ] = None,
    collected_at: Annotated[
        str | None, typer.Option(help="Knowledge time of all rows.", rich_help_panel=MEANING)
    ] = None,
    collected_at_mtime: Annotated[
        bool,
        typer.Option("--collected-at-mtime", help="Knowledge time is the file's last change.", rich_help_panel=MEANING),
    ] = False,
    collected_at_zone: Annotated[
        str | None, typer.Option(help="IANA zone of knowledge times without an offset.", rich_help_panel=MEANING)
    ] = None,
    collected_at_pattern: Annotated[
        str | None,
        typer.Option(help="Knowledge time in the file name, such as forecast_%Y%m%d.", rich_help_panel=MEANING),
    ] = None,
    map: Annotated[
        list[str] | None, typer.Option("--map", help="theirs=ours: another column name.", rich_help_panel=COLUMNS)
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="A column to leave out.", rich_help_panel=COLUMNS)] = None,
    where_not: Annotated[
        list[str] | None,
        typer.Option(help="COLUMN=TEXT: rows to leave out, such as quality=bad.", rich_help_panel=COLUMNS),
    ] = None,
    time_column: Annotated[
        str | None, typer.Option(help="Format wide: start of the interval.", rich_help_panel=COLUMNS)
    ] = None,
    collected_at_column: Annotated[
        str | None, typer.Option(help="Format wide: knowledge time.", rich_help_panel=COLUMNS)
    ] = None,
) -> "ReadOptions":
    """Return how to read a file. Raises UsageError."""
    from loaders.formats import ReadOptions

    return ReadOptions(
        source=source,
        metric=metric,
        time_zone=time_zone,
        collected_at=parse_time("--collected-at", collected_at, collected_at_zone),
        collected_at_zone=collected_at_zone,
        collected_at_mtime=collected_at_mtime,
        column_map=parse_pairs("--map", map, parse_nonempty),
        grid=grid,
        region=region,
        node=node,
        unit=unit,
        resolution=resolution,
        time_column=time_column,
        collected_at_column=collected_at_column,
        collected_at_pattern=collected_at_pattern,
        times_are=times_are,
        repeated_hours=repeated_hours,
        decimal_char=decimal_char,
        blanks=blanks,
        totals=tuple(total or ()),
        missing=tuple(missing or ()),
        valid=tuple(valid or ()),
        ignore=tuple(ignore or ()),
        where_not=tuple(where_not or ()),
    )


def load_options(
    read: "ReadOptions",
    format: FormatOption = "auto",
    basis: Annotated[
        Basis | None, typer.Option(help="How the knowledge time is known.", rich_help_panel=MEANING)
    ] = None,
    create_missing: Annotated[
        bool, typer.Option(help="Register unknown names; metrics if their unit is known.", rich_help_panel=REGISTER)
    ] = False,
    grid_time_zone: Annotated[
        str | None, typer.Option(help="IANA zone of the grids registered now.", rich_help_panel=REGISTER)
    ] = None,
    max_rejects: Annotated[
        str, typer.Option(help="N or P%: the most rejected rows of a file.", rich_help_panel=RUN)
    ] = "10%",
) -> "IngestOptions":
    """Return the options of a load. Raises UsageError."""
    from loaders.canonical.times import time_zone_named
    from loaders.formats import AUTO, format_named
    from loaders.ingest.options import IngestOptions

    if format not in (AUTO, LIST):
        format_named(format)
    if grid_time_zone:
        time_zone_named(grid_time_zone)
    return IngestOptions(
        format=format,
        read=read,
        create_missing=create_missing,
        grid_time_zone=grid_time_zone,
        max_rejects=parse_max_rejects(max_rejects),
        collected_at_basis=basis,
    )
