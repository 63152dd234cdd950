"""ising, maxcut and qubo: values against fractions and enumeration, inputs of all kinds, what is refused."""

import copy
import itertools
import pickle
import weakref
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

import hebbfast as hb
from hebbfast.optimize._inputs import read_terms
from hebbfast.optimize.problem import VALUES
from hebbfast.optimize.solvers import problem_of

QUICK = {"sweeps": 30, "reads": 16, "rng": 0, "threads": 1}


def answers(kind, n):
    return itertools.product(VALUES[kind], repeat=n)


def value(kind, matrix, bias, x):
    """The objective as its formula says, in fractions."""
    n, total = len(matrix), Fraction(0)
    A = [[Fraction(w) for w in row] for row in np.asarray(matrix).tolist()]
    for i in range(n):
        for j in range(n):
            if kind == "ising":
                total -= A[i][j] * x[i] * x[j] / 2
            elif kind == "maxcut":
                total += A[i][j] * (x[i] != x[j]) / 2
            else:
                total += A[i][j] * x[i] * x[j]
    return total - sum(Fraction(b) * s for b, s in zip(bias, x, strict=True))


def instance(kind, seed, floats):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(7, 7)) if floats else rng.integers(-9, 10, (7, 7))
    matrix *= rng.random((7, 7)) < 0.6
    bias = np.zeros(7, dtype=int)
    if kind != "qubo":
        matrix = np.triu(matrix, 1)
        matrix = matrix + matrix.T
    if kind == "ising":
        bias = rng.normal(size=7) if floats else rng.integers(-5, 6, 7)
    return matrix, bias


@pytest.mark.parametrize("floats", [False, True])
@pytest.mark.parametrize("kind", ["ising", "maxcut", "qubo"])
@pytest.mark.parametrize("seed", range(4))
def test_values_are_exact_and_energies_tell_them(kind, floats, seed):
    """All 2⁷ answers: integers equal, floats the nearest to the exact sum; the affine law of `Problem.network`."""
    matrix, bias = instance(kind, seed, floats)
    problem = problem_of(kind, read_terms("it", matrix), bias=bias if kind == "ising" else None)
    network, factor, constant = problem._model()
    for x in answers(kind, 7):
        exact = value(kind, matrix, bias.tolist(), x)
        found = problem.value(x)
        assert found == (float(exact) if floats else exact)
        assert type(found) is (float if floats else int)
        state = np.array(x) if kind == "ising" else 2 * np.array(x) - 1
        expected = factor * float(exact) + constant
        assert network.energy(state) == (pytest.approx(expected, abs=1e-9) if floats else expected)


@pytest.mark.parametrize("kind", ["ising", "maxcut", "qubo"])
@pytest.mark.parametrize("floats", [False, True])
def test_the_best_answer_of_small_problems_is_found(kind, floats):
    """By enumeration; 7 variables, 16 reads of 30 sweeps."""
    for seed in range(4):
        matrix, bias = instance(kind, seed, floats)
        call = getattr(hb.optimize, kind)
        found = call(matrix, bias, **QUICK) if kind == "ising" else call(matrix, **QUICK)
        values = [value(kind, matrix, bias.tolist(), x) for x in answers(kind, 7)]
        best = max(values) if kind == "maxcut" else min(values)
        assert found.fun == (float(best) if floats else best)
        assert value(kind, matrix, bias.tolist(), found.x.tolist()) == best
        assert found.x.dtype == np.int8 and found.success
        assert (found.cut == found.fun) if kind == "maxcut" else found.cut is None


def test_all_containers_are_the_same_problem():
    rng = np.random.default_rng(5)
    half = np.triu(rng.integers(-3, 4, (9, 9)), 1)
    first, second = np.nonzero(half)
    edges = first, second, half[first, second]
    graph = nx.Graph()
    graph.add_nodes_from(range(9))
    graph.add_weighted_edges_from(zip(*(index.tolist() for index in edges), strict=True))
    whole, pairs = half + half.T, dict(zip(zip(*edges[:2], strict=True), edges[2], strict=True))
    for kind, given in (
        (
            "maxcut",
            [whole, whole.tolist(), half, half.T, sparse.csr_array(whole), sparse.coo_matrix(half), graph, edges],
        ),
        ("ising", [whole, sparse.csc_array(whole), graph, edges, whole.astype(np.int8), whole.astype(float)]),
        ("qubo", [half, half.T, sparse.csr_array(half), graph, edges, pairs]),
    ):
        found = [getattr(hb.optimize, kind)(one, **QUICK) for one in given]
        assert len({one.fun for one in found}) == 1, kind
        assert all(
            isinstance(one.x, dict) == isinstance(of, (nx.Graph, dict)) for one, of in zip(found, given, strict=True)
        )


