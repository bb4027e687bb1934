"""Commands of unattended operation: run, watch, init."""

import dataclasses
import json
import logging
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loaders.cli.ingest import as_dict, describe
from loaders.cli.load_options import RUN, takes_load_options
from loaders.cli.options import JsonOption
from loaders.errors import UsageError, WarehouseError

if TYPE_CHECKING:
    from loaders.ingest.options import IngestOptions, IngestResult
    from loaders.operations.scheduled_run import RunSummary

log = logging.getLogger(__name__)
ENDING = b"Ending after the work in progress. A second signal interrupts it.\n"
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600}


def add_to(app: typer.Typer) -> None:
    """Register the commands of this module."""
    for command in (run, watch, init):
        app.command()(command)


def run(
    config: Annotated[Path | None, typer.Argument(help="The YAML file that describes the run.")] = None,
    every: Annotated[str | None, typer.Option(help="Stay up and run again at this interval, such as 15m.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for a run in progress. By default do nothing.")] = False,
    check_only: Annotated[bool, typer.Option("--check-only", help="Only validate the file.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of the file, for editors.")] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log one JSON object a line.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Load what is new, build what changed, check, and write reports. Exits 0 done, 1 failed, 3 a load is held."""
    from loaders.operations.config import config_schema, read_config
    from loaders.operations.run_log import use_run_log
    from loaders.operations.scheduled_run import run as run_once

    if schema:
        typer.echo(config_schema(), nl=False)
        return
    if config is None:
        raise UsageError("There is nothing to run. Name a config file, or write one with: warehouse init")
    seconds = None if every is None else _parse_interval(every)
    described = read_config(config)
    if check_only:
        typer.echo(f"{config} is valid.", err=True)
        return
    formatter = use_run_log(log_json)
    while True:
        started = time.monotonic()
        try:
            summary = run_once(described, wait, formatter)
            _print(summary, as_json)
        except WarehouseError as error:
            if seconds is None:
                raise
            log.error("%s", error)
        if seconds is None:
            raise typer.Exit(summary.exit_code)
        time.sleep(max(0.0, seconds - (time.monotonic() - started)))


@takes_load_options
def watch(
    folder: Annotated[Path, typer.Argument(help="Where the files arrive.")],
    pattern: Annotated[str, typer.Option(help="Which files; **/*.csv also those in folders below.")] = "*",
    jobs: Annotated[int, typer.Option(min=1, max=24, help="Files to load at a time.", rich_help_panel=RUN)] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object for each file.", rich_help_panel=RUN)
    ] = False,
    *,
    options: "IngestOptions",
) -> None:
    """Stay up: load the files of a folder as they arrive, and show them in the marts at once. Ctrl-C ends it."""
    from loaders.operations.folder_watch import FolderWatch

    def report(result: "IngestResult") -> None:
        typer.echo(json.dumps(as_dict(result), default=str, ensure_ascii=False) if as_json else describe(result))

    stop = threading.Event()
    with _ends_by_signal(stop):
        FolderWatch(folder, pattern, dataclasses.replace(options, why="watch"), jobs, report).run(stop)
    log.info("Ended. What arrives from now on is loaded by the next watch.")


@contextmanager
def _ends_by_signal(stop: threading.Event) -> Iterator[None]:
    """Let the first signal end the work in progress, and a second one interrupt it."""

    def end(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        os.write(sys.stderr.fileno(), ENDING)  # a logger may be in use by what this interrupts

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, end) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def init(
    config: Annotated[Path, typer.Argument(help="The file to write.")] = Path("warehouse.yml"),
) -> None:
    """Write a commented config for `run`, with the folders that loads came from."""
    from loaders.operations.config_template import write_template

    write_template(config)
    typer.echo(f"Edit it, then try it with: warehouse run {config}", err=True)
    typer.echo(str(config))


def _print(summary: "RunSummary", as_json: bool) -> None:
    from loaders.cli.output import print_json

    if as_json:
        print_json(summary.as_dict())
    else:
        typer.echo(summary.as_text())


def _parse_interval(text: str) -> float:
    """Return seconds. Raises UsageError."""
    match = re.fullmatch(r"(\d+)([smh])", text.strip())
    if match is None or int(match[1]) == 0:
        raise UsageError(f"--every {text} is not an interval. Write it like 30s, 15m or 1h.")
    return float(int(match[1]) * UNIT_SECONDS[match[2]])
