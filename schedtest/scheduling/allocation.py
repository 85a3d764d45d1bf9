"""Which piece comes next: the annealed walk first, then whatever has earned most for its time lately."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from .neighbourhoods import KINDS, Choice, View, by_overlapping_campaigns

MEMORY = 0.7
"""What a kind's earnings of the past count for after each of its pieces."""

FRUITLESS = 5
"""Pieces without any gain after which what a kind earned before counts no more: what is left of it, however little,
would outweigh all that earn nothing either."""

CURIOSITY = 0.05
"""Share of the best rate at which every kind is tried again."""

WALK, REGION, CROSS = "walk", "region", "cross"
SMALLEST, LARGEST = 8, 200


@dataclass(slots=True)
class _Record:
    gain: float = 0.0
    cost: float = 0.0
    size: float = 40.0
    tries: int = 0
    fruitless: int = 0


class Allocation:
    """Gains per cost of each kind of piece, and sizes of the neighbourhoods."""

    def __init__(self, choice: Choice, random: Random, kinds: Iterable[str] = (WALK, CROSS, REGION, *KINDS)) -> None:
        self._choice = choice
        self._random = random
        self._records = {kind: _Record() for kind in kinds}

    def draw(self) -> str:
        """Kinds that were not tried yet, then by what they earn."""
        for kind, record in self._records.items():
            if not record.tries:
                return kind
        rates = {kind: record.gain / max(record.cost, 1e-9) for kind, record in self._records.items()}
        floor = CURIOSITY * max(*rates.values(), 1e-9)
        return self._random.choices(list(rates), [rate + floor for rate in rates.values()])[0]

    def free(self, kind: str, view: View) -> tuple[int, ...]:
        """Tasks for a neighbourhood of a kind; may be empty."""
        return self._choice.complete(
            view, KINDS[kind].choose(self._choice, view, int(self._records[kind].size), self._random)
        )

    def region(self, view: View, size: int) -> tuple[int, ...]:
        """Tasks for a walk of their own: parts of campaigns that are there at the same time."""
        return self._choice.complete(view, by_overlapping_campaigns(self._choice, view, size, self._random))

    def started(self, kind: str) -> None:
        self._records[kind].tries += 1

    def forget(self) -> None:
        """What was earned on the way to a first plan says nothing of what comes after it."""
        for record in self._records.values():
            record.gain = record.cost = 0.0

    def learn(self, kind: str, gain: int, cost: float, closed: bool) -> None:
        record = self._records[kind]
        record.fruitless = 0 if gain else record.fruitless + 1
        record.gain = MEMORY * record.gain + gain if record.fruitless < FRUITLESS else 0.0
        record.cost = MEMORY * record.cost + cost
        if kind in KINDS:
            factor = 1.1 if closed else 0.85
            record.size = min(LARGEST, max(SMALLEST, record.size * factor))
