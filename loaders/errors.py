"""The errors of the project. Each message names what is wrong, then what to do."""


class WarehouseError(Exception):
    """A failure the user can act on; the command line prints it as one sentence and exits 1."""


class UsageError(WarehouseError):
    """The command was called wrongly; exits 2."""


class ServerError(WarehouseError):
    """The database server cannot be started, reached or stopped."""


class LoadError(WarehouseError):
    """A file or frame cannot be loaded; nothing of it is stored."""


class RegistryError(WarehouseError):
    """A grid, region, node, metric or series cannot be registered as requested."""


class GateError(WarehouseError):
    """A load gate or a check failed, or could not be run."""


class BuildError(WarehouseError):
    """dbt could not build or test the marts."""


class NotebookError(WarehouseError):
    """A notebook did not run from top to bottom."""


class UnknownNotebook(NotebookError, UsageError):
    """No notebook has that name; exits 2."""
