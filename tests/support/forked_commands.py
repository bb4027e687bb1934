"""Commands in processes that are forked from one that has imported the loaders already.

A new interpreter takes a second to import them, which tests that start loaders by the dozen would pay each time. The
process is otherwise like any other: with a pid, an exit code and signals of its own.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

FORKSERVER = multiprocessing.get_context("forkserver")
# Also what notebooks import.
LIBRARY = ["warehouse.analysis", "warehouse.charts", "warehouse.widgets.dashboard", "ipykernel.kernelapp", "ipywidgets"]
FORKSERVER.set_forkserver_preload(["loaders.cli", "loaders.ingest.pipeline", "loaders.gates.load_gate", *LIBRARY])


class ForkedCommand:
    """A command of the loaders that runs, with what it prints in two files."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="forked-")
        self._printed = [str(Path(self._folder.name, name)) for name in ("stdout", "stderr")]
        self._process = FORKSERVER.Process(target=run_command, args=(arguments, dict(environment), self._printed))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        self._process.join(timeout)
        assert self._process.exitcode is not None, f"process {self.pid} did not end within {timeout} s"
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Wait for the end; returns what the command wrote to stdout and stderr. To be called once."""
        try:
            self.wait(timeout)
            stdout, stderr = (Path(name).read_text() if Path(name).exists() else "" for name in self._printed)
            return stdout, stderr
        finally:
            self.kill()
            self._folder.cleanup()


class ForkedFunction:
    """A function of a module that runs in a session of its own, so that it can be killed with all that it started."""

    def __init__(self, function: Callable[..., None], *arguments: str) -> None:
        self._process = FORKSERVER.Process(target=run_function, args=(function, arguments, dict(os.environ)))
        self._process.start()

    @property
    def is_running(self) -> bool:
        return self._process.is_alive()

    def kill(self) -> None:
        """Kill it and its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.join()

    def wait(self, timeout: float) -> None:
        """Wait for its end, and kill what is left of it."""
        self._process.join(timeout)
        is_running = self.is_running
        self.kill()
        assert not is_running, f"it did not end within {timeout} s"


def run_function(function: Callable[..., None], arguments: Sequence[str], environment: dict[str, str]) -> None:
    """In the forked process: the function with these arguments."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    function(*arguments)


def run_command(arguments: Sequence[str], environment: dict[str, str], printed: list[str]) -> None:
    """In the forked process: the command line with these arguments."""
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(printed, 1):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.argv = ["warehouse", *arguments]
    # A shell that starts the tests in the background lets them ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from loaders.cli import main

    main()
