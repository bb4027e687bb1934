"""What guards both ends: each load before it counts, and the marts after a build."""

from loaders.gates.gate import Verdict, gate_loads, pending_loads
from loaders.gates.measure import GateResult

__all__ = ["GateResult", "Verdict", "gate_loads", "pending_loads"]
