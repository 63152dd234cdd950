"""Cases of Boltzmann machines on scikit-learn's digits: learning against its BernoulliRBM, sampling against NumPy."""

import numpy as np
from sklearn.neural_network import BernoulliRBM

import hebbfast as hb
from hebbfast.experiments.shipped import shipped_digits

OURS = "hebbfast"
EPOCHS, CHAINS, SWEEPS = 20, 500, 10


def split():
    """1500 digits, and 297 others."""
    digits = shipped_digits()
    order = np.random.default_rng(0).permutation(len(digits))
    return digits[order[:1500]], digits[order[1500:]]


def learning(units, batch):
    """As many steps, with as many chains and one sweep each; ours ends at a higher likelihood."""
    known, others = split()
    zero_one = (known > 0).astype(np.float32)

    def ours():
        made = hb.BoltzmannMachine(known.shape[1], units, rng=0)
        return made.fit(known, epochs=EPOCHS, batch=batch, chains=batch, sweeps=1, learning_rate=0.05, looks=0)

    def theirs():
        options = {"learning_rate": 0.1, "batch_size": batch, "n_iter": EPOCHS, "random_state": 0}
        return BernoulliRBM(units, **options).fit(zero_one)

    likelihoods = [machine.score_samples(others).mean() for machine in (ours(), machine_of(theirs()))]
    assert likelihoods[0] > likelihoods[1], likelihoods
    return {OURS: ours, "BernoulliRBM": theirs}


def machine_of(found):
    """The machine of units ±1 that a BernoulliRBM is: x = (1 + s) / 2."""
    weights = found.components_.T / 4.0
    V, H = weights.shape
    couplings = np.block([[np.zeros((V, V)), weights], [weights.T, np.zeros((H, H))]])
    bias = np.concatenate([found.intercept_visible_, found.intercept_hidden_]) / 2 + couplings.sum(axis=1)
    return hb.BoltzmannMachine.of(couplings, bias, visible=V, rng=0)


def sampling(units):
    """Gibbs sweeps of both layers; means of pixels agree with those of float32 products and draws."""
    known, _ = split()
    machine = hb.BoltzmannMachine(known.shape[1], units, rng=0).fit(known, epochs=20, looks=0)
    V = known.shape[1]
    weights, b, c = (x.astype(np.float32) for x in (machine.couplings[:V, V:], machine.bias[:V], machine.bias[V:]))
    start, rng = machine.sample(CHAINS, sweeps=100, rng=0), np.random.default_rng(1)

    def drawn(fields):
        chances = 1 / (1 + np.exp(-2 * fields))
        return np.where(rng.random(fields.shape, dtype=np.float32) < chances, np.float32(1), np.float32(-1))

    def in_numpy():
        state = start.astype(np.float32)
        for _ in range(SWEEPS):
            state = drawn(drawn(state @ weights + c) @ weights.T + b)
        return state

    calls = {OURS: lambda: machine.sample(start, sweeps=SWEEPS, rng=2), "NumPy float32": in_numpy}
    means = [np.mean([call() for _ in range(4)], axis=(0, 1)) for call in calls.values()]
    assert np.abs(means[0] - means[1]).max() < 0.15  # 500 chains, near one another, four times: four errors
    return calls


def cases(case, speed):
    """Lines of the table."""
    found = []
    for batch, target in ((100, 1.5), (500, 2)):
        options = (("batch", batch),)
        what = f"learning digits, {EPOCHS} epochs, batch {batch}"
        found.append(case("boltzmann", what, learning, {"units": 128}, target, speed, "BernoulliRBM", options))
    what = f"Gibbs, {CHAINS} chains, {SWEEPS} sweeps"
    return [*found, case("boltzmann", what, sampling, {"units": 128}, 3, speed)]
