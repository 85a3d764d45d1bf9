"""Numbers over slots in binary do what numbers do."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from schedtest.scheduling.digits import less, take

MOST = 11
DIGITS = 4


def written(numbers: list[int]) -> np.ndarray:
    """(1, DIGITS + 2): those of 64 slots, with a stranger's digit on both sides."""
    digits = np.full((1, DIGITS + 2), 0x5555, dtype=np.uint64)
    for place in range(DIGITS):
        digits[0, 1 + place] = sum((number >> place & 1) << slot for slot, number in enumerate(numbers))
    return digits


def chosen(slots: list[int]) -> np.uint64:
    return np.uint64(sum(1 << slot for slot in slots))


numbers_of_a_word = st.lists(st.integers(0, MOST), min_size=64, max_size=64)


@settings(deadline=None)
@given(numbers_of_a_word, st.integers(0, 2**DIGITS - 1))
def test_the_slots_with_less_than_an_amount_are_told(numbers: list[int], amount: int):
    found = less(written(numbers), 0, 1, 1 + DIGITS, amount)
    assert found == chosen([slot for slot, number in enumerate(numbers) if number < amount])


@settings(deadline=None)
@given(numbers_of_a_word, st.integers(1, MOST), st.sampled_from([1, -1]))
def test_an_amount_is_taken_or_given_back_in_the_slots_named_alone(numbers: list[int], amount: int, sign: int):
    able = [slot for slot, number in enumerate(numbers) if 0 <= number - sign * amount < 2**DIGITS]
    after = [number - sign * amount if slot in able else number for slot, number in enumerate(numbers)]
    digits = written(numbers)
    take(digits, 0, 1, 1 + DIGITS, sign * amount, chosen(able))
    assert np.array_equal(digits, written(after))
