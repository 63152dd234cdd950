"""The phase diagram: its lines, its simulations against heat bath in plain NumPy."""

import copy
import io
import math
import pickle

import numpy as np
import pytest
from matplotlib import colors, image

import hebbfast as hb
from hebbfast import plots
from hebbfast.experiments import _networks, phase, reproduce

PUBLISHED_END = 0.137905566  # Amit, Gutfreund, Sompolinsky 1987; digits by Stojnic 2024


@pytest.fixture(scope="module")
def small() -> phase.PhaseDiagram:
    return phase.phase_diagram([200, 400], networks=10, sweeps=10, seed=1)


def test_lines_end_where_they_must() -> None:
    lines = phase.phase_lines(20)
    assert lines.retrieval[:, 0] == pytest.approx((PUBLISHED_END, 0), abs=1e-8)
    assert lines.retrieval[:, -1].tolist() == [0, 1]
    assert lines.thermodynamic[:, 0] == pytest.approx((0.051854, 0), abs=1.5e-5)  # e of retrieval is -1/2 to 1e-5 there
    np.testing.assert_allclose(lines.spin_glass[1] ** 2 - 2 * lines.spin_glass[1] + 1, lines.spin_glass[0], atol=1e-12)
    # below retrieval at all temperatures, and replica symmetry breaks inside of the retrieval phase only
    assert (lines.thermodynamic[0] <= lines.retrieval[0]).all()
    assert (lines.almeida_thouless[1] < 0.06).all()


def test_lines_are_the_roots_that_define_them() -> None:
    """T_c: equal free energies of both states; T_M: a state below, none above."""
    mean_field = hb.theory.mean_field
    lines = phase.phase_lines(8)
    for alpha, T in lines.thermodynamic.T[1:-1]:
        retrieved, other = mean_field.solve(alpha, T), mean_field.spin_glass(alpha, T)
        assert retrieved.overlap > 0.01
        assert retrieved.free_energy == pytest.approx(other.free_energy, abs=1e-8)
    for alpha, T in lines.retrieval.T[1:-1]:
        assert mean_field.solve(alpha * (1 - 1e-6), T).overlap > 0.01
        assert mean_field.solve(alpha * (1 + 1e-6), T).overlap == 0


def heat_bath(patterns: np.ndarray, temperature: float, sweeps: int, rng: np.random.Generator) -> float:
    """Overlap after some sweeps that begin in the first pattern, with couplings ΞᵀΞ/D, as the textbook says."""
    D = patterns.shape[1]
    couplings = (patterns.T @ patterns).astype(float) / D
    np.fill_diagonal(couplings, 0)
    state = patterns[0].astype(float)
    for _ in range(sweeps):
        for i in rng.permutation(D):
            state[i] = 1 if rng.random() < 1 / (1 + math.exp(-2 * couplings[i] @ state / temperature)) else -1
    return float(patterns[0] @ state) / D


@pytest.mark.parametrize(("alpha", "temperature"), [(0.03, 0.5), (0.1, 0.2), (0.05, 1.2)])
def test_overlaps_are_those_of_the_textbook(alpha: float, temperature: float) -> None:
    """60 networks of plain NumPy, 400 of the kernels; means differ by at most 4.5 standard errors: 7e-6 each."""
    D, K, sweeps, rng = 200, round(200 * alpha), 8, np.random.default_rng(5)
    ours = _networks.final_overlaps(D, K, 400, 1, rng, temperature, sweeps)[:, 0]
    theirs = np.array(
        [heat_bath(hb.random_patterns(K, D, rng=rng).astype(int), temperature, sweeps, rng) for _ in range(60)]
    )
    error = math.hypot(ours.std(ddof=1) / 20, theirs.std(ddof=1) / math.sqrt(60))
    assert abs(ours.mean() - theirs.mean()) < 4.5 * error
    assert error < 0.04


def test_overlap_well_inside_is_that_of_mean_field() -> None:
    """At α = 0.03, T = 0.4: 100 networks of D = 2000, mean within 4.5 standard errors and 1/√D of bias."""
    found = _networks.final_overlaps(2000, 60, 100, 2, np.random.default_rng(6), 0.4, 30).mean(axis=1)
    expected = hb.theory.mean_field.solve(0.03, 0.4).overlap
    assert found.mean() == pytest.approx(expected, abs=4.5 * found.std() / 10 + 0.002)


def test_map_is_full_inside_and_empty_outside(small: phase.PhaseDiagram) -> None:
    assert small.overlaps.shape == (len(small.temperatures), len(small.loads))
    assert small.overlaps[0, 0] > 0.97  # T = 0.05, alpha = 0.005: one or two patterns
    assert abs(small.overlaps[-1, -1]) < 0.4
    inside = small.temperatures[:, None] < 0.5 - 3 * small.loads
    assert small.overlaps[inside].mean() > 0.95


