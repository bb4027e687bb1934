"""Reading files into canonical batches, one small module per format.

To add a format: a module that makes a Source, and its name in _SOURCES; docs/adding-a-format.md has the steps.
"""

from loaders.errors import UsageError
from loaders.formats.caiso import CAISO
from loaders.formats.eia930 import EIA930
from loaders.formats.file_format import ReadOptions, Source
from loaders.formats.gridstatus import GRIDSTATUS
from loaders.formats.isone import ISONE, ISONE_SYSTEM
from loaders.formats.long import LONG
from loaders.formats.wide import WIDE

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
