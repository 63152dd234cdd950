"""The names of ``hopfieldnetwork`` 1.0: ``from hebbfast.compat.hopfieldnetwork import HopfieldNetwork``.

Permutations and uniforms come from NumPy's global generator, as there, and leave it as there; states are kept by
reference, written to, and change their dtype as there. Results are equal bit for bit, ties included. Pictures and
plots stay where they are.
"""

from hebbfast.compat.hopfieldnetwork.matrices import construct_hebb_matrix, hamming_distance, sign_0
from hebbfast.compat.hopfieldnetwork.network import HopfieldNetwork

__all__ = ["HopfieldNetwork", "construct_hebb_matrix", "hamming_distance", "sign_0"]
