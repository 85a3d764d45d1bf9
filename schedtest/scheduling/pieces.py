"""Pieces of the search, and what comes of them: plain data, so that they travel to any process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .differences import Difference
from .incumbent import Incumbent
from .price_bounds import Bounds


@dataclass(frozen=True, slots=True)
class Walk:
    """Ruin and recreate: `ruins` of them, or for `seconds`. A walk of the same number goes on where it was, if here.

    since, until: how far the annealing has come, 0 (hot) to 1 (cold), at the piece's start and end. heat: the
    temperature at its begin, in those at its end; None for a walk from any plan. anew: it begins with nothing placed.
    floors: by campaign, what it costs at the least; none as long as nothing is proven.
    """

    number: int
    seed: int
    since: float
    until: float
    heat: float | None = None
    anew: bool = False
    ruins: int | None = None
    seconds: float = 0.0
    floors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Region:
    """Ruin and recreate of some tasks, by number, while the others stay: `ruins` of them, or for `seconds`.

    heat: the temperature at the start, in those at the end. floors: as of a walk.
    """

    tasks: tuple[int, ...]
    seed: int
    heat: float
    ruins: int | None = None
    seconds: float = 0.0
    floors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cross:
    """Two plans made one: some campaigns become as in the other; then ruin and recreate of what is around, with
    so many ruins for each of those tasks. Anew with other campaigns, until one is better or there are so many children.

    base: what lies between the plan that goes along and the one to be made better, which costs `total`. other: between
    that and the other one. heat: the temperature at the start, in those at the end. size: tasks around.
    timed: whether the clock may count. floors: as of a walk.
    """

    base: Difference
    other: Difference
    total: int
    seed: int
    heat: float
    size: int
    ruins: int
    children: int
    timed: bool
    floors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """CP-SAT on the freed tasks, by number, for at most `work` deterministic seconds, and `seconds` if given.

    reach: slots by which those that are scheduled may start sooner or later than now; None for any.
    """

    freed: tuple[int, ...]
    total: int
    seed: int
    work: float
    seconds: float | None = None
    reach: int | None = None


@dataclass(frozen=True, slots=True)
class Breed:
    """`plans` of a project by evolution, or for `seconds`. One of the same number goes on where it was, if here."""

    number: int
    total: int
    seed: int
    plans: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Level:
    """Machines of a project made level, `changes` times or for `seconds`, with nothing after `shortest` slots as the
    goal. One of the same number goes on where it was, if here, and if nothing better came from elsewhere."""

    number: int
    total: int
    shortest: int
    seed: int
    changes: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Proof:
    """CP-SAT on the tasks of one campaign, by number, as if nothing else were there."""

    campaign: str
    tasks: tuple[int, ...]
    total: int
    seed: int
    work: float
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """`plans` of a project with longest lags, each shifted from the one before, or for `seconds`; from the plan that
    comes along, or from a first one by precedences where that lacks a task."""

    total: int
    seed: int
    plans: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Bound:
    """What no plan costs less than, without search; for so many seconds a look for prices that prove more."""

    total: int
    seconds: float


Piece = Walk | Region | Cross | Neighbourhood | Breed | Level | Shift | Bound | Proof
"""What to do with a plan, which goes along with it; `total` is what that plan costs."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """total: of the best plan seen. cost: seconds, or what stands for them.

    closed: whether a neighbourhood was searched to the end, or there is little hope of a first plan.
    bound: what a proof proved of its campaign. bounds: what was proven of all.
    """

    total: int
    cost: float
    closed: bool = False
    bound: int | None = None
    bounds: Bounds | None = None


class Found(NamedTuple):
    """plan: the best seen, which keeps every rule."""

    plan: Incumbent
    outcome: Outcome
