"""The command lines of JupyterLab and the apps."""

import tempfile

import pytest

from loaders.jupyter import SERVERS, command


@pytest.mark.parametrize("what", ["dashboard", "manage"])
def test_an_app_shows_its_notebook_and_takes_no_word_for_its_token(what: str) -> None:
    words = command(what)
    assert [word for word in words if word.endswith(".ipynb")]
    if "--token" in words:  # without a value of its own; what follows would be the token
        assert words[words.index("--token") + 1].startswith("--")
    assert words[-1] == f"--{SERVERS[what].owner}.port={SERVERS[what].port}"


def test_a_kernel_gets_sockets_where_their_paths_are_short_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    sockets = "--KernelManager.transport=ipc"
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", "/run/jupyter")
    assert sockets in command("lab")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", "/a/long/home" * 6)
    assert sockets not in command("lab")
    monkeypatch.setattr(tempfile, "tempdir", "/a/long/folder" * 6)
    assert sockets not in command("dashboard")
