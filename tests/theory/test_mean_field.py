"""Mean-field equations: published numbers, the equations themselves by quadrature, limits, and simulated networks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special

import hebbfast as hb
from hebbfast import theory
from hebbfast.theory import mean_field
from hebbfast.theory.mean_field import _gaussian_average, _overlap_noise

HERMITE, HERMITE_WEIGHTS = np.polynomial.hermite_e.hermegauss(180)
NODES, STEP = np.linspace(-9, 9, 20_001, retstep=True)
WEIGHTS = np.exp(-NODES * NODES / 2) * STEP / math.sqrt(2 * math.pi)
DENSE = [hb.Polynomial(3), hb.Polynomial(4), hb.Polynomial(7), hb.RectifiedPolynomial(3), hb.RectifiedPolynomial(4)]


def noise(interaction, q):
    """E[f(x) f(x')] over correlated normals by a product rule; f is the derivative of n·F over n, at scale 1."""
    p, x, z = interaction.degree - 1, HERMITE[:, None], HERMITE[None, :]
    y = q * x + math.sqrt(1 - q * q) * z
    if interaction.rectified:
        x, y = np.maximum(x, 0), np.maximum(y, 0)
    return float(HERMITE_WEIGHTS @ (x**p * y**p) @ HERMITE_WEIGHTS) / HERMITE_WEIGHTS.sum() ** 2


# published and check values


def test_critical_load():
    """AGS 1987 give 0.138; 0.137905 Steffan and Kühn 1994; 0.137906 Stojnic 2024."""
    end = mean_field.critical_load()
    assert end.alpha == pytest.approx(0.137905566, abs=1e-9)
    assert end.overlap == pytest.approx(0.967417115, abs=1e-8)
    assert mean_field.solve(0.1, 0.0).overlap == pytest.approx(0.997999, abs=1e-6)


def test_critical_load_in_the_form_of_stojnic():
    delta = np.linspace(1e-4, 0.2, 400_001)  # fraction of wrong bits; arXiv 2403.01907, abstract
    x = special.erfinv(1 - 2 * delta)
    alpha = ((1 - 2 * delta) / (math.sqrt(2) * x) - 2 / math.sqrt(2 * math.pi) * np.exp(-(x**2))) ** 2
    assert mean_field.critical_load().alpha == pytest.approx(alpha.max(), abs=1e-10)


def test_temperatures():
    assert mean_field.retrieval_temperature(0.05) == pytest.approx(0.54226, abs=2e-5)
    assert mean_field.spin_glass_temperature(0.09) == 1.3
    assert mean_field.thermodynamic_load(0.0) == pytest.approx((math.pi / 2) * (0.5 - 1 / math.pi) ** 2, abs=1e-6)
    small = 0.02  # AGS 1987
    limit = math.sqrt(8 * small / (9 * math.pi)) * math.exp(-1 / (2 * small))
    assert mean_field.almeida_thouless_temperature(small) == pytest.approx(limit, rel=1e-8)


def test_spin_glass_energy_at_zero_temperature():
    for alpha in (0.01, 0.138, 2.0):
        assert mean_field.spin_glass(alpha, 0.0).free_energy == pytest.approx(
            -1 / math.pi - math.sqrt(2 * alpha / math.pi)
        )


def test_the_re_entrant_bulge():
    """The broken-symmetry values 0.138186 and 0.138187 at T = 0 still lie inside it (Steffan and Kühn 1994)."""
    temperatures = np.linspace(0, 0.1, 201)
    loads = [mean_field.critical_load(T).alpha for T in temperatures]
    assert max(loads) == pytest.approx(0.1381885, abs=1e-6)
    assert temperatures[np.argmax(loads)] == pytest.approx(0.0225, abs=0.001)
    assert loads[0] < 0.138187 < max(loads)


def test_dense_critical_loads():
    assert mean_field.critical_load(interaction=hb.Polynomial(3)).alpha == pytest.approx(0.084063, abs=1e-6)
    x = np.linspace(0.3, 3, 300_001)
    for n, double_factorial in ((3, 3), (4, 15), (5, 105), (20, math.prod(range(1, 38, 2)))):
        end = mean_field.critical_load(interaction=hb.Polynomial(n))
        loads = special.erf(x) ** (2 * n - 2) / (2 * double_factorial * x**2)
        assert end.alpha == pytest.approx(loads.max(), rel=1e-9)
        assert end.overlap == pytest.approx(special.erf(x[loads.argmax()]), abs=1e-4)
        if n < 20:
            assert mean_field.critical_load(interaction=hb.RectifiedPolynomial(n)).alpha == pytest.approx(2 * end.alpha)


def test_dense_noise_polynomials():
    F = {3: [1, 0, 2], 4: [0, 9, 0, 6], 5: [9, 0, 72, 0, 24]}
    for n, coefficients in F.items():
        for q in (0, 0.3, 1):
            expected = sum(c * q**k for k, c in enumerate(coefficients))
            assert _overlap_noise.noise(n - 1, False, q) == pytest.approx(expected)


@pytest.mark.parametrize("interaction", DENSE, ids=str)
def test_dense_noise_is_a_bivariate_average(interaction):
    p, rectified = interaction.degree - 1, interaction.rectified
    for q in (0.0, 0.4, 0.9):
        found = _overlap_noise.noise(p, rectified, q)
        assert found == pytest.approx(noise(interaction, q), rel=1e-4 if rectified else 1e-10)
        step = 1e-5
        numeric = (_overlap_noise.noise(p, rectified, q + step) - _overlap_noise.noise(p, rectified, q - step)) / (
            2 * step
        )
        assert _overlap_noise.slope(p, rectified, q) == pytest.approx(numeric, rel=1e-6, abs=1e-6)
        area = integrate.quad(lambda t: _overlap_noise.noise(p, rectified, t) - found, q, 1)[0]  # noqa: B023
        assert _overlap_noise.excess(p, rectified, q) == pytest.approx(area, rel=1e-6)
    assert _overlap_noise.noise(p, rectified, 1.0) == pytest.approx(
        math.prod(range(1, 2 * p, 2)) / (2 if rectified else 1)
    )


def test_rectified_noise_is_half_only_for_equal_replicas():
    assert _overlap_noise.noise(2, True, 0.0) == pytest.approx(_overlap_noise.noise(2, False, 0.0) / 4)


# Gaussian averages


@pytest.mark.parametrize("A", [0.0, 0.3, 2.0, 8.0, 40.0])
@pytest.mark.parametrize("sigma", [0.05, 0.7, 0.999, 1.0, 1.5, 6.0, 50.0])
def test_gaussian_averages(A, sigma):
    z, step = np.linspace(-12, 12, 400_001, retstep=True)
    density = np.exp(-z * z / 2) * step / math.sqrt(2 * math.pi)
    u = np.abs(A + sigma * z)
    sech = 2 * np.exp(-u) / (1 + np.exp(-2 * u))
    pairs = [
        (_gaussian_average.mean_tanh, np.tanh(A + sigma * z)),
        (_gaussian_average.mean_sech2, sech**2),
        (_gaussian_average.mean_sech4, sech**4),
        (_gaussian_average.mean_log_2cosh, u + np.log1p(np.exp(-2 * u))),
    ]
    for average, values in pairs:
        assert average(A, sigma) == pytest.approx(density @ values, rel=1e-10, abs=1e-13)


# the equations


def fields(solution, interaction):
    """β times the local field on the quadrature nodes."""
    mean = solution.overlap ** (interaction.degree - 1)
    return (mean + math.sqrt(solution.alpha * solution.r) * NODES) / solution.temperature


def check_equations(solution, interaction, tolerance=1e-10):
    u = fields(solution, interaction)
    assert solution.overlap == pytest.approx(WEIGHTS @ np.tanh(u), abs=tolerance)
    assert solution.q == pytest.approx(WEIGHTS @ np.tanh(u) ** 2, abs=tolerance)
    C = (1 - solution.q) / solution.temperature
    assert solution.susceptibility == pytest.approx(C, rel=1e-6)
    r = (
        solution.q / (1 - C) ** 2
        if interaction.degree == 2
        else _overlap_noise.noise(interaction.degree - 1, interaction.rectified, solution.q)
    )
    assert solution.r == pytest.approx(r, rel=1e-6, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.15, 0.999), st.floats(1e-4, 1), st.sampled_from([hb.Polynomial(2), *DENSE]))
def test_solutions_satisfy_the_equations(temperature, share, interaction):
    """Over the whole retrieval phase, up to the spinodal."""
    temperature *= {2: 1.0, 3: 0.58, 4: 0.49, 7: 0.40}[interaction.degree]
    end = mean_field.critical_load(temperature, interaction)
    solution = mean_field.solve(share * end.alpha, temperature, interaction)
    assert solution.alpha == pytest.approx(share * end.alpha, rel=1e-12)
    assert solution.overlap >= end.overlap
    check_equations(solution, interaction)


@pytest.mark.parametrize("interaction", [hb.Polynomial(2), *DENSE], ids=str)
@pytest.mark.parametrize("temperature", [0.3, 0.8, 1.05, 3.0])
def test_states_without_retrieval_satisfy_the_equations(interaction, temperature):
    scale = mean_field.critical_load(interaction=interaction).alpha
    for alpha in (0.01 * scale, scale, 30 * scale):
        solution = mean_field.spin_glass(alpha, temperature, interaction)
        assert solution.overlap == 0
        check_equations(solution, interaction)


def test_spin_glass_or_paramagnet():
    for alpha in (0.01, 0.5, 4.0):
        T_g = mean_field.spin_glass_temperature(alpha)
        assert mean_field.spin_glass(alpha, T_g * 1.001).q == 0
        assert 0 < mean_field.spin_glass(alpha, T_g * 0.999).q < 0.1
    hot = mean_field.spin_glass(0.2, 2.0)  # AGS 1987: f = alpha/2 + (alpha T/2) ln(1 - β) - T ln 2
    assert hot.free_energy == pytest.approx(0.1 + 0.2 * math.log(0.5) - 2 * math.log(2))
    assert mean_field.solve(0.2, 0.1) == mean_field.spin_glass(0.2, 0.1)
    assert mean_field.solve(1e-3, 1.0).overlap == 0


@pytest.mark.parametrize("interaction", [hb.Polynomial(2), *DENSE], ids=str)
def test_temperature_zero_is_a_limit(interaction):
    end = mean_field.critical_load(0.0, interaction)
    assert mean_field.critical_load(1e-7, interaction).alpha == pytest.approx(end.alpha, rel=1e-5)
    for solve, alpha in ((mean_field.solve, 0.9 * end.alpha), (mean_field.spin_glass, 2 * end.alpha)):
        zero, cold = solve(alpha, 0.0, interaction), solve(alpha, 1e-7, interaction)
        for name in ("overlap", "q", "r", "susceptibility", "free_energy"):
            assert getattr(cold, name) == pytest.approx(getattr(zero, name), rel=2e-5)
        assert zero.replicon == -math.inf
        assert cold.replicon < -100


def test_few_patterns_are_a_ferromagnet():
    for n, T in ((2, 0.5), (2, 0.95), (3, 0.5), (5, 0.4)):
        m = 1.0
        for _ in range(20_000):
            m = math.tanh(m ** (n - 1) / T)
        assert mean_field.solve(1e-12, T, hb.Polynomial(n)).overlap == pytest.approx(m, abs=1e-6)


@pytest.mark.parametrize("interaction", [hb.Polynomial(2), *DENSE], ids=str)
def test_the_free_energy_and_the_states_are_one_theory(interaction):
    """-df/dT along the states is the entropy, which has a formula without derivatives only where f is stationary."""
    T, step = 0.25, 1e-4
    alpha = 0.6 * mean_field.critical_load(T, interaction).alpha
    cooler, here, hotter = (mean_field.solve(alpha, t, interaction) for t in (T - step, T, T + step))
    u, C, q = fields(here, interaction), here.susceptibility, here.q
    entropy = WEIGHTS @ (np.logaddexp(u, -u) - u * np.tanh(u))
    if interaction.degree == 2:  # AGS 1987
        entropy -= alpha / 2 * (math.log(1 - C) + C / (1 - C))
    else:
        area = integrate.quad(lambda t: _overlap_noise.noise(interaction.degree - 1, interaction.rectified, t), q, 1)[0]
        entropy -= alpha / (2 * T * T) * (area - (1 - q) * here.r)
    assert (cooler.free_energy - hotter.free_energy) / (2 * step) == pytest.approx(entropy, rel=1e-4)


# the lines


@pytest.mark.parametrize("interaction", [hb.Polynomial(2), *DENSE], ids=str)
def test_robust_at_the_spinodal(interaction):
    for T in (0.0, 1e-3, 0.2, 0.33):
        end = mean_field.critical_load(T, interaction)
        assert mean_field.solve(end.alpha, T, interaction).overlap == pytest.approx(end.overlap, abs=1e-12)
        assert mean_field.solve(end.alpha * (1 + 1e-9), T, interaction).overlap == 0
        gaps = [
            mean_field.solve(end.alpha * (1 - e), T, interaction).overlap - end.overlap for e in (1e-10, 1e-8, 1e-6)
        ]
        assert gaps[1:] == pytest.approx([10 * gaps[0], 100 * gaps[0]], rel=0.03)  # a square root


@pytest.mark.parametrize(
    ("degree", "critical", "temperatures", "overlaps"),
    [
        (3, 0.0840635, (0.56308, 0.53185, 0.47223, 0.39496, 0.32827), (0.7922, 0.7856, 0.7749, 0.7674, 0.7687)),
        (4, 0.0131907, (0.47850, 0.45061, 0.39669, 0.32507, 0.26045), (0.8872, 0.8834, 0.8769, 0.8734, 0.8771)),
    ],
)
def test_dense_memories_at_temperatures(degree, critical, temperatures, overlaps):
    """T_M at 0.1, 0.25, 0.5, 0.75, 0.9 of the critical load, and m there, as another program has them."""
    interaction = hb.Polynomial(degree)
    for share, T, m in zip((0.1, 0.25, 0.5, 0.75, 0.9), temperatures, overlaps, strict=True):
        assert mean_field.retrieval_temperature(share * critical, interaction) == pytest.approx(T, abs=2e-5)
        assert mean_field.critical_load(T, interaction).overlap == pytest.approx(m, abs=2e-4)


@pytest.mark.parametrize(
    ("degree", "alpha", "T", "overlap"),
    [(3, 0.02, 0.2, 0.99831), (3, 0.02, 0.3, 0.98987), (3, 0.04, 0.2, 0.98756), (4, 0.003, 0.2, 0.99914),
     (4, 0.003, 0.3, 0.99235)],
)  # fmt: skip
def test_overlaps_of_dense_memories(degree, alpha, T, overlap):
    assert mean_field.solve(alpha, T, hb.Polynomial(degree)).overlap == pytest.approx(overlap, abs=6e-6)


@pytest.mark.parametrize(("degree", "T"), [(3, 0.58258), (4, 0.49579)])
def test_few_patterns(degree, T):
    """The end of m = tanh(m^(n-1)/T): T = max m^(n-1) / artanh m."""
    m = np.linspace(0.5, 0.99, 100_001)
    end = mean_field.retrieval_temperature(1e-12, hb.Polynomial(degree))
    assert end == pytest.approx((m ** (degree - 1) / np.arctanh(m)).max(), abs=1e-5)
    assert end == pytest.approx(T, abs=1e-5)


@pytest.mark.parametrize("interaction", [hb.Polynomial(2), *DENSE], ids=str)
def test_retrieval_temperature_inverts_the_critical_load(interaction):
    scale = mean_field.critical_load(interaction=interaction).alpha
    for share in (1e-6, 0.01, 0.5, 0.99):
        T = mean_field.retrieval_temperature(share * scale, interaction)
        assert mean_field.critical_load(T, interaction).alpha == pytest.approx(share * scale, rel=1e-9)
        assert mean_field.solve(share * scale, T * 0.999, interaction).overlap > 0
        assert mean_field.solve(share * scale, T * 1.001, interaction).overlap == 0


def test_re_entrant_line_gives_the_upper_temperature():
    T = mean_field.retrieval_temperature(0.13815)
    assert T > 0.02
    assert mean_field.solve(0.13815, 0.0).overlap == 0 < mean_field.solve(0.13815, T * 0.999).overlap


def test_thermodynamic_load_equals_the_free_energies():
    for T in (0.0, 1e-5, 0.1, 0.5, 0.95):
        alpha = mean_field.thermodynamic_load(T)
        retrieval, glass = mean_field.solve(alpha, T), mean_field.spin_glass(alpha, T)
        assert retrieval.free_energy == pytest.approx(glass.free_energy, abs=1e-11)
        assert 0 < alpha < mean_field.critical_load(T).alpha
        less = mean_field.solve(0.9 * alpha, T), mean_field.spin_glass(0.9 * alpha, T)
        assert less[0].free_energy < less[1].free_energy


@pytest.mark.parametrize("interaction", [hb.Polynomial(2), hb.Polynomial(3), hb.RectifiedPolynomial(4)], ids=str)
def test_stability_changes_at_the_almeida_thouless_temperature(interaction):
    scale = mean_field.critical_load(interaction=interaction).alpha
    for share in (0.3, 0.7, 0.99):
        T = mean_field.almeida_thouless_temperature(share * scale, interaction)
        assert mean_field.solve(share * scale, 0.9 * T, interaction).replicon < 0
        assert mean_field.solve(share * scale, 1.1 * T, interaction).replicon > 0
        warm = mean_field.solve(share * scale, 0.15, interaction)
        u = fields(warm, interaction)
        gain = 1 / (1 - warm.susceptibility) ** 2
        if interaction.degree > 2:
            gain = _overlap_noise.slope(interaction.degree - 1, interaction.rectified, warm.q)
        sech4 = WEIGHTS @ (4 * np.exp(-2 * np.abs(u)) / (1 + np.exp(-2 * np.abs(u))) ** 2) ** 2
        assert warm.replicon == pytest.approx(1 - warm.alpha * gain / warm.temperature**2 * sech4, rel=1e-9)


def test_extremes():
    assert mean_field.solve(1e-300, 0.5).overlap == pytest.approx(mean_field.solve(1e-9, 0.5).overlap, abs=1e-6)
    assert mean_field.solve(1e300, 0.5).overlap == 0
    assert mean_field.solve(0.1, 1e300).q == 0
    assert mean_field.solve(0.1, 5e-324) == mean_field.solve(0.1, 0.0)
    assert mean_field.almeida_thouless_temperature(1e-4) == 0  # below float64
    assert 0 < mean_field.almeida_thouless_temperature(2e-3) < 1e-100


# simulation


def heat_bath(degree, rectified, D, K, temperature, networks, sweeps, skip, rng):
    """Mean overlap with pattern 0 over networks (rows run together), started there; plain NumPy, one unit at a time."""
    patterns = (rng.integers(0, 2, (D, networks, K)) * 2 - 1).astype(np.float64)
    state = patterns[:, :, 0].copy()
    overlaps = np.einsum("dnk,dn->nk", patterns, state)

    def F(x):
        return D * ((np.maximum(x, 0) if rectified else x) / D) ** degree / degree

    total = np.zeros(networks)
    for sweep in range(sweeps):
        for i in rng.permutation(D):
            rest = overlaps - patterns[i] * state[i][:, None]
            field = (F(rest + patterns[i]) - F(rest - patterns[i])).sum(axis=1) / 2
            state[i] = np.where(rng.random(networks) < special.expit(2 * field / temperature), 1, -1)
            overlaps = rest + patterns[i] * state[i][:, None]
        total += (overlaps[:, 0] / D) * (sweep >= skip)
    return total / (sweeps - skip)


@pytest.mark.parametrize(
    ("interaction", "D", "K", "temperature"),
    [(hb.Polynomial(2), 300, 9, 0.5), (hb.Polynomial(3), 70, 98, 0.35), (hb.RectifiedPolynomial(3), 70, 196, 0.35)],
    ids=str,
)
def test_heat_bath_networks_well_inside_the_retrieval_phase(interaction, D, K, temperature):
    """12 networks: 5 standard errors, and 0.01 for the finite size."""
    n = interaction.degree
    found = heat_bath(n, interaction.rectified, D, K, temperature, 12, 40, 10, np.random.default_rng(7))
    solution = mean_field.solve(K / D ** (n - 1), temperature, interaction)
    assert solution.overlap > 0.8
    assert abs(found.mean() - solution.overlap) < 0.01 + 5 * found.std() / math.sqrt(len(found))


def test_asymptotic_retrieval_capacity():
    for interaction in (hb.Polynomial(3), hb.RectifiedPolynomial(4)):
        expected = mean_field.critical_load(interaction=interaction).alpha * 100 ** (interaction.degree - 1)
        assert theory.asymptotic_capacity(100, interaction, "retrieval") == pytest.approx(expected)
