"""Send failures to webhooks and other addresses. Delivery errors are logged; they neither fail nor delay the caller."""

import atexit
import json
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from loaders.errors import BuildError
from loaders.gates.load_gate import GateVerdict, describe_failures
from loaders.gates.outputs.notifications import notify
from loaders.gates.results import CheckResult
from loaders.messages import one_line
from loaders.settings import settings

log = logging.getLogger(__name__)

TIMEOUT = 5.0  # seconds, for connecting and for each response
PATIENCE = 10.0  # seconds for all attempts together: a server may send a byte now and then
PAUSES = (0.5, 2.0)  # seconds before the second and the third attempt

_in_delivery: list[tuple[threading.Thread, float]] = []
_registered: list[bool] = []


def alert_check(check: CheckResult) -> None:
    """Send a failed check to the addresses in WAREHOUSE_ALERT_URL, if that is set."""
    if not check.passed:
        _post(check_message(check))


def alert_held(verdict: GateVerdict, uri: str) -> None:
    """Send why a load is held; nothing is sent of a load that passed."""
    if not verdict.passed:
        _post(held_message(verdict, uri))


@contextmanager
def alert_when_build_fails() -> Iterator[None]:
    """Send why the dbt build in this block failed; the error is raised all the same."""
    try:
        yield
    except BuildError as error:
        text = f"dbt build failed: {one_line(error, 600)}"
        _post({"text": text, "gate": "build", "error": str(error), "failures": []})
        raise


def alert_run(text: str, summary: dict[str, Any]) -> None:
    """Send the summary of a scheduled run that failed or left a load held."""
    _post({"text": text, "gate": "run", "summary": summary, "failures": []})


def check_message(check: CheckResult) -> dict[str, Any]:
    """Return what is sent: text (which chat services show), gate, checked_at, error, failures."""
    failures = [
        {
            "expectation": outcome.name,
            "scope": outcome.scope,
            "observed": outcome.observed,
            "limit": outcome.limit,
            "detail": outcome.detail,
            "rows": outcome.rows,
        }
        for outcome in check.failures
    ]
    reason = check.error or "; ".join(f"{outcome.name} ({outcome.scope})" for outcome in check.failures)
    return {
        "text": f"check {check.gate} failed: {reason}",
        "gate": check.gate,
        "checked_at": check.checked_at.isoformat(),
        "error": check.error,
        "failures": failures,
    }


def held_message(verdict: GateVerdict, uri: str) -> dict[str, Any]:
    """Return what is sent: text, gate, load_id, uri, failures (rule, metric, rows that broke it and may, examples)."""
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
    decide = f"Decide with: warehouse accept {verdict.load_id} --why ..., or withdraw"
    return {
        "text": f"load {verdict.load_id} ({uri}) is held: {describe_failures(verdict.failures)}. {decide}",
        "gate": "load",
        "load_id": verdict.load_id,
        "uri": uri,
        "failures": failures,
    }


def wait_for_alerts() -> None:
    """Wait until all alerts are delivered or given up, each at most PATIENCE seconds after it was sent."""
    while _in_delivery:
        sender, deadline = _in_delivery.pop()
        sender.join(max(0.0, deadline - time.monotonic()))
        if sender.is_alive():
            _log_failure(f"no response within {PATIENCE:g} s")


def _post(content: dict[str, Any]) -> None:
    """Start the deliveries and return at once; the process waits for them when it ends."""
    addresses = settings().alert_url
    if addresses is None:
        return
    if not _registered:
        _registered.append(True)
        atexit.register(wait_for_alerts)
    deadline = time.monotonic() + PATIENCE
    for address in addresses.get_secret_value().split():
        # A daemon: a server that sends a byte now and then would keep the process from ending.
        sender = threading.Thread(target=_deliver, args=(address, content, deadline), daemon=True)
        sender.start()
        _in_delivery.append((sender, deadline))


def _deliver(address: str, content: dict[str, Any], deadline: float) -> None:
    """Try up to three times. A webhook gets all of the content, other addresses its text."""
    body = json.dumps(content, default=str).encode()
    for pause in (*PAUSES, None):
        if address.startswith(("http://", "https://")):
            error, may_pass = _send(address, body)
        else:
            error, may_pass = notify(address, content["text"], TIMEOUT)
        if error is None:
            return
        if pause is None or not may_pass or time.monotonic() + pause >= deadline:
            _log_failure(error)
            return
        time.sleep(pause)


def _log_failure(reason: str) -> None:
    """The URL may be a secret in itself, so neither it nor an error that quotes it is shown."""
    log.warning("The alert to WAREHOUSE_ALERT_URL was not delivered (%s).", reason)


def _send(url: str, body: bytes) -> tuple[str | None, bool]:
    """Return what went wrong, if anything, and whether another attempt may succeed."""
    try:
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="POST")
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            response.read(1)
    except urllib.error.HTTPError as error:
        return f"the server responded {error.code}", error.code >= 500 or error.code in (408, 425, 429)
    except OSError as error:
        reason = getattr(error, "reason", error)
        return type(reason).__name__, True
    except Exception as error:  # whatever it is, the check has its result already
        return type(error).__name__, False
    return None, False
