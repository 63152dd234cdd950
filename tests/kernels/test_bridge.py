"""What the bridge refuses, and levels: by name, at once, and with nothing changed."""

import os
import subprocess
import sys

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels, bits

NO_UNITS, NO_WORDS, COLD = np.empty(0, np.uint32), np.empty(0, np.uint64), np.zeros((1, 1))


def dynamics(units, **change):
    given = {"update": "async", "order": "random", "visits": NO_UNITS, "tie": "plus", "temperatures": COLD}
    return _kernels.Dynamics(units, *(given | change).values(), NO_WORDS)


def memory(units=10, patterns=3):
    rows, columns = np.zeros((patterns, 1), np.uint64), np.zeros((units, 1), np.uint64)
    return _kernels.Memory(rows, columns, units, hb.Polynomial(2).weights(units, patterns))


def run(model, rules, count=2, level=None, room=None, words=1):
    states, progress = np.zeros((count, words), np.uint64), np.zeros((count, 5), np.int64)
    workspace = bits.aligned_bytes(_kernels.workspace_bytes(model, rules)) if room is None else room
    workspace[:64] = 0
    level = _kernels.active_level() if level is None else level
    return _kernels.recall(
        model, rules, level, states, states[:0], progress, 3, 0, count, 2**60, np.empty(0), workspace
    )


def test_levels(level):
    assert _kernels.simd_level() == level
    assert _kernels.available_simd_levels()[-1] == "scalar"
    with pytest.raises(ValueError, match=r"must be one of .*scalar.* got 'sse9'"):
        _kernels.use_simd_level("sse9")
    with pytest.raises(ValueError, match=r"must be one of .*scalar.* got None"):
        _kernels.use_simd_level(None)
    assert _kernels.simd_level() == level
    _kernels.use_simd_level(level.upper())
    assert _kernels.simd_level() == level


@pytest.mark.parametrize("setting", ["AVX2!", "neon512", "avx2 "])
def test_a_wrong_setting_is_one_clear_line_at_first_use(setting):
    script = """
import hebbfast._kernels as k
import numpy as np
for use in (k.simd_level, k.active_level, lambda: k.count_bits(np.zeros(1, np.uint64))):
    try:
        use()
    except ValueError as error:
        print(error)
k.use_simd_level("scalar")
print(k.simd_level())
"""
    environment = {**os.environ, "HEBBFAST_SIMD": setting}
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, env=environment, check=True
    )
    levels = ", ".join(_kernels.available_simd_levels())
    line = f"HEBBFAST_SIMD must be one of {levels} on this machine, got {setting!r}"
    assert done.stdout.splitlines() == [line] * 3 + ["scalar"]


