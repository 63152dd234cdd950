"""Log-binning against series whose autocorrelation is known, and against emcee."""

import numpy as np
import pytest

from hebbfast.dynamics.observables import Binning


def autoregressive(rng, length, series, phi):
    """x_t = φ x_{t-1} + noise, of variance 1: ρ_k = φ^k, so τ = (1 + φ) / (1 - φ)."""
    values = rng.normal(size=(length, series))
    values[1:] *= np.sqrt(1 - phi**2)
    for t in range(1, length):
        values[t] += phi * values[t - 1]
    return values


def binned(values):
    bins = Binning()
    for first in range(0, len(values), 700):  # blocks that fit no power of two
        bins.extend(values[first : first + 700])
    return bins


@pytest.mark.parametrize(
    ("phi", "low", "high"), [(0.9, 16.5, 21), (0.99, 150, 230), (0.0, 0.95, 1.05), (-0.5, 0.3, 0.4)]
)
def test_times_of_autoregressive_series(phi, low, high):
    """Means over 20 series of 50,000; the estimate of one is known to 7 to 20 %, and a little low."""
    found = binned(autoregressive(np.random.default_rng(1), 50_000, 20, phi)).tau
    assert low < found.mean() < high


def test_errors_are_errors():
    """500 series of 8192 with τ = 19: mean over error has the root mean square 1, but for 4 % and the bias of bins."""
    bins = binned(autoregressive(np.random.default_rng(2), 8192, 500, 0.9))
    assert 0.9 < np.sqrt(np.mean((bins.mean / bins.error) ** 2)) < 1.2


def test_against_emcee():
    emcee = pytest.importorskip("emcee")
    values = autoregressive(np.random.default_rng(3), 60_000, 6, 0.9)
    theirs = [emcee.autocorr.integrated_time(column, quiet=True)[0] for column in values.T]
    assert abs(binned(values).tau.mean() / np.mean(theirs) - 1) < 0.12


def test_against_pymbar():
    timeseries = pytest.importorskip("pymbar.timeseries")
    values = autoregressive(np.random.default_rng(4), 60_000, 6, 0.9)
    theirs = [timeseries.statistical_inefficiency(column) for column in values.T]
    assert abs(binned(values).tau.mean() / np.mean(theirs) - 1) < 0.12


def test_large_offsets_small_differences_and_blocks_do_not_matter():
    values = np.random.default_rng(4).integers(0, 3, (1000, 2, 3)).astype(np.float64)
    plain, moved, single = binned(values), binned(values + 2.0**40), Binning()
    for row in values:
        single.add(row)
    np.testing.assert_allclose(moved.mean - 2.0**40, values.mean(axis=0), atol=1e-3)
    for other in (moved, single):
        np.testing.assert_allclose(other.error, plain.error, rtol=1e-9)
        np.testing.assert_allclose(other.tau, plain.tau, rtol=1e-9)
    halfway = Binning()
    halfway.extend(values[:333])
    resumed = Binning()
    resumed.restore(halfway.state())
    for bins in (halfway, resumed):
        bins.extend(values[333:])
    np.testing.assert_array_equal(resumed.error, halfway.error)


def test_too_few_values():
    bins = Binning()
    assert np.isnan(bins.mean) and np.isnan(bins.error)
    bins.add(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(bins.mean, [1, 2])
    assert np.isnan(bins.error).all() and np.isnan(bins.tau).all()
    bins.add(np.array([1.0, 4.0]))
    np.testing.assert_allclose(bins.error, [0, 1])
    np.testing.assert_allclose(bins.tau, [1, 1])
