"""Rules and records are sent, copied and compared; long learning can be interrupted."""

import copy
import multiprocessing
import operator
import pickle
import signal
import subprocess
import sys
import time
import weakref

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import learning


def own_threshold(W):
    """A sliding threshold that can be sent: it has a name of its own in a module."""
    return (W**2).sum(axis=1, keepdims=True)


PATTERNS = hb.random_patterns(5, 12, rng=0)
RULES = {
    "HebbianRule": learning.HebbianRule(c0=0.5, c1_pre=1),
    "covariance": learning.covariance(0.3),
    "presynaptically_gated": learning.presynaptically_gated(0.2),
    "postsynaptically_gated": learning.postsynaptically_gated(0.2),
    "zero_one_product": learning.zero_one_product(),
    "decay": learning.decay(0.1),
    "clipped": learning.clipped(2),
    "oja": learning.oja(0.1),
    "bcm": learning.bcm(0.5),
    "bcm, sliding": learning.bcm(own_threshold, rate=0.1),
}
RECORDS = {
    "storkey": learning.storkey(PATTERNS),
    "projection": learning.projection(PATTERNS),
    "perceptron": learning.perceptron(PATTERNS),
    "maximal_stability": learning.maximal_stability(PATTERNS),
    "redundancy": learning.redundancy(PATTERNS, rng=0, epochs=50),
    "logistic": learning.logistic(PATTERNS, rng=0, epochs=50),
    "unlearning": learning.unlearning(PATTERNS, dreams=3, rng=0),
    "sign_clipped": learning.sign_clipped(PATTERNS),
    "palimpsest": learning.palimpsest(PATTERNS, bound=2),
    "atoms": hb.pid.neuron_profile(hb.HopfieldNetwork.train(PATTERNS), PATTERNS),
}


def twins(thing):
    return pickle.loads(pickle.dumps(thing)), copy.copy(thing), copy.deepcopy(thing)


@pytest.mark.parametrize("name", RULES)
def test_rules_are_what_they_were(name):
    rule = RULES[name]
    wanted = rule.couplings(PATTERNS)
    for twin in twins(rule):
        assert twin == rule and hash(twin) == hash(rule)
        np.testing.assert_array_equal(twin.couplings(PATTERNS), wanted)
    assert weakref.ref(rule)() is rule


@pytest.mark.parametrize("name", RECORDS)
def test_records_are_what_they_were(name):
    record = RECORDS[name]
    for twin in twins(record):
        assert type(twin) is type(record) and twin == record and hash(twin) == hash(record)
    assert weakref.ref(record)() is record
    assert record != RECORDS["storkey" if name != "storkey" else "palimpsest"]


def test_records_compare_by_value_and_nan_is_nan():
    first, second = (
        learning.Learned(np.array([[0.0, 1.0], [1.0, 0.0]]), 1, np.array([np.nan, 1.0]), False) for _ in range(2)
    )
    assert first == second and first is not second
    second.margins[1] = 2.0
    assert first != second
    assert first != learning.Learned(first.couplings.astype(np.float32), 1, first.margins, False)


def test_arrays_that_are_read_only_stay_so():
    fixed = np.array([[0.0, 1.0], [1.0, 0.0]])
    fixed.flags.writeable = False
    record = learning.Learned(fixed, 1, np.ones(2), True)
    for twin in twins(record):
        assert not twin.couplings.flags.writeable and twin.margins.flags.writeable


def test_rules_and_records_reach_a_process_of_its_own():
    rules = [learning.decay(0.1), learning.clipped(2)]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        made = pool.map_async(operator.methodcaller("couplings", PATTERNS), rules).get(60)
        record = pool.apply_async(learning.projection, (PATTERNS,)).get(60)
    for rule, couplings in zip(rules, made, strict=True):
        np.testing.assert_array_equal(couplings, rule.couplings(PATTERNS))
    assert record == learning.projection(PATTERNS)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
@pytest.mark.parametrize(
    "call",
    [
        "learning.palimpsest(hb.PackedPatterns.random(9000, 6000, rng=0), bound=9)",
        "learning.palimpsest(hb.PackedPatterns.random(9000, 6000, rng=0), decay=0.01)",
        "learning.storkey(hb.PackedPatterns.random(3000, 4000, rng=0))",
        "learning.clipped(3).couplings(hb.PackedPatterns.random(2000, 3000, rng=0))",
        "learning.redundancy(hb.PackedPatterns.random(2000, 2000, rng=0), rng=0)",
        "pid.neuron_pmf(hb.HopfieldNetwork.train(hb.random_patterns(9, 4000, rng=0)), "
        "hb.PackedPatterns.random(200_000, 4000, rng=0))",
    ],
)
def test_ctrl_c_is_heard(call):
    """Within a second of an idle machine; three are allowed on a busy one."""
    code = (
        f"import hebbfast as hb\nfrom hebbfast import learning, pid\nprint('ready', flush=True)\n"
        f"try:\n    {call}\nexcept KeyboardInterrupt:\n    print('interrupted')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        process.stdout.readline()
        time.sleep(1.0)
        start = time.perf_counter()
        process.send_signal(signal.SIGINT)
        out = process.communicate(timeout=60)[0].strip()
        took = time.perf_counter() - start
    finally:
        process.kill()
    assert out == "interrupted"
    assert took < 3
