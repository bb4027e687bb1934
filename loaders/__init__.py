"""The loaders: the only code that writes to schema raw. `loaders.load_frame` is the way in from Python."""

from typing import Any

__all__ = ["inspect_frame", "load_frame"]


def __getattr__(name: str) -> Any:
    # Late, so that `warehouse --help` need not wait for pyarrow.
    if name == "load_frame":
        from loaders.ingest.frames import load_frame

        return load_frame
    if name == "inspect_frame":
        from loaders.ingest.inspection import inspect_frame

        return inspect_frame
    raise AttributeError(f"module 'loaders' has no attribute {name!r}")
