"""The passwords of the logins, kept in one file that only its owner may read."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from loaders.embedded_server.file_lock import exclusive
from loaders.embedded_server.paths import current_layout, make_home, os_errors_as_server_errors, write_private
from loaders.errors import ServerError
from loaders.settings import settings

OWNER = "warehouse_owner"  # owns schema raw; nobody logs in as it
LOADER, TRANSFORMER, ANALYST = "warehouse_loader", "warehouse_transformer", "warehouse_analyst"
LOGINS = (LOADER, TRANSFORMER, ANALYST)
EMBEDDED = "embedded"
LOCK_SECONDS = 60.0


def kept_password(server: str, login: str) -> str | None:
    """Return the kept password of a login. server: EMBEDDED, or host:port of a server of one's own."""
    return _read().get(server, {}).get(login)


def keep_passwords(server: str, passwords: Mapping[str, str]) -> None:
    """Keep passwords of logins, next to those that are kept already."""
    home = settings().home.expanduser().resolve()
    with os_errors_as_server_errors():
        make_home(home)
        with exclusive(home / "lock", LOCK_SECONDS):
            kept = _read()
            kept[server] = {**kept.get(server, {}), **passwords}
            write_private(_path(), json.dumps(kept, indent=2) + "\n")


def new_password() -> str:
    """Return a random password."""
    return secrets.token_urlsafe(24)


def _path() -> Path:
    return current_layout().logins_file


def _read() -> dict[str, dict[str, str]]:
    with os_errors_as_server_errors():
        try:
            return cast(dict[str, dict[str, str]], json.loads(_path().read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}
        except ValueError:
            raise ServerError(f"{_path()} is damaged. Delete it, then run: warehouse db roles") from None
