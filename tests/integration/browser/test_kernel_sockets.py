"""How JupyterLab and the dashboard reach their kernels."""

import time
from pathlib import Path

import psutil
import pytest

from tests.support.browser import PATIENCE, served
from tests.support.warehouses import Warehouse


def kernels_of(server: psutil.Process) -> list[psutil.Process]:
    return [child for child in server.children() if "ipykernel_launcher" in child.cmdline()]


def named_sockets(process: psutil.Process) -> list[str]:
    return sorted({socket.laddr for socket in process.net_connections("unix") if socket.laddr})


@pytest.mark.parametrize("what", ["lab", "dashboard"])
def test_kernels_open_no_port_that_another_program_could_take_first(
    seed_week: Warehouse, tmp_path: Path, what: str
) -> None:
    with served(what, tmp_path) as server:
        started_by = {"lab": ("/api/kernels", "POST"), "dashboard": ("/", "GET")}
        path, method = started_by[what]
        assert server.get(path, with_token=True, method=method)[0] in (200, 201)
        kernel = kernels_of(psutil.Process(server.process.pid))[0]
        patience = time.monotonic() + PATIENCE
        while len(named := named_sockets(kernel)) < 5:
            assert time.monotonic() < patience, server.log.read_text()[-2000:]
            time.sleep(0.1)  # until the kernel listens
        assert [name.rpartition("-ipc-")[2] for name in named] == ["1", "2", "3", "4", "5"]
