"""How sure may one be?

Digits found again from noise, and from their upper halves (needs scikit-learn).

Each digit is coded as the signs of random projections. Gaussian noise on the pixels flips bits of a code together, not
one by one, so the posterior with the flip that one counts is too sure. Calibrated on half of the digits, it is right
about the other half.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import hebbfast as hb

pixels = load_digits().data
centred = pixels - pixels.mean(axis=0)
noisy = centred + 4 * np.random.default_rng(0).standard_normal(centred.shape)
train, test = np.arange(0, len(pixels), 2), np.arange(1, len(pixels), 2)

print("bits  flip             sure  right   mean probability and share that is right, by fifths of probability")
for units in (64, 256, 1024):
    projection = hb.SignProjection(64, units, rng=1)
    codes, cues = projection.encode(centred), projection.encode(noisy)
    memory = hb.DenseAssociativeMemory(codes)
    counted = float((cues.unpack() != codes.unpack())[train].mean())
    for name, flip in (("counted", counted), ("calibrated", memory.calibrate(cues[train], train))):
        found = memory.posterior(cues[test], flip=flip, top=1)
        sure, right = found.probability[:, 0], found.index[:, 0] == test
        fifths = [(sure > low) & (sure <= low + 0.2) for low in np.arange(5) / 5]
        enough = [f for f in fifths if f.sum() >= 30]
        if units == 1024:
            plt.plot([sure[f].mean() for f in enough], [right[f].mean() for f in enough], "o-", label=name)
        cells = [f"{sure[f].mean():.2f} {right[f].mean():.2f}" if f.sum() >= 30 else "    -    " for f in fifths]
        print(f"{units:4}  {name:10} {flip:.3f}  {sure.mean():.2f}  {right.mean():.2f}    {'  '.join(cells)}")

bits = np.where(pixels > 7, 1, -1).astype(np.int8)
known = np.arange(64) < 32
cues = np.where(known, bits, hb.random_patterns(len(bits), 64, rng=2)).astype(np.int8)
memory = hb.DenseAssociativeMemory(bits)
for name, mask in (("masked", known), ("noise taken at its word", None)):
    found = memory.posterior(cues, flip=0.01, known=mask, top=1)
    same = (bits[found.index[:, 0]] == bits).all(axis=1).mean()
    print(f"lower half unknown, {name}: {same:.0%} found")

plt.plot([0, 1], [0, 1], color="grey", linestyle=":", label="as sure as right")
plt.xlabel("mean probability of the best pattern, 1,024 bits")
plt.ylabel("share that is right")
plt.legend()
plt.show()
