"""torchhd's `Hopfield`, a module of torch: apart, since its base class is there only where torch is."""

from typing import Any

import numpy as np

from hebbfast import bits
from hebbfast.compat import _tensors
from hebbfast.networks.dense import DenseAssociativeMemory

__all__ = ["make"]


def make() -> Any:
    """The class."""
    torch = _tensors.torch()

    class Hopfield(torch.nn.Module):  # type: ignore[misc, name-defined]
        """A Hopfield memory: items of ±1 as bits; of others, or with ``kappa``, a matrix.

        Parameters
        ----------
        vector_dim : int
            d.
        kappa : int, optional
            Clamp each weight to ± kappa after each write.
        dtype, device : optional
            Of the matrix.
        requires_grad : bool
            Whether the matrix is learned; then it is used from the beginning.
        """

        def __init__(
            self,
            vector_dim: int,
            kappa: int | None = None,
            dtype: Any = None,
            device: Any = None,
            requires_grad: bool = False,
        ) -> None:
            super().__init__()
            self.vector_dim, self.kappa = vector_dim, kappa
            self._empty = torch.empty(0, dtype=dtype, device=device)
            self._items: DenseAssociativeMemory | None = None
            self._matrix = None
            if requires_grad:
                self._matrix = torch.nn.Parameter(self._zeros())

        def _zeros(self) -> Any:
            return self._empty.new_zeros(self.vector_dim, self.vector_dim)

        @property
        def memory(self) -> Any:
            """(d, d): the weights, made anew where the items are kept."""
            if self._matrix is not None:
                return self._matrix
            if self._items is None:
                return self._zeros()
            items = torch.from_numpy(bits.unpack(self._items.patterns.words, self.vector_dim)).to(self._empty)
            return _tensors.weights(items, None)

        def write(self, input: Any) -> None:
            """Add items (d,) or (n, d)."""
            if input.shape[-1] != self.vector_dim:
                raise ValueError(f"input must have {self.vector_dim} columns, got shape {tuple(input.shape)}")
            rows = input.reshape(-1, self.vector_dim)
            stored = _tensors.bits(rows)
            if self.kappa is None and self._matrix is None and stored is not None and len(stored):
                self._items = self._items.store(stored) if self._items else DenseAssociativeMemory(stored)
                return
            with torch.no_grad():
                sums = self.memory + _tensors.weights(rows.to(self._empty), None)
                sums = sums if self.kappa is None else sums.clamp(-self.kappa, self.kappa)
                if isinstance(self._matrix, torch.nn.Parameter):
                    self._matrix.copy_(sums)
                else:
                    self._matrix = sums
            self._items = None

        def read(self, query: Any) -> Any:
            """Fields (..., d) of queries (..., d); their signs are the items that they recall."""
            cues = _tensors.bits(query) if self._items is not None else None
            if cues is None or self._items is None:
                return query @ self.memory
            return _tensors.like(query, _tensors.fields(self._items, cues), query)

        def get_extra_state(self) -> Any:
            """What a state dict keeps: packed items, or the matrix."""
            words = None if self._items is None else torch.from_numpy(self._items.patterns.words.view(np.int64).copy())
            return {"words": words, "matrix": self._matrix}

        def set_extra_state(self, state: Any) -> None:
            """As `get_extra_state` gave it."""
            words, self._items = state["words"], None
            if words is not None:
                packed = bits.packed(words.numpy().view(np.uint64), self.vector_dim)
                self._items = DenseAssociativeMemory(packed)
            if not isinstance(self._matrix, torch.nn.Parameter):
                self._matrix = state["matrix"]

    Hopfield.__module__, Hopfield.__qualname__ = "hebbfast.compat.torchhd", "Hopfield"
    return Hopfield
