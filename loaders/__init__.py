"""Write to the warehouse from Python: load files and tables, register names, correct values."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loaders import errors
    from loaders.ingest.corrections import correct
    from loaders.ingest.frames import load_frame
    from loaders.ingest.inspection import inspect_frame
    from loaders.ingest.pipeline import IngestOptions, ingest_files
    from loaders.registry.definitions import register

__all__ = ["IngestOptions", "correct", "errors", "ingest_files", "inspect_frame", "load_frame", "register"]

MODULES = {
    "IngestOptions": "loaders.ingest.pipeline",
    "correct": "loaders.ingest.corrections",
    "ingest_files": "loaders.ingest.pipeline",
    "inspect_frame": "loaders.ingest.inspection",
    "load_frame": "loaders.ingest.frames",
    "register": "loaders.registry.definitions",
}


def __getattr__(name: str) -> Any:
    # Late, so that `warehouse --help` need not wait for pyarrow.
    if name == "errors":
        return import_module("loaders.errors")
    if name in MODULES:
        return getattr(import_module(MODULES[name]), name)
    raise AttributeError(f"module 'loaders' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
