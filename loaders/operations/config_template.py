"""Write a commented config of a scheduled run, from the loads that are there."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from loaders.database.connection import connect
from loaders.errors import UsageError
from loaders.files import atomic_write

SOURCES = "select distinct source, format, uri from raw.loads where status = 'accepted' order by uri"

HEAD = """\
# What `warehouse run {name}` does. docs/how-to/run-on-a-schedule.md explains every key.
# Paths are relative to this file. Check it without running anything: warehouse run --check-only {name}
sources:
"""
EXAMPLE = """\
  # No load came from a file yet, so this is an example. Change it.
  - name: example
    folder: incoming            # files that were loaded before are not loaded again
    pattern: "*.csv"            # **/*.csv: also those in folders below
    format: long                # or a description: ./mine.yml
    source: example             # who publishes the rows
    options: {create_missing: true, grid_time_zone: UTC}
"""
REST = """\
  # A program that puts files into the folder; it runs first:
  # - name: downloaded
  #   folder: downloads
  #   command: [./download.sh, --since, yesterday]
  # Live data: what is new, and the last two days again (make live; for ENTSO-E set ENTSOE_API_KEY):
  # - name: caiso load
  #   pull: {iso: CAISO, dataset: load, days: 2}
  # - name: german prices
  #   pull: {iso: ENTSOE, area: DE_LU, dataset: day_ahead_prices, days: 2}
check: true                     # both checks, after a build
reports: []
  # - {notebook: 01_start_here, out: reports/daily.html, parameters: {grid: Grid1}}
maintain: true                  # once a day: partitions, vacuum, old results
attempts: 3                     # of a step that fails for a transient reason
limits: {command: PT30M, load: PT2H, build: PT2H, check: PT30M, report: PT30M}
"""


def write_template(path: Path) -> None:
    """Write a config with one source for each folder, format and publisher of the accepted loads.

    Acts as the loader. Raises UsageError for a file that exists.
    """
    if path.exists():
        raise UsageError(f"{path} exists. Name another file.")
    if not path.parent.is_dir():
        raise UsageError(f"The folder {path.parent} does not exist. Create it, or choose another folder.")
    with connect() as connection:
        rows = connection.execute(SOURCES).fetchall()
    atomic_write(path, HEAD.format(name=path.name) + _sources(rows) + REST)


def _sources(rows: list[tuple[str, str, str]]) -> str:
    folders: dict[tuple[str, str, str], set[str]] = {}
    for source, file_format, uri in rows:
        path = Path(uri)
        if "://" not in uri and path.is_absolute() and path.parent.is_dir():
            folders.setdefault((str(path.parent), file_format, source), set()).add(path.suffix)
    if not folders:
        return EXAMPLE
    entries: list[Mapping[str, str]] = []
    for number, ((folder, file_format, source), suffixes) in enumerate(folders.items(), 1):
        pattern = f"*{next(iter(suffixes))}" if len(suffixes) == 1 else "*"
        name = f"{source} {number}"
        entries.append({"name": name, "folder": folder, "pattern": pattern, "format": file_format, "source": source})
    text = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True)
    return (
        "".join(f"  {line}\n" for line in text.splitlines())
        + "  # Add the options that these files were loaded with.\n"
    )
