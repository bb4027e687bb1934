"""What guards both ends: each load before it counts, and the marts after a build."""

from loaders.gates.alert import alert_held
from loaders.gates.check import check_marts, check_raw
from loaders.gates.gate import Verdict, gate_loads, pending_loads
from loaders.gates.measure import GateResult
from loaders.gates.outcome import CheckReport, Outcome

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
