"""The errors that the read functions raise."""

from loaders.errors import WarehouseError


class ReadError(WarehouseError):
    """The warehouse cannot answer: it is not running, not built, or does not have what was requested."""

    def _render_traceback_(self) -> list[str]:
        """Return what Jupyter shows in place of a traceback."""
        return [f"{type(self).__name__}: {self}"]


class ReadWarning(UserWarning):
    """An answer has no rows, or rows without a value, and the warning says why."""


class UnavailableError(ReadError):
    """The warehouse is not running or not built, or the database failed. The request itself may be valid."""


class TablesReplacedError(UnavailableError):
    """A node of a Citus cluster does not have a table that the coordinator named, as while a full refresh ends."""
