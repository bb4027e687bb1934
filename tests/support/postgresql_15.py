"""PostgreSQL 15, the oldest that is supported, as Debian installs it."""

from pathlib import Path

import pytest

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
is_installed = (PROGRAMS / "initdb").exists()
needs_postgresql_15 = pytest.mark.skipif(not is_installed, reason="no PostgreSQL 15 is installed on this machine")
