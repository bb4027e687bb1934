"""Which files a name stands for, and what is no file to load."""

import io
import os
import stat
from pathlib import Path

import pytest

from loaders.errors import LoadError, UsageError
from loaders.files import find_files, hash_file, make_private_folder, saved_input


def write(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_folder_stands_for_all_files_below_but_hidden_ones(tmp_path: Path) -> None:
    files = [write(tmp_path / name) for name in ("a.csv", "b/c.csv")]
    write(tmp_path / ".hidden.csv")
    write(tmp_path / ".git" / "d.csv")
    assert find_files([str(tmp_path)]) == files


def test_a_linked_folder_below_a_named_one_is_read(tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "elsewhere" / "a.csv").parent
    named = write(tmp_path / "named" / "b.csv").parent
    (named / "linked").symlink_to(elsewhere, target_is_directory=True)
    assert find_files([str(named)]) == [named / "b.csv", named / "linked" / "a.csv"]


def test_links_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    file = write(tmp_path / "one" / "a.csv")
    (tmp_path / "one" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert find_files([str(tmp_path)]) == [file]


def test_a_folder_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="matches no file"):
        find_files([str(tmp_path)])


def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(LoadError, match=r"is not a regular file\. Save what it gives to a file"):
        hash_file(pipe, "long")


def test_a_device_is_refused() -> None:
    with pytest.raises(LoadError, match="is not a regular file"):
        hash_file(Path("/dev/zero"), "long")


def test_the_hash_depends_on_the_content_and_on_what_gives_it_meaning(tmp_path: Path) -> None:
    one, same, other = write(tmp_path / "a"), write(tmp_path / "b"), write(tmp_path / "c", "y")
    assert hash_file(one, "long") == hash_file(same, "long")
    assert hash_file(one, "long") != hash_file(one, "wide")
    assert hash_file(one, "long") != hash_file(other, "long")


def test_a_new_folder_and_those_above_it_are_for_this_user_alone(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    make_private_folder(tmp_path / "open" / "reports" / "junit")
    make_private_folder(tmp_path / "open" / "reports" / "junit")
    folders = ("open", "open/reports", "open/reports/junit")
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in folders] == [0o755, 0o700, 0o700]


def test_a_file_address_is_a_path_and_other_addresses_are_refused(tmp_path):
    path = tmp_path / "a b.csv"
    path.write_text("x")
    assert find_files([f"file://{tmp_path}/a%20b.csv"]) == [path]
    for address in ("https://example.org/a.csv", "s3://bucket/a.csv"):
        with pytest.raises(UsageError, match="only files are read"):
            find_files([address])


def test_a_stream_is_saved_and_removed(tmp_path):
    with saved_input(io.BytesIO(b"a,b")) as path:
        assert path.read_bytes() == b"a,b"
    assert not path.exists()
