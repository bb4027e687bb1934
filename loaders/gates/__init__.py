"""Checks at both ends: each load before it counts, and the marts after a build."""

from loaders.gates.checks import check_marts, check_raw
from loaders.gates.load_gate import GateVerdict, gate_loads, pending_loads
from loaders.gates.outputs.webhook import alert_held, alert_when_build_fails
from loaders.gates.results import CheckResult, ExpectationResult
from loaders.gates.rule_evaluation import GateResult

__all__ = [
    "CheckResult",
    "ExpectationResult",
    "GateResult",
    "GateVerdict",
    "alert_held",
    "alert_when_build_fails",
    "check_marts",
    "check_raw",
    "gate_loads",
    "pending_loads",
]
