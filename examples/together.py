"""All units at once

A synchronous update may swap two states for ever: it ends in a fixed point or, with symmetric couplings, in a cycle of
period 2. The higher the load, the more often; asynchronous updates always come to rest.
"""

import matplotlib.pyplot as plt
import numpy as np

import hebbfast as hb

loads = np.arange(0.02, 0.42, 0.04)
shares = []
for load in loads:
    network = hb.HopfieldNetwork.train(hb.random_patterns(round(400 * load), 400, rng=0))
    starts = hb.random_patterns(200, 400, rng=1)
    together = network.recall(starts, update="sync", max_sweeps=500, rng=2)
    assert network.recall(starts, rng=3, max_sweeps=500).converged.all()
    shares.append(together.cycle.mean())
print("share of cycles:", *(f"{share:.2f}" for share in shares))
plt.plot(loads, shares, "o-")
plt.xlabel("load K / D")
plt.ylabel("share of random states that end in a 2-cycle")
plt.ylim(0, 1.05)
plt.show()
