"""The NumPy twins of the kernels, from the formulas, by the names of `hebbfast._kernels`; imported by tests alone."""

from hebbfast._kernels.twin.abreast import *
from hebbfast._kernels.twin.boltzmann import *
from hebbfast._kernels.twin.exp import *
from hebbfast._kernels.twin.models import *
from hebbfast._kernels.twin.packing import *
from hebbfast._kernels.twin.recall import *
from hebbfast._kernels.twin.replicas import *
from hebbfast._kernels.twin.search import *
from hebbfast._kernels.twin.streams import *
from hebbfast._kernels.twin.training import *
