"""pull: what is requested of the gridstatus library (here a stand-in), and the error where it fails."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from loaders.cli.ingest import add_to
from loaders.errors import LoadError, UsageError
from loaders.ingest import pipeline as ingest
from loaders.ingest.live import gridstatus_fetch as pulling
from loaders.ingest.live import gridstatus_worker as live
from loaders.ingest.live import live_data
from loaders.ingest.live.dataset import LiveDataset
from loaders.ingest.options import IngestOptions
from loaders.settings import PROJECT_ROOT, Settings
from tests.support.load_results import DRY_RUN
from tests.support.recorded_answers import Recorded, recorded_site

LIBRARY = """
import functools
import os
import pandas as pd
import requests


def support_date_range(method):
    @functools.wraps(method)
    def wrapped(self, date, end=None, error="ignore"):
        print("the library talks")
        if error != "raise":
            raise AssertionError("gaps would be left out in silence")
        return method(self, date, end)
    return wrapped


class CAISO:
    @support_date_range
    def get_load(self, date, end=None):
        starts = pd.date_range(date, end, freq="5min", tz="US/Pacific", inclusive="left")
        return pd.DataFrame({"Interval Start": starts, "Interval End": starts + pd.Timedelta("5min"), "Load": 1.0})

    def get_load_forecast(self, date):
        start = pd.Timestamp(date, tz="US/Pacific")
        row = {"Interval Start": start, "Interval End": start + pd.Timedelta("1h"), "Publish Time": start}
        return pd.DataFrame([row | {"Load Forecast": 2.0}])

    def get_load_nothing(self, date):
        return pd.DataFrame({"Load": []})

    def get_load_broken(self, date):
        raise ValueError("the site is\\ndown")


    def get_load_limited(self, date):
        # A recorded answer, from a server on this machine.
        requests.get(f"http://127.0.0.1:{os.environ['RECORDED_PORT']}/{date}").raise_for_status()


class PJM:
    def __init__(self):
        raise ValueError("no key")


all_isos = [CAISO, PJM]
"""


@pytest.fixture(params=["in this process", "by another interpreter"])
def library(request, tmp_path, monkeypatch):
    """A stand-in for the library, importable here or only there."""
    (tmp_path / "gridstatus.py").write_text(LIBRARY)
    if request.param == "in this process":
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "gridstatus", raising=False)
    else:
        monkeypatch.setattr(pulling, "find_spec", lambda name: None)
        monkeypatch.setattr(pulling, "settings", lambda: Settings(WAREHOUSE_LIVE_PYTHON=sys.executable))
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    yield
    sys.modules.pop("gridstatus", None)


@pytest.fixture
def stored(monkeypatch):
    calls = []

    def keep(source, options, uri, content_hash, batches, progress):
        calls.append((options, uri, [row for batch in batches() for row in batch.to_pylist()]))
        return DRY_RUN

    monkeypatch.setattr(ingest, "_store", keep)
    monkeypatch.setattr("loaders.ingest.frames.gate_pending_loads", lambda: [])
    return calls


def pull(iso, dataset, start, end=None, **options):
    return live_data.pull(LiveDataset(iso, dataset), start, end, IngestOptions(**options))


def test_actuals_are_known_from_the_call_on(library, stored):
    before = datetime.now(UTC)
    pull("caiso", "load", "2024-05-01", "2024-05-02", create_missing=True)
    ((options, uri, rows),) = stored
    assert len(rows) == 288
    assert uri == "gridstatus://CAISO/load?start=2024-05-01&end=2024-05-02"
    assert {(row["node"], row["metric"], row["resolution"], row["value"]) for row in rows} == {
        ("CAISO", "load", "PT5M", 1.0)
    }
    assert {before <= row["collected_at"] <= datetime.now(UTC) for row in rows} == {True}
    assert ingest.format_named("gridstatus").collected_at_basis(options.read) == "observed"


def test_forecasts_are_known_from_their_publication_on(library, stored):
    pull("CAISO", "load_forecast", "2024-05-01")
    ((options, _, (row,)),) = stored
    assert row["collected_at"] == datetime(2024, 5, 1, 7, tzinfo=UTC)
    assert ingest.format_named("gridstatus").collected_at_basis(options.read) == "published"


@pytest.mark.parametrize(
    ("iso", "dataset", "message"),
    [
        ("AEMO", "load", "Unknown market AEMO. Choose one of CAISO, PJM"),
        ("PJM", "load", r"PJM cannot be used \(ValueError: no key\)"),
        ("CAISO", "weather", "no dataset weather. It has load, load_broken, load_forecast"),
        ("CAISO", "load_broken", r"could not be fetched \(ValueError: the site is down\)"),
        ("CAISO", "load_nothing", "has no rows from 2024-05-01"),
    ],
)
def test_a_failure_is_one_clear_sentence(library, stored, iso, dataset, message):
    with pytest.raises(LoadError, match=message) as caught:
        pull(iso, dataset, "2024-05-01")
    assert "\n" not in str(caught.value)
    assert not stored


@pytest.mark.parametrize(
    ("status", "headers", "message"),
    [
        (429, {"Retry-After": "30"}, "limits the number of requests. Wait 30 seconds, then fetch fewer days."),
        (429, {}, "Wait some minutes, then fetch fewer days."),
        (401, {}, "refuses the request. Check the key in the environment."),
        (500, {}, "Check the dates, then retry."),
    ],
)
def test_what_the_site_answers_decides_the_advice(library, stored, monkeypatch, status, headers, message):
    with recorded_site(lambda path: Recorded(status=status, headers=headers)) as site:
        monkeypatch.setenv("RECORDED_PORT", str(site.port))
        with pytest.raises(LoadError) as caught:
            pull("CAISO", "load_limited", "2024-05-01")
    assert str(caught.value).endswith(message)
    assert not stored


def test_without_the_library_the_next_step_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(pulling, "find_spec", lambda name: None)
    monkeypatch.setattr(pulling, "PROJECT_ROOT", tmp_path)
    monkeypatch.setattr(pulling, "settings", lambda: Settings(WAREHOUSE_LIVE_PYTHON=None))
    with pytest.raises(LoadError, match=r"is not installed.*make live"):
        pull("CAISO", "load", "2024-05-01")
    monkeypatch.setattr(pulling, "settings", lambda: Settings(WAREHOUSE_LIVE_PYTHON=tmp_path / "nowhere"))
    with pytest.raises(LoadError, match="nowhere, which is not a file"):
        pull("CAISO", "load", "2024-05-01")
    monkeypatch.setattr(pulling, "settings", lambda: Settings(WAREHOUSE_LIVE_PYTHON=sys.executable))
    with pytest.raises(LoadError, match="No module named 'gridstatus'"):
        pull("CAISO", "load", "2024-05-01")
    assert "gridstatus==" in (PROJECT_ROOT / "requirements-live.txt").read_text()


def test_dates_that_make_no_sense_are_wrong_usage():
    with pytest.raises(UsageError, match="yesterday is not a date"):
        pull("CAISO", "load", "yesterday")
    with pytest.raises(UsageError, match="not after the start"):
        pull("CAISO", "load", "2024-05-02", "2024-05-02")


def test_the_script_stands_alone():
    lines = Path(live.__file__).read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if "import" in line and "loaders" in line]


def test_the_command_has_help():
    app = typer.Typer()
    add_to(app)
    shown = CliRunner().invoke(app, ["pull", "--help"])
    assert shown.exit_code == 0
    assert "--start" in shown.output
