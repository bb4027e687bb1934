"""Write the rejected rows of a load as a CSV file that a person can fix and load again."""

import csv
import io
import re
from pathlib import Path
from typing import Any

from loaders.errors import LoadError
from loaders.files import atomic_write

# A spreadsheet program runs a cell that begins with one of these.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
UTC_OFFSET = re.compile(r"[+-]\d\d?(:?[0-5]\d)?", re.ASCII)


def write_rejects(path: Path, rows: list[dict[str, Any]], replace: bool) -> None:
    """Write the content of the rows, with their row number and reason.

    rows: dictionaries with row_number, reason and payload. replace: whether a file that exists is replaced. Raises
    LoadError when it exists and is not replaced, is a link, or cannot be written.
    """
    if path.is_symlink():
        raise LoadError(f"{path} is a link. Name the file that it leads to, or another one.")
    content = _as_csv(rows)
    try:
        if replace:
            atomic_write(path, content)
        else:
            with path.open("x", newline="", encoding="utf-8") as stream:
                stream.write(content)
    except FileExistsError:
        raise LoadError(f"{path} exists already. Choose another file, or replace it with --force.") from None
    except OSError as error:
        raise LoadError(f"{path} cannot be written ({error.strerror}). Choose another file.") from error


def _as_csv(rows: list[dict[str, Any]]) -> str:
    columns = dict.fromkeys(name for row in rows for name in row["payload"])
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, [*columns, "row_number", "reason"])
    writer.writerow({name: _as_text(name) for name in writer.fieldnames})
    for row in rows:
        cells = {name: _as_text(cell) for name, cell in row["payload"].items()}
        writer.writerow({**cells, "row_number": row["row_number"], "reason": row["reason"]})
    return stream.getvalue()


def _as_text(cell: Any) -> Any:
    """Return the cell with an apostrophe before what would be run as a formula.

    Negative numbers and UTC offsets are not formulas.
    """
    if not isinstance(cell, str) or not cell.startswith(FORMULA_SIGNS) or UTC_OFFSET.fullmatch(cell):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
