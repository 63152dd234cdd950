"""Codes of numbers that are not ±1

Signs of random projections turn directions into bits: the overlap of two codes says the angle between two rows of data.
So a memory of bits can look for the nearest of digits in grey (needs scikit-learn).

It keeps the features of a model as well: nine numbers of a linear embedding, which scikit-learn fits to the labels,
serve as well as the pixels in 64 bits. With more bits the pixels win: no code says more than its rows.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

import hebbfast as hb

digits = load_digits()
rows = digits.data - digits.data.mean(axis=0)
rows /= np.linalg.norm(rows, axis=1, keepdims=True)
train, test = rows[:1200], rows[1200:]
exact = np.arccos(np.clip(test @ train.T, -1, 1)) / np.pi
for units in (256, 4096):
    codes = hb.SignProjection(64, units, rng=0)
    stored, asked = codes.encode(train), codes.encode(test)
    nearest = stored.nearest(asked, count=1).index[:, 0]
    right = (digits.target[:1200][nearest] == digits.target[1200:]).mean()
    print(f"{units} bits: {right:.1%} of the digits get the right label from the nearest code")
    angles = (1 - stored.overlaps(asked) / units) / 2
    plt.plot(exact[:40].ravel(), angles[:40].ravel(), ".", markersize=1, label=f"{units} bits")
embedding = LinearDiscriminantAnalysis().fit(train, digits.target[:1200])
for units in (64, 256):
    codes = hb.SignProjection(9, units, rng=0)
    found = codes.encode(embedding.transform(train)).nearest(codes.encode(embedding.transform(test)))
    right = (digits.target[:1200][found.index[:, 0]] == digits.target[1200:]).mean()
    plain = hb.SignProjection(64, units, rng=0)
    found = plain.encode(train).nearest(plain.encode(test))
    without = (digits.target[:1200][found.index[:, 0]] == digits.target[1200:]).mean()
    print(f"{units} bits of the embedding: {right:.1%}, of the pixels {without:.1%}")
plt.xlabel("angle / π")
plt.ylabel("share of bits that differ")
plt.legend(markerscale=8)
plt.show()