def test_networkx_has_its_nodes_back():
    graph = nx.Graph([("a", "b"), ("b", (1, 2)), ((1, 2), "a")])
    graph.add_edge("a", "d", weight=5)
    graph.add_node("alone")
    found = hb.optimize.maxcut(graph, **QUICK)
    assert set(found.x) == {"a", "b", (1, 2), "d", "alone"} and found.cut == 7
    assert found.cut == nx.cut_size(graph, [v for v, side in found.x.items() if side], weight="weight") - 0
    spins = hb.optimize.ising(graph, {"alone": -2, "a": 1}, **QUICK)
    assert spins.x == {"a": 1, "b": 1, (1, 2): 1, "d": 1, "alone": -1} and spins.fun == -11
    double = nx.MultiGraph([(0, 1), (0, 1), (1, 2)])
    assert hb.optimize.maxcut(double, **QUICK).cut == 3


def test_a_bias_by_name_takes_linear_time():
    """Counted are looks at labels: some for each, not one of all for each."""
    looks = []

    class Label:
        def __hash__(self):
            looks.append(self)
            return id(self)

    labels = [Label() for _ in range(300)]
    terms = read_terms("couplings", dict.fromkeys(itertools.pairwise(labels), 1))
    assert problem_of("ising", terms, bias=dict.fromkeys(labels, 1)).linear.tolist() == [1] * 300
    assert len(looks) < 20 * 300


def test_objects_that_are_integers():
    assert hb.optimize.qubo(np.array([[1, -2], [0, -3]], dtype=object), **QUICK).fun == -4


def test_a_dictionary_counts_each_entry_once():
    found = hb.optimize.qubo({("x", "x"): -2, ("x", "y"): 1, ("y", "x"): 2, ("y", "y"): -2}, **QUICK)
    assert found.fun == -2 and sum(found.x.values()) == 1


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("given", ["dense", "sparse", "graph"])
def test_without_edges_there_is_a_result(n, given):
    graph = {"dense": np.zeros((n, n)), "sparse": sparse.csr_array((n, n), dtype=int), "graph": nx.empty_graph(n)}[
        given
    ]
    for call in (hb.optimize.maxcut, hb.optimize.ising, hb.optimize.qubo):
        found = call(graph, target=0, seconds=1)
        assert (found.fun, found.nit, found.success, len(found.x)) == (0, 0, True, n)
        assert found.message == "the target is reached"
    assert not hb.optimize.maxcut(graph, target=1).success


def test_nothing_at_all_is_a_problem_too():
    assert hb.optimize.maxcut(nx.Graph()).x == {}
    assert hb.optimize.maxcut(([], [])).cut == 0
    assert hb.optimize.qubo({}).fun == 0
    with pytest.raises(ValueError, match=r"couplings must have shape \(D, D\), got shape \(0, 0\)"):
        _ = problem_of("qubo", read_terms("Q", {})).network


def test_a_bias_alone_and_isolated_vertices():
    assert hb.optimize.ising(np.zeros((3, 3), int), [1, -2, 0], **QUICK).fun == -3
    assert hb.optimize.ising([[0]], [-4], **QUICK).x.tolist() == [-1]
    assert hb.optimize.qubo(np.diag([1, -2, 3]), **QUICK).fun == -2
    assert hb.optimize.maxcut(([1], [7]), **QUICK).x.shape == (8,)


def test_large_integers_stay_exact():
    big = 2**62 + 1
    found = hb.optimize.maxcut([[0, big], [big, 0]], **QUICK)
    assert found.cut == big and isinstance(found.cut, int)
    three = hb.optimize.maxcut(([0, 1, 2], [1, 2, 3], [big, big, big]), **QUICK)
    assert three.cut == 3 * big
    assert hb.optimize.qubo([[-big, 0], [0, -big]], **QUICK).fun == -2 * big
    assert hb.optimize.qubo(-np.full((3, 3), big), **QUICK).fun == -9 * big


