"""JupyterLab and the apps: connected to the warehouse, on this machine only, behind a token or the keys of visitors."""

import os
import sys
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_core.paths import jupyter_runtime_dir

from loaders import embedded_server
from loaders.database.connection import reader_environment, uses_embedded_server
from loaders.database.migrations import migrate
from loaders.errors import NotebookError, UsageError
from loaders.jupyter.editor import HEADER, NOBODY, VARIABLE
from loaders.settings import NOTEBOOKS, settings

HOST = "127.0.0.1"
# Voilà's page without a CDN; and which parts of JupyterLab stay away: one that asks for news, one that fails here.
PAGES = Path(__file__).resolve().parent / "config"
NOT_IN_THE_APP = "notebook-only"
ABANDONED_SECONDS = 3600  # without a page and without work
SOCKET_PATH_BYTES = 103  # the longest path of a socket that both Linux and macOS accept

# JupyterLab and the dashboard ask for a token, which JUPYTER_TOKEN may name; else each start makes one and prints it
# in the address.
LAB = [
    *("-m", "jupyterlab", f"--ServerApp.ip={HOST}"),
    "--LabApp.extension_manager=readonly",  # the other kind asks the internet
]
VOILA = [
    *("-m", "voila", f"--Voila.ip={HOST}", "--no-browser", "--template=dashboard"),
    # What the readers can act on is one sentence, see reading.ReadError; Voilà would hide it.
    "--VoilaConfiguration.show_tracebacks=True",
    "--TagRemovePreprocessor.enabled=True",
    f"--TagRemovePreprocessor.remove_cell_tags={NOT_IN_THE_APP}",
    # A page that is closed ends its kernel. One whose machine went away cannot, so its kernel ends later.
    f"--MappingKernelManager.cull_idle_timeout={ABANDONED_SECONDS}",
]
DASHBOARD = [
    *(*VOILA, "06_dashboard.ipynb", "--token"),  # what follows --token and is no option would be the token
    # A kernel that has made one dashboard already waits for the next visitor. It is replaced some seconds after
    # a visitor has got it, so as not to slow that visitor down.
    "--VoilaConfiguration.preheat_kernel=True",
    "--VoilaKernelManager.fill_delay=5",
]
MANAGE = [
    *(*VOILA, "--token=", "09_manage.ipynb"),
    "--Voila.identity_provider_class=loaders.jupyter.sign_in.KeyIdentityProvider",
    f"--VoilaConfiguration.http_header_envs={HEADER}",
]


@dataclass(frozen=True)
class Server:
    """What `serve` can start: its name, its arguments, where its port is set, and the port that it tries first."""

    name: str
    words: Sequence[str]
    owner: str
    port: int


SERVERS = {
    "lab": Server("JupyterLab", LAB, "ServerApp", 8888),
    "dashboard": Server("The dashboard", DASHBOARD, "Voila", 8866),
    "manage": Server("The editing app", MANAGE, "Voila", 8867),
}


def command(what: str, port: int | None = None) -> list[str]:
    """The command line of one of SERVERS; port: this one and no other, None: the usual one or one near it."""
    server = SERVERS[what]
    words = [sys.executable, *server.words, *_kernel_options(what), f"--{server.owner}.port={port or server.port}"]
    if port is not None:
        words.append(f"--{server.owner}.port_retries=0")
    if what == "lab" and os.name == "posix" and os.geteuid() == 0:
        words.append("--allow-root")
    return words


def _kernel_options(what: str) -> list[str]:
    """How the server and its kernels talk: encrypted, and by sockets in a folder where their paths are short enough.

    A port of a kernel is chosen before the kernel opens it. If another program takes it meanwhile, the page shows
    "Connecting" for a minute and the kernel never starts.
    """
    options = ["--KernelManager.transport_encryption=auto"]
    folder = jupyter_runtime_dir() if what == "lab" else str(Path(tempfile.gettempdir()) / "voila_12345678")
    longest = Path(folder) / f"kernel-{uuid.UUID(int=0)}-ipc-99"
    if os.name == "posix" and len(os.fsencode(longest)) <= SOCKET_PATH_BYTES:
        options.append("--KernelManager.transport=ipc")
    return options


def variables(what: str) -> dict[str, str]:
    """The environment for it: the connection, and our pages before those of the user and of the installation."""
    own = settings()
    inherited = {"JUPYTER_PATH": own.jupyter_path, "JUPYTER_CONFIG_PATH": own.jupyter_config_path}
    folders = {name: os.pathsep.join(filter(None, [str(PAGES), further])) for name, further in inherited.items()}
    editor = {VARIABLE: NOBODY} if what == "manage" else {}
    return {**os.environ, **reader_environment(), **folders, **editor}


def serve(what: str, port: int | None = None, folder: Path = NOTEBOOKS) -> None:
    """Start the database if it is the embedded one, then become one of SERVERS in `folder`.

    Does not return. Raises WarehouseError when the database or the folder cannot be used.
    """
    if what == "manage" and settings().url is not None:
        raise UsageError("Editing needs the database, and WAREHOUSE_URL names an HTTP service. Unset it.")
    if settings().url is None and uses_embedded_server():
        embedded_server.start()
        migrate()
    environment_of_server = variables(what)
    try:
        os.chdir(folder)
    except OSError as error:
        raise NotebookError(f"The folder {folder} cannot be opened ({error.strerror}). Name another folder.") from error
    if what != "lab":
        print(
            f"{SERVERS[what].name} is starting. Open the address below; Ctrl-C stops it.", file=sys.stderr, flush=True
        )
    words = command(what, port)
    os.execve(words[0], words, environment_of_server)
