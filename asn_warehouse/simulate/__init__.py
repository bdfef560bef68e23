"""Synthetic agencies with labelled faults: files as agencies would send them."""

from asn_warehouse.simulate.run import simulate
from asn_warehouse.simulate.spec import NATIONAL, SimulationResult, SimulationSpec
from asn_warehouse.simulate.truths import Truths

__all__ = ["NATIONAL", "SimulationResult", "SimulationSpec", "Truths", "simulate"]