@pytest.mark.parametrize(
    ("kind", "given", "best"),
    [
        ("qubo", np.triu(np.full((30, 30), -(2**59))), -(2**59) * 465),
        ("qubo", -(2**62) * np.eye(2, dtype=np.int64)[::-1], -(2**63)),
        ("maxcut", ([0] * 20, [1] * 20, [2**59] * 20), 20 * 2**59),
        ("ising", ([0] * 20, [1] * 20, [-(2**63)] * 20), -20 * 2**63),
        ("maxcut", sparse.coo_array(([2**62, 2**62, -(2**62)], ([0] * 3, [1] * 3)), shape=(2, 2)), 2**62),
    ],
)
def test_sums_of_integers_do_not_wrap(kind, given, best):
    """The best is known by hand: all in, or the two ends apart or alike."""
    assert getattr(hb.optimize, kind)(given, **QUICK).fun == best


@pytest.mark.parametrize("seed", range(5))
def test_a_float_target_stops_as_soon_as_it_is_met(seed):
    """The largest cut of 10 vertices by enumeration: reads that have it are equal to it, and an ulp more is not met."""
    half = np.triu(np.random.default_rng(seed).normal(size=(10, 10)), 1)
    best = float(max(value("maxcut", half + half.T, np.zeros(10), x) for x in answers("maxcut", 10)))
    problem = problem_of("maxcut", read_terms("graph", half))
    found = problem.solve(target=best, rng=seed)
    assert found.success and found.fun == best and found.nit <= 64
    found = problem.solve(target=np.nextafter(best, np.inf), **QUICK)
    assert not found.success and found.nit >= QUICK["sweeps"]
    assert found.values.max() == found.history[-1, 1] == found.fun == best


def test_a_target_is_an_integer_of_any_size():
    """On a path all edges are cut; 2⁶⁰ + 1 is no double."""
    path = [0, 1], [1, 2], [2**60, 1]
    for target, met in ((2**60 + 1, True), (2**60 + 2, False), (-(10**300), True), (10**300, False)):
        assert hb.optimize.maxcut(path, target=target, **QUICK).success is met


@pytest.mark.parametrize("scale", [1e-310, 1e-150, 1e150, 1e290])
def test_floats_of_all_sizes(scale):
    found = hb.optimize.maxcut(([0, 1, 2], [1, 2, 0], [scale, 2 * scale, 4 * scale]), target=6 * scale, **QUICK)
    assert found.success and found.fun == 6 * scale


def test_a_problem_of_ones_own():
    """Lists will do, arrays are copied, labels name the answer."""
    places = np.array([0])
    problem = hb.optimize.Problem("maxcut", "max", 2, places, [1], [3], [0, 0], labels=["a", "b"])
    assert problem.solve(rng=0).cut == 3 and set(problem.solve(rng=0).x) == {"a", "b"}
    assert places.flags.writeable and not problem.first.flags.writeable


OWN = {"kind": "qubo", "sense": "min", "variables": 2, "first": [0], "second": [1], "weights": [1], "linear": [0, 0]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "foo"}, "kind must be one of 'ising', 'maxcut', 'qubo', got 'foo'"),
        ({"sense": "big"}, "sense must be one of 'min', 'max', got 'big'"),
        ({"variables": -1}, "variables must be an integer from 0 to 2147483647, got -1"),
        ({"first": [2]}, r"first must lie in 0..1, got 2"),
        ({"second": [0.5]}, "second must be a 1-d array of integers, got an array of float64"),
        ({"second": [1, 1]}, r"one length, got shapes \(1,\), \(2,\), \(1,\)"),
        ({"weights": [np.inf]}, "weights must be finite"),
        ({"weights": [1.7e308]}, r"weights must have sizes that add up to less than 1e\+300, got 1.7e\+308"),
        ({"linear": [0]}, r"linear must have shape \(2,\), got shape \(1,\)"),
        ({"linear": [0, 1]}, "linear must be zeros unless kind is 'ising'"),
        ({"kind": "ising", "first": [1]}, "first and second must differ unless kind is 'qubo', got 1 twice"),
        ({"labels": ("a", "a")}, "labels must be 2 different ones"),
    ],
)
def test_bad_problems_of_ones_own_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        hb.optimize.Problem(**{**OWN, **change})


