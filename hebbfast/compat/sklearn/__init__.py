"""Estimators for scikit-learn: rows of numbers are cut to ±1 at a threshold, then stored and recalled, or learned.

They take part in pipelines, searches over parameters and cross-validation, pickle, and know the names of features.
"""

try:
    from hebbfast.compat.sklearn.machine import BoltzmannMachine
    from hebbfast.compat.sklearn.memories import AssociativeMemory, AssociativeMemoryClassifier
except ImportError as error:
    raise ImportError(
        f'hebbfast.compat.sklearn needs scikit-learn >= 1.6 ({error}): pip install "hebbfast[sklearn]"'
    ) from None

__all__ = ["AssociativeMemory", "AssociativeMemoryClassifier", "BoltzmannMachine"]
