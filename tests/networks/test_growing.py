"""Memories that grow and shrink: always equal to one made anew of the same patterns, bit for bit."""

import random
import threading

import numpy as np
import pytest

import hebbfast as hb
from hebbfast.networks import dense


def same(memory, signs, cues):
    """Equal to a memory made anew, in all engines."""
    fresh = hb.DenseAssociativeMemory(signs, memory.interaction)
    assert memory.patterns == fresh.patterns
    mine, theirs = memory.recall(cues, rng=1), fresh.recall(cues, rng=1)
    np.testing.assert_array_equal(mine.states, theirs.states)
    np.testing.assert_array_equal(memory.fields(cues), fresh.fields(cues))
    np.testing.assert_array_equal(memory.energy(cues), fresh.energy(cues))
    known = np.arange(signs.shape[1]) % 3 > 0
    mine, theirs = (one.recall(cues, known=known, rng=2).states for one in (memory, fresh))
    np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize(
    "interaction",
    [hb.Polynomial(2), hb.Polynomial(3), hb.Polynomial(4), hb.Polynomial(40), hb.Exponential(0.3), hb.LogSumExp(0.3)],
    ids=repr,
)
def test_any_history(level, interaction):
    """Memories made from one another in a tree, with and without their transposed copies, are those made anew."""
    rng, units = random.Random(3), 70
    cues = hb.random_patterns(12, units, rng=1)
    family = [(hb.DenseAssociativeMemory(signs := hb.random_patterns(60, units, rng=2), interaction), signs)]
    for number in range(25):
        memory, signs = rng.choice(family[-4:])
        if rng.random() < 0.7:
            memory.fields(cues[0])  # the copy is there, and is to be kept
        if rng.random() < 0.65:
            more = hb.random_patterns(rng.choice((1, 3, 40, 64, 100)), units, rng=number)
            family.append((memory.store(more), np.concatenate([signs, more])))
        else:
            start = rng.randrange(len(signs))
            gone = rng.choice(([0], [start], range(start, len(signs)), range(start // 2), [len(signs) - 1]))
            gone = [k for k in gone if k > 0 or len(signs) > 1][: len(signs) - 1]
            family.append((memory.forget(gone), np.delete(signs, gone, axis=0)))
    for memory, signs in family:
        same(memory, signs, cues)


def test_rows_in_room_are_shared_and_older_memories_do_not_change():
    signs = hb.random_patterns(500, 100, rng=0)
    first = hb.DenseAssociativeMemory(signs[:300], hb.Polynomial(3))
    first.fields(signs[0])
    second = first.store(signs[300:330])
    third, other = second.store(signs[330:350]), second.store(signs[400:420])
    assert np.shares_memory(second.patterns.words, third.patterns.words)
    assert np.shares_memory(second._columns.peek(), third._columns.peek())
    assert not np.shares_memory(second.patterns.words, other.patterns.words)
    cues = hb.corrupt(signs[:50], flip=0.1, rng=1)
    branch = np.concatenate([signs[:330], signs[400:420]])
    for memory, wanted in ((first, signs[:300]), (second, signs[:330]), (third, signs[:350]), (other, branch)):
        same(memory, wanted, cues)
        assert not memory.patterns.words.flags.writeable


def test_the_transposed_copy_is_not_made_again(monkeypatch):
    signs = hb.random_patterns(1000, 100, rng=0)
    memory = hb.DenseAssociativeMemory(signs, hb.Polynomial(3))
    memory.fields(signs[0])
    grown, moved = memory.store(signs[:5]), []
    columns = hb.PackedPatterns.columns
    monkeypatch.setattr(hb.PackedPatterns, "columns", lambda self: (moved.append(len(self)), columns(self))[1])
    again = grown.store(signs[5:9])
    again.fields(signs[0])
    assert sum(moved) < 64 + 4
    moved.clear()
    again.forget(range(990, 1009)).fields(signs[0])
    assert moved == []
    again.forget([900]).fields(signs[0])
    assert sum(moved) < 1009 - 900 + 64


def test_threads_that_store_behind_one_memory():
    signs = hb.random_patterns(400, 130, rng=0)
    memory = hb.DenseAssociativeMemory(signs[:100], hb.Polynomial(3)).store(signs[100:110])
    memory.fields(signs[0])
    memory = memory.store(signs[110:120])
    made = {}

    def work(j):
        made[j] = memory.store(signs[120 + j : 121 + j])

    threads = [threading.Thread(target=work, args=(j,)) for j in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for j, grown in made.items():
        same(grown, np.concatenate([signs[:120], signs[120 + j : 121 + j]]), signs[200:220])


def test_a_full_room_makes_way(monkeypatch):
    copies = []
    growing = dense.Growing
    monkeypatch.setattr(dense, "Growing", lambda *arguments: (copies.append(1), growing(*arguments))[1])
    memory = hb.DenseAssociativeMemory(hb.random_patterns(100, 64, rng=0))
    for seed in range(200):
        memory = memory.store(hb.random_patterns(1, 64, rng=seed))
    assert len(memory) == 300
    assert len(copies) <= 1 + np.log(3) / np.log(1.25) + 1  # each time a quarter more


@pytest.mark.parametrize("change", ["store", "store twice", "forget the last"])
def test_both_layouts_of_one_that_grew_are_saved_clean(tmp_path, change):
    """Behind its last pattern others stand in the room that it shares; not in its file."""
    pytest.importorskip("safetensors")
    signs = hb.random_patterns(330, 70, rng=0)
    memory = hb.DenseAssociativeMemory(signs[:300], hb.Polynomial(3))
    memory.fields(signs[0])
    memory, wanted = memory.store(signs[300:310]), signs[:310]
    if change != "store":
        memory.store(signs[310:])  # into the room behind it
    if change == "forget the last":
        memory, wanted = memory.forget(range(305, 310)), signs[:305]
    memory.save(tmp_path / "m", layouts="both")
    for mmap in (True, False):
        same(hb.DenseAssociativeMemory.load(tmp_path / "m", mmap=mmap), wanted, signs[:9])
