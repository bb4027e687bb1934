"""Invoke dbt and turn its results into rows and errors."""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from loaders.database.connection import client_environment
from loaders.database.logins import TRANSFORMER
from loaders.dbt_runner.artifacts import is_manifest_current, remember_manifest, target_folder, write_run_results
from loaders.errors import BuildError
from loaders.files import make_private_folder
from loaders.messages import one_line

FAILED = ("error", "fail", "runtime error", "partial success")
# Tells the macros in dbt_project/macros/builds that this process has the build lock, and the number of the build.
BUILD_SETTINGS = "-c warehouse.holds_build_lock=on -c warehouse.build_number={number}"


@dataclass(frozen=True)
class NodeResult:
    """Result of one model, test, function or snapshot. kind: dbt's resource type; seconds: wall clock."""

    name: str
    kind: str
    status: str
    seconds: float
    message: str

    @property
    def failed(self) -> bool:
        """Whether this node failed itself. A node skipped because of another one did not."""
        return self.status in FAILED


OnResult = Callable[[NodeResult], None]


def invoke_dbt(
    arguments: Sequence[str],
    quiet: bool,
    on_result: OnResult,
    build_number: int | None = None,
    project: str | None = None,
) -> list[NodeResult]:
    """Run a dbt command and return the results of its nodes. Raises BuildError when it fails.

    build_number: of the build that this process holds the build lock for.
    project: hash of the project, so that manifest.json is not written again where it is of this project.
    """

    def report(event: Any) -> None:
        if event.info.name == "NodeFinished":
            on_result(_from_event(event.data))

    flags = ["--quiet", "--no-use-colors", "--log-level", "none"] if quiet else []
    keeps_manifest = project is not None and is_manifest_current(project)
    if keeps_manifest:
        flags.append("--no-write-json")
    with _without_garbage_collection(), dbt_environment(build_number):
        from dbt.cli.main import dbtRunner  # three seconds to import

        outcome = dbtRunner(callbacks=[report]).invoke([*flags, *arguments])
    if keeps_manifest:
        write_run_results(outcome.result)
    elif project is not None and outcome.success:
        remember_manifest(project)
    results = [_from_result(result) for result in getattr(outcome.result, "results", None) or []]
    failed = [node for node in results if node.failed]
    if failed:
        first = failed[0]
        others = f" ({len(failed) - 1} more failed)" if len(failed) > 1 else ""
        raise BuildError(
            f"dbt: {first.kind} {first.name} failed{others}: {one_line(first.message, 600)}. Run it alone with:"
            f" warehouse build -- --select {first.name}"
        )
    if isinstance(outcome.exception, KeyboardInterrupt):  # dbt catches it
        raise outcome.exception
    if outcome.exception is not None:
        raise BuildError(f"dbt stopped: {one_line(outcome.exception, 600)}.") from outcome.exception
    if not outcome.success:
        raise BuildError(f"dbt {arguments[0]} did not succeed. Run it from the shell to see why.")
    return results


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Collect no garbage inside. dbt keeps a million objects, and each look at them all delays the build."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def dbt_environment(build_number: int | None = None) -> Iterator[None]:
    """Set the variables from which dbt reads its connection, and restore the earlier ones afterwards."""
    make_private_folder(target_folder())  # its files show the SQL and the rows of tests
    ours = {**client_environment(TRANSFORMER), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    if build_number is not None:
        options = ours.get("PGOPTIONS", os.environ.get("PGOPTIONS", ""))
        ours["PGOPTIONS"] = f"{options} {BUILD_SETTINGS.format(number=build_number)}".strip()
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _from_result(result: Any) -> NodeResult:
    node = result.node
    return NodeResult(
        node.name, str(node.resource_type), str(result.status), result.execution_time, result.message or ""
    )


def _from_event(data: Any) -> NodeResult:
    info, run = data.node_info, data.run_result
    return NodeResult(info.node_name, info.resource_type, run.status, run.execution_time, run.message)
