"""Letters from noise

Eight letters of 12 × 12 pixels are mostly paper, so they look alike to a memory: with n = 2 they blend into one,
with n = 8 each is found again. A tenth of the pixels flipped.
"""

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import hebbfast as hb

SIDE = 12


def bits(letter):
    """A letter as ±1."""
    picture = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(picture).text((SIDE / 2, SIDE / 2), letter, fill=255, font=ImageFont.load_default(13), anchor="mm")
    return np.where(np.asarray(picture) > 90, 1, -1).astype(np.int8).ravel()


letters = np.array([bits(letter) for letter in "ABEHKMOX"])
cues = hb.corrupt(letters, flip=0.1, rng=0)
rows = {"letter": letters, "cue": cues}
for degree in (2, 4, 8):
    states = hb.DenseAssociativeMemory(letters, hb.Polynomial(degree)).recall(cues, rng=1).states
    print(f"n = {degree}: {(states == letters).all(axis=1).sum()} of {len(letters)} letters found")
    rows[f"n = {degree}"] = states
figure, axes = plt.subplots(len(rows), len(letters), figsize=(8, 5.2), layout="constrained")
for line, (name, states) in zip(axes, rows.items(), strict=True):
    for place, state in zip(line, states, strict=True):
        place.imshow(-state.reshape(SIDE, SIDE), cmap="gray")
        place.set(xticks=[], yticks=[])
    line[0].set_ylabel(name)
plt.show()
