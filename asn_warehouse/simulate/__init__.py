"""Synthetic agencies with labelled faults: files as agencies would send them."""

from asn_warehouse.simulate.run import simulate
from asn_warehouse.simulate.spec import SimulationResult, SimulationSpec

__all__ = ["SimulationResult", "SimulationSpec", "simulate"]
