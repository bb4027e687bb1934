"""The file of rejected rows: complete, never run by a spreadsheet program, and never written over another file."""

from pathlib import Path

import pandas as pd
import pytest

from loaders.cli.rejects_file import write_rejects
from loaders.errors import LoadError

ROWS = [
    {"row_number": 3, "reason": "bad_number", "payload": {"node": "=cmd|' /C calc'!A0", "value": "much"}},
    {"row_number": 7, "reason": "bad_time", "payload": {"node": "N2", "value": "-5.5", "interval_start": "\tsoon"}},
]


def test_the_file_has_the_content_with_row_number_and_reason(tmp_path: Path) -> None:
    write_rejects(tmp_path / "a.csv", ROWS, replace=False)
    frame = pd.read_csv(tmp_path / "a.csv", dtype=str)
    assert list(frame.columns) == ["node", "value", "interval_start", "row_number", "reason"]
    assert frame["row_number"].tolist() == ["3", "7"]
    assert frame["reason"].tolist() == ["bad_number", "bad_time"]


def test_no_cell_is_a_formula_and_negative_numbers_stay(tmp_path: Path) -> None:
    write_rejects(tmp_path / "a.csv", ROWS, replace=False)
    frame = pd.read_csv(tmp_path / "a.csv", dtype=str)
    assert frame["node"].tolist() == ["'=cmd|' /C calc'!A0", "N2"]
    assert frame["value"].tolist() == ["much", "-5.5"]
    assert frame["interval_start"].tolist()[1] == "'\tsoon"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_each_sign_that_begins_a_formula_is_neutralised(tmp_path: Path, sign: str) -> None:
    row = {"row_number": 1, "reason": "bad_number", "payload": {f"{sign}a": f"{sign}b"}}
    write_rejects(tmp_path / "a.csv", [row], replace=False)
    text = (tmp_path / "a.csv").read_bytes().decode()
    assert f"'{sign}a" in text
    assert f"'{sign}b" in text


def test_a_file_that_exists_is_replaced_only_when_that_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("mine")
    with pytest.raises(LoadError, match=r"exists already\. Choose another file, or replace it with --force"):
        write_rejects(path, ROWS, replace=False)
    assert path.read_text() == "mine"
    write_rejects(path, ROWS, replace=True)
    assert path.read_text().startswith("node,value")


@pytest.mark.parametrize("replace", [False, True])
def test_a_link_is_not_followed(tmp_path: Path, replace: bool) -> None:
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    target.write_text("mine")
    link.symlink_to(target)
    with pytest.raises(LoadError, match="is a link"):
        write_rejects(link, ROWS, replace)
    assert target.read_text() == "mine"


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    for replace in (False, True):
        with pytest.raises(LoadError, match=r"cannot be written \(No such file or directory\)"):
            write_rejects(tmp_path / "no" / "a.csv", ROWS, replace)


def test_an_offset_stays_as_it_is_because_the_file_is_loaded_again(tmp_path: Path) -> None:
    offsets = ["-04:00", "+0200", "-4", "-4+1", "+02:00=1"]
    rows = [{"row_number": 1, "reason": "bad_time", "payload": {"utc_offset": offset}} for offset in offsets]
    write_rejects(tmp_path / "a.csv", rows, replace=False)
    cells = pd.read_csv(tmp_path / "a.csv", dtype=str)["utc_offset"].tolist()
    assert cells == ["-04:00", "+0200", "-4", "'-4+1", "'+02:00=1"]
