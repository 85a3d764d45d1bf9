"""What each campaign costs at the least were it alone: proven by CP-SAT, campaign after campaign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from .model.lookup import Lookup
from .price_bounds import Bounds

FRUITLESS = 2.0
"""Seconds that prove nothing: they count as much against further tries as one that proves something counts for them."""

LARGEST = 200
"""Tasks of a campaign above which nothing is proven in a short time."""


class Proofs:
    """Bounds of campaigns, which add up: the objective shares no part of its sum between them."""

    def __init__(self, lookup: Lookup, known: Bounds) -> None:
        every = known.campaigns
        self._elsewhere = known.apart - sum(every.values())
        self._least = dict(every)
        self._open = {name for name in every if len(lookup.campaigns[name]) <= LARGEST}
        for precedence in lookup.problem.precedences:
            before, after = lookup.task[precedence.before].campaign, lookup.task[precedence.after].campaign
            if before != after:  # alone it could not do what waits for another
                self._open.difference_update((before, after))
        self._tried: Counter[str] = Counter()
        self._under_way: set[str] = set()
        self._useful, self._wasted = 0, 0.0

    @property
    def floors(self) -> Mapping[str, int]:
        """By campaign."""
        return self._least

    @property
    def total(self) -> int:
        return self._elsewhere + sum(self._least.values())

    @property
    def usefulness(self) -> float:
        """How much of the time proves more, 0 to 1; 1 at first."""
        return (self._useful + 1) / (self._useful + 1 + self._wasted / FRUITLESS)

    def tries(self, campaign: str) -> int:
        return self._tried[campaign]

    def next(self, costs: Mapping[str, int]) -> str | None:
        """Of the campaigns that cost more in a plan than is proven, and are not under way, the one that costs most
        above it for the time that its try may take: each gets twice as much as the one before."""
        above = {name: costs[name] - self._least[name] for name in self._open}
        wanted = [name for name, gap in above.items() if gap > 0 and name not in self._under_way]
        chosen = min(wanted, key=lambda name: (-above[name] / 2 ** self._tried[name], name), default=None)
        if chosen is not None:
            self._tried[chosen] += 1
            self._under_way.add(chosen)
        return chosen

    def ended(self, campaign: str, bound: int | None, closed: bool, cost: float) -> None:
        """bound: None where nothing is proven.   closed: nothing more can be.   cost: in seconds."""
        self._under_way.discard(campaign)
        if closed:
            self._open.discard(campaign)
        if bound is not None and bound > self._least[campaign]:
            self._least[campaign] = bound
            self._useful += 1
        else:
            self._wasted += cost
