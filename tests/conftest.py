"""Settings of all tests."""

import pytest
from hypothesis import HealthCheck, settings

# No deadlines: the machines that run the tests are shared, and a slow example is no failure.
settings.register_profile("shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared-machine")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded for the log, such as latencies."""
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, text in report.user_properties:
            if name == "log" and report.when == "call":
                terminalreporter.line(f"{report.nodeid.rpartition('::')[2]}: {text}")
