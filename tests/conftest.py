"""Fixtures: the levels of instruction sets, and models side by side in the kernels and in the twin."""

import os
import pickle

import hypothesis
import numpy as np
import pytest

from hebbfast import _kernels
from hebbfast._kernels import twin as reference
from hebbfast.interactions import Weights
from hebbfast.networks._bias import biased
from hebbfast.networks._weights import weigh

for profile, examples in (("dev", 10), ("ci", 100)):
    hypothesis.settings.register_profile(
        profile,
        max_examples=examples,
        deadline=None,
        # `level` holds for all examples of a test
        suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
    )
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")

# HEBBFAST_SIMD has chosen the level at import; then that one alone is tested.
LEVELS = [_kernels.simd_level()] if os.environ.get("HEBBFAST_SIMD") else _kernels.available_simd_levels()

SANITIZED = "asan" in os.environ.get("LD_PRELOAD", "")  # by ci/sanitize


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Who has no test left takes some of another's: the longest ones stand together, and would wait for one worker."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


def pytest_collection_modifyitems(items):
    """The levels of a case stand together, for they are all compared with one answer of the twin."""
    first = {}

    def place(item):
        case, _, parameters = item.nodeid.partition("[")
        parts, callspec = parameters.rstrip("]").split("-"), getattr(item, "callspec", None)
        if callspec and "level" in callspec.params:
            parts.remove(callspec.params["level"])
        return first.setdefault((case, *parts), len(first))

    items.sort(key=place)


def pytest_runtest_setup(item):
    mark = item.get_closest_marker("not_sanitized")
    if SANITIZED and mark:
        pytest.skip(f"under AddressSanitizer: {mark.kwargs['reason']}")


@pytest.fixture
def patience():
    """How many times as long a thing may take here as without sanitizers."""
    return 10 if SANITIZED else 1


def pytest_report_header():
    return f"hebbfast levels: {', '.join(LEVELS)} of {', '.join(_kernels.available_simd_levels())}"


@pytest.fixture(params=LEVELS)
def level(request):
    """Run the test on each level."""
    before = _kernels.simd_level()
    _kernels.use_simd_level(request.param)
    yield request.param
    _kernels.use_simd_level(before)


@pytest.fixture
def pair(level):
    """`Pair`, on each level."""
    return Pair


