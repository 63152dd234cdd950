"""The one interface: what every network answers, for one state and for a batch."""

import copy
import pickle
import weakref

import numpy as np
import pytest

import hebbfast as hb

PATTERNS = hb.random_patterns(6, 90, rng=0)
MEMORY = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))


def test_one_state_and_a_batch():
    state, batch = PATTERNS[0], PATTERNS[:3]
    for method, shape in {"overlaps": (6,), "fields": (90,), "delta_energy": (90,), "energy": ()}.items():
        one, many = getattr(MEMORY, method)(state), getattr(MEMORY, method)(batch)
        assert np.shape(one) == shape
        assert np.shape(many) == (3, *shape)
        np.testing.assert_array_equal(one, many[0])
        np.testing.assert_array_equal(getattr(MEMORY, method)(hb.PackedPatterns(batch)), many)
    assert MEMORY.overlaps(state).dtype == np.int32
    assert isinstance(MEMORY.energy(state), np.float64)
    assert MEMORY.overlaps(batch[:0]).shape == (0, 6)


def test_recall_gives_back_the_kind_it_got():
    cues = hb.corrupt(PATTERNS, flips=5, rng=1)
    one = MEMORY.recall(cues[0], rng=2)
    assert (type(one.converged), type(one.sweeps), type(one.flips), type(one.cycle)) == (bool, int, int, bool)
    assert one.states.shape == (90,)
    packed = MEMORY.recall(hb.PackedPatterns(cues), rng=2)
    np.testing.assert_array_equal(packed.states.unpack(), MEMORY.recall(cues, rng=2).states)
    assert MEMORY.recall(cues > 0, rng=2).states.dtype == bool
    assert MEMORY.recall(cues[:0]).states.shape == (0, 90)
    np.testing.assert_array_equal(packed.energy, MEMORY.energy(packed.states))


@pytest.mark.parametrize("rng", [3, np.random.SeedSequence(3), lambda: np.random.default_rng(3)])
def test_rng(rng):
    make = rng if callable(rng) else lambda: rng
    cues = hb.corrupt(PATTERNS, flip=0.3, rng=1)
    first, again = (MEMORY.recall(cues, temperature=9000.0, max_sweeps=3, rng=make()) for _ in range(2))
    np.testing.assert_array_equal(first.states, again.states)
    assert not np.array_equal(first.states, MEMORY.recall(cues, temperature=9000.0, max_sweeps=3, rng=4).states)


def test_record():
    cues = hb.corrupt(PATTERNS, flip=0.2, rng=1)
    plain = MEMORY.recall(cues, rng=2)
    result = MEMORY.recall(cues, rng=2, record=("energy", "flips", "overlaps", "states"))
    np.testing.assert_array_equal(result.states, plain.states)
    sweeps = result.sweeps.max()
    assert {k: v.shape for k, v in result.trace.items()} == {
        "energy": (sweeps + 1, 6),
        "flips": (sweeps + 1, 6),
        "overlaps": (sweeps + 1, 6, 6),
        "states": (sweeps + 1, 6, 90),
    }
    assert (np.diff(result.trace["energy"], axis=0) <= 0).all()
    np.testing.assert_array_equal(result.trace["energy"][0], MEMORY.energy(cues))
    np.testing.assert_array_equal(result.trace["states"][-1], result.states)
    np.testing.assert_array_equal(result.trace["flips"].sum(axis=0), result.flips)
    single = MEMORY.recall(cues[0], rng=2, record="energy")
    assert single.trace["energy"].shape == (single.sweeps + 1,)


def test_sweeps_and_convergence():
    still = MEMORY.recall(PATTERNS[0])
    assert (still.converged, still.sweeps, still.flips) == (True, 1, 0)
    assert not MEMORY.recall(PATTERNS[0], max_sweeps=0).converged
    assert not MEMORY.recall(PATTERNS[0], temperature=1e-9, max_sweeps=3).converged
    cue = PATTERNS[0].copy()
    cue[7] *= -1
    partial = MEMORY.recall(cue, order=[1, 2, 3])
    assert (partial.converged, partial.sweeps, partial.flips) == (False, 1, 0)  # unit 7 would still move
    whole = MEMORY.recall(cue, order=[7, 7])
    assert (whole.converged, whole.sweeps, whole.flips) == (True, 2, 1)  # the rest is checked


def test_synchronous_cycle():
    result = hb.HopfieldNetwork([[0, -1], [-1, 0]]).recall([1, 1], update="sync")
    assert (result.cycle, result.converged, result.sweeps) == (True, False, 2)


def updates(couplings, cue, count):
    """The states of so many synchronous updates."""
    states = [cue]
    for _ in range(count):
        states.append(np.where(couplings @ states[-1] >= 0, 1, -1))
    return np.array(states)


@pytest.mark.parametrize("space", ["couplings", "patterns"])
@pytest.mark.parametrize("sweeps", [0, 1, 2, 7, 12])
def test_runs_that_go_on_through_cycles(space, sweeps):
    """Against updates in NumPy: states, sweeps and flips, also of cues that rest, and of one cue alone."""
    patterns = hb.random_patterns(7, 31, rng=3)
    couplings = patterns.T.astype(int) @ patterns
    np.fill_diagonal(couplings, 0)
    network = hb.HopfieldNetwork(couplings) if space == "couplings" else hb.DenseAssociativeMemory(patterns)
    cues = hb.random_patterns(30, 31, rng=4)
    found = network.recall(cues, update="sync", max_sweeps=sweeps, cycles="continue", record=("states", "flips"))
    plain = network.recall(cues, update="sync", max_sweeps=sweeps, cycles="continue")
    stopped = network.recall(cues, update="sync", max_sweeps=sweeps)
    if sweeps == 12:
        assert found.converged.any() and 3 < (found.cycle & (stopped.sweeps < sweeps)).sum()
    for q, cue in enumerate(cues):
        states = updates(couplings, cue, sweeps)
        one = network.recall(cue, update="sync", max_sweeps=sweeps, cycles="continue")
        for result, mine in ((found, q), (plain, q), (one, ())):
            np.testing.assert_array_equal(result.states[mine], states[-1])
            np.testing.assert_array_equal(np.asarray(result.energy)[mine], network.energy(states[-1]))
            assert np.asarray(result.flips)[mine] == (np.diff(states, axis=0) != 0).sum()
            assert np.asarray(result.cycle)[mine] == stopped.cycle[q]
            assert np.asarray(result.converged)[mine] == stopped.converged[q]
        assert found.sweeps[q] == (stopped.sweeps[q] if not stopped.cycle[q] else sweeps)
        np.testing.assert_array_equal(found.trace["states"][:, q], states[: len(found.trace["states"])])
    wait = network.recall(cues, update="sync", max_sweeps=10**9 + sweeps % 2, cycles="continue")
    for q in np.flatnonzero(wait.cycle):
        np.testing.assert_array_equal(wait.states[q], updates(couplings, cues[q], 40 + sweeps % 2)[-1])


def test_clamp():
    clamp = np.zeros(90, dtype=bool)
    clamp[:30] = True
    cue = -PATTERNS[0]
    for update in ("async", "sync"):
        result = MEMORY.recall(cue, clamp=clamp, update=update, rng=1)
        np.testing.assert_array_equal(result.states[:30], cue[:30])
        assert result.flips > 0


def test_coupling_space_equals_pattern_space():
    """The activity product is n = 2 without its matrix: same fields, same course under all rules."""
    cues = hb.corrupt(PATTERNS, flip=0.3, rng=1)
    network, memory = hb.HopfieldNetwork.train(PATTERNS), hb.DenseAssociativeMemory(PATTERNS)
    np.testing.assert_array_equal(network.fields(cues), memory.fields(cues))
    np.testing.assert_array_equal(network.delta_energy(cues, [3, 5]), memory.delta_energy(cues, [3, 5]))
    np.testing.assert_array_equal(network.energy(cues) - 6 * 90 / 2, memory.energy(cues))  # the self-terms, K D / 2
    for rules in (
        {"tie": "minus"},
        {"temperature": 9.0, "max_sweeps": 4},
        {"update": "sync"},
        {"order": "replacement"},
    ):
        a, b = network.recall(cues, rng=5, **rules), memory.recall(cues, rng=5, **rules)
        np.testing.assert_array_equal(a.states, b.states)
        np.testing.assert_array_equal(a.flips, b.flips)


def test_delta_energy_is_the_difference_of_energies():
    rng = np.random.default_rng(4)
    bias = rng.integers(-3, 4, 90) / 4
    network = hb.HopfieldNetwork(hb.learning.activity_product(PATTERNS), bias)
    for model in (MEMORY, network, hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(2, normalized=True))):
        state = hb.random_patterns(1, 90, rng=rng)[0]
        for unit in (0, 63, 64, 89):
            other = state.copy()
            other[unit] *= -1
            assert model.delta_energy(state, [unit])[0] == pytest.approx(
                model.energy(other) - model.energy(state), abs=1e-9
            )


@pytest.mark.parametrize("kind", ["patterns", "couplings", "pattern space"])
def test_sample_is_of_the_boltzmann_distribution(kind):
    """Shares of 8 states in n = 20,000 chains (pattern space: 2,000): 5.5 deviations, by chance once in 3 million."""
    patterns, n, T = np.array([[1, 1, -1], [1, -1, -1], [1, 1, 1]]), 20_000, 2.5
    network = {
        "patterns": lambda: hb.DenseAssociativeMemory(patterns, hb.Polynomial(3)),
        "couplings": lambda: hb.HopfieldNetwork.train(patterns),
        "pattern space": lambda: hb.PatternSpaceNetwork(patterns, hb.learning.HebbianRule()),
    }[kind]()
    every = np.array([[1 - 2 * (j >> i & 1) for i in range(3)] for j in range(8)], dtype=np.int8)
    pairs = every.astype(int) @ patterns.T
    energies = -(pairs**3).sum(axis=1) / 3 if kind == "patterns" else -0.5 * ((pairs**2).sum(axis=1) - 9)
    wanted = np.exp(-(energies - energies.min()) / T)
    wanted /= wanted.sum()
    copies, sweeps = (250, 10) if kind == "pattern space" else (n // 8, 40)  # one in Python: some microseconds a visit
    chains = np.tile(every, (copies, 1))
    result = network.sample(chains, temperature=T, sweeps=sweeps, rng=1, observables=(), record=["energy", "states"])
    shares = (result.states[:, None] == every).all(axis=2).mean(axis=0)
    assert (np.abs(shares - wanted) < 5.5 * np.sqrt(wanted * (1 - wanted) / len(chains))).all()
    assert result.trace["states"].shape == (sweeps, *chains.shape)
    np.testing.assert_allclose(result.energy, network.energy(result.states))
    for argument, wrong in (("temperature", 0), ("temperature", "hot"), ("sweeps", -1), ("sweeps", 2.5)):
        with pytest.raises(ValueError, match=f"{argument} must be"):
            network.sample(chains, **{"temperature": T, "sweeps": 1, argument: wrong})


def test_delta_energy_of_some_units():
    """Against the energies before and after, in all three networks."""
    state = hb.corrupt(PATTERNS[0], flip=0.2, rng=3)
    units = [5, 0, PATTERNS.shape[1] - 1, 5]
    for network in (
        MEMORY,
        hb.HopfieldNetwork.train(PATTERNS),
        hb.PatternSpaceNetwork(PATTERNS, hb.learning.HebbianRule()),
    ):
        flipped = np.tile(state, (4, 1))
        flipped[range(4), units] *= -1
        wanted = network.energy(flipped) - network.energy(state)
        np.testing.assert_allclose(network.delta_energy(state, units), wanted, rtol=1e-9, atol=1e-6)
        both = network.delta_energy(np.stack([state, state]), units)
        np.testing.assert_array_equal(both[1], network.delta_energy(state)[units])


class LogCosh:
    """ln cosh of one's own, at the top of a module so that it can be pickled."""

    def __call__(self, overlap):
        return np.log(np.cosh(np.asarray(overlap, dtype=np.float64) / 9))

    def weights(self, units, patterns):
        s = np.arange(1 - units, units, 2)
        return self(s + 1) - self(s - 1)


NETWORKS = {
    "polynomial": lambda: hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3)),
    "exponential": lambda: hb.DenseAssociativeMemory(PATTERNS, hb.Exponential(0.3)),
    "own": lambda: hb.DenseAssociativeMemory(PATTERNS, LogCosh()),
    "couplings": lambda: hb.HopfieldNetwork.train(PATTERNS),
    "asymmetric": lambda: hb.HopfieldNetwork(np.triu(hb.learning.activity_product(PATTERNS)), np.ones(90) / 3),
    "pattern space": lambda: hb.PatternSpaceNetwork(PATTERNS, hb.learning.covariance(0.25), threshold=0.25),
}


def by_wire(network):
    """Sent as dask does it, in a message whose parts lie at odd addresses."""
    parts = []
    sent = pickle.dumps(network, protocol=5, buffer_callback=parts.append)
    return pickle.loads(sent, buffers=[memoryview(b"\0" + bytes(part.raw()))[1:] for part in parts])


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("used", [False, True])
def test_networks_can_be_sent_copied_and_referred_to(kind, used):
    network = NETWORKS[kind]()
    if used:
        network.fields(PATTERNS[0])
    cues = hb.corrupt(PATTERNS, flip=0.2, rng=1)
    for send in (lambda n: pickle.loads(pickle.dumps(n)), by_wire, copy.copy, copy.deepcopy):
        other = send(network)
        assert repr(other) == repr(network) or kind == "own"
        np.testing.assert_array_equal(other.fields(cues), network.fields(cues))
        for rules in ({}, {"temperature": 20.0, "max_sweeps": 3}):
            np.testing.assert_array_equal(
                other.recall(cues, rng=2, **rules).states, network.recall(cues, rng=2, **rules).states
            )
    assert weakref.ref(network)() is network


@pytest.mark.parametrize("kind", NETWORKS)
def test_what_recall_says_is_pickled_too(kind):
    result = NETWORKS[kind]().recall(PATTERNS, record="flips", max_sweeps=2, rng=1)
    other = pickle.loads(pickle.dumps(result))
    np.testing.assert_array_equal(other.states, result.states)
    np.testing.assert_array_equal(other.trace["flips"], result.trace["flips"])


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize(
    "options", [{}, {"update": "sync"}, {"temperature": 30.0}, {"order": "replacement"}, {"order": [3, 5]}]
)
def test_recording_changes_nothing(kind, options):
    """Sweep by sweep in kept workspaces, or in one call: the same states, flips and ends."""
    network, cues = NETWORKS[kind](), hb.corrupt(PATTERNS, flip=0.3, rng=1)
    plain = network.recall(cues, rng=2, max_sweeps=6, **options)
    traced = network.recall(cues, rng=2, max_sweeps=6, record=("flips", "states"), **options)
    np.testing.assert_array_equal(traced.states, plain.states)
    np.testing.assert_array_equal(traced.flips, plain.flips)
    np.testing.assert_array_equal(traced.converged, plain.converged)
    np.testing.assert_array_equal(traced.energy, plain.energy)
    np.testing.assert_array_equal(traced.trace["flips"].sum(axis=0), plain.flips)
    np.testing.assert_array_equal(traced.trace["states"][-1], plain.states)


@pytest.mark.parametrize("kind", NETWORKS)
def test_signatures_and_docstrings_stand_once(kind):
    network = type(NETWORKS[kind]())
    for name in ("recall", "sample", "energy", "fields"):
        if name == "recall" and network is hb.DenseAssociativeMemory:
            continue  # which has `known` and `weights` besides, and hands the rest on
        assert getattr(network, name).__qualname__.startswith("Network."), name


def test_0_and_1_come_back_as_they_came():
    network = hb.PatternSpaceNetwork(PATTERNS > 0, hb.learning.zero_one_product(), values="zero-one", threshold=0.5)
    for dtype in (bool, np.uint8, np.int64, np.float32):
        result = network.recall((PATTERNS > 0).astype(dtype), rng=1, record="states", max_sweeps=2)
        assert result.states.dtype == dtype
        assert set(np.unique(result.states)) <= {0, 1}
        assert set(np.unique(result.trace["states"])) <= {0, 1}


