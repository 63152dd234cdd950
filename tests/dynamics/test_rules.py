"""Rules: every argument of a recall is checked before anything moves."""

import inspect
import math
import sys

import numpy as np
import pytest

import hebbfast as hb
from hebbfast.dynamics import rules
from hebbfast.dynamics.rules import read_rules
from hebbfast.networks._network import Network

PATTERNS = hb.random_patterns(5, 70, rng=0)
MEMORY = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tie": "up"}, "tie must be one of 'plus', 'keep', 'minus', got 'up'"),
        ({"update": "asynch"}, "update must be one of 'async', 'sync', got 'asynch'"),
        ({"order": "shuffled"}, "order must be one of 'random', 'sequential', 'replacement' or an array of units"),
        ({"order": [0, 70]}, r"order must lie in 0\.\.69, got 70"),
        ({"order": [-1]}, r"order must lie in 0\.\.69, got -1"),
        ({"order": [0.5]}, "order must be a 1-d array of integers"),
        ({"order": []}, "order must be a 1-d array of integers"),
        ({"clamp": [True] * 69}, r"clamp must be a boolean mask of shape \(70,\)"),
        ({"clamp": [1] * 70}, "clamp must be a boolean mask"),
        ({"temperature": -0.1}, "temperature must be a finite number of at least 0, got -0.1"),
        ({"temperature": np.nan}, "temperature must"),
        ({"max_sweeps": -1}, "max_sweeps must be an integer of at least 0"),
        ({"max_sweeps": 1.5}, "max_sweeps must"),
        ({"threads": 0}, "threads must be an integer of at least 1, got 0"),
        ({"record": "magic"}, "record must be one of"),
    ],
)
def test_recall_options(options, message):
    with pytest.raises(ValueError, match=message):
        MEMORY.recall(PATTERNS, **options)


@pytest.mark.parametrize("method", ["recall", "energy", "fields", "overlaps", "delta_energy"])
@pytest.mark.parametrize("shape", [(69,), (2, 71), (1, 2, 70), (1, 1, 7, 10), (5, 15), ()])
def test_wrong_shapes_of_states(method, shape):
    with pytest.raises(ValueError, match=r"must have shape \(70,\) or \(Q, 70\)(, of pictures .*)?, got shape"):
        getattr(MEMORY, method)(np.ones(shape))


