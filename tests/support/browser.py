"""JupyterLab and the dashboard as `make lab` and `make dashboard` start them, and a real browser that uses them."""

import http.client
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error, Page, Request, Response, Route, sync_playwright

from loaders.embedded_server.postmaster import HOST, choose_port
from loaders.settings import PROJECT_ROOT

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PATIENCE = 60  # seconds, for a machine that has other things to do; a wait ends with what it waits for


@dataclass
class Served:
    """A server of our own: its port, who may in, what it says, and its process."""

    port: int
    log: Path
    process: subprocess.Popen
    token: str = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def get(self, path: str, with_token: bool = False, method: str = "GET") -> tuple[int, str]:
        """The status of a plain request, and where it is sent on to."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, headers={"Authorization": f"token {self.token}"} if with_token else {})
            response = connection.getresponse()
            return response.status, response.getheader("Location", "")
        finally:
            connection.close()


@contextmanager
def served(what: str, home: Path, *arguments: str) -> Iterator[Served]:
    """Start `lab` or `dashboard` on the database of the environment, with a home of its own; end it afterwards.

    The home is too deep for the paths of sockets, so the folder of Jupyter's running kernels is elsewhere.
    """
    port, token = choose_port(None, None), secrets.token_urlsafe(24)
    mine = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    runtime = tempfile.mkdtemp(prefix="jupyter-")
    mine |= {"HOME": str(home), "JUPYTER_TOKEN": token, "JUPYTER_RUNTIME_DIR": runtime}
    mine |= {"PYTHONPATH": str(PROJECT_ROOT)}
    words = [sys.executable, "-m", "loaders", "serve", what, "--port", str(port), *arguments]
    log = home / f"{what}.log"
    with log.open("w") as stated:
        process = subprocess.Popen(
            words, cwd=PROJECT_ROOT, env=mine, stdout=stated, stderr=stated, start_new_session=True
        )
    try:
        made = Served(port, log, process, token)
        _wait_for(made)
        yield made
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(runtime, ignore_errors=True)


def _wait_for(server: Served) -> None:
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience and server.process.poll() is None:
        try:
            server.get("/login")
        except OSError:
            time.sleep(0.05)  # nothing listens yet, and nothing would tell when it does
        else:
            return
    raise AssertionError(f"The server did not come up: {server.log.read_text()[-2000:]}")


def find_browser() -> str | None:
    """A Chromium of the machine."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@contextmanager
def browser(executable: str) -> Iterator[Browser]:
    root = os.name == "posix" and os.geteuid() == 0
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=executable, args=[*FLAGS, *(["--no-sandbox"] if root else [])])
        yield opened
        opened.close()


@dataclass
class Trouble:
    """What no page may do: ask other machines, fail to get what it asks for, or stumble in its code."""

    elsewhere: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    stumbled: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.context.route("**/*", self._only_here)
        page.on("requestfailed", lambda request: self._failed(request, request.failure))
        page.on("response", self._answered)
        page.on("pageerror", lambda error: self.stumbled.append(str(error)))

    def _only_here(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        if parts.scheme in ("data", "blob") or parts.hostname == HOST:
            route.continue_()
        else:
            self.elsewhere.append(f"{parts.scheme}://{parts.netloc}{parts.path}")
            route.abort()

    def _failed(self, request: Request, why: object) -> None:
        self.failed.append(f"{urlsplit(request.url).path}: {why}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self._failed(response.request, response.status)


def sign_in(page: Page, server: Served, path: str = "/") -> None:
    """Open a page by the address that the server prints, token and all; no error quotes it, here or later."""
    try:
        page.goto(f"{server.url}{path}?token={server.token}")
        page.evaluate("history.replaceState(null, '', location.pathname)")
    except Error as error:
        raise AssertionError(str(error).replace(server.token, "...")) from None
