"""The data directory."""

import pytest

from loaders.embedded_server import initdb
from loaders.settings import settings


@pytest.mark.parametrize(("major", "expected"), [(18, "--locale-provider=builtin"), (15, "--locale=C")])
def test_the_locale_is_the_builtin_one_where_there_is_one(major: int, expected: str) -> None:
    assert any(option.startswith(expected) for option in initdb._locale(major))


@pytest.mark.parametrize(
    ("server_options", "expected"),
    [("", []), ("-c fsync=on", []), ("-c shared_buffers=16MB -c fsync=off", ["--no-sync"])],
)
def test_only_a_server_that_never_waits_for_the_disk_is_created_without_waiting(
    monkeypatch: pytest.MonkeyPatch, server_options: str, expected: list[str]
) -> None:
    monkeypatch.setenv("WAREHOUSE_PG_OPTIONS", server_options)
    settings.cache_clear()
    assert initdb._sync_options() == expected
