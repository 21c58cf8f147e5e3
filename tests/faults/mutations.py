"""Damage to files that were whole: what editors, spreadsheets, transfers and typing errors do to them."""

import re
from collections.abc import Callable

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy], object]

WORD = re.compile(rb"[^\s,;:\[\]{}\"-]+")

STRANGE = (
    *(
        b"",
        b" ",
        b"nan",
        b"NaN",
        b"inf",
        b"-inf",
        b"-1",
        b"0",
        b"1.5",
        b"1e0",
        b"1e999",
        b"0x10",
        b"1_000",
        b"007",
        b"+7",
    ),
    *(b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809", b"9" * 400, b"9" * 5000),
    *(
        b"true",
        b"null",
        b"~",
        b"None",
        b"N/A",
        b"..",
        b"/",
        b"*",
        b"&a",
        b"*a",
        b"{x}",
        b"<<",
        b"!!binary",
        b"%",
        b"#",
        b"x" * 5000,
    ),
    *(b"[" * 5000, b'{"a":' * 5000, b"2000-13-45", b"!!bool", b"? [a]"),
    *(b'"', b"'", b'""', b"\0", b"\xff", b"\xef\xbb\xbf", b"\x0c", b"\x1c", b"\x85", b"\r"),
    *(word.encode() for word in ("é", "\u0661\u0662", "\u2028", "\u200b", "\ufeff", "\U0001f4a5")),
)
"""Words that readers of numbers, of lists and of text stumble over."""


def damaged(valid: bytes) -> st.SearchStrategy[bytes]:
    """Give `valid` after one to four accidents."""
    return st.lists(st.sampled_from(ACCIDENTS), min_size=1, max_size=4).flatmap(lambda kinds: _damage(valid, kinds))


@st.composite
def _damage(draw: Draw, valid: bytes, kinds: list[Callable[[Draw, bytes], bytes]]) -> bytes:
    data = valid
    for kind in kinds:
        data = kind(draw, data)
    return data


def _place(draw: Draw, data: bytes) -> int:
    return draw(st.integers(0, len(data)))


def _flip(draw: Draw, data: bytes) -> bytes:
    place = _place(draw, data)
    return (
        data[:place] + bytes(byte ^ draw(st.integers(1, 255)) for byte in data[place : place + 1]) + data[place + 1 :]
    )


def _cut_end(draw: Draw, data: bytes) -> bytes:
    return data[: _place(draw, data)]


def _cut_middle(draw: Draw, data: bytes) -> bytes:
    first, last = sorted((_place(draw, data), _place(draw, data)))
    return data[:first] + data[last:]


def _insert(draw: Draw, data: bytes) -> bytes:
    place = _place(draw, data)
    return data[:place] + draw(st.one_of(st.binary(max_size=20), st.sampled_from(STRANGE))) + data[place:]


def _replace_word(draw: Draw, data: bytes) -> bytes:
    words = list(WORD.finditer(data))
    if not words:
        return draw(st.sampled_from(STRANGE))
    word = draw(st.sampled_from(words))
    return data[: word.start()] + draw(st.sampled_from(STRANGE)) + data[word.end() :]


def _overwrite(draw: Draw, data: bytes) -> bytes:
    """Put another number, in the binary sense, where one was."""
    place, width = _place(draw, data), draw(st.sampled_from((2, 4, 8)))
    number = draw(st.sampled_from((0, 1, -1, 1 << (8 * width - 1), (1 << (8 * width - 1)) - 1, 1 << (4 * width))))
    text = (number % (1 << 8 * width)).to_bytes(width, draw(st.sampled_from(("little", "big"))))
    return data[:place] + text + data[place + width :]


def _repeat_line(draw: Draw, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True) or [b"\n"]
    place = draw(st.integers(0, len(lines) - 1))
    times = draw(st.sampled_from((2, 3, 50)))
    if times * len(lines[place]) > 200_000:  # accidents follow each other: three of these make 125,000 of a line
        times = 2
    return b"".join([*lines[:place], lines[place] * times, *lines[place + 1 :]])


def _swap_lines(draw: Draw, data: bytes) -> bytes:
    return b"".join(draw(st.permutations(data.splitlines(keepends=True)[:50])))


def _swap_separators(draw: Draw, data: bytes) -> bytes:
    one, other = draw(st.permutations([b",", b";", b"\t", b" ", b":", b"\n"]))[:2]
    return data.replace(one, other)


def _with_mark(_: Draw, data: bytes) -> bytes:
    return b"\xef\xbb\xbf" + data


def _with_windows_ends(_: Draw, data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def _as_utf16(_: Draw, data: bytes) -> bytes:
    return data.decode("latin-1").encode("utf-16")


def _empty(_: Draw, _data: bytes) -> bytes:
    return b""


ACCIDENTS = (
    *(_flip, _cut_end, _cut_middle, _insert, _overwrite, _empty),
    *(_replace_word, _replace_word, _repeat_line, _swap_lines, _swap_separators),
    *(_with_mark, _with_windows_ends, _as_utf16),
)