def test_target_time_and_schedule():
    problem = hb.optimize.gset("G11")
    found = problem.solve(target=500, rng=1, threads=1)
    assert found.success and found.cut >= 500 and found.message == "the target is reached"
    found = problem.solve(target=565, sweeps=20, reads=4, rng=1)
    assert not found.success and found.message == "all sweeps are done, the target is not reached" and found.nit == 20
    found = problem.solve(seconds=0.3, reads=4, rng=1)
    assert found.message == "the time is over" and 0.1 < found.seconds < 3
    found = problem.solve(temperatures=[2.0, 1.0, 0.5], reads=3, rng=1)
    assert found.nit == 3 and found.values.shape == (3,)
    found = problem.solve(seconds=0.2, sweeps=5, reads=2, rng=1)
    assert found.nit > 5
    again = problem.solve(seconds=1e-9, rng=1)
    assert again.nit >= 1 and problem.value(again.x) == again.cut


def test_reads_are_fewer_where_time_is_short():
    """A bipartite grid of 40,000 vertices: half of the edges without a search, all of them at best."""
    n = 200
    y, x = np.divmod(np.arange(n * n), n)
    ends = np.concatenate([y * n + (x + 1) % n, (y + 1) % n * n + x])
    found = hb.optimize.maxcut((np.tile(y * n + x, 2), ends), seconds=0.5, rng=0)
    assert n * n < found.cut <= 2 * n * n and found.message == "the time is over"
    assert 1 <= len(found.values) <= 64


def test_history_rises_to_the_answer():
    found = hb.optimize.gset("G11").solve(rng=2, reads=4, threads=1)
    seconds, values = found.history.T
    assert (np.diff(seconds) > 0).all() and (np.diff(values) > 0).all()
    assert values[-1] == found.cut >= found.values.max() and seconds[-1] <= found.seconds
    assert found.values.shape == (4,) and found.nit == 5 * (64 + 128 + 256 + 512 + 1024)


