"""What all estimators share: features are cut to ±1."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from hebbfast import _arguments

__all__ = ["Signed"]

FLOATS = (np.float64, np.float32)  # of what comes out, as of what went in


class Signed(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """An estimator with a ``threshold``."""

    def _read(self, X: Any, **options: Any) -> Any:
        """X as finite floats; with ``y=`` the pair of both."""
        return validate_data(self, X, dtype=FLOATS, **options)

    def _signs(self, X: NDArray[Any]) -> NDArray[np.int8]:
        return np.where(X > _arguments.real("threshold", self.threshold), np.int8(1), np.int8(-1))
