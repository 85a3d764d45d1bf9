"""Good plans that differ from one another: the ends of walks, and what crossing makes of them."""

from __future__ import annotations

from random import Random

import numpy as np

from .differences import differs
from .incumbent import Incumbent

AMBITION = 0.75
"""How often the best of them is the one to be made better."""


class Population:
    """Members by the number of the walk that they come from."""

    def __init__(self) -> None:
        self._members: dict[int, tuple[Incumbent, int]] = {}

    def put(self, number: int, plan: Incumbent, total: int) -> None:
        """What a walk has found so far."""
        self._members[number] = plan, total

    def take(self, plan: Incumbent, total: int) -> int:
        """In place of the member most like it, if it costs less; returns by how much."""
        if not self._members:
            return 0
        number = min(self._members, key=lambda each: unlike(plan, self._members[each][0]))
        gain = self._members[number][1] - total
        if gain <= 0:
            return 0
        self._members[number] = plan, total
        return gain

    @property
    def varies(self) -> bool:
        plans = [plan for plan, _ in self._members.values()]
        return any(unlike(plans[0], plan) for plan in plans[1:])

    def pair(self, random: Random) -> tuple[Incumbent, Incumbent, int] | None:
        """A plan to be made better, one that differs from it, and what the former costs; None if there are no two."""
        members = list(self._members.values())
        if not members:
            return None
        best = min(members, key=lambda member: member[1])
        plan, total = best if random.random() < AMBITION else random.choice(members)
        others = [other for other, _ in members if unlike(plan, other)]
        return (plan, random.choice(others), total) if others else None


def unlike(one: Incumbent, other: Incumbent) -> int:
    """How many tasks have another start or mode."""
    return int(np.count_nonzero(differs(one, other)))
