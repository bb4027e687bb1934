"""A scheduled run, in a process of its own, whose build does nothing: other tests interrupt builds."""

from pathlib import Path

from loaders.operations import scheduled_run
from loaders.operations.config import read_config


def run_without_dbt(path: str) -> None:
    """Run the config at a path."""
    scheduled_run.build = list
    scheduled_run.run(read_config(Path(path)))
