"""Reading files into canonical batches, one small module per format.

To add a format: a module that makes a Source, and its name in _SOURCES; docs/adding-a-format.md has the steps.
"""

from loaders.errors import UsageError
from loaders.sources.caiso import CAISO
from loaders.sources.eia930 import EIA930
from loaders.sources.gridstatus import GRIDSTATUS
from loaders.sources.isone import ISONE, ISONE_SYSTEM
from loaders.sources.long import LONG
from loaders.sources.options import ReadOptions, Source
from loaders.sources.wide import WIDE

__all__ = ["ReadOptions", "Source", "formats", "source_named"]

_SOURCES = {source.name: source for source in (LONG, WIDE, EIA930, ISONE, ISONE_SYSTEM, CAISO, GRIDSTATUS)}


def formats() -> list[Source]:
    """Every format, in the order in which to show them."""
    return list(_SOURCES.values())


def source_named(name: str) -> Source:
    """The format of that name; raises UsageError that lists them."""
    try:
        return _SOURCES[name]
    except KeyError:
        raise UsageError(f"There is no format {name!r}; choose one of {', '.join(_SOURCES)}.") from None
