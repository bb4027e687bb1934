"""Answers are workbooks that Excel opens: times without zones, texts that stay texts, and what the answer is about."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from warehouse.answers import excel
from warehouse.errors import ReadError

TIMES = pd.to_datetime(["2026-10-25 00:00Z", "2026-10-25 01:00Z"])


def frame() -> pd.DataFrame:
    made = pd.DataFrame({"interval_start": TIMES, "interval_start_local": TIMES.tz_convert("Europe/Berlin")})
    made = made.assign(value=[1.5, None], node_name=pd.Categorical(["=1+1", "http://a.b"]))
    made.attrs = {"call": "latest", "requested": {"node": "N"}, "time_zones": ["Europe/Berlin"], "rows": 2}
    return made


def read(path: Path, sheet: str = "values") -> pd.DataFrame:
    return pd.read_excel(path, sheet, engine="calamine")


def test_times_are_written_as_they_are_shown_with_their_zone_in_the_header(tmp_path: Path) -> None:
    excel.to_excel(frame(), tmp_path / "a.xlsx")
    written = read(tmp_path / "a.xlsx")
    assert written.columns.tolist() == [
        *("interval_start (UTC)", "interval_start_local (Europe/Berlin)", "value", "node_name"),
    ]
    assert written["interval_start (UTC)"].astype(str).tolist() == ["2026-10-25 00:00:00", "2026-10-25 01:00:00"]
    assert written.iloc[:, 1].astype(str).tolist() == ["2026-10-25 02:00:00"] * 2
    assert written["value"].tolist()[0] == 1.5
    assert written["node_name"].tolist() == ["=1+1", "http://a.b"]
    about = read(tmp_path / "a.xlsx", "about").set_index("name")["value"]
    assert (about["call"], about["requested"], about["time_zones"]) == ("latest", "node=N", "Europe/Berlin")


def test_wide_frames_arrow_tables_and_frames_without_attributes_are_written_too(tmp_path: Path) -> None:
    wide = pd.DataFrame({"N1": [1.0, 2.0]}, index=TIMES.rename("interval_start"))
    excel.to_excel(wide, str(tmp_path / "wide.xlsx"))
    assert read(tmp_path / "wide.xlsx").columns.tolist() == ["interval_start (UTC)", "N1"]
    excel.to_excel(pa.Table.from_pandas(frame()), tmp_path / "arrow.xlsx")
    assert len(read(tmp_path / "arrow.xlsx")) == 2


def test_what_cannot_be_written_is_refused_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ReadError, match=r"'a\.csv' is no name of a workbook\. Let it end with \.xlsx\."):
        excel.to_excel(frame(), tmp_path / "a.csv")
    with pytest.raises(ReadError, match=r"A list cannot be written\. Pass an answer"):
        excel.to_excel([1], tmp_path / "a.xlsx")
    with pytest.raises(ReadError, match=r"cannot be written \(No such file or directory\)\. Enter another path\."):
        excel.to_excel(frame(), tmp_path / "missing" / "a.xlsx")
    monkeypatch.setattr(excel, "MAX_ROWS", 1)
    with pytest.raises(ReadError, match="2 rows are more than a sheet has"):
        excel.to_excel(frame(), tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []
