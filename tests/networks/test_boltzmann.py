"""Boltzmann machines against enumeration in plain NumPy, finite differences, and machines whose couplings are known."""

import copy
import itertools
import pickle
import weakref
import zlib

import numpy as np
import pytest

import hebbfast as hb
from hebbfast.networks.boltzmann import _layers, _likelihood
from hebbfast.networks.boltzmann._ascent import Ascent, Settings

KINDS = {"visible only": (5, 0, True), "restricted": (5, 3, True), "wide": (3, 5, True), "general": (4, 3, False)}


def machine(kind, spread=0.5, seed=0):
    """A machine with couplings of size ``spread``."""
    visible, hidden, restricted = KINDS[kind] if isinstance(kind, str) else kind
    made, rng = hb.BoltzmannMachine(visible, hidden, restricted=restricted, rng=seed), np.random.default_rng(seed)
    weights = rng.normal(0, spread, made._weights.shape)
    made._weights = weights if made._layered else np.triu(weights, 1) + np.triu(weights, 1).T
    made._bias, made._fields = rng.normal(0, spread, visible + hidden), rng.normal(0, 0.3, visible)
    return made


def every(units):
    return np.array(list(itertools.product([-1, 1], repeat=units)), dtype=np.int8).reshape(-1, units)


def weights_of(couplings, bias):
    """exp(-E) of all states, in the order of `every`."""
    states = every(len(bias)).astype(float)
    return np.exp(0.5 * np.einsum("qi,ij,qj->q", states, couplings, states) + states @ bias)


def log_p(couplings, bias, patterns):
    """ln p of patterns by summing over all states of all units."""
    visible = patterns.shape[1]
    weights = weights_of(couplings, bias)
    marginal = weights.reshape(1 << visible, -1).sum(axis=1) / weights.sum()
    return np.log(marginal[((patterns > 0) @ (1 << np.arange(visible)[::-1]))])


@pytest.mark.parametrize("kind", KINDS)
def test_likelihoods_are_those_of_enumeration(kind):
    made = machine(kind)
    patterns = every(made.visible)
    z = made.log_partition(method="exact")
    assert z.error == 0
    np.testing.assert_allclose(z.value, np.log(weights_of(made.couplings, made.bias).sum()), rtol=1e-12)
    expected = log_p(made.couplings, made.bias, patterns)
    np.testing.assert_allclose(made.score_samples(patterns), expected, atol=1e-11)
    assert np.exp(made.score_samples(patterns)).sum() == pytest.approx(1, abs=1e-12)
    assert float(made.score_samples(patterns[1])) == pytest.approx(expected[1], abs=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_that_of_finite_differences(kind):
    made, step = machine(kind), 1e-5
    patterns = hb.random_patterns(7, made.visible, rng=1)
    couplings, bias = made.gradient(patterns)

    def slope(change_couplings, change_bias):
        ends = [
            log_p(made.couplings + s * change_couplings, made.bias + s * change_bias, patterns).mean()
            for s in (step, -step)
        ]
        return (ends[0] - ends[1]) / (2 * step)

    units, nothing = len(made.bias), np.zeros(len(made.bias))
    for i, j in itertools.combinations(range(units), 2):
        change = np.zeros((units, units))
        change[i, j] = change[j, i] = 1
        coupled = not made._layered or (i < made.visible <= j)
        assert couplings[i, j] == couplings[j, i]
        assert abs(couplings[i, j] - (slope(change, nothing) if coupled else 0.0)) < 1e-7
    for i in range(units):
        assert abs(bias[i] - slope(np.zeros((units, units)), np.eye(units)[i])) < 1e-7


@pytest.mark.parametrize("kind", KINDS)
def test_a_machine_of_known_couplings(kind):
    made = machine(kind)
    found = hb.BoltzmannMachine.of(made.couplings, made.bias, visible=made.visible)
    assert repr(found) == repr(made)
    np.testing.assert_array_equal(found.couplings, made.couplings)
    patterns = every(made.visible)
    np.testing.assert_allclose(found.score_samples(patterns), made.score_samples(patterns), atol=1e-12)


def test_units_of_0_and_1_have_other_couplings():
    """W01 = 4 J and b01 = 2 b - 2 sum J, as the docstring says: probabilities are the same."""
    made = machine("restricted")
    states = every(8)
    x = (1 + states) / 2
    weights, bias = 4 * made.couplings, 2 * made.bias - 2 * made.couplings.sum(axis=1)
    exponents = 0.5 * np.einsum("qi,ij,qj->q", x, weights, x) + x @ bias
    expected = np.log(weights_of(made.couplings, made.bias))
    np.testing.assert_allclose(exponents - exponents[0], expected - expected[0], atol=1e-12)


def test_the_field_of_the_network_is_that_of_the_machine():
    made = machine("general")
    states = hb.random_patterns(5, 7, rng=0)
    np.testing.assert_allclose(made.network.fields(states), states @ made.couplings + made.bias, atol=1e-12)


@pytest.mark.parametrize("kind", ["visible only", "restricted"])
def test_exact_ascent_on_the_moments_of_a_known_machine_returns_it(kind):
    known = machine(kind, spread=0.3)
    moments = known._model.counted()[1]

    class Known:  # a model whose patterns have the moments of the known machine
        def __init__(self, model):
            self.model, self.counted = model, model.counted

        def given(self, *_):
            return moments

    start = machine(kind, spread=0.3 if kind == "restricted" else 0.01, seed=1)
    if kind == "restricted":  # hidden units have a symmetry: begin near the known one
        start._weights = known._weights + 0.05 * start._weights
    ascent = Ascent(lambda w, b: Known(known._make(w, b)), start._weights, start._bias)
    settings = Settings(1, 1, 0.3, False, 1, 1, "exact", 0.0, None)
    for _ in range(4000 if kind == "restricted" else 600):
        ascent._step(np.ones((1, known.visible), dtype=np.int8), 0.3, settings, np.random.default_rng(0))
    own = known._make(ascent.weights, ascent.bias).counted()[1]
    np.testing.assert_allclose(own.second, moments.second, atol=1e-6)
    np.testing.assert_allclose(ascent.weights, known._weights, atol=1e-3 if kind == "restricted" else 1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_samples_follow_the_distribution(kind):
    """χ² over all visible states, 4000 independent chains; above the bound once in 10^6 runs."""
    made = machine(kind, spread=0.4)
    samples = made.sample(4000, sweeps=30, rng=3)
    visible = made.visible
    counts = np.bincount((samples > 0) @ (1 << np.arange(visible)[::-1]), minlength=1 << visible)
    expected = 4000 * np.exp(made.score_samples(every(visible)))
    cells = len(counts) - 1
    # Wilson and Hilferty: (χ² / n)^(1/3) is normal
    bound = cells * (1 - 2 / (9 * cells) + 4.75 * np.sqrt(2 / (9 * cells))) ** 3
    assert ((counts - expected) ** 2 / expected).sum() < bound


@pytest.mark.parametrize("kind", KINDS)
def test_completions_are_conditional_means(kind):
    """Means of 40,000 sweeps in 20 chains; 0.03 are more than six errors at a memory of ten sweeps."""
    made = machine(kind, spread=0.4)
    visible = made.visible
    known = np.arange(visible) < visible // 2 + 1
    pattern = np.ones(visible, dtype=np.int8)
    states = every(visible)
    p = np.exp(made.score_samples(states)) * (states[:, known] == 1).all(axis=1)
    expected = (p / p.sum()) @ states
    found = made.complete(np.tile(pattern, (20, 1)), known=known, sweeps=2000, rng=4)
    np.testing.assert_allclose(found.mean.mean(axis=0), expected, atol=0.03)
    assert (found.mean[:, known] == 1).all() and (found.states[:, known] == 1).all()
    one = made.complete(pattern, known=known, sweeps=5, burn_in=0, rng=4)
    assert one.mean.shape == one.states.shape == (visible,)
    assert one == made.complete(pattern, known=known, sweeps=5, burn_in=0, rng=4)


@pytest.mark.parametrize("other", [0, np.nan, 7.5])
def test_unknown_units_may_hold_anything(other):
    made, known = machine("restricted"), np.array([True, False, True, True, False])
    patterns = hb.random_patterns(6, 5, rng=0)
    expected, given = made.complete(patterns, known=known, rng=1), np.where(known, patterns, other)
    before = given.copy()
    assert made.complete(given, known=known, rng=1) == made.complete(patterns > 0, known=known, rng=1) == expected
    np.testing.assert_array_equal(given, before)
    with pytest.raises(ValueError, match=r"patterns must hold \+1 and -1 only, got .* at \[0, 1\]"):
        made.complete(given, known=~known)


def test_ctrl_c_is_looked_at_between_few_couplings(monkeypatch):
    """5000 rows of 2 · 128 · 128 couplings a sweep: no call of a kernel sees more than 2²⁷ of them."""
    gibbs, seen = _layers._kernels.gibbs, []

    def watched(up, down, visible, hidden, streams, sweeps, *others):
        seen.append(len(visible) * sweeps)
        gibbs(up, down, visible, hidden, streams, sweeps, *others)

    monkeypatch.setattr(_layers._kernels, "gibbs", watched)
    made = hb.BoltzmannMachine(128, 128, rng=0)
    found = made.sample(5000, sweeps=3, rng=1, threads=1)
    assert sum(seen) == 15_000 and max(seen) <= 2**27 // (2 * 128 * 128)
    np.testing.assert_array_equal(made.sample(5000, sweeps=3, rng=1, threads=3), found)


@pytest.mark.parametrize("kind", [(20, 12, True), (10, 0, True), (8, 4, False)])
def test_annealing_meets_enumeration(kind):
    """Within 4.5 errors and 0.01 for the bias of a logarithm: a false alarm once in 10^5, ten machines of a kind."""
    for seed in range(4):
        made = machine(kind, spread=0.35, seed=seed)
        exact = made.log_partition(method="exact").value
        found = made.log_partition(method="annealed", chains=100, sweeps=100, rng=seed)
        assert 0 < found.error < 0.2
        assert abs(found.value - exact) < 4.5 * found.error + 0.01


def test_independent_units_have_the_means_of_the_patterns():
    """20,000 draws: 0.035 are five errors."""
    patterns = np.where(np.random.default_rng(0).random((50, 6)) < np.linspace(0, 1, 6), 1, -1).astype(np.int8)
    fields = _likelihood.independent_fields(patterns)
    drawn = _likelihood.independent(fields, 20_000, np.random.default_rng(1))
    np.testing.assert_allclose(drawn.mean(axis=0), np.clip(patterns.mean(axis=0), -49 / 51, 49 / 51), atol=0.035)


@pytest.mark.parametrize("method", ["persistent", "contrastive", "exact"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_way_of_learning_raises_the_likelihood(kind, method):
    """Patterns drawn from three, with noise; independent units are the bar."""
    visible, hidden, restricted = KINDS[kind]
    patterns = hb.corrupt(np.repeat(hb.random_patterns(3, visible, rng=5), 40, axis=0), flip=0.05, rng=6)
    made = hb.BoltzmannMachine(visible, hidden, restricted=restricted, rng=0)
    fields = _likelihood.independent_fields(patterns)
    independent = (patterns * fields - np.logaddexp(fields, -fields)).sum(axis=1).mean()
    options = {"epochs": 60, "learning_rate": 0.3, "chains": 100, "decay": 0.001, "method": method}
    assert made.fit(patterns, validation=patterns[:7], batch=60, **options) is made
    assert made.score_samples(patterns).mean() > independent + 0.25
    assert made.history.train[-1] == pytest.approx(made.score_samples(patterns).mean())
    assert made.history.validation[-1] == pytest.approx(made.score_samples(patterns[:7]).mean())
    assert made.history.epochs[-1] == 60 and (made.history.error == 0).all()


def test_results_do_not_depend_on_threads_batches_or_levels():
    patterns = hb.random_patterns(600, 40, rng=0)
    results = []
    for threads, level in ((1, "scalar"), (3, None)):
        with hb.use_simd_level(level or hb.available_simd_levels()[0]):
            made = hb.BoltzmannMachine(40, 30, rng=1).fit(patterns, epochs=3, threads=threads)
            many = made.sample(2000, sweeps=20, rng=2, threads=threads)
            results.append((made.couplings, made.bias, many, made.log_partition(sweeps=20, threads=threads, rng=4)))
    for one, other in zip(*results, strict=True):
        np.testing.assert_equal(one, other)


def test_fit_forgets_and_shows_a_bar():
    patterns, others = hb.random_patterns(20, 12, rng=0), hb.random_patterns(20, 12, rng=1)
    fresh = hb.BoltzmannMachine(12, 3, rng=0).fit(others, epochs=300, learning_rate=0.3, chains=50)
    again = hb.BoltzmannMachine(12, 3, rng=0).fit(patterns, epochs=300, learning_rate=0.3, chains=50)
    again.fit(others, epochs=300, learning_rate=0.3, chains=50, progress=True)
    scores = [machine.score_samples(others).mean() for machine in (fresh, again)]
    assert abs(scores[0] - scores[1]) < 1  # of 8.3 nats for fair units
    assert hb.BoltzmannMachine(12, 3, rng=0).fit(patterns, epochs=2, looks=0).history.train.shape == (0,)


@pytest.mark.parametrize("kind", ["restricted", "general"])
def test_one_seed_gives_one_machine(kind):
    """New, used, or with another seed of its own."""
    visible, hidden, restricted = KINDS[kind]
    patterns = hb.random_patterns(20, visible, rng=0)
    made = [hb.BoltzmannMachine(visible, hidden, restricted=restricted, rng=seed) for seed in (0, 1)]
    first, other = (machine.fit(patterns, epochs=3, rng=7).couplings for machine in made)
    np.testing.assert_array_equal(other, first)
    np.testing.assert_array_equal(made[0].fit(patterns, epochs=3, rng=7).couplings, first)


def test_a_refused_step_leaves_the_machine_and_its_copies_as_they_were():
    patterns = hb.random_patterns(50, 12, rng=0)
    made, plain = (hb.BoltzmannMachine(12, 5, rng=3).partial_fit(patterns, chains=30) for _ in range(2))
    with pytest.raises(ValueError, match="learning_rate and decay must be smaller"):
        made.partial_fit(patterns, chains=30, learning_rate=1e9)
    copy.copy(made).partial_fit(patterns, chains=30)
    np.testing.assert_array_equal(
        made.partial_fit(patterns, chains=30).couplings, plain.partial_fit(patterns, chains=30).couplings
    )


def test_partial_fit_goes_on_with_its_chains():
    patterns = hb.random_patterns(50, 12, rng=0)
    steps = [hb.BoltzmannMachine(12, 5, rng=3) for _ in range(2)]
    for _ in range(4):
        steps[0].partial_fit(patterns, chains=30)
    for _ in range(2):
        steps[1].partial_fit(patterns, chains=30)
    other = pickle.loads(pickle.dumps(steps[1]))
    for _ in range(2):
        other.partial_fit(patterns, chains=30)
    np.testing.assert_array_equal(other.couplings, steps[0].couplings)


def test_a_machine_is_saved_and_loaded(tmp_path):
    pytest.importorskip("safetensors")
    for kind in KINDS:
        made, path = machine(kind), tmp_path / "machine.safetensors"
        made.save(path)
        found = hb.BoltzmannMachine.load(path, rng=0)
        assert repr(found) == repr(made)
        np.testing.assert_array_equal(found.couplings, made.couplings)
        np.testing.assert_array_equal(found.bias, made.bias)
        np.testing.assert_equal(
            found.log_partition(method="annealed", sweeps=20, rng=1),
            made.log_partition(method="annealed", sweeps=20, rng=1),
        )
    whole = path.read_bytes()
    for damaged in (whole[:-8], whole[:-8] + b"\1" * 8, b"", whole[:40]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"path must name a file written by BoltzmannMachine\.save"):
            hb.BoltzmannMachine.load(path)
    hb.PackedPatterns([[1, -1]]).save(path)
    with pytest.raises(ValueError, match="format 'hebbfast' of version"):
        hb.BoltzmannMachine.load(path)
    with pytest.raises(FileNotFoundError, match="no such file"):
        hb.BoltzmannMachine.load(tmp_path / "nothing")


def _asymmetric(tensors, about):
    tensors["weights"][0, 1] += 1


def _on_the_diagonal(tensors, about):
    tensors["weights"][2, 2] = 1


def _huge(tensors, about):
    tensors["weights"] = np.full((6, 6), 1e38) * (1 - np.eye(6))


def _more(tensors, about):
    tensors["more"] = np.ones(3)


def _more_about(tensors, about):
    about["more"] = "x"


def _restricted(tensors, about):
    about["restricted"] = "yes"


@pytest.mark.parametrize(
    ("bend", "message"),
    [
        (_asymmetric, "weights are not symmetric with a diagonal of zeros"),
        (_on_the_diagonal, "weights are not symmetric with a diagonal of zeros"),
        (_huge, r"energies of up to 3e\+39"),
        (_more, "it holds 'more', which this version of hebbfast does not know"),
        (_more_about, "it holds 'more', which this version of hebbfast does not know"),
        (_restricted, ""),
    ],
)
def test_files_that_no_machine_has_written(tmp_path, bend, message):
    """The checksum is right: CRC-32 of bias, fields and weights."""
    safetensors = pytest.importorskip("safetensors")
    numpy, path = pytest.importorskip("safetensors.numpy"), tmp_path / "machine"
    hb.BoltzmannMachine(4, 2, restricted=False, rng=0).save(path)
    with safetensors.safe_open(path, framework="np") as file:
        about = dict(file.metadata())
        tensors = {name: file.get_tensor(name).copy() for name in file.keys()}
    bend(tensors, about)
    about["checksum"] = f"{zlib.crc32(b''.join(tensors[n].tobytes() for n in ('bias', 'fields', 'weights'))):08x}"
    numpy.save_file(tensors, path, about)
    with pytest.raises(ValueError, match=rf"path must name a file written by BoltzmannMachine\.save, .*{message}"):
        hb.BoltzmannMachine.load(path)


def test_a_machine_is_copied_and_pickled():
    made = machine("restricted")
    for other in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made)), weakref.ref(made)()):
        np.testing.assert_array_equal(other.couplings, made.couplings)
    assert repr(made) == "<BoltzmannMachine 5 visible, 3 hidden, restricted>"


PATTERNS = hb.random_patterns(4, 5, rng=0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: hb.BoltzmannMachine(0), "visible must be an integer from 1"),
        (lambda m: hb.BoltzmannMachine(3, -1), "hidden must be an integer from 0"),
        (lambda m: hb.BoltzmannMachine(3, 2, restricted=1), "restricted must be True or False, got 1"),
        (lambda m: hb.BoltzmannMachine(3, rng="x"), "rng must be None, a seed"),
        (lambda m: hb.BoltzmannMachine.of([[0, 1], [2, 0]]), "couplings must be symmetric"),
        (lambda m: hb.BoltzmannMachine.of([[1, 1], [1, 0]]), "couplings must have a zero diagonal"),
        (lambda m: hb.BoltzmannMachine.of([[0, 1]]), r"couplings must have shape \(D, D\)"),
        (
            lambda m: hb.BoltzmannMachine.of([[0, 1e39], [1e39, 0]], visible=1),
            r"couplings and bias must add up to at most 1e\+30, got 1e\+39",
        ),
        (
            lambda m: hb.BoltzmannMachine.of([[0, 1], [1, 0]], bias=[1]),
            r"bias must have shape \(2,\), got shape \(1,\)",
        ),
        (
            lambda m: hb.BoltzmannMachine.of([[0, 1], [1, 0]], visible=3),
            "visible must be an integer from 1 to 2, got 3",
        ),
        (lambda m: m.fit(PATTERNS[:, :3]), r"patterns must have shape \(5,\) or \(Q, 5\), got shape \(4, 3\)"),
        (lambda m: m.fit(PATTERNS[:0]), "patterns must have at least one row"),
        (lambda m: m.fit(PATTERNS * 0), "patterns must"),
        (lambda m: m.fit(PATTERNS, validation=PATTERNS[:, :2]), "validation must have shape"),
        (lambda m: m.fit(PATTERNS, learning_rate=0), "learning_rate must be a finite number above 0, got 0"),
        (lambda m: m.fit(PATTERNS, epochs=0), "epochs must be an integer of at least 1, got 0"),
        (lambda m: m.fit(PATTERNS, chains=0), "chains must be an integer from 1"),
        (lambda m: m.fit(PATTERNS, decay=-1), "decay must be a finite number of at least 0, got -1"),
        (lambda m: m.fit(PATTERNS, method="magic"), "method must be one of 'persistent', 'contrastive', 'exact'"),
        (lambda m: m.fit(PATTERNS, progress=1), "progress must be True or False"),
        (
            lambda m: m.fit(PATTERNS, method="exact", learning_rate=1e9, epochs=9),
            "learning_rate and decay must be smaller",
        ),
        (lambda m: m.complete(PATTERNS, known=[0, 1, 2]), r"known must be a boolean mask of shape \(5,\)"),
        (lambda m: m.sample(0), "states must be an integer from 1"),
        (lambda m: m.sample(2, sweeps=-1), "sweeps must be an integer of at least 0, got -1"),
        (lambda m: m.sample(PATTERNS[:, :2]), "states must have shape"),
        (lambda m: m.log_partition(method="magic"), "method must be one of 'exact', 'annealed'"),
    ],
)
def test_what_is_refused(call, message):
    made = hb.BoltzmannMachine(5, 2, rng=0)
    before = made.couplings
    with pytest.raises(ValueError, match=message):
        call(made)
    np.testing.assert_array_equal(made.couplings, before)


def test_what_is_too_large_to_count_is_refused():
    patterns = hb.random_patterns(3, 30, rng=0)
    for made in (hb.BoltzmannMachine(30), hb.BoltzmannMachine(30, 23), hb.BoltzmannMachine(30, 2, restricted=False)):
        with pytest.raises(ValueError, match="method must be 'annealed' for <BoltzmannMachine"):
            made.log_partition(method="exact")
        with pytest.raises(ValueError, match="method must be 'persistent' or 'contrastive' for <Boltz"):
            made.fit(patterns, method="exact")
        with pytest.raises(ValueError, match="patterns must be of a machine that can be counted"):
            made.gradient(patterns)
    with pytest.raises(ValueError, match="patterns must be of a restricted machine"):
        hb.BoltzmannMachine(30, 17, restricted=False).score_samples(patterns)


def test_a_run_with_few_chains_warns():
    made = machine((30, 23, True), spread=2.0)
    with pytest.warns(UserWarning, match="take more sweeps than 2"):
        made.log_partition(chains=20, sweeps=2, rng=0)
