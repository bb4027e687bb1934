"""dbt, run in this process with the connection of this warehouse."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from loaders.database.connection import client_environment
from loaders.errors import BuildError

FAILED = ("error", "fail", "runtime error", "partial success")


@dataclass(frozen=True)
class NodeResult:
    """What became of one model, test, function or snapshot. kind: dbt's resource type; seconds: wall clock."""

    name: str
    kind: str
    status: str
    seconds: float
    message: str

    @property
    def failed(self) -> bool:
        """Whether it went wrong itself, not only behind another that did."""
        return self.status in FAILED


def build(
    *arguments: str, quiet: bool = True, on_result: Callable[[NodeResult], None] = lambda node: None
) -> list[NodeResult]:
    """`dbt build` with further arguments; returns what was built and tested, in order.

    Raises BuildError naming the first model or test that failed and how many did.
    """
    return run_dbt(["build", *arguments], quiet=quiet, on_result=on_result)


def run_dbt(
    arguments: Sequence[str], quiet: bool = True, on_result: Callable[[NodeResult], None] = lambda node: None
) -> list[NodeResult]:
    """Any dbt command, arguments as on its own command line; returns the results of its nodes, if it has any."""
    from dbt.cli.main import dbtRunner  # three seconds to import

    def report(event: object) -> None:
        if event.info.name == "NodeFinished":
            on_result(_from_event(event.data))

    flags = ["--quiet", "--no-use-colors", "--log-level", "none"] if quiet else []
    with _connected():
        outcome = dbtRunner(callbacks=[report]).invoke([*flags, *arguments])
    results = [_from_result(result) for result in getattr(outcome.result, "results", None) or []]
    failed = [node for node in results if node.failed]
    if failed:
        first = failed[0]
        others = f"; {len(failed) - 1} more failed" if len(failed) > 1 else ""
        raise BuildError(
            f"dbt: {first.kind} {first.name} failed{others}: {_one_line(first.message)} Run it alone with:"
            f" python -m loaders build -- --select {first.name}"
        )
    if outcome.exception is not None:
        raise BuildError(f"dbt stopped: {_one_line(str(outcome.exception))}") from outcome.exception
    if not outcome.success:
        raise BuildError(f"dbt {arguments[0]} did not succeed; run it from the shell to see why.")
    return results


@contextmanager
def _connected() -> Iterator[None]:
    """dbt reads its connection from the environment; what was there comes back afterwards."""
    ours = {**client_environment(), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
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


def _from_result(result: object) -> NodeResult:
    node = result.node
    return NodeResult(
        node.name, str(node.resource_type), str(result.status), result.execution_time, result.message or ""
    )


def _from_event(data: object) -> NodeResult:
    info, run = data.node_info, data.run_result
    return NodeResult(info.node_name, info.resource_type, run.status, run.execution_time, run.message)


def _one_line(text: str, limit: int = 600) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
