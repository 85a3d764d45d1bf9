"""Ruin and recreate: take some tasks out, put them back better; compiled."""

from __future__ import annotations

from .arrays import Arrays
from .incumbent import Incumbent


class Engine:
    """One annealed walk from an incumbent; the same arguments give the same walk.

    best: the best plan so far, valid and with its devices named.   total: its objective; one mandatory task left out counts more
    than all else.   A task of the given incumbent that finds no place or no device in the profiles is taken out at first.
    """

    best: Incumbent
    total: int

    def __init__(self, arrays: Arrays, incumbent: Incumbent, seed: int) -> None:
        raise NotImplementedError

    def run(self, rounds: int, progress: float = 1.0) -> None:
        """`rounds` ruins (some 50 µs each), at the temperature that belongs to `progress`, 0 (hot) to 1 (cold)."""
        raise NotImplementedError
