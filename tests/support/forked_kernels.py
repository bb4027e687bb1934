"""Kernels of notebooks in processes that are forked from one that has imported the library already.

A new kernel takes some seconds to import pandas, the charts and the library, which tests that run many notebooks would
pay for each. Tests of how kernels start and end take real ones.
"""

import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from jupyter_client.provisioning import local_provisioner

from tests.support.forked_commands import FORKSERVER


class ForkedKernel:
    """A kernel process, with those methods of subprocess.Popen that the kernel's manager uses."""

    stdin = stdout = stderr = None

    def __init__(self, command: Sequence[str], env: Mapping[str, str], cwd: str, log: str) -> None:
        arguments = list(command[command.index("ipykernel_launcher") + 1 :])
        self._process = FORKSERVER.Process(target=run_kernel, args=(arguments, dict(env), cwd, log))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        # The manager signals the group of the kernel, which must not be that of the tests.
        while os.getpgid(self.pid) != self.pid:
            time.sleep(0.005)

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def run_kernel(arguments: list[str], environment: dict[str, str], folder: str, log: str) -> None:
    """In the forked process: a kernel, as `python -m ipykernel_launcher ARGUMENTS` would be."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND)
    for number in (1, 2):
        os.dup2(descriptor, number)
    os.close(descriptor)
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(argv=arguments)


@contextmanager
def forked_kernels() -> Iterator[None]:
    """Notebooks that run inside get forked kernels."""

    def launch(command: Sequence[str], *, env: Mapping[str, str], cwd: str, stderr: Any, **_: Any) -> ForkedKernel:
        return ForkedKernel(command, env, cwd, stderr.name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_provisioner, "launch_kernel", launch)
        yield
