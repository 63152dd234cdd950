"""Signs of projections: angles, kinds, refusals."""

import copy
import math
import pickle

import numpy as np
import pytest

import hebbfast as hb


def test_differing_units_measure_the_angle():
    """Each of 20,000 units differs with probability θ / π: 5 standard errors are below .018."""
    rng = np.random.default_rng(0)
    data = rng.standard_normal((6, 30))
    codes = hb.SignProjection(30, 20_000, rng=1).encode(data)
    share = (20_000 - codes.overlaps(codes)) / 40_000
    unit = data / np.linalg.norm(data, axis=1, keepdims=True)
    angle = np.arccos(np.clip(unit @ unit.T, -1, 1)) / math.pi
    np.testing.assert_allclose(share, angle, atol=0.018)


def test_size_does_not_matter_and_copies_are_equal():
    projection = hb.SignProjection(5, 100, rng=3)
    data = np.random.default_rng(1).standard_normal((10, 5))
    for factor in (2, 2.0**1000, 2.0**-1000):  # beyond float32
        assert projection.encode(factor * data) == projection.encode(data)
    assert projection.encode(np.array([[2**63 - 1] * 5])) == projection.encode(np.ones((1, 5)))
    assert hb.SignProjection(5, 100, rng=3).encode(data) == projection.encode(data)
    assert pickle.loads(pickle.dumps(projection)).encode(data) == projection.encode(data)
    for copied in (pickle.loads(pickle.dumps(projection)), copy.copy(projection), copy.deepcopy(projection)):
        assert not copied.matrix.flags.writeable
    assert projection.encode(np.zeros((1, 5))).unpack().tolist() == [[1] * 100]
    assert repr(projection) == "<SignProjection features=5 D=100>"


def test_refusals():
    projection = hb.SignProjection(5, 10, rng=0)
    for wrong in (np.ones(5), np.ones((2, 4)), np.ones((0, 5))):
        with pytest.raises(ValueError, match=r"data must have shape \(Q, 5\)"):
            projection.encode(wrong)
    with pytest.raises(ValueError, match="data must be finite"):
        projection.encode([[math.nan] * 5])
    with pytest.raises(ValueError, match="features must be an integer"):
        hb.SignProjection(0, 10)
    with pytest.raises(ValueError, match="units must be an integer"):
        hb.SignProjection(5, 1.5)
