"""Fixtures of the tests of the command line."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import HEADER


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of a few rows of a grid that no other test uses; bad: how many more rows hold no number."""

    def write(good: int = 2, bad: int = 0, name: str = "a.csv") -> Path:
        grid = f"grid-{uuid.uuid4()}"
        values = ["1.5"] * good + ["much"] * bad
        lines = [
            f"{grid},R,N{number},load,2024-01-01T00:00Z,2024-01-01T09:00Z,{v}\n" for number, v in enumerate(values)
        ]
        path = tmp_path / name
        path.write_text(HEADER + "".join(lines))
        return path

    return write
