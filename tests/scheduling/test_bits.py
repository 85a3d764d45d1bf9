"""Rows of bits say the same as rows of flags."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from schedtest.scheduling.bits import first_after, is_clear, last_before, slots_of

SLOTS = 192


@st.composite
def rows(draw: st.DrawFn) -> np.ndarray:
    flags = np.zeros((1, SLOTS), dtype=np.bool_)
    for slot in draw(st.lists(st.integers(0, SLOTS - 1), max_size=6)):
        flags[0, slot] = True
    return flags


@st.composite
def stretches(draw: st.DrawFn) -> tuple[int, int]:
    start = draw(st.integers(0, SLOTS - 1))
    return start, draw(st.integers(start + 1, SLOTS))


@given(rows(), stretches())
@settings(deadline=None)
def test_what_is_set_in_a_stretch_is_found_at_both_ends(flags: np.ndarray, stretch: tuple[int, int]):
    start, end = stretch
    bits = np.packbits(flags, axis=-1, bitorder="little").view(np.uint64)
    there = (np.flatnonzero(flags[0, start:end]) + start).tolist()
    assert is_clear(bits, 0, start, end) == (not there)
    assert first_after(bits, 0, start, end) == (there[0] if there else -1)
    assert last_before(bits, 0, start, end) == (there[-1] if there else -1)


@given(stretches())
@settings(deadline=None)
def test_the_slots_of_its_words_make_the_stretch(stretch: tuple[int, int]):
    start, end = stretch
    slots = [
        64 * word + bit
        for word in range(start // 64, (end - 1) // 64 + 1)
        for bit in range(64)
        if int(slots_of(word, start, end)) >> bit & 1
    ]
    assert slots == list(range(start, end))


def test_nothing_lies_in_an_empty_stretch():
    bits = np.full((1, 1), 2**64 - 1, dtype=np.uint64)
    assert first_after(bits, 0, 5, 5) == last_before(bits, 0, 5, 5) == -1
