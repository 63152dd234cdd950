"""The NumPy twins of the kernels, from the formulas, by the names of `hebbfast._kernels`; imported by tests alone."""

from hebbfast._kernels.twin.abreast import ABREAST, Neighbours, abreast_bytes, load_abreast, run_abreast, store_abreast
from hebbfast._kernels.twin.boltzmann import Layer, gibbs, gibbs_bytes, layer_costs, layer_fields, layer_means
from hebbfast._kernels.twin.exp import exp
from hebbfast._kernels.twin.models import Couplings, Dynamics, Memory
from hebbfast._kernels.twin.packing import count_bits, overlaps, pack, read_words, transpose, unpack
from hebbfast._kernels.twin.recall import (
    coupling_energies,
    energies,
    fields,
    follow,
    recall,
    recall_each,
    update_units,
    workspace_bytes,
)
from hebbfast._kernels.twin.replicas import agreements, swap
from hebbfast._kernels.twin.search import Search, blend, search, search_bytes, tally
from hebbfast._kernels.twin.streams import corrupt, draw, integers, permutation, seed, uniforms
from hebbfast._kernels.twin.training import Ascent, adatron, ascend, ascent_bytes, bounded, ordered_product, perceptron

__all__ = [
    "ABREAST",
    "Ascent",
    "Couplings",
    "Dynamics",
    "Layer",
    "Memory",
    "Neighbours",
    "Search",
    "abreast_bytes",
    "adatron",
    "agreements",
    "ascend",
    "ascent_bytes",
    "blend",
    "bounded",
    "corrupt",
    "count_bits",
    "coupling_energies",
    "draw",
    "energies",
    "exp",
    "fields",
    "follow",
    "gibbs",
    "gibbs_bytes",
    "integers",
    "layer_costs",
    "layer_fields",
    "layer_means",
    "load_abreast",
    "ordered_product",
    "overlaps",
    "pack",
    "perceptron",
    "permutation",
    "read_words",
    "recall",
    "recall_each",
    "run_abreast",
    "search",
    "search_bytes",
    "seed",
    "store_abreast",
    "swap",
    "tally",
    "transpose",
    "uniforms",
    "unpack",
    "update_units",
    "workspace_bytes",
]
