"""Rows of bits over slots, 64 slots a word."""

from __future__ import annotations

import numpy as np
from numba.cpython.unsafe.numbers import leading_zeros, trailing_zeros

from .compiled import Words, kernel


@kernel
def lowest_bit(word: np.uint64) -> int:
    """Position of the lowest bit set; word must not be 0."""
    return np.int64(trailing_zeros(word))  # type: ignore[return-value, call-arg]


@kernel
def highest_bit(word: np.uint64) -> int:
    """Position of the highest bit set; word must not be 0."""
    return np.int64(63) - np.int64(leading_zeros(word))  # type: ignore[return-value, call-arg]


@kernel
def slots_of(word: int, start: int, end: int) -> np.uint64:
    """The bits in a word of the slots from start to end, which must have some there."""
    low, high = max(start - 64 * word, 0), min(end - 64 * word, 64)
    return ~np.uint64(0) >> np.uint64(64 - (high - low)) << np.uint64(low)


@kernel
def is_clear(bits: Words, row: int, start: int, end: int) -> bool:
    """Whether no bit is set in [start, end), a part of the horizon."""
    first, last = start >> 6, (end - 1) >> 6
    word = bits[row, first] >> np.uint64(start & 63) << np.uint64(start & 63)
    for place in range(first, last):
        if word != 0:
            return False
        word = bits[row, place + 1]
    return bool(word << np.uint64(63 - ((end - 1) & 63)) == 0)


@kernel
def last_before(bits: Words, row: int, start: int, end: int) -> int:
    """The last slot of [start, end) whose bit is set; -1 if there is none."""
    if end <= start:
        return -1
    for word in range((end - 1) >> 6, (start >> 6) - 1, -1):
        found = bits[row, word] & slots_of(word, start, end)
        if found != 0:
            return 64 * word + highest_bit(found)
    return -1


@kernel
def first_after(bits: Words, row: int, start: int, end: int) -> int:
    """The first slot of [start, end) whose bit is set; -1 if there is none."""
    if end <= start:
        return -1
    for word in range(start >> 6, ((end - 1) >> 6) + 1):
        found = bits[row, word] & slots_of(word, start, end)
        if found != 0:
            return 64 * word + lowest_bit(found)
    return -1
