"""A dump is complete, or it is refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loaders.errors import ServerError
from loaders.operations.dump_file import FORMAT_VERSION, Manifest, append_manifest, hash_archive, verify_dump


@pytest.fixture
def dump_path(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.dump"
    path.write_bytes(b"archive" * 1000)
    digest, size = hash_archive(path)
    append_manifest(path, Manifest(FORMAT_VERSION, datetime(2026, 1, 1, tzinfo=UTC), 18, 8, size, digest, {"loads": 3}))
    return path


def test_a_complete_dump_gives_its_manifest(dump_path: Path) -> None:
    manifest = verify_dump(dump_path)
    assert (manifest.archive_bytes, manifest.counts, manifest.made_at.year) == (7000, {"loads": 3}, 2026)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda content: content[:99] + b"?" + content[100:], "damaged", id="a byte"),
        pytest.param(lambda content: content[: len(content) // 2], "not a complete dump", id="half"),
        pytest.param(lambda content: content[:-1], "not a complete dump", id="a byte less"),
        pytest.param(lambda content: content + b" ", "not a complete dump", id="a byte more"),
        pytest.param(lambda content: content[10:], "length", id="the beginning is lost"),
        pytest.param(lambda content: content[:-40] + b"?" + content[-39:], "manifest cannot be read", id="manifest"),
        pytest.param(lambda content: b"", "not a complete dump", id="empty"),
        pytest.param(lambda content: content.replace(b'_version": 1', b'_version": 9'), "newer version", id="newer"),
    ],
)
def test_any_other_file_is_refused(dump_path: Path, change: Callable[[bytes], bytes], message: str) -> None:
    dump_path.write_bytes(change(dump_path.read_bytes()))
    with pytest.raises(ServerError, match=message):
        verify_dump(dump_path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"nowhere\.dump cannot be read"):
        verify_dump(tmp_path / "nowhere.dump")
