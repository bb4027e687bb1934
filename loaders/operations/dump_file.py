"""The file of a dump: an archive of pg_dump, followed by a manifest that tells whether it is complete.

pg_restore reads the archive and does not look at what follows, so the file can also be restored without this project.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from loaders.errors import ServerError
from loaders.files import HASH_BLOCK_BYTES

FORMAT_VERSION = 1
MARK = b"WAREHOUSE DUMP"
FOOTER_BYTES = len(MARK) + 8  # the mark, then the length of the manifest
MOST_MANIFEST_BYTES = 1_000_000


@dataclass(frozen=True)
class Manifest:
    """What a dump holds. archive_bytes, sha256: of pg_dump's archive; counts: rows of tables of raw, by name."""

    format_version: int
    made_at: datetime
    server_major: int
    schema_version: int
    archive_bytes: int
    sha256: str
    counts: dict[str, int]


def append_manifest(path: Path, manifest: Manifest) -> None:
    """Add the manifest to the end of an archive, and wait until the disk has all of it. Raises OSError."""
    text = json.dumps(asdict(manifest), default=str).encode()
    with path.open("ab") as file:
        file.write(text + MARK + len(text).to_bytes(8, "big"))
        file.flush()
        os.fsync(file.fileno())


def hash_archive(path: Path, size: int | None = None) -> tuple[str, int]:
    """Return the SHA-256 of the first bytes (None: of all) of a file, and how many they are. Raises OSError."""
    digest, read = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(HASH_BLOCK_BYTES if size is None else min(HASH_BLOCK_BYTES, size - read)):
            digest.update(block)
            read += len(block)
    return digest.hexdigest(), read


def verify_dump(path: Path) -> Manifest:
    """Return the manifest of a dump after comparing all bytes with it. Raises ServerError for any other file."""
    try:
        manifest = _read_manifest(path)
        digest, size = hash_archive(path, manifest.archive_bytes)
    except OSError as error:
        raise ServerError(f"{path} cannot be read ({error.strerror}). Check the path and its permissions.") from error
    if (digest, size) != (manifest.sha256, manifest.archive_bytes):
        raise ServerError(f"{path} is damaged: its content does not match its manifest. Use another dump.")
    return manifest


def _read_manifest(path: Path) -> Manifest:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - FOOTER_BYTES))
        footer = file.read()
        length = int.from_bytes(footer[len(MARK) :], "big")
        if footer[: len(MARK)] != MARK or length > min(size - FOOTER_BYTES, MOST_MANIFEST_BYTES):
            raise ServerError(
                f"{path} is not a complete dump of a warehouse. Use a file that `warehouse db dump` has finished."
            )
        file.seek(size - FOOTER_BYTES - length)
        text = file.read(length)
    try:
        content: dict[str, Any] = json.loads(text)
        version = int(content["format_version"])
        if version <= FORMAT_VERSION:
            manifest = Manifest(**{**content, "made_at": datetime.fromisoformat(content["made_at"])})
    except (ValueError, KeyError, TypeError) as error:
        raise ServerError(f"{path} is damaged: its manifest cannot be read. Use another dump.") from error
    if version > FORMAT_VERSION:
        raise ServerError(f"{path} was made by a newer version of this project. Restore it with that version.")
    if manifest.archive_bytes != size - FOOTER_BYTES - length:
        raise ServerError(f"{path} is damaged: its length does not match its manifest. Use another dump.")
    return manifest
