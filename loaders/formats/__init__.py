"""Read files into canonical batches. docs/how-to/add-a-format.md says how to add a format."""

from loaders.errors import UsageError
from loaders.formats.caiso import CAISO
from loaders.formats.eia930 import EIA930
from loaders.formats.file_format import FileFormat, ReadOptions
from loaders.formats.gridstatus import GRIDSTATUS
from loaders.formats.isone import ISONE, ISONE_SYSTEM
from loaders.formats.long import LONG
from loaders.formats.wide import WIDE

__all__ = ["FileFormat", "ReadOptions", "format_named", "formats"]

_FORMATS = {
    file_format.name: file_format for file_format in (LONG, WIDE, EIA930, ISONE, ISONE_SYSTEM, CAISO, GRIDSTATUS)
}


def formats() -> list[FileFormat]:
    """Return every format, in the order of display."""
    return list(_FORMATS.values())


def format_named(name: str) -> FileFormat:
    """Return the format of that name. Raises UsageError that lists the names."""
    try:
        return _FORMATS[name]
    except KeyError:
        raise UsageError(f"Unknown format {name!r}. Choose one of {', '.join(_FORMATS)}.") from None
