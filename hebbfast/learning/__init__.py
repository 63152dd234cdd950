"""Learning rules: patterns → couplings.

activity_product   the plain sum of outer products (Hopfield 1982)
HebbianRule        the generalised Hebbian rule with constant coefficients
"""

from hebbfast.learning.hebbian import HebbianRule, activity_product

__all__ = ["HebbianRule", "activity_product"]
