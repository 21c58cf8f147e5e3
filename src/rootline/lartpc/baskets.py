"""Integers of one ROOT branch, entry by entry, each basket unpacked once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rootline.core.errors import UserError


class IntegerBranch:
    """Reader of a branch that holds integers: one, a fixed number or a varying number per entry.

    The basket that was read last is kept, so entries are cheap in rising
    order. uproot's own arrays would unpack a basket again for every part of
    it that is asked for.

    Parameters
    ----------
    branch : uproot.TBranch
        The branch.
    path : str
        How errors call the file.

    Raises
    ------
    UserError
        If the branch does not hold integers.
    """

    def __init__(self, branch: Any, path: str) -> None:
        import uproot

        self.branch = branch
        self.name = str(branch.name)
        self._path = path
        kind = branch.interpretation
        self._header_bytes = 0
        self._is_jagged = isinstance(kind, uproot.AsJagged)
        if self._is_jagged:
            self._header_bytes, kind = kind.header_bytes, kind.content
        if type(kind) is not uproot.AsDtype or kind.from_dtype.base.kind not in "iu":
            raise UserError(
                f"{path}: branch {self.name} is of type {branch.typename}; it must hold integers, "
                "one number or one plain list of them per entry"
            )
        self._dtype: np.dtype[Any] = kind.from_dtype.base
        self._per_entry = int(np.prod(kind.inner_shape, dtype=np.int64))
        self._edges: NDArray[np.int64] = np.asarray(branch.entry_offsets, dtype=np.int64)
        self._basket = -1
        self._data: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._offsets: NDArray[np.int64] | None = None

    @property
    def codec(self) -> str:
        """How the first basket is compressed, such as ``ZSTD``; what the branch's header says is not always true."""
        blocks = self._unpack(0).block_compression_info if self.branch.num_baskets else None
        return str(blocks[0][0]) if blocks else "none"

    def read(self, entry: int) -> NDArray[Any]:
        """Give the integers of one entry, flat, in the file's own byte order; valid as long as it is referenced."""
        if not self._edges[self._basket] <= entry < self._edges[self._basket + 1] or self._basket < 0:
            self._load(int(np.searchsorted(self._edges, entry, side="right")) - 1)
        local = entry - int(self._edges[self._basket])
        if self._offsets is not None:
            begin, end = int(self._offsets[local]) + self._header_bytes, int(self._offsets[local + 1])
        else:
            size = self._per_entry * self._dtype.itemsize
            begin, end = local * size, (local + 1) * size
        try:
            return self._data[begin:end].view(self._dtype)
        except ValueError as error:
            raise UserError(
                f"{self._path}: entry {entry} of branch {self.name} is damaged ({error}); copy the file again"
            ) from error

    def read_scalars(self) -> NDArray[Any]:
        """Give the one number of every entry as (n_entries,) array."""
        if self._is_jagged or self._per_entry != 1:
            raise UserError(
                f"{self._path}: branch {self.name} is of type {self.branch.typename}; it must hold one integer per entry"
            )
        parts = [np.zeros(0, self._dtype)]
        for basket in range(len(self._edges) - 1):
            self._load(basket)
            parts.append(self._data.view(self._dtype))
        return np.concatenate(parts)

    def _unpack(self, number: int) -> Any:
        try:
            return self.branch.basket(number)
        except Exception as error:  # codecs, checksums and headers fail in many ways
            reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            raise UserError(
                f"{self._path}: {self._entries(number)} of branch {self.name} cannot be read ({reason}); "
                "the file is damaged: copy it again, or leave it out of samples.tsv"
            ) from error

    def _entries(self, number: int) -> str:
        return f"entries {self._edges[number]} to {self._edges[number + 1] - 1}"

    def _load(self, number: int) -> None:
        basket = self._unpack(number)
        self._basket = number
        self._data = basket.data
        self._offsets = None
        if self._is_jagged:
            offsets = basket.byte_offsets
            self._offsets = np.asarray([] if offsets is None else offsets, dtype=np.int64)
        n_bytes = self._expected_bytes(int(self._edges[number + 1] - self._edges[number]))
        if n_bytes != len(self._data):
            raise UserError(
                f"{self._path}: {self._entries(number)} of branch {self.name} hold {len(self._data)} bytes where "
                f"{n_bytes} are expected; the file is damaged: copy it again, or leave it out of samples.tsv"
            )

    def _expected_bytes(self, n_entries: int) -> int:
        if self._offsets is None:
            return n_entries * self._per_entry * self._dtype.itemsize
        return int(self._offsets[-1]) if len(self._offsets) == n_entries + 1 else -1