@pytest.mark.parametrize("dtype", [np.int8, np.float32, bool])
def test_pictures_come_back_as_pictures(dtype):
    """(Q, H, W) and (H, W) with H W = D; what belongs to units stays flat."""
    cues = hb.corrupt(PATTERNS, flips=9, rng=1)
    cues = cues > 0 if dtype is bool else cues.astype(dtype)
    pictures, mask = cues.reshape(6, 9, 10), np.arange(90) < 20
    flat = MEMORY.recall(cues, rng=2, clamp=mask)
    many = MEMORY.recall(pictures, rng=2, clamp=mask.reshape(9, 10))
    one = MEMORY.recall(pictures[0], rng=2)
    assert many.states.dtype == dtype and many.states.shape == (6, 9, 10) and one.states.shape == (9, 10)
    np.testing.assert_array_equal(many.states.reshape(6, 90), flat.states)
    np.testing.assert_array_equal(one.states.ravel(), MEMORY.recall(cues[0], rng=2).states)
    assert "D=90:" in repr(many) and "D=90:" in repr(one)
    np.testing.assert_array_equal(MEMORY.fields(pictures), MEMORY.fields(cues))
    np.testing.assert_array_equal(MEMORY.energy(pictures), MEMORY.energy(cues))
    found = MEMORY.anneal(pictures, sweeps=5, rng=0)
    assert found.states.shape == (6, 9, 10) and found.best_state.shape == (9, 10) and "D=90:" in repr(found)
    chains = MEMORY.sample(pictures[:2], temperature=9000.0, sweeps=100, rng=0)
    assert chains.states.shape == (2, 9, 10) and "D=90:" in repr(chains)
    network = hb.PatternSpaceNetwork(PATTERNS > 0, values="zero-one", threshold=0.5)
    assert network.recall((pictures > 0).astype(np.uint8), max_sweeps=2, rng=0).states.shape == (6, 9, 10)


RECALLING = {
    "patterns": MEMORY,
    "couplings": hb.HopfieldNetwork.train(PATTERNS),
    "pattern space": hb.PatternSpaceNetwork(PATTERNS),
}
FORMS = {
    "int8": lambda cue: cue,
    "bool": lambda cue: cue > 0,
    "float16": lambda cue: cue.astype(np.float16),
    "big-endian": lambda cue: cue.astype(">i4"),
    "strided": lambda cue: np.repeat(cue, 2)[::2],
    "list": lambda cue: cue.tolist(),
    "batch": lambda cue: cue[None],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", RECALLING)
def test_a_cue_draws_two_words_in_any_form(kind, form):
    """The same course as of the seed, and the generator goes on behind one draw of two words."""
    network, cue = RECALLING[kind], hb.corrupt(PATTERNS[0], flip=0.4, rng=3)
    ours, numpys = np.random.default_rng(5), np.random.default_rng(5)
    found, wanted = network.recall(FORMS[form](cue), rng=ours), network.recall(cue, rng=5)
    numpys.integers(0, 2**64 - 1, 2, np.uint64, endpoint=True)
    assert ours.bit_generator.state == numpys.bit_generator.state
    np.testing.assert_array_equal(np.ravel(found.states) > 0, wanted.states > 0)
    assert np.ravel(found.sweeps) == wanted.sweeps and np.ravel(found.flips) == wanted.flips


@pytest.mark.parametrize("kind", RECALLING)
@pytest.mark.parametrize(
    "refused",
    [
        {"cues": np.zeros(90)},
        {"cues": np.zeros((3, 90), dtype=np.int8)},
        {"cues": PATTERNS[0] > 0, "threads": 0},
        {"cues": PATTERNS, "threads": 0},
        {"cues": PATTERNS > 0, "threads": 0},
        {"cues": PATTERNS, "order": np.zeros((2, 1, 90), dtype=int)},
        {"cues": PATTERNS > 0, "order": np.zeros((2, 1, 90), dtype=int)},
        {"cues": PATTERNS[0], "record": "nothing"},
    ],
)
def test_what_is_refused_draws_nothing(kind, refused):
    rng = np.random.default_rng(5)
    before = rng.bit_generator.state
    with pytest.raises(ValueError, match="must"):
        RECALLING[kind].recall(**refused, rng=rng)
    assert rng.bit_generator.state == before