def test_threads_change_nothing():
    problem = hb.optimize.gset("G14")
    one, two = (problem.solve(reads=70, sweeps=40, rng=3, threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one.x, two.x)
    np.testing.assert_array_equal(one.values, two.values)


def test_records_copy_pickle_and_compare():
    problem = hb.optimize.gset("G11")
    found = problem.solve(sweeps=5, reads=2, rng=0)
    for thing in (problem, found):
        for other in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
            assert other == thing and weakref.ref(other)() is other
        with pytest.raises(AttributeError):
            thing.name = "x"
    assert not problem.weights.flags.writeable
    assert repr(found).startswith(f"<OptimizeResult cut={found.cut}, 800 variables, 5 sweeps")


def test_the_network_is_open_to_all_that_moves_states():
    problem = hb.optimize.gset("G11")
    state = problem.network.anneal(reads=2, sweeps=20, rng=0).best_state
    cut = problem.value((state + 1) // 2)
    assert problem.network.energy(state) == int(problem.weights.sum()) - 2 * cut
    assert "sparse" in repr(problem.network)


def test_dense_problems_have_dense_couplings():
    rng = np.random.default_rng(0)
    half = np.triu(rng.normal(size=(30, 30)), 1)
    assert "sparse" not in repr(problem_of("ising", read_terms("J", half + half.T)).network)


A = np.array
REFUSED = [
    ("maxcut", [[0, 1], [2, 0]], "graph must be symmetric"),
    ("ising", [[0, 1], [0, 0]], "couplings must be symmetric"),
    ("maxcut", [[1, 1], [1, 0]], "graph must have a zero diagonal and no loops, got 1 at 0"),
    ("ising", [[0, 0], [0, 2.5]], "couplings must have a zero diagonal and no loops, got 2.5 at 1"),
    ("maxcut", [[0, 1, 2], [1, 0, 3]], r"graph must have shape \(n, n\), got shape \(2, 3\)"),
    ("qubo", [1, 2], r"Q must have shape \(n, n\), got shape \(2,\)"),
    ("qubo", [[np.nan]], r"Q must be finite, got nan at \[0, 0\]"),
    ("qubo", A([[2**63]], dtype=np.uint64), "Q must be integers of 64 bits or floats, got 9223372036854775808"),
    ("qubo", [[2**70]], "Q must be integers of 64 bits or floats, got 1180591620717411303424"),
    ("qubo", sparse.csr_array([[0.0, np.inf], [0, 0]]), "Q must be finite"),
    ("maxcut", sparse.csr_array([[0, 1], [0, 0], [0, 0]]), r"shape \(n, n\)"),
    ("maxcut", nx.DiGraph([(0, 1)]), "graph must be an undirected graph, got DiGraph"),
    ("maxcut", nx.Graph([("a", "a")]), "no loops, got 1 at 'a'"),
    ("maxcut", ([0], [1], [1], [1]), "graph must be arrays"),
    ("maxcut", ([0, 1], [1]), "one length"),
    ("maxcut", ([0.5], [1]), "integers as indices"),
    ("maxcut", ([-1], [1]), "indices of at least 0, got -1"),
    (
        "maxcut",
        sparse.coo_array(([2**62] * 2, ([0] * 2, [1] * 2)), shape=(2, 2)),
        "64 bits or floats, got 92233720368547",
    ),
    ("maxcut", sparse.coo_array(([1e308] * 2, ([0] * 2, [1] * 2)), shape=(2, 2)), "graph must have sizes that add up"),
    ("qubo", np.full((9, 9), -1.7e308), r"weights must have sizes that add up to less than 1e\+300, got inf"),
    ("qubo", A([[1, 2**70]], dtype=object), "Q must be integers of 64 bits or floats, got 1180591620717411303424"),
    ("qubo", {1: 2}, r"pairs \(i, j\) as keys, got 1"),
    ("qubo", {(1, 2): float("nan")}, "values of Q must be finite"),
]


@pytest.mark.parametrize(("kind", "given", "message"), REFUSED)
def test_bad_problems_are_refused(kind, given, message):
    with pytest.raises(ValueError, match=message):
        getattr(hb.optimize, kind)(given)


@pytest.mark.parametrize("given", ["text", [["a"]], [[1j]], None])
def test_what_is_no_number_is_refused(given):
    with pytest.raises((TypeError, ValueError), match="graph must"):
        hb.optimize.maxcut(given)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reads": 0}, "reads must be an integer"),
        ({"sweeps": 0}, "sweeps must be an integer"),
        ({"sweeps": 2, "temperatures": [1.0]}, "temperatures must have one entry a sweep, 2 of them, got 1"),
        ({"temperatures": [-1.0]}, "temperatures must not be negative"),
        ({"temperatures": [np.nan]}, "temperatures must be finite"),
        ({"target": np.inf}, "target must be a finite number"),
        ({"seconds": 0}, "seconds must be a finite number above 0"),
        ({"method": "tabu"}, "method must be one of"),
        ({"rng": "x"}, "rng must be"),
        ({"threads": 0}, "threads must be"),
        ({"progress": 1}, "progress must be True or False"),
    ],
)
def test_bad_options_are_refused(options, message):
    for graph in ([[0, 1], [1, 0]], [[0]]):
        with pytest.raises(ValueError, match=message):
            hb.optimize.maxcut(graph, **options)


def test_bad_answers_and_biases_are_refused():
    problem = hb.optimize.gset("G11")
    for x in (np.ones(799), np.full(800, -1), np.full(800, 0.5), {0: 1}):
        with pytest.raises(ValueError, match="x must be 800 values of 0 or 1, got"):
            problem.value(x)
    with pytest.raises(ValueError, match=r"bias must have shape \(2,\), got shape \(3,\)"):
        hb.optimize.ising([[0, 1], [1, 0]], [1, 2, 3])
    with pytest.raises(ValueError, match="bias must name variables of the couplings, got 'z'"):
        hb.optimize.ising(nx.Graph([("a", "b")]), {"z": 1})
    with pytest.raises(TypeError, match="swaps"):
        hb.optimize.maxcut([[0]], swaps=3)
