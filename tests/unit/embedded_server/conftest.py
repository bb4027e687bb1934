"""A home of its own for every test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.settings import settings


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    for name in [name for name in os.environ if name.startswith(("PG", "WAREHOUSE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()
