"""The least that a stage has to do: what no cleverness around it can save."""

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import cramjam
import numpy as np
import torch
import uproot

from rootline.lartpc.labelling import Array

Decompress = Callable[[bytes, int], Any]

_BLOCK_HEADER: Final = 9  # of each compressed block in a ROOT file: 2 bytes of codec, method, 3 of each length
_LZ4_CHECKSUM: Final = 8

PASS_FLOP: Final = 92e6
"""Of one image through the paper's encoder and decoder: 2 x kernel x widths x pixels of each layer; learning takes three times as much."""

_GEMM: Final = 1024


def baskets(path: Path, tree: str, branch: str) -> list[bytes]:
    """Give the compressed bytes of every basket of a branch."""
    with uproot.open(path) as file:
        found = file[tree][branch]
        seeks = found.member("fBasketSeek")[: found.num_baskets]
        lengths = found.member("fBasketBytes")[: found.num_baskets]
    parts = []
    with path.open("rb") as stream:
        for seek, length in zip(seeks.tolist(), lengths.tolist(), strict=True):
            stream.seek(seek)
            key = stream.read(length)
            (key_length,) = struct.unpack(">h", key[14:16])
            parts.append(key[key_length:])
    return parts


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
    """Give each way that this machine has of decompressing a branch, from memory; each gives the number of bytes."""
    packed = baskets(path, tree, branch)
    codec = next(blocks(packed[0]))[0]

    def run(decompress: Decompress) -> int:
        total = 0
        for basket in packed:
            for _, data, length in blocks(basket):
                total += len(decompress(data, length))
        return total

    return [partial(run, decompress) for decompress in _ways()[codec]]


def threshold(planes: list[tuple[Array, int]]) -> int:
    """Find the pixels above threshold, and nothing else."""
    return sum(len(np.flatnonzero(image > above)) for image, above in planes)


def multiply(flop: float) -> None:
    """Do so many operations as products of float32 matrices."""
    one = torch.ones(_GEMM, _GEMM)
    other = torch.empty(_GEMM, _GEMM)
    for _ in range(max(1, round(flop / (2 * _GEMM**3)))):
        torch.mm(one, one, out=other)
