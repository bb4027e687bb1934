"""JupyterLab and the dashboard: connected to the warehouse, on this machine only, behind a token."""

import os
import sys
from pathlib import Path

from loaders import embedded_server
from loaders.database.connection import reader_environment, uses_embedded_server
from loaders.database.migrations import migrate
from loaders.errors import NotebookError
from loaders.settings import NOTEBOOKS, settings

HOST = "127.0.0.1"
# Voilà's page without a CDN; and which parts of JupyterLab stay away: one that asks for news, one that fails here.
PAGES = Path(__file__).resolve().parent / "config"
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
    # A kernel that has made one dashboard already waits for the next visitor. It is replaced some seconds after
    # a visitor has got it, so as not to slow that visitor down.
    "--VoilaConfiguration.preheat_kernel=True",
    "--VoilaKernelManager.fill_delay=5",
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
    own = settings()
    inherited = {"JUPYTER_PATH": own.jupyter_path, "JUPYTER_CONFIG_PATH": own.jupyter_config_path}
    folders = {name: os.pathsep.join(filter(None, [str(PAGES), further])) for name, further in inherited.items()}
    return {**os.environ, **reader_environment(), **folders}


def serve(what: str, port: int | None = None, folder: Path = NOTEBOOKS) -> None:
    """Start the database if it is the embedded one, then become JupyterLab or the dashboard in `folder`.

    Does not return. Raises WarehouseError when the database or the folder cannot be used.
    """
    if settings().url is None and uses_embedded_server():
        embedded_server.start()
        migrate()
    environment_of_server = variables()
    try:
        os.chdir(folder)
    except OSError as error:
        raise NotebookError(f"The folder {folder} cannot be opened ({error.strerror}). Name another folder.") from error
    if what == "dashboard":
        print("The dashboard is starting. Open the address below; Ctrl-C stops it.", file=sys.stderr, flush=True)
    words = command(what, port)
    os.execve(words[0], words, environment_of_server)
