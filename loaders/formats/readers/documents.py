"""Read JSON and XML documents as rows of texts."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loaders.canonical.batch import BrokenLine, Reason
from loaders.errors import LoadError
from loaders.formats.described.description_parts import Dialect


@dataclass(frozen=True)
class Rows:
    """Rows of texts below a header, columns of all rows, and the number of each row's block (XML: its parent)."""

    header: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str | None]]]
    constants: Mapping[str, str | None] = field(default_factory=dict)
    blocks: Sequence[int] | None = None
    broken: Sequence[BrokenLine] = ()


def read_json(data: bytes, path: Path, dialect: Dialect, columns: Collection[str]) -> Rows:
    """Return the records of a JSON document, or of a line each (NDJSON). Raises LoadError for another shape.

    A record that is no object, or without one of the columns as a plain field, is a broken line.
    """
    document = _parse_json(data, path, dialect)
    records = _search(dialect.rows, document)
    if records == "":  # a service without an answer
        records = []
    if isinstance(records, dict) and records and all(isinstance(column, list) for column in records.values()):
        records = _transposed(records, path)
    records = [records] if isinstance(records, dict) else records
    if not isinstance(records, list):
        raise LoadError(f"{path}: has no list of records at {dialect.rows}. Choose another format.")
    constants = {name: _plain(_search(place, document)) for name, place in dialect.document.items()}
    if dialect.fields:
        records = [{name: _search(place, record) for name, place in dialect.fields.items()} for record in records]
    elif records and not any(isinstance(record, dict) for record in records):
        raise LoadError(f"{path}: has no list of records at {dialect.rows}. Choose another format.")
    header = list(dict.fromkeys(key for record in records if isinstance(record, dict) for key in record))
    needed = [] if dialect.fields else [name for name in columns if name in header]
    rows, broken = [], []
    for number, record in enumerate(records, start=1):
        if isinstance(record, dict) and all(_is_plain(record, name) for name in needed):
            rows.append((number, [_plain(record.get(key)) for key in header]))
        else:
            broken.append(BrokenLine(number, Reason.BAD_LINE, json.dumps(record)))
    return Rows(header, rows, constants, broken=broken)


def _is_plain(record: dict, name: str) -> bool:
    return name in record and not isinstance(record[name], dict | list)


def _parse_json(data: bytes, path: Path, dialect: Dialect) -> Any:
    try:
        text = data.decode(dialect.encoding)
        if dialect.kind == "ndjson":
            return [_loads(line) for line in text.splitlines() if line.strip()]
        return _loads(text)
    except (ValueError, RecursionError) as error:
        raise LoadError(f"{path}: is not JSON ({error}). Check that the download is complete.") from None


def _loads(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


def _search(place: str, document: Any) -> Any:
    import jmespath

    try:
        return jmespath.search(place, document)
    except jmespath.exceptions.JMESPathTypeError:
        return None


def _transposed(columns: dict[str, list], path: Path) -> list[dict]:
    if len({len(column) for column in columns.values()}) > 1:
        raise LoadError(f"{path}: its arrays have different lengths. Check that the download is complete.")
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(value: Any) -> str | None:
    return None if value is None or isinstance(value, dict | list) else str(value)


def read_xml(data: bytes, path: Path, dialect: Dialect) -> Rows:
    """Return the rows of an XML document. Raises LoadError for damaged XML and for one with a DOCTYPE."""
    from lxml import etree

    # Entities are not resolved and nothing is fetched: a document may name files and expand without end.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise LoadError(f"{path}: is not XML ({error}). Check that the download is complete.") from None
    if root.getroottree().docinfo.doctype:
        raise LoadError(f"{path}: is XML with a DOCTYPE, which is not read. Check what it holds.")
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = etree.QName(element).localname
    elements = root.getroottree().xpath(dialect.rows)
    finders = {name: etree.XPath(place) for name, place in dialect.fields.items()}
    parents: dict[Any, int] = {}
    blocks, cache, rows = [], {}, []
    for number, element in enumerate(elements, start=1):
        block = parents.setdefault(element.getparent(), len(parents))
        blocks.append(block)
        row = []
        for name, finder in finders.items():
            # What lies above a row is the same for all rows of the block.
            if not finder.path.startswith(".."):
                row.append(_xml_text(finder(element)))
                continue
            if (block, name) not in cache:
                cache[block, name] = _xml_text(finder(element))
            row.append(cache[block, name])
        rows.append((number, row))
    constants = {name: _xml_text(root.getroottree().xpath(place)) for name, place in dialect.document.items()}
    return Rows(list(finders), rows, constants, blocks)


def _xml_text(result: Any) -> str | None:
    if isinstance(result, list):
        if not result:
            return None
        result = result[0]
    text = getattr(result, "text", result)
    return None if text is None else str(text).strip()