def pack(signs):
    """Words of (R, D) signs."""
    packed = np.zeros((len(signs), -(-signs.shape[1] // 64)), dtype=np.uint64)
    assert reference.pack(signs, packed) == -1
    return packed


def unpack(words, units):
    signs = np.empty((len(words), units), dtype=np.int8)
    reference.unpack(words, signs)
    return signs


def dirty(words, units):
    """The same rows with ones behind the last unit."""
    words = words.copy()
    if units % 64:
        words[:, -1] |= np.uint64(2**64 - 2 ** (units % 64))
    return words


def off_line(array):
    """A read-only copy that starts 8 bytes behind a cache line."""
    raw = np.empty(array.nbytes + 128, dtype=np.uint8)
    start = 8 - raw.ctypes.data % 64
    start += 64 if start < 0 else 0
    copy = raw[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    copy.flags.writeable = False
    return copy


ANSWERS = {}  # of the twin, the latest


class Pair:
    """One model, in the kernels and in the twin; inputs are read-only and off the cache lines."""

    def __init__(self, kernel, twin, units, clean, given):
        self.kernel, self.twin, self.units, self.clean = kernel, twin, units, clean
        self._given = pickle.dumps((given, clean))

    def _answer(self, find, *given):
        """What the twin finds; the same model and question bring the same answer again, at another level."""
        key = self._given, find.__name__, pickle.dumps(given)
        if key not in ANSWERS:
            while len(ANSWERS) >= 128:
                del ANSWERS[next(iter(ANSWERS))]
            ANSWERS[key] = find(*given)
        return ANSWERS[key]

    @classmethod
    def memory(cls, patterns, interaction, *, values=None, bias=None, engine="auto", clean=True):
        """(K, D) signs and an interaction, how often patterns count, and a bias, or None.

        Unless `clean`, the padding of all packed inputs holds ones.
        """
        k, d = patterns.shape
        rows, columns = pack(patterns), pack(patterns.T)
        if not clean:
            rows, columns = dirty(rows, d), dirty(columns, k)
        tables = interaction.weights(d, k)
        if values is not None or not isinstance(tables, Weights):  # an array is a table without a shape
            tables = weigh(interaction, d, values, k)
        tables = tables if bias is None else biased(tables, bias, interaction, k)
        arguments = off_line(rows), off_line(columns), d, tables, engine
        return cls(_kernels.Memory(*arguments), reference.Memory(*arguments), d, clean, arguments)

    @classmethod
    def couplings(cls, outgoing, bias, scale, *, clean=True, own=0, divisor=1.0, **forced):
        arguments = off_line(outgoing), off_line(bias), scale, bool((outgoing == outgoing.T).all())
        meaning = {"own": own, "divisor": divisor}
        twin = reference.Couplings(*arguments, **meaning)
        given = arguments, meaning
        return cls(_kernels.Couplings(*arguments, **meaning, **forced), twin, len(bias), clean, given)

    def words(self, signs):
        words = pack(signs)
        return words if self.clean else dirty(words, self.units)

    def check_fields(self, states):
        """Equal fields; returns them."""
        words = off_line(self.words(states))
        got = np.full(states.shape, np.nan)
        every = np.arange(self.units, dtype=np.uint32)
        with canary(_kernels.workspace_bytes(self.kernel)) as workspace:
            _kernels.fields(self.kernel, words, off_line(every), got, workspace)
        expected = self._answer(self._fields, words, every)
        some = every[:: -max(1, self.units // 5)]
        few = np.full((len(states), len(some)), np.nan)
        with canary(_kernels.workspace_bytes(self.kernel)) as workspace:
            _kernels.fields(self.kernel, words, off_line(some), few, workspace)
        np.testing.assert_array_equal(few, got[:, some])
        np.testing.assert_array_equal(got, expected)
        return expected

    def check_energies(self, states):
        """Equal energies; returns them."""
        overlaps = off_line((states.astype(np.int64) @ self.twin.patterns.T).astype(np.int32))
        got = np.full(len(states), np.nan)
        with canary(_kernels.workspace_bytes(self.kernel)) as workspace:
            _kernels.energies(self.kernel, overlaps, got, workspace, off_line(self.words(states)))
        expected = self._answer(self._energies, overlaps, pack(states))
        np.testing.assert_array_equal(got, expected)
        return expected

    def check_recall(self, cues, *, limit=50, budget=2**60, seed=0, pieces=False, **rules):
        """Equal states, streams, sweeps, flips, status and energies; returns the states and the progress.

        `pieces`: the kernels run sweep by sweep, every call from the workspace of the last one.
        """
        limits = range(limit + 1) if pieces else [limit]
        states, previous, progress, energies = self._recall(_kernels, self.kernel, cues, limits, budget, seed, **rules)
        expected = self._answer(self._recalled, cues, limit, seed, rules)
        if self.clean:
            np.testing.assert_array_equal(states, expected[0])  # zero tails
        np.testing.assert_array_equal(progress, expected[2])
        np.testing.assert_array_equal(energies, expected[3])
        np.testing.assert_array_equal(unpack(states, self.units), unpack(expected[0], self.units))
        np.testing.assert_array_equal(unpack(previous, self.units), unpack(expected[1], self.units))
        return unpack(states, self.units), progress

    def _fields(self, words, units):
        found = np.full((len(words), len(units)), np.nan)
        reference.fields(self.twin, words, units, found, np.empty(0, dtype=np.uint8))
        found.flags.writeable = False
        return found

    def _energies(self, overlaps, words):
        found = np.full(len(overlaps), np.nan)
        reference.energies(self.twin, overlaps, found, np.empty(0, dtype=np.uint8), words)
        found.flags.writeable = False
        return found

    def _recalled(self, cues, limit, seed, rules):
        return self._recall(reference, self.twin, cues, [limit], 2**60, seed, **rules)

    def dynamics(
        self,
        module,
        *,
        update="async",
        order="random",
        tie="plus",
        temperature=0.0,
        clamp=None,
        method="heat_bath",
        uniforms=None,
    ):
        """Of a module; `temperature` is a number or a table (sweeps, cues), `clamp` a mask."""
        visits = np.array([] if isinstance(order, str) else order, dtype=np.uint32)
        mask = np.empty(0, np.uint64) if clamp is None else self.words(np.where(clamp, 1, -1).astype(np.int8)[None])[0]
        name = order if isinstance(order, str) else "array"
        table = np.atleast_2d(np.asarray(temperature, dtype=np.float64))
        given = update, name, off_line(visits), tie, off_line(table), off_line(mask)
        uniforms = None if uniforms is None else off_line(uniforms)
        return module.Dynamics(self.units, *given, method=method, uniforms=uniforms)

    def _recall(self, module, model, cues, limits, budget, seed, **rules):
        dynamics = self.dynamics(module, **rules)
        states = self.words(cues)
        previous = np.zeros((len(cues) if rules.get("update") == "sync" else 0, states.shape[1]), dtype=np.uint64)
        progress = streams(seed, len(cues))
        energies = np.full(len(cues) if self.kernel.energies else 0, np.nan)
        level = _kernels.active_level()
        with canary(module.workspace_bytes(model, dynamics)) as workspace:
            for limit in limits:
                reached = 0
                while reached < len(cues):
                    reached = module.recall(
                        model,
                        dynamics,
                        level,
                        states,
                        previous,
                        progress,
                        limit,
                        reached,
                        len(cues),
                        budget,
                        energies,
                        workspace,
                    )
        return states, previous, progress, energies


def streams(seed, count):
    """Progress of so many cues that have not moved."""
    progress = np.zeros((count, _kernels.PROGRESS), dtype=np.int64)
    _kernels.seed(np.random.default_rng(seed).integers(0, 2**64, size=(count, 2), dtype=np.uint64), progress)
    return progress


class canary:
    """A workspace with garbage behind its first 64 bytes, which must be zero, between guards that must survive."""

    def __init__(self, size):
        raw = np.full(size + 192, 0xA5, dtype=np.uint8)
        start = 64 + -raw.ctypes.data % 64
        self.before, self.workspace, self.after = raw[:start], raw[start : start + size], raw[start + size :]
        self.workspace[:64] = 0

    def __enter__(self):
        return self.workspace

    def __exit__(self, *_):
        assert (self.before == 0xA5).all(), "written before the workspace"
        assert (self.after == 0xA5).all(), "written behind the workspace"


Pair.streams, Pair.canary, Pair.pack, Pair.unpack = map(staticmethod, (streams, canary, pack, unpack))