class Tensor:
    """What matters of other libraries' arrays: converts to NumPy, hashes by identity."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __array__(self, dtype=None, copy=None):
        return self.values if dtype is None else self.values.astype(dtype)


def test_a_mask_or_order_changed_in_place_counts_as_it_is_at_the_call():
    cue, mask, order = hb.corrupt(PATTERNS[0], flips=12, rng=1), Tensor(np.zeros(70, bool)), Tensor(np.arange(70))
    assert (MEMORY.recall(cue, clamp=mask, rng=0).states == PATTERNS[0]).all()
    assert (MEMORY.recall(cue, order=order, rng=0).states == PATTERNS[0]).all()
    mask.values[:] = True
    order.values[:] = 0
    assert (MEMORY.recall(cue, clamp=mask, rng=0).states == cue).all()
    assert (MEMORY.recall(cue, order=order, rng=0).states[1:] == cue[1:]).all()


def test_what_is_valid_does_not_depend_on_history():
    """Equal keys of a cache need not be equally valid: (1, 0, …) and (True, False, …), 0 and 0.0, 1 and True."""
    good, bad = (True, False) * 35, (1, 0) * 35
    MEMORY.recall(PATTERNS[0], clamp=good, order=tuple(range(70)), temperature=1, max_sweeps=1)
    for options in (
        {"clamp": bad},
        {"order": tuple(map(float, range(70)))},
        {"temperature": True},
        {"max_sweeps": True},
    ):
        with pytest.raises(ValueError, match=f"{next(iter(options))} must be"):
            MEMORY.recall(PATTERNS[0], **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_sweeps": 2**63}, "max_sweeps must be an integer from 0 to"),
        ({"temperature": "1"}, "temperature must be a finite number of at least 0, got '1'"),
        ({"temperature": 10**400}, "temperature must be a finite number of at least 0, got a huge integer"),
        ({"tie": None}, "tie must be one of"),
        ({"update": ["sync"]}, "update must be one of"),
        ({"record": 3}, "record must be one of .* or several, got 3"),
        ({"record": [3]}, "record must be one of"),
        ({"rng": -1}, "rng must be None, a seed"),
        ({"rng": "seed"}, "rng must be None, a seed"),
        ({"threads": 1.5}, "threads must be an integer of at least 1"),
        ({"threads": True}, "threads must be an integer of at least 1"),
        ({"clamp": np.ma.array(np.ones(70, bool), mask=[True] * 70)}, "clamp must hold a boolean mask"),
        ({"order": np.array([2**63], np.uint64)}, r"order must lie in 0\.\.69"),
        ({"order": np.array([2**32])}, r"order must lie in 0\.\.69"),
    ],
)
def test_refusals_of_odd_types(options, message):
    with pytest.raises(ValueError, match=message):
        MEMORY.recall(PATTERNS, **options)


def test_schedules_and_replicas():
    """A table of temperatures is read by sweep and by cue; cold from the third sweep on, where cues may rest."""
    rules = read_rules(70, temperature=np.array([[5.0, 0.0], [2.0, 0.0], [0.0, 0.0]]))
    assert [rules.temperature(s, q) for s in (0, 1, 2, 9) for q in (0, 1)] == [5.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert [rules.settles(s, 0) for s in (0, 1, 2, 3)] == [False, False, True, True]
    assert rules.settles(0, 1)
    assert not rules.cold
    constant = read_rules(70, temperature=3.0)
    assert constant.temperature(10**6, 5) == 3.0


ROWS = np.stack([np.arange(70), np.arange(70)[::-1]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"order": np.zeros((1, 1, 1, 1), int)},
            r"order must be a 1-d array of integers, or a row for each sweep, .* got int64 of shape \(1, 1, 1, 1\)",
        ),
        (
            {"order": np.zeros((0, 70), int)},
            r"order must be a 1-d array of integers, or .* got int64 of shape \(0, 70\)",
        ),
        (
            {"order": np.array(3)},
            "order must be one of 'random', 'sequential', 'replacement' or an array of units, got",
        ),
        ({"order": None}, "order must be one of 'random', 'sequential', 'replacement' or an array of units, got None"),
        ({"order": ROWS / 2}, "order must be a 1-d array of integers"),
        ({"order": ROWS + 1}, r"order must lie in 0\.\.69, got 70"),
        ({"order": [[0, 1], [2]]}, "order must hold integers, got rows of different lengths"),
        ({"order": np.stack([ROWS] * 3)}, "order must have one table, or 5, one for each cue, got 3"),
        ({"uniforms": np.zeros(70)}, r"uniforms must have shape \(sweeps, 70\) or \(cues, sweeps, 70\)"),
        ({"uniforms": np.zeros((100, 69))}, r"one number a visit, got shape \(100, 69\)"),
        ({"uniforms": np.zeros((100, 70)), "order": [1, 2]}, r"uniforms must have shape \(sweeps, 2\)"),
        ({"uniforms": np.full((100, 70), 1.5)}, r"uniforms must lie in \[0, 1\], got 1.5"),
        ({"uniforms": np.full((100, 70), np.nan)}, "uniforms must be finite"),
        ({"uniforms": np.zeros((99, 70))}, "max_sweeps must be at most 99, the rows of uniforms, got 100"),
        ({"uniforms": np.zeros((4, 100, 70))}, "uniforms must have one table, or 5, one for each cue, got 4"),
    ],
)
def test_refusals_of_tables(options, message):
    cues = np.repeat(PATTERNS[:1], 5, axis=0)
    for network in (MEMORY, hb.PatternSpaceNetwork(PATTERNS, hb.learning.HebbianRule())):
        with pytest.raises(ValueError, match=message):
            network.recall(cues, **options)


def test_an_order_that_leaves_units_out_goes_on_while_rows_differ():
    """Rows 0 and 1 have nothing to flip, row 2 has; then it stays, and so nothing more can happen."""
    cue = PATTERNS[0].copy()
    cue[[3, 9]] *= -1
    found = MEMORY.recall(cue, order=[[1, 2], [4, 5], [6, 3]], record="flips")
    assert found.trace["flips"].tolist() == [0, 0, 0, 1, 0]
    assert not found.converged
    slow = hb.PatternSpaceNetwork(PATTERNS, hb.learning.HebbianRule())
    again = slow.recall(cue, order=[[1, 2], [4, 5], [6, 3]], record="flips")
    assert again.trace["flips"].tolist() == [0, 0, 0, 1, 0]


def test_tables_of_a_network_in_python():
    """`PatternSpaceNetwork` with the plain Hebb rule does what the kernels do, orders and uniforms given."""
    rng = np.random.default_rng(3)
    orders, uniforms = rng.permuted(np.broadcast_to(np.arange(70), (2, 4, 70)), axis=-1), rng.random((2, 4, 70))
    cues = hb.corrupt(PATTERNS[:2], flip=0.3, rng=1)
    slow, fast = hb.PatternSpaceNetwork(PATTERNS, hb.learning.HebbianRule()), hb.DenseAssociativeMemory(PATTERNS)
    for update in ("async", "sync"):
        rules = {"order": orders, "uniforms": uniforms, "temperature": 20.0, "max_sweeps": 4, "update": update}
        np.testing.assert_array_equal(slow.recall(cues, **rules).states, fast.recall(cues, **rules).states)


def test_beta_is_the_inverse_of_a_temperature():
    """1 / T is exact for powers of two, so draws and states are the same."""
    for beta in (0.25, np.float32(0.25), 1, 2.0**-1060):
        with_beta = MEMORY.recall(PATTERNS, beta=beta, rng=1, max_sweeps=3)
        np.testing.assert_array_equal(
            with_beta.states,
            MEMORY.recall(PATTERNS, temperature=min(1 / float(beta), sys.float_info.max), rng=1, max_sweeps=3).states,
        )
    np.testing.assert_array_equal(MEMORY.recall(PATTERNS, beta=math.inf, rng=1).states, MEMORY.recall(PATTERNS).states)
    network = hb.HopfieldNetwork([[0, 1], [1, 0]])
    assert hb.log_partition(network, beta=0.5) == hb.log_partition(network, 2.0)
    assert hb.log_partition(network, beta=0.0).value == pytest.approx(2 * math.log(2))
    for beta, temperature in ((0.5, 2.0), ([0.5, 4.0], [2.0, 0.25])):
        chains = network.sample([[1, 1], [1, -1]], beta=beta, sweeps=99, rng=3)
        assert (
            chains.mean["energy"].tolist()
            == network.sample([[1, 1], [1, -1]], temperature=temperature, sweeps=99, rng=3).mean["energy"].tolist()
        )


@pytest.mark.parametrize("update", ["async", "sync"])
@pytest.mark.parametrize("kind", ["8 bits", "64 bits", "sparse", "memory", "planes", "pattern space"])
def test_beta_zero_is_a_fair_coin(kind, update):
    """200 cues of 70 units without a look at strong fields: |mean| < 5 / √14000, wrong once in 1.7 million runs."""
    couplings = PATTERNS.T.astype(float) @ PATTERNS
    np.fill_diagonal(couplings, 0)
    make = {
        "8 bits": lambda: hb.HopfieldNetwork(couplings),
        "64 bits": lambda: hb.HopfieldNetwork(couplings * np.pi),
        "sparse": lambda: hb.HopfieldNetwork(pytest.importorskip("scipy.sparse").csr_array(couplings)),
        "memory": lambda: hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(12)),
        "planes": lambda: hb.DenseAssociativeMemory(hb.random_patterns(70, 70, rng=8)),
        "pattern space": lambda: hb.PatternSpaceNetwork(PATTERNS),
    }
    cues = np.repeat(PATTERNS[:1], 200, axis=0)
    found = make[kind]().recall(cues, update=update, beta=0, max_sweeps=1, rng=9)
    assert abs((found.states * cues).mean()) < 5 / math.sqrt(14000)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beta": 1.0, "temperature": 1.0}, r"one of temperature and beta must be given, got both, 1\.0 and 1\.0"),
        ({"beta": 1.0, "temperature": 0.0}, "one of temperature and beta must be given, got both"),
        ({"beta": -1.0}, r"beta must be a finite number of at least 0, got -1\.0"),
        ({"beta": math.nan}, "beta must be a finite number of at least 0, got nan"),
        ({"beta": "1"}, "beta must be a finite number of at least 0, got '1'"),
        ({"beta": [1.0, 2.0]}, r"beta must be a finite number of at least 0, got \[1\.0, 2\.0\]"),
        ({"beta": True}, "beta must be a finite number"),
        ({"cycles": "go"}, "cycles must be one of 'stop', 'continue', got 'go'"),
        ({"cycles": None}, "cycles must be one of 'stop', 'continue', got None"),
        ({"cycles": "continue", "update": "sync", "max_sweeps": 2**62}, "max_sweeps must be an integer from 0 to"),
    ],
)
def test_refusals_of_beta_and_cycles(options, message):
    with pytest.raises(ValueError, match=message):
        MEMORY.recall(PATTERNS, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "temperature or beta must be given, got neither"),
        ({"beta": math.inf}, "beta must be a finite number of at least 0, got inf"),
        ({"beta": [1.0, 2.0, 3.0]}, r"beta must be a number or have shape \(5,\), one a state, got shape \(3,\)"),
        ({"beta": [1.0, -2.0, 3.0, 4.0, 5.0]}, r"beta must not be negative, got -2 at \[1\]"),
        ({"beta": [[1.0], [2.0, 3.0]]}, "beta must hold real numbers, got rows of different lengths"),
        ({"beta": 1.0, "temperature": [1.0] * 5}, "one of temperature and beta must be given, got both"),
    ],
)
def test_refusals_of_beta_in_samples(options, message):
    with pytest.raises(ValueError, match=message):
        MEMORY.sample(np.repeat(PATTERNS[:1], 5, axis=0), sweeps=3, **options)


def test_what_a_recall_is_told_is_kept_by_value_and_type():
    """True is no 1, an array of units is read each time, and what has no hash is refused like anything else."""
    memory = hb.DenseAssociativeMemory(hb.random_patterns(3, 20, rng=0))
    cue = memory.patterns[0]
    for _ in range(2):
        assert memory.recall(cue, max_sweeps=1).sweeps == 1
        for wrong in (True, 1.0, [1], {}, None):
            with pytest.raises(ValueError, match=r"^max_sweeps must be an integer"):
                memory.recall(cue, max_sweeps=wrong)
        for name in ("update", "tie", "cycles"):
            with pytest.raises(ValueError, match=f"^{name} must be one of"):
                memory.recall(cue, **{name: ["async"]})
        for name in ("temperature", "beta"):
            with pytest.raises(ValueError, match=f"^{name} must be"):
                memory.recall(cue, **{name: {}})
    order = np.array([0, 1])
    assert memory.recall(-cue, order=order, max_sweeps=1).flips <= 2
    order[:] = 7, 99
    with pytest.raises(ValueError, match=r"^order"):
        memory.recall(-cue, order=order)


def at_odd_address(values):
    """The same numbers where no compiler expects them."""
    return np.frombuffer(b"\0" + values.tobytes(), values.dtype, offset=1).reshape(values.shape)


def test_arrays_at_any_address_reach_the_kernels_aligned():
    order, uniforms = np.arange(20, dtype=np.uint32)[::-1].copy(), np.random.default_rng(1).random((2, 20))
    rules = read_rules(
        20, order=at_odd_address(order), temperature=at_odd_address(np.ones((2, 1))), uniforms=at_odd_address(uniforms)
    )
    for made, given in ((rules.visits, order), (rules.temperatures, np.ones((2, 1))), (rules.uniforms, uniforms)):
        assert made.flags.aligned and made.flags.c_contiguous
        np.testing.assert_array_equal(made.reshape(given.shape), given)
    couplings = at_odd_address(np.ones((20, 20)) - np.eye(20))
    network, cue = hb.HopfieldNetwork(couplings), np.ones(20, np.int8)
    assert network.energy(cue) == -190
    assert (network.recall(cue, order=at_odd_address(order)).states == cue).all()


def test_a_call_that_says_nothing_takes_the_short_way():
    """The short way knows the defaults of `recall` by itself; it must be taken, and give what looking them up gives."""
    given = {name: parameter.default for name, parameter in inspect.signature(Network.recall).parameters.items()}
    names = ("update", "order", "temperature", "beta", "tie", "clamp", "uniforms", "max_sweeps", "cycles")
    taken = rules._default_recall.cache_info()
    short, *limits = rules.read_recall(70, *(given[name] for name in names))
    now = rules._default_recall.cache_info()
    assert now.hits + now.misses == taken.hits + taken.misses + 1
    assert limits == [100, False]
    assert (short.units, short.update, short.order, short.tie, short.method) == (
        70,
        "async",
        "random",
        "plus",
        "heat_bath",
    )
    assert short.cold and short.uniforms is None and len(short.clamp) == 0
