"""Learning rules: patterns → couplings.

activity_product   the plain sum of outer products (Hopfield 1982)
HebbianRule        the generalised Hebbian rule with constant coefficients
storkey            Hebb's rule less the field of the other patterns
projection         the pseudo-inverse; can learn more patterns later
perceptron         corrections until each pattern is held with a margin
maximal_stability  the largest margin, proved (AdaTron)
redundancy         each unit ascends a goal of information atoms
logistic           the likelihood of each unit's values
unlearning         dreams weaken spurious states
clipped            one bit a synapse
palimpsest         new patterns write over old ones
Learned            what those of the second kind return
"""

from hebbfast.learning.hebbian import HebbianRule, activity_product
from hebbfast.learning.logistic import logistic
from hebbfast.learning.palimpsest import clipped, palimpsest
from hebbfast.learning.perceptron import perceptron
from hebbfast.learning.projection import projection
from hebbfast.learning.record import Learned
from hebbfast.learning.redundancy import redundancy
from hebbfast.learning.stability import maximal_stability
from hebbfast.learning.storkey import storkey
from hebbfast.learning.unlearning import unlearning

__all__ = [
    "HebbianRule",
    "Learned",
    "activity_product",
    "clipped",
    "logistic",
    "maximal_stability",
    "palimpsest",
    "perceptron",
    "projection",
    "redundancy",
    "storkey",
    "unlearning",
]
