"""Tell a webhook that a check failed or a load is held. It can help or not; the check and the load go their way."""

import json
import logging
import threading
import urllib.error
import urllib.request

from loaders.gates.load_gate import Verdict, describe
from loaders.gates.results import CheckReport
from loaders.settings import settings

log = logging.getLogger(__name__)

TIMEOUT = 5.0  # seconds, for connecting and for each answer
PATIENCE = 10.0  # seconds in all: a server may send a byte now and then


def alert(report: CheckReport) -> None:
    """Send a failed report as JSON to WAREHOUSE_ALERT_URL, if that is set; what goes wrong there is a warning."""
    if not report.passed:
        _post(message(report))


def alert_held(verdict: Verdict, uri: str) -> None:
    """Send what a load was held for, in the same way; nothing is sent of a load that passed."""
    if not verdict.passed:
        _post(message_held(verdict, uri))


def _post(content: dict) -> None:
    """The URL may be a secret in itself, so neither it nor an error that quotes it is shown."""
    url = settings().alert_url
    if url is None:
        return
    faults: list[str] = []
    sending = threading.Thread(target=_send, args=(url.get_secret_value(), content, faults), daemon=True)
    sending.start()
    sending.join(PATIENCE)
    if sending.is_alive():
        faults.append(f"no answer within {PATIENCE:g} s")
    if faults:
        log.warning("The alert to WAREHOUSE_ALERT_URL was not delivered (%s).", faults[0])


def message(report: CheckReport) -> dict:
    """What is sent: text (which chat services show), gate, checked_at, error, failures."""
    failures = [
        {
            "expectation": outcome.name,
            "scope": outcome.scope,
            "observed": outcome.observed,
            "limit": outcome.limit,
            "detail": outcome.detail,
            "rows": outcome.rows,
        }
        for outcome in report.failures
    ]
    said = report.error or "; ".join(f"{outcome.name} ({outcome.scope})" for outcome in report.failures)
    return {
        "text": f"check {report.gate} failed: {said}",
        "gate": report.gate,
        "checked_at": report.checked_at.isoformat(),
        "error": report.error,
        "failures": failures,
    }


def message_held(verdict: Verdict, uri: str) -> dict:
    """What is sent: text, gate, load_id, uri, failures (rule, metric, how many rows broke it and may, some of them)."""
    failures = [
        {
            "rule": result.rule,
            "metric": result.metric,
            "observed": f"{result.rows_failed} of {result.rows_checked} rows",
            "limit": f"{result.share_allowed:.2%} of the rows",
            "detail": result.rule_description,
            "rows": result.examples,
        }
        for result in verdict.failures
    ]
    decide = f"decide with: python -m loaders accept {verdict.load_id} --why …, or withdraw"
    return {
        "text": f"load {verdict.load_id} ({uri}) is held: {describe(verdict.failures)}; {decide}",
        "gate": "load",
        "load_id": verdict.load_id,
        "uri": uri,
        "failures": failures,
    }


def _send(url: str, content: dict, faults: list[str]) -> None:
    try:
        if not url.startswith(("http://", "https://")):
            raise ValueError("not an http address")
        body = json.dumps(content, default=str).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="POST")
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            answer.read(1)
    except urllib.error.HTTPError as error:
        faults.append(f"the server answered {error.code}")
    except Exception as error:  # whatever it is, the check has said what it found
        reason = getattr(error, "reason", error)
        faults.append(type(reason).__name__)