def test_states_are_lost_near_the_line(small: phase.PhaseDiagram) -> None:
    assert [(end.units, end.alpha) for end in small.retrieval] == [(D, a) for D in (200, 400) for a in phase.LOADS]
    for end in small.retrieval:
        assert end.theory == hb.theory.mean_field.retrieval_temperature(end.alpha)
        if end.alpha <= 0.06:  # nearer to the end, small networks say little
            assert 0.9 < end.temperature.value / end.theory < 1.6  # late: ten sweeps are few
            assert end.temperature.low < end.temperature.value < end.temperature.high


@pytest.mark.slow
def test_larger_networks_come_nearer_to_the_line() -> None:
    """D = 1500, 20 networks, 50 sweeps: states are lost within 6 % of T_M, of which the intervals take half."""
    found = phase.phase_diagram(1500, networks=20, seed=2)
    for end in found.retrieval:
        if end.alpha <= 0.1:
            assert end.temperature.value == pytest.approx(end.theory, rel=0.06)
    assert found.critical == ()


@pytest.mark.parametrize(("degree", "units"), [(3, 60), (4, 30)])
def test_dense_memories(degree: int, units: int, tmp_path) -> None:
    """Lines of theory, loads in shares of its end; small networks lose their patterns early. A picture without the
    crossing of n = 2."""
    found = phase.phase_diagram(units, interaction=hb.Polynomial(degree), networks=4, sweeps=4, seed=1)
    end = {3: 0.084063, 4: 0.013191}[degree]
    assert found.lines.retrieval[:, 0] == pytest.approx((end, 0), abs=1e-6)
    assert found.lines.retrieval[1, -1] == pytest.approx({3: 0.58258, 4: 0.49579}[degree], abs=1e-5)
    assert found.lines.spin_glass.shape == found.lines.thermodynamic.shape == (2, 0)
    assert [point.alpha / end for point in found.retrieval] == pytest.approx(phase.SHARES, rel=1e-4)
    for point in found.retrieval[:3]:
        assert point.theory == hb.theory.mean_field.retrieval_temperature(point.alpha, hb.Polynomial(degree))
        assert 0.5 < point.temperature.value / point.theory < 1.4
    assert found.overlaps[0, 0] > 0.97 and found.critical == ()
    assert found.interaction == hb.Polynomial(degree, normalized=True)
    plots.phase_diagram(io.BytesIO(), found)


@pytest.mark.parametrize(
    ("degree", "alpha", "T", "D", "tolerance"), [(3, 0.02, 0.3, 300, 0.001), (4, 0.003, 0.2, 100, 0.002)]
)
def test_dense_memories_well_inside(degree: int, alpha: float, T: float, D: int, tolerance: float) -> None:
    """Overlaps of mean field, within 4.5 standard errors of 20 networks and a bias of finite D."""
    interaction = hb.Polynomial(degree, normalized=True)
    rng = np.random.default_rng(degree)
    found = _networks.final_overlaps(D, round(alpha * D ** (degree - 1)), 20, 4, rng, T, 20, None, interaction)
    expected = hb.theory.mean_field.solve(alpha, T, hb.Polynomial(degree)).overlap
    means = found.mean(axis=1)
    assert means.mean() == pytest.approx(expected, abs=4.5 * means.std(ddof=1) / math.sqrt(20) + tolerance)