def test_the_setting_takes_capitals():
    script = "import hebbfast._kernels as k; print(k.simd_level())"
    environment = {**os.environ, "HEBBFAST_SIMD": "SCALAR"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "scalar"


def test_a_running_recall_keeps_the_level_it_was_given():
    before = _kernels.active_level()
    _kernels.use_simd_level("scalar")
    assert run(memory(), dynamics(10), level=before) == 2
    _kernels.use_simd_level(_kernels.available_simd_levels()[0])
    for level in (-1, 99):
        with pytest.raises(ValueError, match=f"level must be what active_level.. gives, got {level}"):
            run(memory(), dynamics(10), level=level)


@pytest.mark.parametrize(
    ("starts", "targets", "values", "message"),
    [
        ([0, 1], [0], [1], "bias must have one entry a unit"),
        ([0, 1, 3], [1, 0], [1, 1], "starts must lead from 0 to the number of targets"),
        ([1, 1, 2], [1, 0], [1, 1], "starts must lead from 0 to the number of targets"),
        ([0, 3, 2], [1, 0], [1, 1], "starts must not fall"),
        ([0, 1, 2], [1, 2], [1, 1], "targets must lie in 0..D-1"),
        ([0, 1, 2], [1, 0], [1], "outgoing must have one entry a target"),
        ([0, 1, 2], [1, 0], [[1], [1]], "outgoing must have one entry a target"),
    ],
)
def test_sparse_couplings_that_lead_nowhere(starts, targets, values, message):
    sparse = np.array(starts, np.int64), np.array(targets, np.uint32)
    with pytest.raises(ValueError, match=message):
        _kernels.Couplings(np.array(values, np.int16), np.zeros(2, np.int32), 1.0, True, sparse=sparse)


def test_dynamics_of_another_size():
    couplings = _kernels.Couplings(np.zeros((10, 10), np.int8), np.zeros(10, np.int32), 1.0, True)
    for model in (memory(), couplings):
        for use in (lambda m: run(m, dynamics(64)), lambda m: _kernels.workspace_bytes(m, dynamics(64))):
            with pytest.raises(ValueError, match="dynamics must be for D=10, got D=64"):
                use(model)
    rules, room = dynamics(64, update="sync"), bits.aligned_bytes(1 << 16)
    words, overlaps = np.zeros(1, np.uint64), np.zeros(3, np.int32)
    with pytest.raises(ValueError, match="dynamics must be for D=10, got D=64"):
        _kernels.update_units(memory(), rules, _kernels.active_level(), words, overlaps, 0, 10, words, room)
    rows, states, progress = (
        np.zeros((1, 3, 1), np.uint64),
        np.zeros((1, 2, 1), np.uint64),
        np.zeros((1, 2, 5), np.int64),
    )
    arguments = rows, np.zeros((10, 1), np.uint64), states, states[:, :0], progress, 3, 0, 9, room
    with pytest.raises(ValueError, match="dynamics must be for D=10, got D=64"):
        _kernels.recall_each(memory(), dynamics(64), _kernels.active_level(), *arguments)


def test_objects_cannot_be_made_without_their_arguments():
    for kind in (_kernels.Memory, _kernels.Couplings, _kernels.Dynamics, _kernels.Ascent):
        with pytest.raises(TypeError):
            kind.__new__(kind)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"update": "both"}, "update must be one of async, sync, got 'both'"),
        ({"order": "any"}, "order must be one of random, .*, got 'any'"),
        ({"tie": None}, "tie must be one of plus, minus, keep, got None"),
        ({"order": "array"}, "visits must name at least one unit"),
        ({"order": "array", "visits": np.array([3, 10], np.uint32)}, r"visits must lie in 0..9, got 10"),
        ({"temperatures": np.empty((0, 1))}, "temperatures must have at least one row"),
        ({"temperatures": np.empty((1, 0))}, "temperatures must have at least one row and one column"),
        ({"temperatures": np.array([[0.0, 1.0], [2.0, -1.0]])}, r"not negative, got -1.0 at \[1, 1\]"),
        ({"temperatures": np.array([[np.nan]])}, r"temperatures must be finite .* got nan at \[0, 0\]"),
        ({"temperatures": np.array([[np.inf]])}, r"temperatures must be finite .* got inf"),
    ],
)
def test_dynamics_that_cannot_be(change, message):
    with pytest.raises(ValueError, match=message):
        dynamics(10, **change)


def test_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match="temperatures must have one column or 2, one a cue, got 3"):
        run(memory(), dynamics(10, temperatures=np.zeros((1, 3))))
    with pytest.raises(ValueError, match=r"workspace must have at least \d+ bytes, got 64"):
        run(memory(), dynamics(10), room=bits.aligned_bytes(64))
    with pytest.raises(ValueError, match="workspace must start at a multiple of 64"):
        run(memory(), dynamics(10), room=bits.aligned_bytes(1 << 16)[8:])
    with pytest.raises(ValueError, match="states must have ceil"):
        run(memory(), dynamics(10), words=2)
    words = np.zeros((100, 1), np.uint64)
    out = np.zeros((7, 2), np.uint64)
    for first, last in ((-64, 64), (0, 101), (64, 0)):
        with pytest.raises(ValueError, match=f"first..last must lie in 0..100, got {first}..{last}"):
            _kernels.transpose(words, 7, out, first, last)
    for first, last in ((1, 64), (0, 63)):
        with pytest.raises(ValueError, match=f"must be multiples of 64, or end at 100, got {first}..{last}"):
            _kernels.transpose(words, 7, out, first, last)
    with pytest.raises(ValueError, match=r"first..last must lie in 0..4, got 0..5"):
        _kernels.bounded(np.ones((2, 4), np.int8), 1, np.zeros((4, 4), np.int32), 0, 5)
    with pytest.raises(ValueError, match="bound must be positive, got 0"):
        _kernels.bounded(np.ones((2, 4), np.int8), 0, np.zeros((4, 4), np.int32), 0, 4)
