"""What guards both ends: each load before it counts, and the marts after a build."""

from loaders.gates.checks import check_marts, check_raw
from loaders.gates.load_gate import Verdict, gate_loads, pending_loads
from loaders.gates.outputs.webhook import alert_held
from loaders.gates.results import CheckReport, Outcome
from loaders.gates.rule_evaluation import GateResult

__all__ = [
    "CheckReport",
    "GateResult",
    "Outcome",
    "Verdict",
    "alert_held",
    "check_marts",
    "check_raw",
    "gate_loads",
    "pending_loads",
]
