"""Four systems that are this one in other words

Each is shown on a small network.

Neurons and astrocytes: with the processes of the astrocyte at rest, the energy is that of ``Polynomial(4)`` (Kozachkov
et al. 2023, arXiv:2311.08135). Phasors with four phases: two units each. Forgetting: as if never stored, in every word.
Pairs of key and value: rows beside each other, recalled with the keys clamped.
"""

import matplotlib.pyplot as plt
import numpy as np

import hebbfast as hb

# Neurons and astrocytes: E = -1/4 sum T_ijkl s_i s_j s_k s_l, T = sum over patterns of the products of four units.
patterns = hb.random_patterns(5, 8, rng=0)
rows = patterns.astype(float)
tensor = np.einsum("mi,mj,mk,ml->ijkl", rows, rows, rows, rows)
states = hb.random_patterns(20, 8, rng=1)
processes = np.einsum("ijkl,qk,ql->qij", tensor, states, states)  # at rest
energies = -np.einsum("qij,qi,qj->q", processes, states, states) / 4
assert np.allclose(energies, hb.DenseAssociativeMemory(patterns, hb.Polynomial(4)).energy(states))
print("neurons and astrocytes: the energies of Polynomial(4)")

# Phasors of phases 1, i, -1, -i, turned by 45 degrees: z = (a + ib) / sqrt 2, couplings of z conj(z).
a, b = hb.random_patterns(6, 30, rng=2), hb.random_patterns(6, 30, rng=3)
z = (a + 1j * b) / np.sqrt(2)
now = hb.random_patterns(1, 60, rng=4)[0]
state = (now[:30] + 1j * now[30:]) / np.sqrt(2)
couplings = z.T @ z.conj()
np.fill_diagonal(couplings, 0)
field = couplings @ state
pairs = np.concatenate([np.concatenate([a, b], axis=1), np.concatenate([-b, a], axis=1)])
network = hb.HopfieldNetwork(pairs.T.astype(float) @ pairs * (1 - np.tile(np.eye(30), (2, 2))))
assert np.allclose(network.fields(now), 2 * np.sqrt(2) * np.concatenate([field.real, field.imag]))
print("phasors with four phases: the fields of two units each")

# Forgetting.
memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(3))
later = memory.store(states[:3]).forget([-1, -2, -3])
assert (later.patterns.words == memory.patterns.words).all()
assert (later.energy(states) == memory.energy(states)).all()
print("forgetting: every word as if never stored")

# Keys and values.
keys, values = hb.random_patterns(50, 100, rng=5), hb.random_patterns(50, 40, rng=6)
memory = hb.DenseAssociativeMemory(np.concatenate([keys, values], axis=1), hb.Polynomial(3))
asked = np.concatenate([keys, hb.random_patterns(50, 40, rng=7)], axis=1)
answers = memory.recall(asked, clamp=np.arange(140) < 100, rng=8).states[:, 100:]
assert (answers == values).all()
print("keys and values: 50 of 50 values recalled")

ours = hb.DenseAssociativeMemory(patterns, hb.Polynomial(4)).energy(states)
plt.plot(energies, ours, "o")
plt.axline((0, 0), slope=1, color="grey", linestyle=":")
plt.xlabel("energy of neurons and astrocytes, by the tensor")
plt.ylabel("energy of Polynomial(4)")
plt.show()
