"""Which files of a folder are loaded already, without reading those that did not change."""

import json
from collections.abc import Iterable
from pathlib import Path

from loaders.database.connection import connect
from loaders.errors import WarehouseError
from loaders.files import atomic_write, hash_file
from loaders.formats import AUTO, ReadOptions, format_named, recognise_format
from loaders.settings import settings

UNREADABLE = ""  # the hash of no load
STORED = "select content_hash from raw.loads where content_hash = any(%s)"


def new_files(paths: Iterable[Path], format_name: str, options: ReadOptions) -> list[Path]:
    """Return the files whose content is not a load yet, and those that cannot be read, for the load to report.

    The hash of a file is kept with its size and time of change. The ledger decides, so a kept hash that is not in it
    counts for nothing: after a restore everything that is missing is loaded again.
    """
    kept = _read()
    named = None if format_name == AUTO else format_named(format_name)
    hashes: dict[Path, str] = {}
    for path in paths:
        try:
            file_format = named or recognise_format(path, options).file_format
            identity, state = file_format.identity(path, options), path.stat()
            key = [state.st_size, state.st_mtime_ns, state.st_ino, identity]
            entry = kept.get(str(path))
            if entry is None or entry[:-1] != key:
                entry = [*key, hash_file(path, identity)]
                kept[str(path)] = entry
            hashes[path] = str(entry[-1])
        except (WarehouseError, OSError):
            hashes[path] = UNREADABLE
    with connect() as connection:
        stored = {content_hash for (content_hash,) in connection.execute(STORED, [list(hashes.values())])}
    _write({path: entry for path, entry in kept.items() if Path(path).exists()})
    return [path for path, content_hash in hashes.items() if content_hash not in stored]


def _path() -> Path:
    return settings().home / "run_files.json"


def _read() -> dict[str, list[object]]:
    try:
        content = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # only a saving: every file is read then
    return content if isinstance(content, dict) else {}


def _write(kept: dict[str, list[object]]) -> None:
    if _path().parent.is_dir():
        atomic_write(_path(), json.dumps(kept))
