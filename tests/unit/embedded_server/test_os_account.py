"""The account that runs the server."""

import pytest

from loaders.embedded_server import os_account


def test_the_server_does_not_get_the_callers_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "secret")
    monkeypatch.setenv("SOME_TOKEN", "secret")
    assert "secret" not in os_account.run_as(None)["env"].values()