def test_a_store_goes_on(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is killed after some points goes on to the numbers of one that was not."""
    options = {"units": 60, "interaction": hb.Polynomial(3), "networks": 4, "sweeps": 3, "seed": 2}
    path, calls, overlaps = tmp_path / "points", [], phase.final_overlaps

    def killed(*args):
        calls.append(args)
        if len(calls) == 100:
            raise KeyboardInterrupt
        return overlaps(*args)

    monkeypatch.setattr(phase, "final_overlaps", killed)
    with pytest.raises(KeyboardInterrupt):
        phase.phase_diagram(**options, store=path)
    calls.extend([None] * 1000)
    again = phase.phase_diagram(**options, store=path)
    assert len(calls) == 1100 + 17 * 15 + 5 * 8 - 99
    assert again == phase.phase_diagram(**options) == phase.phase_diagram(**options, store=path)
    with pytest.raises(ValueError, match="store must have been made with the same settings"):
        phase.phase_diagram(**{**options, "seed": 3}, store=path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="store must be a store of points or a new file"):
        phase.phase_diagram(**options, store=path)
    with pytest.raises(OSError, match="store must"):
        phase.phase_diagram(**options, store=tmp_path / "no folder" / "points")


def test_whoever_does_the_work(tmp_path) -> None:
    """Two processes, and a dask cluster that goes on from a store with every third point, in another order."""
    distributed = pytest.importorskip("distributed")
    options = {"units": 60, "interaction": hb.Polynomial(3), "networks": 4, "sweeps": 3, "seed": 2}
    alone = phase.phase_diagram(**options, store=tmp_path / "points")
    assert phase.phase_diagram(**options, workers=2) == alone
    with np.load(tmp_path / "points") as file:
        kept = {name: file[name] for name in file.files if name == "settings" or int(name) % 3 == 0}
    with open(tmp_path / "points", "wb") as file:
        np.savez(file, **dict(reversed(kept.items())))
    with distributed.LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as cluster:
        address = cluster.scheduler_address
        assert phase.phase_diagram(**options, store=tmp_path / "points", scheduler=address) == alone
    assert phase.phase_diagram(**options, store=tmp_path / "points") == alone


def test_curves_cross_below_the_end(small: phase.PhaseDiagram) -> None:
    """Sizes of 200 and 400 cross early, at about 0.12 to 0.14; the docs say so."""
    (critical,) = small.critical
    assert critical.units == (200, 400)
    assert critical.overlaps.shape == (2, len(critical.loads))
    differences = critical.overlaps[1] - critical.overlaps[0]
    assert differences[-1] < 0  # above the end, larger networks lose more
    assert critical.alpha.networks == (6 * 1000, 6 * 500)


def test_threads_do_not_change_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for threads in ("1", "3"):
        monkeypatch.setenv("HEBBFAST_NUM_THREADS", threads)
        found.append(phase.phase_diagram(200, networks=4, sweeps=3, seed=3))
    np.testing.assert_array_equal(found[0].overlaps, found[1].overlaps)
    assert [end.temperature for end in found[0].retrieval] == [end.temperature for end in found[1].retrieval]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"units": 100}, "units must be an integer from 200 to 2147483647, got 100"),
        ({"units": []}, "units"),
        ({"interaction": hb.Polynomial(5)}, "interaction must have degree 2, 3 or 4"),
        ({"interaction": hb.Exponential(0.1)}, "interaction must be a Polynomial"),
        ({"interaction": hb.Polynomial(3), "units": 39}, "units must be an integer from 40"),
        ({"networks": 3}, "networks must be an integer from 4 to 2147483647, got 3"),
        ({"cues": 5}, "cues must be an integer from 1 to 4, got 5"),
        ({"sweeps": 0}, "sweeps"),
        ({"level": 1.0}, "level must be a finite number in"),
        ({"level": "0.9"}, "level must be a finite number in"),
        ({"seed": -1}, "seed must be an integer of at least 0, got -1"),
        ({"threads": 0}, "threads must be an integer of at least 1, got 0"),
        ({"workers": 0}, "workers must be an integer from 1 to 2147483647, got 0"),
    ],
)
def test_bad_input_is_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        phase.phase_diagram(**options)  # type: ignore[arg-type]


def test_picture_shows_lines_and_sizes(small: phase.PhaseDiagram) -> None:
    file = io.BytesIO()
    plots.phase_diagram(file, small)
    file.seek(0)
    pixels = (image.imread(file)[..., :3] * 255).round().astype(np.uint8).reshape(-1, 3)
    shown = {f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.unique(pixels, axis=0)}
    assert {"#000000", *(colors.to_hex(c) for c in plots.SERIES[1:3])} <= shown


def test_the_threads_asked_for_are_those_used(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, over = [], _networks.pool.over

    def watched(function, jobs, threads):
        seen.append(threads)
        return over(function, jobs, threads)

    monkeypatch.setattr(_networks.pool, "over", watched)
    monkeypatch.setenv("HEBBFAST_NUM_THREADS", "2")
    phase.phase_diagram(200, networks=4, sweeps=1, threads=1)
    next(reproduce.reproduce(quick=True, threads=1))
    assert set(seen) == {1}


def test_records_are_equal_by_value_and_share_nothing(small: phase.PhaseDiagram) -> None:
    twin = pickle.loads(pickle.dumps(small))
    assert twin == small == copy.deepcopy(small)
    changed = copy.deepcopy(small)
    changed.loads[0] = 9
    assert changed != small
    assert not np.shares_memory(small.loads, phase.MAP_LOADS)
    assert not np.shares_memory(small.temperatures, phase.MAP_TEMPERATURES)
