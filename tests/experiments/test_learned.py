"""What learned couplings hold, against published capacities and against recalls done one by one."""

import math
import pickle

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import learning
from hebbfast.experiments import LearnedCapacity, learned_capacity


def test_overlaps_are_those_of_a_plain_loop():
    """The first overlap by h = J s in NumPy, for a rule without chance; the patterns come from the rule's argument."""
    seen = []

    def rule(patterns, epochs, rng, threads):
        assert epochs == 77 and threads == 1
        seen.append(patterns)
        return learning.activity_product(patterns)

    found = learned_capacity(40, [0.1, 0.5], rules={"mine": rule}, networks=3, epochs=77, rng=1, threads=1)
    assert found.overlaps.shape == (3, 1, 2, 3) and found.basins.shape == (1, 2, 3) and found.rules == ("mine",)
    assert [p.shape for p in seen] == [(4, 40), (20, 40)] * 3
    for index, patterns in enumerate(seen):
        couplings = learning.activity_product(patterns)
        expected = 0
        for pattern in patterns:
            state, before = pattern, None
            for _ in range(100):
                after = np.where(couplings @ state > 0, 1, -1)
                stop = np.array_equal(after, state) or np.array_equal(after, before)
                before, state = state, after
                if stop:
                    break
            expected += state @ pattern / 40
        assert found.overlaps[0, 0, index % 2, index // 2] == pytest.approx(expected / len(patterns))
    assert (found.basins[:, 0] > 0).all() and (found.basins[:, 1] == 0).all()


def test_threads_do_not_change_the_figures():
    one, two = (learned_capacity(30, [0.3, 0.9], networks=2, epochs=30, rng=0, threads=n) for n in (1, 2))
    np.testing.assert_array_equal(one.overlaps, two.overlaps)
    np.testing.assert_array_equal(one.basins, two.basins)


def test_capacity_is_interpolated():
    overlaps = np.array([[[[1.0, 1.0], [0.9, 1.0], [0.2, 0.4]]], [[[0.9, 0.8], [0.9, 0.8], [0.1, 0.1]]]])
    found = LearnedCapacity(
        10, np.array([0.5, 1.0, 2.0]), ("a",), (0.0, 0.1), overlaps, np.zeros((1, 3, 2)), criterion=0.625, epochs=1
    )
    assert found.capacity("a") == pytest.approx(1 + (0.95 - 0.625) / (0.95 - 0.3))
    assert found.capacity("a", 0.1) == pytest.approx(1 + (0.85 - 0.625) / (0.85 - 0.1))
    # the two networks alone cross at 1 + 0.275 / 0.7 and 1 + 0.375 / 0.6; a bootstrap mixes these
    assert 0 < found.capacity_error("a") < 0.2


def test_order_of_the_rules():
    """D = 100, four networks: Hebb holds 0.14, the projector less than 1, learned couplings more than 1.4."""
    found = learned_capacity(100, [0.05, 0.3, 0.9, 1.0, 1.4], networks=4, flips=[0.1], basins=False, rng=0)
    assert 0.05 < found.capacity("Hebb") < 0.3
    assert 0.85 < found.capacity("pseudo-inverse") < 1
    for rule in ("perceptron", "maximal stability", "redundancy", "I(E;Y)", "logistic"):
        assert found.capacity(rule) == np.inf, rule
        assert not found.capacity(rule, 0.1) > 0.9, rule  # but cues with 10 % noise are lost


def test_basins_of_rows_of_constant_norm_are_wider():
    """Load 0.5, D = 100, five networks: 1.5 times those of plain redundancy (1.7 in twenty networks)."""
    found = learned_capacity(100, [0.5], rules=["redundancy", "logistic, norm 3"], networks=5, rng=2)
    plain, wide = found.basins.mean(axis=(1, 2))
    assert plain > 0.04 and wide > 1.5 * plain


def test_the_tie_is_what_a_rule_states_not_its_name():
    """Couplings of zero: no unit has a field, so that "keep" holds all patterns and "minus" makes each unit -1."""

    class Silent:
        def __init__(self, tie):
            self.tie = tie

        def __call__(self, patterns, epochs, rng, threads):
            return np.zeros((patterns.shape[1],) * 2)

    def plain(patterns, epochs, rng, threads):
        return np.zeros((patterns.shape[1],) * 2)

    rules = {"Hebb": plain, "minus": Silent("minus"), "plus": Silent("plus"), "kept": Silent("keep")}
    found = learned_capacity(30, [0.2], rules=rules, networks=3, flips=[], basins=False, rng=0).overlaps[0, :, 0]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_allclose(found[2], -found[1])
    assert (abs(found[:3]) < 0.5).all() and (found[3] == 1).all()
    with pytest.raises(ValueError, match="tie must be one of 'plus', 'keep', 'minus', got 'zero'"):
        learned_capacity(30, [0.2], rules={"a": Silent("zero")}, networks=1)


def test_named_rules_are_those_of_learning():
    compared = ["Hebb", "pseudo-inverse", "perceptron", "maximal stability", "redundancy", "I(E;Y)", "logistic"]
    assert [name for name, rule in learning.RULES.items() if rule.compared] == [*compared, "logistic, norm 3"]
    assert [name for name, rule in learning.RULES.items() if rule.needs] == ["unlearning"]
    patterns = hb.random_patterns(5, 30, rng=0)
    for name, options in (("storkey", {}), ("perceptron", {"epochs": 3}), ("logistic", {"epochs": 3, "rng": 1})):
        made = learning.RULES[name](patterns, 3, 1, 1)
        np.testing.assert_array_equal(made.couplings, getattr(learning, name)(patterns, **options).couplings)
    own = learning.RULES["I(E;Y)"](patterns, 3, 1, 1).couplings
    np.testing.assert_array_equal(own, learning.redundancy(patterns, goal=(1, 0, 1, 0, 0), epochs=3, rng=1).couplings)
    limited = learning.RULES["logistic, norm 3"](patterns, 10**6, 1, 1)
    assert limited.epochs <= 500


def test_records_are_equal_by_value():
    found = [learned_capacity(20, [0.2, 0.9], rules=["Hebb"], networks=2, rng=seed) for seed in (0, 0, 1)]
    assert found[0] == found[1] == pickle.loads(pickle.dumps(found[0])) and found[0] != found[2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loads": []}, "loads must be increasing numbers above 0"),
        ({"loads": [0.5, 0.4]}, "loads must be increasing numbers above 0"),
        ({"rules": ["hebb"]}, "rules must be some of 'Hebb', .* got \\['hebb'\\]"),
        ({"flips": [0.5]}, "flips must lie between 0 and 0.5"),
        ({"networks": 0}, "networks must be an integer from 1 to 2147483647, got 0"),
        ({"loads": [math.nan]}, "loads must be finite"),
        ({"loads": "0.1"}, "loads must hold real numbers"),
        ({"flips": [math.nan]}, "flips must be finite"),
        ({"flips": 0.1}, "flips must lie between 0 and 0.5, got 0.1"),
        ({"epochs": 0}, "epochs must be an integer of at least 1, got 0"),
        ({"epochs": 2.0}, "epochs must be an integer of at least 1, got 2.0"),
        ({"cues": -1}, "cues must be an integer of at least 1, got -1"),
        ({"criterion": "all"}, "criterion must be a finite number from -1 to 1, got 'all'"),
        ({"max_sweeps": None}, "max_sweeps must be an integer from 1"),
        ({"basins": "no"}, "basins must be True or False, got 'no'"),
        ({"rules": "Hebb"}, "rules must be some of .* got 'Hebb'"),
        ({"rules": {}}, r"rules must be some of .* got \{\}"),
        ({"rules": ["Hebb", "Hebb"]}, "rules must be different"),
        ({"rules": ["unlearning"]}, "rules must be some of .* got \\['unlearning'\\]"),
        ({"rng": -1}, "rng must be None, a seed"),
        ({"rng": "seed"}, "rng must be None, a seed"),
        ({"threads": 1.5}, "threads must be an integer of at least 1, got 1.5"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        learned_capacity(20, **{"loads": [0.1], **options})
