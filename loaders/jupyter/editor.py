"""Who edits in a notebook: the user of this process, or in the editing app the key that its visitor signed in with."""

import getpass
import os

from loaders.database.api_keys import ROLES, FoundKey, find_key
from loaders.database.connection import connect
from loaders.database.logins import ANALYST
from loaders.errors import UsageError

# The app states the hash of the key in this header, whatever the browser sent. Voilà passes it to the kernel.
HEADER = "X-Warehouse-Key-Hash"
VARIABLE = "HTTP_" + HEADER.upper().replace("-", "_")
NOBODY = "nobody"  # what the app itself has: without a visitor's key nothing is edited


def editor(role: str) -> str:
    """Return the name for the ledger. role: the role that a key needs for this edit.

    Raises UsageError where the key may not do this, or was revoked or expired since.
    """
    key_hash = os.environ.get(VARIABLE)
    if key_hash is None:
        return getpass.getuser()
    key = read_key(key_hash)
    if key is None:
        raise UsageError("Your key was revoked or has expired. Sign in with another one.")
    if ROLES.index(key.role) < ROLES.index(role):
        raise UsageError(f"The key {key.name!r} has the role {key.role}. This needs a key of the role {role}.")
    return key.name


def read_key(key_hash: str) -> FoundKey | None:
    """Return the key with this hash, in hexadecimal, if it can be used now. Raises ServerError."""
    if key_hash == NOBODY:
        return None
    with connect(ANALYST, autocommit=True) as connection:
        return find_key(connection, bytes.fromhex(key_hash))
