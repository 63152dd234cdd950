"""Learning rules: patterns → couplings.

activity_product   the plain sum of outer products (Hopfield 1982)
HebbianRule        the generalised Hebbian rule; its coefficients are numbers or functions of the couplings

Hebbian rules with names
    covariance, presynaptically_gated, postsynaptically_gated, zero_one_product     constant coefficients
    bcm                                                                             constant, or a sliding threshold
    decay, clipped, oja                                                             coefficients that follow W
"""

from hebbfast.learning.hebbian import HebbianRule, activity_product
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

__all__ = [
    "HebbianRule",
    "activity_product",
    "bcm",
    "clipped",
    "covariance",
    "decay",
    "oja",
    "postsynaptically_gated",
    "presynaptically_gated",
    "zero_one_product",
]
