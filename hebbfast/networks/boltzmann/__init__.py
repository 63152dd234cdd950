"""Boltzmann machines: networks at T = 1 whose couplings ascend the likelihood of patterns, one file a concept."""

from hebbfast.networks.boltzmann._ascent import History
from hebbfast.networks.boltzmann._machine import Completion
from hebbfast.networks.boltzmann.machine import BoltzmannMachine

__all__ = ["BoltzmannMachine", "Completion", "History"]
