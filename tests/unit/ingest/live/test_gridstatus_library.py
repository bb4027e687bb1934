"""The library gridstatus itself, with recorded answers: what it returns is what the format and the messages expect.

`make live` installs it into an environment of its own; `make test` does so too.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from loaders.errors import LoadError
from loaders.formats import ReadOptions, format_named
from loaders.ingest.live import gridstatus_fetch
from loaders.settings import PROJECT_ROOT, settings
from tests.support.described_files import COLLECTED_AT
from tests.support.recorded_answers import Recorded, RecordedSite, recorded_site

pytestmark = pytest.mark.skipif(
    not (settings().live_python or (PROJECT_ROOT / ".venv-live" / "bin" / "python").is_file()),
    reason="the library gridstatus is not installed: make live",
)

# A module that Python imports at its start: requests to any site go to this machine, with their address as the path.
REDIRECTED = """
import requests
send = requests.Session.request
def request(self, method, url, **options):
    return send(self, method, "http://127.0.0.1:{port}/" + url.split("://")[1], **options)
requests.Session.request = request
"""
DEMAND = "Time,Day ahead forecast,Hour ahead forecast,Current demand\n"


def demand_of(day: int) -> str:
    """The site's file of a day, cut to three intervals."""
    rows = (f"{at},25000,25100,{25000 + 100 * day + number}" for number, at in enumerate(("10:00", "10:05", "10:10")))
    return DEMAND + "\n".join(rows) + "\n"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., RecordedSite]]:
    with ExitStack() as running:

        def serve(answer: Callable[[str], Recorded]) -> RecordedSite:
            site = running.enter_context(recorded_site(answer))
            (tmp_path / "sitecustomize.py").write_text(REDIRECTED.format(port=site.port))
            monkeypatch.setenv("PYTHONPATH", str(tmp_path))
            return site

        yield serve


def test_a_recorded_load_is_read_as_delivered(answers: Callable[..., RecordedSite]) -> None:
    def answer(path: str) -> Recorded:
        day = re.fullmatch(r"/www\.caiso\.com/outlook/history/202405(\d\d)/demand\.csv\?_=\d+", path)
        return Recorded(demand_of(int(day[1]))) if day else Recorded(status=404)

    site = answers(answer)
    table = gridstatus_fetch.fetch("CAISO", "load", "2024-05-01", "2024-05-03")
    assert len(site.requested) == 2
    options = ReadOptions(collected_at=COLLECTED_AT, grid="CAISO")
    rows = [
        row for batch in format_named("gridstatus").read_frame(table, "recorded", options) for row in batch.to_pylist()
    ]
    found = [(row["interval_start"].isoformat(), row["value"]) for row in rows]
    assert found[0] == ("2024-05-01T17:00:00+00:00", 25100.0)
    assert found[-1] == ("2024-05-02T17:10:00+00:00", 25202.0)
    assert len(found) == 6
    assert {(row["node"], row["metric"], row["unit"], row["resolution"]) for row in rows} == {
        ("CAISO", "load", "MW", "PT5M")
    }


def test_a_limit_of_requests_is_reported(answers: Callable[..., RecordedSite]) -> None:
    answers(lambda path: Recorded(status=429, headers={"Retry-After": "30"}))
    with pytest.raises(LoadError, match=r"limits the number of requests\. Wait 30 seconds, then fetch fewer days\.$"):
        gridstatus_fetch.fetch("CAISO", "load", "2024-05-01", "2024-05-03")


def test_a_missing_key_is_reported(answers: Callable[..., RecordedSite], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PJM_API_KEY", raising=False)
    with pytest.raises(LoadError, match=r"PJM cannot be used .*It may need a key in the environment"):
        gridstatus_fetch.fetch("PJM", "load", "2024-05-01", None)
