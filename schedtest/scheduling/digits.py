"""Numbers over slots in binary, each digit of 64 slots in a word of its own, so that 64 numbers change or are compared
at once (bit slicing: Biham 1997, Fast Software Encryption, LNCS 1267, 260-272).

Those of one row lie side by side: digits[word, first:last], the lowest first.
"""

from __future__ import annotations

import numpy as np

from .compiled import Words, kernel


@kernel
def take(digits: Words, word: int, first: int, last: int, amount: int, slots: np.uint64) -> None:
    """Subtracts `amount`, which may be negative, in some slots of a word; no number may leave its range."""
    rest, carry = abs(amount), np.uint64(0)
    flip = ~np.uint64(0) if amount > 0 else np.uint64(0)
    for place in range(first, last):
        if rest == 0 and carry == 0:
            return
        digit, own = digits[word, place], slots if rest & 1 else np.uint64(0)
        digits[word, place] = digit ^ own ^ carry
        carry = (digit ^ flip) & (own | carry) | own & carry
        rest >>= 1


@kernel
def less(digits: Words, word: int, first: int, last: int, amount: int) -> np.uint64:
    """The slots of a word with less than `amount`, which the digits can hold."""
    found = np.uint64(0)
    for place in range(first, last):
        lacks = ~digits[word, place]
        found = lacks | found if amount >> (place - first) & 1 else lacks & found
    return found
