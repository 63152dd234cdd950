"""neurodynex3's patterns: to make, to damage, to compare."""

import gzip
import importlib.util
import pickle
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "PatternFactory",
    "compute_overlap",
    "compute_overlap_list",
    "compute_overlap_matrix",
    "flip_n",
    "get_noisy_copy",
    "get_pattern_diff",
    "load_alphabet",
    "reshape_patterns",
]

Pattern = NDArray[Any]


class PatternFactory:
    """Patterns of ±1 of one size.

    Parameters
    ----------
    pattern_length : int
        Rows.
    pattern_width : int, optional
        Columns; as many as rows by default.

    Examples
    --------
    >>> PatternFactory(2).create_checkerboard().tolist()
    [[1, -1], [-1, 1]]
    """

    def __init__(self, pattern_length: int, pattern_width: int | None = None) -> None:
        self.pattern_length = pattern_length
        self.pattern_width = pattern_length if pattern_width is None else pattern_width

    @property
    def _shape(self) -> tuple[int, int]:
        return self.pattern_length, self.pattern_width

    def create_random_pattern(self, on_probability: float = 0.5) -> Pattern:
        """Each +1 with a probability, drawn from NumPy's global generator."""
        drawn: Pattern = 2 * np.random.binomial(1, on_probability, self._shape) - 1  # noqa: NPY002
        return drawn

    def create_random_pattern_list(self, nr_patterns: int, on_probability: float = 0.5) -> list[Pattern]:
        """Several of them."""
        return [self.create_random_pattern(on_probability) for _ in range(nr_patterns)]

    def create_row_patterns(self, nr_patterns: int | None = None) -> list[Pattern]:
        """Pattern k has row k at +1; as many as rows by default."""
        count = self.pattern_length if nr_patterns is None else nr_patterns
        patterns = [self.create_all_off() for _ in range(count)]
        for row, pattern in enumerate(patterns):
            pattern[row] = 1
        return patterns

    def create_all_on(self) -> Pattern:
        """All +1."""
        return np.ones(self._shape, dtype=np.int64)

    def create_all_off(self) -> Pattern:
        """All -1."""
        return -self.create_all_on()

    def create_checkerboard(self) -> Pattern:
        """+1 in the corner, and neighbours differ."""
        rows, columns = np.indices(self._shape)
        return np.asarray(1 - 2 * ((rows + columns) % 2))

    def create_L_pattern(self, l_width: int = 1) -> Pattern:
        """The first columns and the last rows at +1."""
        pattern = self.create_all_off()
        for k in range(l_width):
            pattern[-k - 1] = 1
            pattern[:, k] = 1
        return pattern

    def reshape_patterns(self, pattern_list: Iterable[Pattern]) -> list[Pattern]:
        """Flat patterns in rows and columns."""
        return reshape_patterns(pattern_list, self._shape)


def reshape_patterns(pattern_list: Iterable[Pattern], shape: Any) -> list[Pattern]:
    """Patterns in another shape."""
    return [pattern.reshape(shape) for pattern in pattern_list]


def flip_n(template: Pattern, nr_of_flips: int) -> Pattern:
    """A copy with so many units flipped, chosen by NumPy's global generator.

    Parameters
    ----------
    template : ndarray
        Of any shape.
    nr_of_flips : int
        Units.

    Returns
    -------
    ndarray
        Of the same shape.
    """
    flat = template.flatten()
    flat[np.random.choice(flat.size, nr_of_flips, replace=False)] *= -1  # noqa: NPY002
    return flat.reshape(template.shape)


def get_noisy_copy(template: Pattern, noise_level: float) -> Pattern:
    """A copy with a share of its units drawn anew, of which about half change.

    Parameters
    ----------
    template : ndarray
        Of any shape.
    noise_level : float
        From 0, a copy, to 1, a random pattern.

    Returns
    -------
    ndarray
        Of the same shape.

    Raises
    ------
    ValueError
        If the level lies outside.
    """
    if not 0 <= noise_level <= 1:
        raise ValueError(f"noise_level must lie in [0, 1], got {noise_level}")
    flat = template.flatten()
    if noise_level > 0:
        count = round(flat.size * noise_level)
        chosen = np.random.choice(flat.size, count, replace=False)  # noqa: NPY002
        flat[chosen] = 2 * np.random.binomial(1, 0.5, count) - 1  # noqa: NPY002
    return flat.reshape(template.shape)


def compute_overlap(pattern1: Pattern, pattern2: Pattern) -> Any:
    """Σ_i x_i y_i / N of two patterns of one shape."""
    _expect_same_shape(pattern1, pattern2)
    return np.dot(pattern1.flatten(), pattern2.flatten()) / pattern1.size


def compute_overlap_list(reference_pattern: Pattern, pattern_list: Sequence[Pattern]) -> NDArray[np.float64]:
    """(K,): the overlap of one with each."""
    return np.array([compute_overlap(reference_pattern, pattern) for pattern in pattern_list], dtype=np.float64)


def compute_overlap_matrix(pattern_list: Sequence[Pattern]) -> NDArray[np.float64]:
    """(K, K): the overlaps of all with all."""
    rows = np.array([pattern.flatten() for pattern in pattern_list], dtype=np.float64)
    return np.asarray(rows @ rows.T / max(1, rows.shape[-1]))


def get_pattern_diff(pattern1: Pattern, pattern2: Pattern, diff_code: int = 0) -> Pattern:
    """The common value where two patterns agree, ``diff_code`` where they differ."""
    _expect_same_shape(pattern1, pattern2)
    return np.where(pattern1 == pattern2, pattern1, diff_code)


def load_alphabet() -> dict[str, Pattern]:
    """The letters A to Z in 10 rows and 10 columns, from the data of an installed ``neurodynex3``.

    Raises
    ------
    ImportError
        If it is not installed: the letters are its own.
    """
    found = importlib.util.find_spec("neurodynex3")
    if found is None or not found.submodule_search_locations:
        raise ImportError("neurodynex3 is needed here, for its letters: pip install --no-deps neurodynex3")
    path = Path(found.submodule_search_locations[0]) / "data" / "alphabet.pickle.gz"
    with gzip.open(path) as file:
        letters: dict[str, Pattern] = pickle.load(file, encoding="latin1")
    return {name.upper(): letter.reshape(10, 10) for name, letter in letters.items()}


def _expect_same_shape(first: Pattern, second: Pattern) -> None:
    if first.shape != second.shape:
        raise ValueError(f"patterns must have one shape, got {first.shape} and {second.shape}")
