"""torchhd's `Hopfield`, a module of torch: apart, since its base class is there only where torch is."""

from typing import Any

from hebbfast import bits
from hebbfast.compat import _tensors
from hebbfast.networks.dense import DenseAssociativeMemory

__all__ = ["make"]


def make() -> Any:
    """The class."""
    torch = _tensors.torch()

    class Hopfield(torch.nn.Module):  # type: ignore[misc, name-defined]
        """A Hopfield memory: items of ±1 as bits, until other numbers or `memory` need the matrix.

        Parameters
        ----------
        vector_dim : int
            d.
        kappa : int, optional
            Clamp each weight to ± kappa after each write; then there is a matrix from the beginning.
        dtype, device : optional
            Of the matrix.
        requires_grad : bool
            Whether the matrix is learned; then, too, it is there from the beginning.

        Attributes
        ----------
        memory : torch.nn.Parameter
            (d, d): the weights, made when first asked for, and used from then on.
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
            self._items: DenseAssociativeMemory | None = None
            self.register_buffer("_empty", torch.empty(0, dtype=dtype, device=device), persistent=False)
            self.register_parameter("memory", None)
            if kappa is not None or requires_grad:
                self.memory.requires_grad_(requires_grad)

        def __getattr__(self, name: str) -> Any:
            """As torch finds it; who asks for the matrix gets it in place of the items."""
            if name == "memory" and name in self._parameters:
                self._look()
            return super().__getattr__(name)

        def _look(self) -> None:
            if self._parameters["memory"] is None:
                self._parameters["memory"] = torch.nn.Parameter(self._weights(), requires_grad=False)
                self._items = None

        def _weights(self) -> Any:
            if self._items is None:
                return self._empty.new_zeros(self.vector_dim, self.vector_dim)
            items = torch.from_numpy(bits.unpack(self._items.patterns.words, self.vector_dim)).to(self._empty)
            return _tensors.weights(items, None)

        def write(self, items: Any) -> None:
            """Add items (d,) or (n, d)."""
            _tensors.expect("items", items, self.vector_dim)
            rows = items.reshape(-1, self.vector_dim)
            stored = _tensors.bits(rows)
            if self._parameters["memory"] is None and stored is not None and len(stored):
                self._items = self._items.store(stored) if self._items else DenseAssociativeMemory(stored)
                return
            with torch.no_grad():
                self.memory.add_(_tensors.weights(rows.to(self.memory), None)).fill_diagonal_(0)
                if self.kappa is not None:
                    self.memory.clamp_(-self.kappa, self.kappa)

        def read(self, query: Any) -> Any:
            """Fields (..., d) of queries (..., d); their signs are the items that they recall."""
            _tensors.expect("query", query, self.vector_dim)
            cues = _tensors.bits(query) if self._items is not None else None
            if cues is None or self._items is None:
                return query @ self.memory.mT
            return _tensors.like(query, _tensors.fields(self._items, cues), query)

        def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
            """The matrix, as torchhd saves it; items stay items."""
            super()._save_to_state_dict(destination, prefix, keep_vars)
            if self._parameters["memory"] is None:
                destination[f"{prefix}memory"] = self._weights()

        def _load_from_state_dict(self, *arguments: Any) -> None:
            self._look()
            super()._load_from_state_dict(*arguments)

    Hopfield.__module__, Hopfield.__qualname__ = "hebbfast.compat.torchhd", "Hopfield"
    return Hopfield
