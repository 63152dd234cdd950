"""Learning rules: patterns → couplings.

activity_product   the plain sum of outer products (Hopfield 1982)
HebbianRule        the generalised Hebbian rule; its coefficients are numbers or functions of the couplings

Hebbian rules with names
    covariance, presynaptically_gated, postsynaptically_gated, zero_one_product     constant coefficients
    bcm                                                                             constant, or a sliding threshold
    decay, clipped, oja                                                             coefficients that follow W

Rules that return a record, `Learned`
    storkey              Hebb's rule less the field of the other patterns
    projection           the pseudo-inverse; can learn more patterns later
    perceptron           corrections until each pattern is held with a margin
    maximal_stability    the largest margin, proved (AdaTron)
    redundancy           each unit ascends a goal of information atoms
    logistic             the likelihood of each unit's values
    unlearning           dreams weaken spurious states
    sign_clipped         one bit a synapse
    palimpsest           new patterns write over old ones

RULES holds those that the experiments and the command line know by name.
"""

from hebbfast.learning._named_rule import NamedRule, hebbian_neuron, redundancy_neuron
from hebbfast.learning.hebbian import HebbianRule, activity_product
from hebbfast.learning.logistic import logistic
from hebbfast.learning.named import (
    bcm,
    clipped,
    covariance,
    decay,
    oja,
    postsynaptically_gated,
    presynaptically_gated,
    zero_one_product,
)
from hebbfast.learning.palimpsest import palimpsest, sign_clipped
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
    "bcm",
    "clipped",
    "covariance",
    "decay",
    "logistic",
    "maximal_stability",
    "oja",
    "palimpsest",
    "perceptron",
    "postsynaptically_gated",
    "presynaptically_gated",
    "projection",
    "redundancy",
    "sign_clipped",
    "storkey",
    "unlearning",
    "zero_one_product",
]

RULES: dict[str, NamedRule] = {
    "Hebb": NamedRule(activity_product, tie="keep", neuron=hebbian_neuron),
    "pseudo-inverse": NamedRule(projection),
    "perceptron": NamedRule(perceptron),
    "maximal stability": NamedRule(maximal_stability),
    "redundancy": NamedRule(redundancy, neuron=redundancy_neuron),
    "I(E;Y)": NamedRule(redundancy, {"goal": (1, 0, 1, 0, 0)}),
    "logistic": NamedRule(logistic),
    "logistic, norm 3": NamedRule(logistic, {"norm": 3.0}, most_epochs=500),
    "storkey": NamedRule(storkey, compared=False),
    "unlearning": NamedRule(unlearning, compared=False),
    "palimpsest": NamedRule(palimpsest, compared=False),
    "sign-clipped": NamedRule(sign_clipped, compared=False),
}


def __dir__() -> list[str]:
    return sorted(__all__)
