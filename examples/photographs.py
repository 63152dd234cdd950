"""Which photograph is it?

The lower half is not known, and ever more pixels of the upper half have flipped.

Usage: python examples/photographs.py [PICTURE.png]   (needs scikit-image and matplotlib; photographs.png)

Columns: the photograph; what is known of it; the mean of each pixel over the photographs that it may be; the most
probable one. Under a name: the share of flipped pixels, and the probability of the photograph that it is.
"""

import sys

import numpy as np

import hebbfast as hb
from hebbfast.experiments.shipped import SIDE, shipped_pictures
from hebbfast.plots import gallery

pictures, names, note = shipped_pictures()
memory = hb.DenseAssociativeMemory(pictures)
known = np.arange(SIDE * SIDE) < SIDE * SIDE // 2
rows: list[tuple[str, list[np.ndarray], float]] = []
for flip in (0.3, 0.49, 0.495, 0.498):
    for name in ("astronaut", "chelsea", "coffee"):
        own = names.index(name)
        cue = hb.corrupt(pictures[own], flip=flip, rng=own)
        found = memory.posterior(cue, flip=flip, known=known, top=len(names))
        mean = memory.denoise(cue, flip=flip, known=known).mean
        best = pictures[found.index[0]]
        probability = found.probability[found.index == own][0]
        shown = [pictures[own], np.where(known, cue, 0), mean, best]
        rows.append((f"{name}_{flip:.1%} flipped_p = {probability:.3f}", shown, float((best == pictures[own]).mean())))
        print(f"{name:10} {flip:.1%} flipped: p = {probability:.3f}, novelty {found.novelty:.1f}")

titles = ("photograph", "known", "mean", "most probable")
columns = [(title, np.array([shown[c].reshape(SIDE, SIDE) for _, shown, _ in rows])) for c, title in enumerate(titles)]
exact = np.array([2 * share - 1 for _, _, share in rows])
with open(sys.argv[1] if len(sys.argv) > 1 else "photographs.png", "wb") as file:
    gallery(file, [name for name, _, _ in rows], columns, {3: exact}, title=f"{len(names)} photographs as bits")
