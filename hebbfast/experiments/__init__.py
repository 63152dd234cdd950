"""Experiments: many trials, plain records.

learned_capacity   how much learned couplings hold, from the patterns themselves and from noisy cues
"""

from hebbfast.experiments.learned import LearnedCapacity, learned_capacity

__all__ = ["LearnedCapacity", "learned_capacity"]
