"""Reading files into canonical batches, one small module per format.

To add a format: a module that makes a Source, and its name in _SOURCES.
"""

from loaders.errors import UsageError
from loaders.sources.eia930 import EIA930
from loaders.sources.isone import ISONE
from loaders.sources.long import LONG, read_table
from loaders.sources.options import ReadOptions, Source

__all__ = ["ReadOptions", "Source", "formats", "read_table", "source_named"]

_SOURCES = {source.name: source for source in (LONG, EIA930, ISONE)}


def formats() -> list[Source]:
    """Every format, in the order in which to show them."""
    return list(_SOURCES.values())


def source_named(name: str) -> Source:
    """The format of that name; raises UsageError that lists them."""
    try:
        return _SOURCES[name]
    except KeyError:
        raise UsageError(f"There is no format {name!r}; choose one of {', '.join(_SOURCES)}.") from None
