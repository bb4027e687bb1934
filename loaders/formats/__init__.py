"""Read files into canonical batches. docs/how-to/add-a-format.md says how to add a format."""

from functools import cache
from pathlib import Path

from loaders.errors import UsageError
from loaders.formats.described.description import read_description, shipped_descriptions
from loaders.formats.described.engine import describe
from loaders.formats.detect import Recognition, recognise
from loaders.formats.file_format import FileFormat, ReadOptions
from loaders.formats.gridstatus import GRIDSTATUS
from loaders.formats.long import LONG
from loaders.formats.wide import WIDE

__all__ = ["AUTO", "FileFormat", "ReadOptions", "Recognition", "format_named", "formats", "recognise_format"]
AUTO = "auto"  # the name that asks for recognition

_FORMATS = {file_format.name: file_format for file_format in (LONG, WIDE, GRIDSTATUS)}


def formats() -> list[FileFormat]:
    """Return every format, in the order of display."""
    return [*_FORMATS.values(), *_described().values()]


def format_named(name: str) -> FileFormat:
    """Return the format of that name, or of the description file of that path (.yml or .yaml).

    Raises UsageError that lists the names.
    """
    if name.endswith((".yml", ".yaml")):
        return describe(read_description(Path(name)))
    if name in _FORMATS:
        return _FORMATS[name]
    described = _described()
    if name not in described:
        known = ", ".join([*_FORMATS, *described])
        raise UsageError(f"Unknown format {name!r}. Choose one of {known}, or name a description file (.yml).")
    return described[name]


def recognise_format(path: Path, options: ReadOptions) -> Recognition:
    """Return the one format that fits a file, and why. Raises LoadError where none fits, or several do."""
    return recognise(path, formats(), options)


@cache
def _described() -> dict[str, FileFormat]:
    return {description.name: describe(description) for description in shipped_descriptions()}
