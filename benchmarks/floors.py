"""The least that a stage has to do: what no cleverness around it can save."""

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import cramjam
import numpy as np
import torch
import uproot

from rootline.lartpc.labelling import Array, places_above

Decompress = Callable[[bytes, int], Any]

_BLOCK_HEADER: Final = 9  # of each compressed block in a ROOT file: 2 bytes of codec, method, 3 of each length
_LZ4_CHECKSUM: Final = 8

PASS_FLOP: Final = 92e6
"""Of one image through the paper's encoder and decoder: 2 x kernel x widths x pixels of each layer; learning takes three times as much."""

_GEMM: Final = 1024


def find_baskets(path: Path, tree: str, branch: str) -> list[tuple[int, int]]:
    """Give place and length in the file of every basket of a branch."""
    with uproot.open(path) as file:
        found = file[tree][branch]
        places, lengths = (found.member(name)[: found.num_baskets] for name in ("fBasketSeek", "fBasketBytes"))
        return list(zip(places.tolist(), lengths.tolist(), strict=True))


def read_baskets(path: Path, places: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    """Yield the compressed bytes of one basket after the other, without their header."""
    with path.open("rb") as stream:
        for place, length in places:
            stream.seek(place)
            basket = stream.read(length)
            (key_length,) = struct.unpack(">h", basket[14:16])
            yield basket[key_length:]


def blocks(basket: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Yield codec, compressed bytes and length of what they hold, block by block."""
    position = 0
    while position < len(basket):
        codec = basket[position : position + 2]
        packed = int.from_bytes(basket[position + 3 : position + 6], "little")
        length = int.from_bytes(basket[position + 6 : position + 9], "little")
        begin = position + _BLOCK_HEADER
        skipped = _LZ4_CHECKSUM if codec == b"L4" else 0
        yield codec, basket[begin + skipped : begin + packed], length
        position = begin + packed


def _ways() -> dict[bytes, list[Decompress]]:
    """Give the decompressors of this machine by codec."""
    found: dict[bytes, list[Decompress]] = {
        b"ZL": [
            lambda data, length: zlib.decompress(data, bufsize=length),
            lambda data, length: cramjam.zlib.decompress(data, output_len=length),
        ],
        b"ZS": [lambda data, length: cramjam.zstd.decompress(data, output_len=length)],
        b"L4": [lambda data, length: cramjam.lz4.decompress_block(data, output_len=length)],
    }
    try:
        import deflate
    except ImportError:
        pass
    else:
        found[b"ZL"].append(deflate.zlib_decompress)
    try:
        from isal import isal_zlib
    except ImportError:
        pass
    else:
        found[b"ZL"].append(lambda data, length: isal_zlib.decompress(data, bufsize=length))
    return found


def decompressions(path: Path, tree: str, branch: str) -> list[Callable[[], int]]:
    """Give each way that this machine has of decompressing a branch, basket by basket; each gives the number of bytes."""
    places = find_baskets(path, tree, branch)
    codec = next(blocks(next(read_baskets(path, places))))[0]

    def run(decompress: Decompress) -> int:
        return sum(
            len(decompress(data, length)) for basket in read_baskets(path, places) for _, data, length in blocks(basket)
        )

    return [partial(run, decompress) for decompress in _ways()[codec]]


def thresholds(planes: list[tuple[Array, int]]) -> list[Callable[[], int]]:
    """Give each way of finding the pixels above threshold, and nothing else; each gives their number."""
    return [
        lambda: sum(len(np.flatnonzero(image > above)) for image, above in planes),
        lambda: sum(len(places_above(image, above)) for image, above in planes),
    ]


def multiply(flop: float) -> None:
    """Do so many operations as products of float32 matrices."""
    one = torch.ones(_GEMM, _GEMM)
    other = torch.empty(_GEMM, _GEMM)
    for _ in range(max(1, round(flop / (2 * _GEMM**3)))):
        torch.mm(one, one, out=other)
