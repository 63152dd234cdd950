"""Lines of the table about one small state: what an answer costs, and what surrounds a recall, mostly Python."""

import numpy as np

import hebbfast as hb

COPIES = 512  # of a cue in a batch, whose share is what the kernels take, or less where they move several at once


def network(patterns, units, kind):
    """A memory of n = 3 or Hebbian couplings, a cue, the pattern it leads to."""
    rows = hb.random_patterns(patterns, units, rng=1)
    made = hb.DenseAssociativeMemory(rows, hb.Polynomial(3)) if kind == "n=3" else hb.HopfieldNetwork.train(rows)
    cue = hb.corrupt(rows[0], flips=6, rng=2)
    np.testing.assert_array_equal(made.recall(cue).states, rows[0])
    return made, cue, rows


def answer(patterns, units, kind, what):
    """Energies by the cubes or squares of overlaps, and by their differences; here in plain NumPy."""
    made, cue, rows = network(patterns, units, kind)
    power, own = (3, 0) if kind == "n=3" else (2, patterns * units)

    def energies(states):  # times n: whole numbers
        return own - ((states.astype(np.int64) @ rows.T.astype(np.int64)) ** power).sum(axis=-1)

    costs = energies(np.where(np.eye(units, dtype=bool), -cue, cue)) - energies(cue)
    wanted = {
        "energy": energies(cue) / power,
        "overlaps": rows.astype(int) @ cue,
        "fields": costs * cue / (2 * power),
        "delta_energy": costs / power,
    }
    call = getattr(made, what)
    np.testing.assert_array_equal(call(cue), wanted[what])
    return {"hebbfast": lambda: call(cue)}


def beside(patterns, units, kind, states):
    made, cue, rows = network(patterns, units, kind)
    batch = np.repeat(cue[None], states, axis=0)
    np.testing.assert_array_equal(made.recall(batch).states, np.repeat(rows[:1], states, axis=0))
    return {"hebbfast": lambda: made.recall(cue), f"{states} in a batch": lambda: made.recall(batch, threads=1)}


def cases(case, shape, call, surroundings):
    """Lines of the table: `case` makes one, `shape` its sizes; the others judge a time, or what a share leaves."""
    found = []
    for kind, size in (("n=3", (8, 64)), ("couplings", (10, 100))):
        for what in ("energy", "overlaps", "fields", "delta_energy"):
            if kind == "n=3" or what != "overlaps":
                options = (("kind", kind), ("what", what))
                found.append(case("calls", f"{what} of one state, {kind}", answer, shape(*size), 3, call, "", options))
        options = (("kind", kind),)
        title = f"recall of one state without its share of a batch, {kind}"
        found.append(case("calls", title, beside, shape(*size, COPIES), 2.5, surroundings, "", options))
    return found
