"""`make lab` and `make dashboard`: JupyterLab and the dashboard, connected, on this machine and behind a token."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from loaders import server
from loaders.connection import environment, uses_embedded_server
from loaders.errors import WarehouseError
from loaders.notebooks import NOTEBOOKS
from loaders.schema import migrate

HOST = "127.0.0.1"
# Voilà's page without a CDN; and which parts of JupyterLab stay away: one that asks for news, one that fails here.
PAGES = Path(__file__).resolve().parent / "pages"
DASHBOARD = "06_dashboard.ipynb"
NOT_IN_THE_APP = "notebook-only"

# Both ask for a token, which JUPYTER_TOKEN may name; else each start makes one and prints it in the address.
LAB = [
    *("-m", "jupyterlab", f"--ServerApp.ip={HOST}"),
    "--LabApp.extension_manager=readonly",  # the other kind asks the internet
    "--KernelManager.transport_encryption=auto",
]
APP = [
    *("-m", "voila", f"--Voila.ip={HOST}", "--token", "--no-browser", "--template=dashboard"),
    "--KernelManager.transport_encryption=auto",
    # What the readers can act on is one sentence, see reading.ReadError; Voilà would hide it.
    "--VoilaConfiguration.show_tracebacks=True",
    "--TagRemovePreprocessor.enabled=True",
    f"--TagRemovePreprocessor.remove_cell_tags={NOT_IN_THE_APP}",
]


def command(what: str, port: int | None = None) -> list[str]:
    """The command line of `lab` or `dashboard`; port: this one and no other, None: the usual one or one near it."""
    words = [sys.executable, *(LAB if what == "lab" else APP)]
    owner = "ServerApp" if what == "lab" else "Voila"
    if port is not None:
        words += [f"--{owner}.port={port}", f"--{owner}.port_retries=0"]
    if what == "lab" and os.name == "posix" and os.geteuid() == 0:
        words.append("--allow-root")
    return words if what == "lab" else [*words, DASHBOARD]


def variables() -> dict[str, str]:
    """The environment for it: the connection, and our pages before those of the user and of the installation."""
    folders = {
        name: os.pathsep.join(filter(None, [str(PAGES), os.environ.get(name)]))
        for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH")
    }
    return {**os.environ, **environment(), **folders}


def main(arguments: Sequence[str] | None = None) -> None:
    """Start the database where it is ours, then become JupyterLab or the dashboard, in the folder of the notebooks."""
    parser = argparse.ArgumentParser(prog="python -m loaders.serve", description=__doc__)
    parser.add_argument("what", choices=["lab", "dashboard"])
    parser.add_argument("--port", type=int, help="this port and no other")
    parser.add_argument("--folder", type=Path, default=NOTEBOOKS, help="another folder of notebooks")
    asked = parser.parse_args(arguments)
    try:
        if uses_embedded_server():
            server.start()
        migrate()
        settled = variables()
        os.chdir(asked.folder)
    except (WarehouseError, OSError) as error:
        sys.exit(f"error: {error}")
    if asked.what == "dashboard":
        print("The dashboard starts; open the address below. Ctrl-C ends it.", file=sys.stderr, flush=True)
    words = command(asked.what, asked.port)
    os.execve(words[0], words, settled)


if __name__ == "__main__":
    main()
