"""``neurodynex3.hopfield_network`` 1.0: ``from hebbfast.compat.neurodynex3 import network, pattern_tools``.

Numbers come from NumPy's global generator, as there, and leave it as there. Fields are exact here; there they are sums
of float64, and near zero their last bit decides: results are equal bit for bit in all runs that meet no field of
exactly zero (never met, if (N - 1) K is odd), and in all runs if N is a power of two. Plots stay where they are.
"""

from hebbfast.compat.neurodynex3 import network, pattern_tools
from hebbfast.compat.neurodynex3.dynamics import async_sign, heat_bath, sync_sign

__all__ = ["async_sign", "heat_bath", "network", "pattern_tools", "sync_sign"]
