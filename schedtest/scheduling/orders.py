"""Pieces with what they are given: time by the clock, or so much to do where the clock must not count."""

from __future__ import annotations

from random import Random

from .differences import difference
from .incumbent import Incumbent
from .pieces import Bound, Breed, Cross, Level, Neighbourhood, Proof, Region, Shift, Walk
from .stop import WITHOUT_LIMIT, Budget
from .whole import ROUND_WORK

ROUND_RUINS, ROUND_PLANS, ROUND_CHANGES = 2000, 500, 4

WALK_SECONDS = 0.5

SHORT_WALK = 4
"""Times as much for a walk in one piece."""

NEIGHBOURHOOD_SECONDS = 4.0

ELSEWHERE_SECONDS = 1.5

COOL, WARM, HOTTER = 6.0, 10.0, 20.0
"""Temperatures at the start of a walk, in those at its end: around what came from another plan, from a good plan, and
from one that is to be left."""

REGION_SIZE, SHORT_REGION_SIZE, RUINS_OF_TASK = 300, 110, 500
"""Tasks with a walk of their own, here and elsewhere, and how many ruins there are for each: what the seconds suffice
for."""

CROSS_SIZE, CROSS_RUINS, CROSS_CHILDREN = 120, 60, 8
"""Tasks planned anew around what comes from another plan, ruins for each of them, and how many such tries with one pair
of plans."""

PRICE_SECONDS, PRICE_SHARE = 5.0, 0.1
"""For a look for prices that prove more: so many seconds, and a share of those that are left."""

PROOF_SECONDS, LONGEST_PROOF = 0.5, 60.0
"""On a campaign that is looked at for the first time; twice as long each further time."""


class Orders:
    """Draws the seed of each piece. short: shorter than here, as the machine may be lost.

    floors: by campaign what it costs at the least, none as long as nothing is proven.
    """

    def __init__(self, budget: Budget, random: Random) -> None:
        self._budget = budget
        self._random = random
        self.floors: tuple[int, ...] = ()

    def walk(self, number: int, since: float, until: float, heat: float | None = None, anew: bool = False) -> Walk:
        """The next part of a long one."""
        limits = self._limits(ROUND_RUINS, WALK_SECONDS)
        return Walk(number, self._draw(), since, until, heat, anew, *limits, self.floors)

    def short_walk(self, number: int) -> Walk:
        """From a plan that is to be left, in one piece."""
        limits = self._limits(SHORT_WALK * ROUND_RUINS, SHORT_WALK * WALK_SECONDS)
        return Walk(number, self._draw(), 0.0, 1.0, HOTTER, False, *limits, self.floors)

    def region(self, tasks: tuple[int, ...], short: bool) -> Region:
        longest = ELSEWHERE_SECONDS if short else NEIGHBOURHOOD_SECONDS
        limits = self._limits(RUINS_OF_TASK * len(tasks), longest)
        return Region(tasks, self._draw(), WARM, *limits, self.floors)

    def cross(self, known: Incumbent, plan: Incumbent, other: Incumbent, total: int) -> Cross:
        """known: the plan that goes along; what is to be made better, `plan`, costs `total`."""
        return Cross(
            base=difference(known, plan),
            other=difference(plan, other),
            total=total,
            seed=self._draw(),
            heat=COOL,
            size=CROSS_SIZE,
            ruins=CROSS_RUINS,
            children=CROSS_CHILDREN,
            timed=self._budget.timed,
            floors=self.floors,
        )

    def neighbourhood(self, freed: tuple[int, ...], total: int, reach: int | None, short: bool) -> Neighbourhood:
        longest = min(ELSEWHERE_SECONDS if short else NEIGHBOURHOOD_SECONDS, self._budget.seconds_left)
        work, seconds = (1.0, longest) if self._budget.timed else (ROUND_WORK, None)
        return Neighbourhood(freed, total, self._draw(), work, seconds, reach)

    def breed(self, lane: int, total: int) -> Breed:
        return Breed(lane, total, self._draw(), *self._limits(ROUND_PLANS, WALK_SECONDS))

    def level(self, lane: int, total: int, shortest: int) -> Level:
        return Level(lane, total, shortest, self._draw(), *self._limits(ROUND_CHANGES, WALK_SECONDS))

    def shift(self, total: int) -> Shift:
        return Shift(total, self._draw(), *self._limits(ROUND_PLANS, WALK_SECONDS))

    def bound(self, total: int) -> Bound:
        return Bound(total, bound_seconds(self._budget))

    def proof(self, campaign: str, tasks: tuple[int, ...], total: int, tries: int, short: bool) -> Proof:
        times = 2 ** (tries - 1)
        longest = ELSEWHERE_SECONDS if short else PROOF_SECONDS * times
        longest = min(longest, LONGEST_PROOF, self._budget.seconds_left)
        work, seconds = (LONGEST_PROOF, longest) if self._budget.timed else (ROUND_WORK * times, None)
        return Proof(campaign, tasks, total, self._draw(), work, seconds)

    def _draw(self) -> int:
        return self._random.getrandbits(30)

    def _limits(self, count: int, seconds: float) -> tuple[int | None, float]:
        """How many to make, None where the clock counts, and for how long."""
        return None if self._budget.timed else count, min(seconds, self._budget.seconds_left)


def bound_seconds(budget: Budget) -> float:
    """For a look for prices that prove more."""
    return PRICE_SECONDS + PRICE_SHARE * min(budget.seconds_left, WITHOUT_LIMIT)
