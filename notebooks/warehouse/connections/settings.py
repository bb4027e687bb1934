"""How a connection of the read functions is opened."""

from typing import Any

from loaders.database.connection import connection_info
from loaders.database.logins import ANALYST

# One snapshot for all statements of a call, so that names and numbers belong together.
SETTINGS = {
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "repeatable read",
    "cursor_tuple_fraction": "1",  # what is read in parts is read to its end
}


def parameters() -> dict[str, Any]:
    """Return libpq's connection parameters of the analyst. Raises WarehouseError."""
    return connection_info(ANALYST).parameters("warehouse-notebooks", SETTINGS)
