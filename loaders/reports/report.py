"""A report that was made, and the command that makes it again."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Report:
    """A page that was made. as_of, loaded: the times that give the same numbers again; parameters: all of them."""

    name: str
    path: Path
    as_of: datetime
    loaded: datetime
    parameters: Mapping[str, Any]
    given: Mapping[str, Any]
    made_at: datetime
    cells: int
    seconds: float

    @property
    def command(self) -> str:
        """Return the command that makes it again."""
        words = ["warehouse", "report", self.name, "--as-of", _text(self.as_of)]
        words += ["--loaded", _text(self.loaded)]
        for name, value in self.given.items():
            words += ["-p", f"{name}={value}"]
        return shlex.join([*words, "--out", self.path.name])


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
