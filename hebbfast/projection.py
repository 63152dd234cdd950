"""A front end for data that are not ±1: signs of random projections."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, bits
from hebbfast._work.pieces import pieces

__all__ = ["SignProjection"]


class SignProjection:
    """Signs of Gaussian projections: the share of units in which two codes differ is their angle over π, on average.

    Parameters
    ----------
    features : int
        Numbers in a row of data.
    units : int
        D, bits of a code.
    rng : seed, SeedSequence or Generator, optional
        Where the projections come from (`numpy.random.default_rng`).

    Attributes
    ----------
    matrix : ndarray
        float32 (features, D), read-only.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Notes
    -----
    Goemans and Williamson (1995), J. ACM 42, 1115, lemma 3.2; Charikar (2002), STOC, "Similarity estimation techniques
    from rounding algorithms". Take the mean off data first: only directions from the origin count. A projection of
    zero gives +1. Sums are floats, added in an order that the BLAS chooses by the shape of the batch: a code may differ
    in a unit whose projection is almost zero between machines, and between a row alone and the row in a batch.

    Examples
    --------
    >>> import numpy as np
    >>> import hebbfast as hb
    >>> codes = hb.SignProjection(2, 4000, rng=0).encode([[1.0, 0.0], [1.0, 1.0], [-1.0, 0.0]])
    >>> differ = (4000 - codes.overlaps(codes[:1])[0]) / 2
    >>> (differ / 4000).round(1).tolist()  # angles 0, π/4, π
    [0.0, 0.2, 1.0]
    """

    def __init__(self, features: int, units: int, *, rng: Any = None) -> None:
        self.features, self.units = _arguments.size("features", features), _arguments.size("units", units)
        generator = _arguments.generator(rng)
        self.matrix: NDArray[np.float32] = generator.standard_normal((self.features, self.units), dtype=np.float32)
        self.matrix.flags.writeable = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.matrix.flags.writeable = False  # pickled arrays come back writable

    def __repr__(self) -> str:
        return f"<SignProjection features={self.features} D={self.units}>"

    def encode(self, data: ArrayLike) -> bits.PackedPatterns:
        """Codes of rows of data.

        Parameters
        ----------
        data : array_like
            (Q, features) of finite real numbers.

        Returns
        -------
        PackedPatterns
            (Q, D).

        Raises
        ------
        ValueError
            If ``data`` has another shape, or is not finite.
        """
        values = _arguments.real_array("data", data)
        if values.ndim != 2 or values.shape[1] != self.features or len(values) == 0:
            raise ValueError(f"data must have shape (Q, {self.features}) with Q >= 1, got shape {values.shape}")
        words = bits.empty_words(len(values), self.units)
        for part in pieces(len(values), self.features * self.units, 8 * (self.units + self.features)):
            rows = values[part].astype(np.float64)
            rows = np.ldexp(rows, -np.frexp(abs(rows).max(axis=1, keepdims=True))[1])  # huge and tiny ones fit float32
            words[part] = bits.pack_signs(rows.astype(np.float32) @ self.matrix >= 0, "data")
        return bits.packed(words, self.units)
