"""Draft a description of a delimited text from its header and first lines, as a file to start from."""

from pathlib import Path

import yaml

from loaders.errors import LoadError
from loaders.formats import ReadOptions
from loaders.formats.description import parse_description
from loaders.formats.interval_edges import edge_in_name
from loaders.formats.unit_names import unit_in_name
from loaders.ingest.file_header import FileHeader, has_offsets

_HEAD = """# A draft. Check every line, above all metric, unit, resolution, and whether times start or end intervals.
# How to describe a file: docs/how-to/describe-a-file.md
"""


def draft_description(header: FileHeader, path: Path, options: ReadOptions) -> str:
    """Return the YAML of a description. Raises LoadError where the file shows no time and number columns."""
    times, numbers = header.times(), [name for name in header.numbers() if name not in header.times()]
    if not times or not numbers:
        raise LoadError(
            f"{path}: shows no column of times next to one of numbers, so no description can be drafted. Write one by"
            " hand."
        )
    has_offset = has_offsets(header.texts(times[0]))
    zone = {} if has_offset else {"time_zone": options.time_zone or "UTC"}
    nodes = [name for name in header.names if name not in (*times, *numbers) and header.texts(name)]
    metric = options.metric or "load"
    texts = "".join(header.texts(numbers[0]))
    decimal = options.decimal_char or ("," if "," in texts and "." not in texts else ".")
    place = {"node_column": nodes[0]} if nodes else {"node": options.node or "MyNode"}
    draft: dict[str, object] = {
        "name": "".join(sign if sign.isalnum() else "-" for sign in path.stem.lower()).strip("-") or "my-format",
        "summary": f"Files like {path.name}; needs --collected-at.",
        "source": options.source or "my-publisher",
        "grid": options.grid or "MyGrid",
        **place,
        "resolution": options.resolution or "PT1H",
        "time": {edge_in_name(times[0]) or "start": times[0], **zone},
        "values": [
            {"column": name, "metric": metric, "unit": options.unit or unit_in_name(name) or "MW"}
            for name in numbers[:1]
        ],
        "dialect": {"delimiter": header.delimiter, "decimalChar": decimal},
    }
    text = _HEAD + yaml.safe_dump(draft, sort_keys=False, allow_unicode=True)
    parse_description(text, str(path))
    return text
