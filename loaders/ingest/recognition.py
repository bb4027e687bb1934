"""Recognise the formats of the files of one call."""

from collections.abc import Callable
from pathlib import Path

from loaders.files import read_first_line
from loaders.formats import AUTO, Recognition, format_named, recognise_format
from loaders.ingest.options import IngestOptions


def recogniser(options: IngestOptions) -> Callable[[Path], Recognition]:
    """Return what recognises the format of each file; in many files with the header of one in `long`, only once."""
    if options.format != AUTO:
        stated = Recognition(format_named(options.format), "")
        return lambda path: stated
    known: dict[bytes, Recognition] = {}

    def recognise(path: Path) -> Recognition:
        header = read_first_line(path)
        recognition = known.get(header) or recognise_format(path, options.read)
        if header and recognition.file_format.name == "long":
            known[header] = recognition
        return recognition

    return recognise
