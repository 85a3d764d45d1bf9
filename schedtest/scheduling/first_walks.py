"""How long the first walks of all lanes are, how many follow one another, and whose turn it is."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

from .incumbent import Incumbent
from .stop import WITHOUT_LIMIT, Budget

SHARE, LONGEST_SHARE = 0.5, 0.75
"""Of all the time: at the least, and where tasks are many."""

CROWDED, CROWDED_ROUNDS = 0.05, 4
"""Share of the tasks left out from which on the first walks have all the time, if it is too short for so many of them:
all else places less of what is out."""

LITTLE_SHARE = 0.2
"""Where CP-SAT has the whole problem after them."""

LENGTH, FEW_ROUNDS, MOST_ROUNDS = 0.012, 2, 6
"""Seconds for each task that a walk takes at the least: cooled down sooner it ends far from the best. If there is time
for more, so many one after the other in each lane, as crossing needs plans that differ; without a clock, a few."""


class Leg(NamedTuple):
    """A piece of a first walk: its number, and how far the annealing has come at begin and end of the piece.

    anew: it begins with nothing placed.
    """

    number: int
    since: float
    until: float
    anew: bool


class _Turn(NamedTuple):
    """A walk of a lane: its number, and its begin and end in shares of all the time."""

    number: int
    begun: float
    until: float


class FirstWalks:
    """Of a problem with so many tasks, in so many lanes."""

    def __init__(self, tasks: int, lanes: int, budget: Budget, is_warm: bool, is_closable: bool = False) -> None:
        """is_warm: the plan at the begin is good already, so that each lane has one walk from there.

        is_closable: CP-SAT has the whole problem after them.
        """
        self._length = LENGTH * tasks
        self._share, self._most = (LITTLE_SHARE, FEW_ROUNDS) if is_closable else (SHARE, MOST_ROUNDS)
        self._lanes = lanes
        self._budget = budget
        self._is_warm = is_warm
        self._turns: dict[int, _Turn] = {}

    def share(self, best: Incumbent) -> float:
        """Of all the time that belongs to them, as things stand."""
        if not self._budget.timed:
            return self._share
        is_crowded = (best.start < 0).sum() > CROWDED * len(best.start)
        if is_crowded and self._seconds < CROWDED_ROUNDS * self._length:
            return 1.0
        return min(LONGEST_SHARE, max(self._share, self._most * self._length / self._seconds))

    def rounds(self, best: Incumbent) -> int:
        """Walks of each lane, one after the other."""
        share = self.share(best)
        if share == 1.0 or self._is_warm:
            return 1
        if not self._budget.timed:
            return FEW_ROUNDS
        return max(1, min(self._most, round(share * self._seconds / self._length)))

    def leg(self, lane: int, best: Incumbent) -> Leg | None:
        """The lane's walk goes on, or its next one begins if there is time for most of it; None when all are over."""
        spent, share, rounds = self._budget.spent(), self.share(best), self.rounds(best)
        if spent >= share:
            return None
        turn = self._turns.get(lane)
        if turn is None or spent >= turn.until:
            left = share - spent
            more = round(rounds * left / share)
            if turn is not None and not more:
                return None
            number = lane if turn is None else turn.number + self._lanes
            turn = self._turns[lane] = _Turn(number, spent, spent + left / max(1, more))
        since = (spent - turn.begun) / (turn.until - turn.begun)
        return Leg(turn.number, since, min(1.0, since + 0.02 * rounds), anew=turn.number >= self._lanes)

    def under_way(self, number: int) -> bool:
        """Whether a lane's walk of now has this number."""
        return any(turn.number == number for turn in self._turns.values())

    @property
    def _seconds(self) -> float:
        """All the time."""
        left = self._budget.seconds_left
        return self._budget.seconds + (left if isfinite(left) else WITHOUT_LIMIT)
