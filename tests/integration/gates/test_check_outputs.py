"""What a check leaves behind: files for people and CI, a history, an alert; and all of it when it cannot even ask."""

import http.server
import json
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from loaders import load_frame
from loaders.cli import app
from loaders.errors import BuildError, GateError
from loaders.gates import check_marts, check_raw
from loaders.gates import checks as checks_module
from loaders.gates.outputs.webhook import wait_for_alerts
from tests.support.gate_cases import judge, rows, spoil_rules
from tests.support.warehouses import Warehouse, changed_environment

HELD = "No load is held"


class Hook(http.server.BaseHTTPRequestHandler):
    """Keeps what it is reported, and answers with the server's status."""

    def do_POST(self) -> None:
        self.server.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *given: object) -> None:
        pass


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[http.server.HTTPServer]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    server.received, server.status = [], 200
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with changed_environment(WAREHOUSE_ALERT_URL=f"http://127.0.0.1:{server.server_address[1]}/s3cret"):
        yield server
    server.shutdown()
    server.server_close()


def test_a_check_writes_a_page_and_an_xml_and_names_them(warehouse: Warehouse, tmp_path: Path) -> None:
    judge(warehouse, rows("load", [300_000.0]).assign(node="<Köln>"))
    report = check_raw(tmp_path)
    assert (report.page, report.junit) == (str(tmp_path / "check_raw.html"), str(tmp_path / "junit" / "check_raw.xml"))
    page = Path(report.page).read_text(encoding="utf-8")
    assert "1 of 6 expectations failed" in page
    assert "&lt;Köln&gt;" in page
    suite = ET.parse(report.junit).getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("6", "1")
    assert "node=<Köln>" in suite.find("testcase/failure").text
    assert check_marts(tmp_path).passed
    assert ET.parse(tmp_path / "junit" / "check_marts.xml").getroot()[0].get("failures") == "0"
    assert "expectations met" in (tmp_path / "check_marts.html").read_text(encoding="utf-8")
    assert not list(tmp_path.rglob(".*"))


def test_the_history_shows_when_a_rule_began_to_fail(warehouse: Warehouse, tmp_path: Path) -> None:
    first = check_raw(tmp_path)
    held = judge(warehouse, rows("load", [300_000.0])).load_id
    second = check_raw(tmp_path)
    warehouse.apply_loads()
    reported = warehouse.query(
        "select is_passed, observed, scope, checked_at from marts.fct_check_results where expectation = %s order by 4",
        HELD,
    )
    assert reported == [(True, 0, "loads", first.checked_at), (False, 1, f"load {held}", second.checked_at)]
    assert warehouse.query("select count(*) from raw.check_results") == [(12,)]
    kept = warehouse.query("select examples from raw.check_results where not passed")
    assert [row["value"] for row in kept[0][0]] == [300_000.0]


def test_a_gate_that_cannot_run_leaves_no_green_file_of_the_run_before(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hook: http.server.HTTPServer
) -> None:
    reports = tmp_path / "reports"
    assert check_raw(reports).passed
    spoil_rules(monkeypatch, tmp_path)
    with pytest.raises(GateError, match="unknown kind"):
        check_raw(reports)
    assert "could not run" in (reports / "check_raw.html").read_text(encoding="utf-8")
    suite = ET.parse(reports / "junit" / "check_raw.xml").getroot()[0]
    assert (suite.get("errors"), suite.get("failures")) == ("1", "0")
    assert "unknown kind" in suite[0][0].get("message")
    wait_for_alerts()
    [reported] = hook.received
    assert "unknown kind" in reported["error"]


def test_whatever_breaks_inside_a_gate_nothing_passes(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*given: object) -> None:
        raise KeyError("rule")

    monkeypatch.setattr(checks_module, "read_rules", breaks)
    with pytest.raises(GateError, match="The raw check cannot run: 'rule'"):
        check_raw(tmp_path)


def test_a_check_whose_results_cannot_be_kept_fails(warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.query("alter table raw.check_results rename to renamed")
    with pytest.raises(GateError, match=r"not up to date\. Run: warehouse db start"):
        check_raw(tmp_path)
    assert "could not run" in (tmp_path / "check_raw.html").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_fails_and_names_the_file(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "junit").write_text("in the way")
    with pytest.raises(GateError, match=r"junit/check_raw\.xml cannot be written"):
        check_raw(tmp_path)


@pytest.mark.parametrize("status", [200, 500])
def test_a_failed_check_alerts_and_its_result_is_the_same_whatever_the_webhook_says(
    warehouse: Warehouse, tmp_path: Path, hook: http.server.HTTPServer, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    hook.status = status
    assert check_raw(tmp_path).passed
    assert hook.received == []
    load_id = judge(warehouse, rows("load", [300_000.0])).load_id
    assert [outcome.name for outcome in check_raw(tmp_path).failures] == [HELD]
    wait_for_alerts()
    reported = hook.received[0]
    assert len(hook.received) == (1 if status == 200 else 3)
    assert reported["text"] == f"check raw failed: {HELD} (load {load_id})"
    assert reported["failures"][0]["rows"][0]["value"] == 300_000.0
    assert ("was not delivered" in caplog.text) == (status == 500)
    assert "s3cret" not in caplog.text


def test_a_load_that_is_held_alerts_as_it_comes_and_one_that_passes_does_not(
    warehouse: Warehouse, hook: http.server.HTTPServer
) -> None:
    good, bad = rows("load", [1.0]), rows("load", [300_000.0])
    assert load_frame(good, source="test", create_missing=True, name="good").result.status == "accepted"
    assert hook.received == []
    held = load_frame(bad, source="test", create_missing=True, name="bad")
    assert held.result.status == "held"
    wait_for_alerts()
    [reported] = hook.received
    assert reported["text"].startswith(f"load {held.result.load_id} (bad) is held: load_range fails for 1 of 1 rows")


def test_a_failed_build_of_the_command_line_alerts(warehouse: Warehouse, hook: http.server.HTTPServer) -> None:
    warehouse.query("alter table staging.int_measure_revisions rename column known_to to known_until")
    result = CliRunner().invoke(app, ["build"])
    assert isinstance(result.exception, BuildError)
    wait_for_alerts()
    [alert] = hook.received
    assert alert["text"].startswith("dbt build failed: dbt: model ")
