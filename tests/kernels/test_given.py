"""Orders with a row a sweep, or a table a cue, and uniforms of the caller: the twin, and plain loops."""

import numpy as np
import pytest

import hebbfast as hb

INTERACTIONS = [hb.Polynomial(2), hb.Polynomial(3), hb.Polynomial(4), hb.Polynomial(20), hb.Exponential(0.2)]


def signs(rng, *shape):
    return (2 * rng.integers(0, 2, size=shape) - 1).astype(np.int8)


def permutations(rng, units, *shape):
    return rng.permuted(np.broadcast_to(np.arange(units), (*shape, units)), axis=-1)


def models(pair, rng, units=40):
    stored = signs(rng, 70, units)
    upper = np.triu(rng.integers(-3, 4, size=(units, units)), 1)
    for interaction in INTERACTIONS:
        yield pair.memory(stored[: 70 if interaction.weights(units, 70).power in (2, 3, 4) else 9], interaction)
    for kind in (np.int8, np.int32, np.int64):
        outgoing = (upper + upper.T).astype(kind)
        yield pair.couplings(outgoing, np.zeros(units, dtype=np.int64 if kind == np.int64 else np.int32), 0.5)


@pytest.mark.parametrize("temperature", [0.0, 3.0, [[9.0], [0.0], [4.0], [0.0]]], ids=["cold", "hot", "schedule"])
@pytest.mark.parametrize("cues", [1, 3])
@pytest.mark.parametrize("kind", ["whole", "partial"])
def test_orders_with_a_row_a_sweep(pair, temperature, cues, kind):
    rng = np.random.default_rng(5)
    tables = permutations(rng, 40, cues, 3)
    tables = tables if kind == "whole" else tables[..., :25]
    for model in models(pair, rng):
        for limit, budget in ((5, 2**60), (7, 60)):
            rules = {"order": tables, "temperature": temperature, "tie": "keep"}
            model.check_recall(signs(rng, 3, 40), limit=limit, budget=budget, pieces=budget < 100, **rules)


@pytest.mark.parametrize("update", ["async", "sync"])
@pytest.mark.parametrize("order", ["random", "sequential", "replacement", "table"])
def test_uniforms_of_the_caller(pair, update, order):
    rng = np.random.default_rng(6)
    for cues in (1, 3):
        visits = permutations(rng, 40, 1, 5)[..., :30] if order == "table" else order
        count = 30 if order == "table" and update == "async" else 40
        rules = {"order": visits, "update": update, "uniforms": rng.random((cues, 5, count))}
        for model in models(pair, rng):
            clamp = rng.random(40) < 0.3
            for budget, mask in ((2**60, None), (50, clamp)):
                for temperature in (4.0, [[0.0], [9.0], [0.0]]):
                    given = {"temperature": temperature, "clamp": mask, "budget": budget}
                    model.check_recall(signs(rng, 3, 40), limit=5, **rules, **given)


def plain(patterns, state, orders, uniforms, temperature):
    """One unit after another, with fields from the outer product: J = Σ ξ ξᵀ, P(+1) = 1 / (1 + exp(-2 h / T))."""
    couplings = patterns.T.astype(np.int64) @ patterns
    np.fill_diagonal(couplings, 0)
    state = state.astype(np.int64)
    for order, row in zip(orders, uniforms, strict=True):
        for unit, u in zip(order, row, strict=True):
            field = int(couplings[unit] @ state)
            state[unit] = 1 if (u < 1 / (1 + np.exp(-2 * field / temperature)) if temperature else field >= 0) else -1
    return state


@pytest.mark.parametrize("temperature", [0.0, 60.0])
def test_recall_against_a_plain_loop(level, temperature):
    rng = np.random.default_rng(7)
    patterns = signs(rng, 8, 100)
    memory, network = hb.DenseAssociativeMemory(patterns), hb.HopfieldNetwork.train(patterns)
    orders, uniforms = permutations(rng, 100, 4, 6), rng.random((4, 6, 100))
    cues = hb.corrupt(patterns[:4], flip=0.3, rng=1)
    expected = [plain(patterns, cues[q], orders[q], uniforms[q], temperature) for q in range(4)]
    for model in (memory, network):
        rules = {"temperature": temperature, "max_sweeps": 6}
        together = model.recall(cues, order=orders, uniforms=uniforms, **rules)
        np.testing.assert_array_equal(together.states, expected)
        alone = model.recall(cues[2], order=orders[2], uniforms=uniforms[2], **rules)
        np.testing.assert_array_equal(alone.states, expected[2])
