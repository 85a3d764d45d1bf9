"""How long a campaign must stay at the least if all its tasks are done: by chains of precedences, by what they take of
each resource, and by tasks no two of which can run at once.

Sources: critical path and capacity bounds of project scheduling, Stinson, Davis and Khumawala (1978), AIIE Transactions
10(3), 252-259; heads and tails around a set of tasks, Carlier and Pinson (1989), Management Science 35(2), 164-176;
heavy sets by tabu search, Glover (1989), ORSA Journal on Computing 1(3), 190-206.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .compiled import Ints, kernel
from .model.lookup import Lookup
from .problem import Task

MOST_TASKS = 3000
"""Above it only chains are looked at: tasks are compared two by two."""

CLIQUES = 6
"""Sets of tasks no two of which can overlap that are grown, each from another task."""

LARGE, SWAPS, TENURE = 60, 400, 7
"""Tasks above which the sets are improved; steps of that; steps for which what has gone does not come back."""

LONGEST = 2**60

Arc = tuple[int, int, int]
"""A task, by number, one that waits for it, and the least lag."""


def shortest_stay(lookup: Lookup, tasks: Sequence[Task]) -> int:
    """Slots from the first start to the last end when all are scheduled; pauses and closed hours are not counted."""
    durations = np.array([shortest_work(lookup, task) for task in tasks], dtype=np.int64)
    arcs = arcs_between(lookup, tasks)
    heads, tails = longest_before(durations, arcs), longest_after(durations, arcs)
    stay = int((heads + durations + tails).max())
    if not 1 < len(tasks) <= MOST_TASKS:
        return stay
    uses = _least_uses(lookup, tasks)
    for name, amounts in uses.items():
        stay = max(stay, _by_capacity(heads, durations * amounts, tails, lookup.resource[name].capacity))
    pooled, capacity = _of_alternatives(lookup, tasks)
    if capacity:
        stay = max(stay, _by_capacity(heads, durations * pooled, tails, capacity))
    apart = _exclude_each_other(lookup, uses, len(tasks))
    thorough = len(tasks) == len(lookup.problem.tasks)
    return max([stay, *(_by_turns(heads, durations, tails, those) for those in _cliques(apart, durations, thorough))])


def shortest_work(lookup: Lookup, task: Task) -> int:
    return min(mode.duration for mode in lookup.possible_modes(task))


def arcs_between(lookup: Lookup, tasks: Sequence[Task]) -> list[Arc]:
    number = {task.id: index for index, task in enumerate(tasks)}
    return [
        (index, number[precedence.after], precedence.min_lag)
        for name, index in number.items()
        for precedence in lookup.following.get(name, ())
        if precedence.after in number
    ]


def longest_before(durations: Ints, arcs: Sequence[Arc], floors: Ints | None = None) -> Ints:
    """From the campaign's first start to each task's start, or from slot 0 where nothing starts before its floor. A
    cycle is followed as often as there are tasks at most."""
    heads = np.zeros(len(durations), dtype=np.int64) if floors is None else floors.copy()
    for _ in range(len(durations)):
        changed = False
        for before, after, lag in arcs:
            start = heads[before] + durations[before] + lag
            if start > heads[after]:
                heads[after], changed = start, True
        if not changed:
            break
    return heads


def longest_after(durations: Ints, arcs: Sequence[Arc]) -> Ints:
    """From each task's end to the campaign's."""
    return longest_before(durations, [(after, before, lag) for before, after, lag in arcs])


def _least_uses(lookup: Lookup, tasks: Sequence[Task]) -> dict[str, Ints]:
    """By resource, what each task takes of it in whichever mode, at every slot in which it works."""
    uses: dict[str, Ints] = defaultdict(lambda: np.zeros(len(tasks), dtype=np.int64))
    for index, task in enumerate(tasks):
        modes = [dict(mode.uses) for mode in lookup.possible_modes(task)]
        for name in modes[0]:
            uses[name][index] = min(mode.get(name, 0) for mode in modes)
    return {name: amounts for name, amounts in uses.items() if np.count_nonzero(amounts) > 1}


def _of_alternatives(lookup: Lookup, tasks: Sequence[Task]) -> tuple[Ints, int]:
    """What each task takes at the least of all resources together that only some of its modes use, and what there is of
    them; 0 if there are none."""
    ways = [[dict(mode.uses) for mode in lookup.possible_modes(task)] for task in tasks]
    pool = {
        name for modes in ways if len(modes) > 1 for name in set().union(*modes) if any(not m.get(name) for m in modes)
    }
    amounts = [min(sum(amount for name, amount in mode.items() if name in pool) for mode in modes) for modes in ways]
    return np.array(amounts, dtype=np.int64), sum(lookup.resource[name].capacity for name in pool)


def _by_capacity(heads: Ints, work: Ints, tails: Ints, capacity: int) -> int:
    """The work of all tasks that have at least a head before them and at least a tail after them fits between."""
    those = np.flatnonzero(work)
    by_tail = those[np.argsort(-tails[those], kind="stable")]
    return int(_longest_between(heads[by_tail], work[by_tail], tails[by_tail], capacity))


@kernel
def _longest_between(heads: Ints, work: Ints, tails: Ints, capacity: int) -> int:
    """The tasks by falling tails."""
    longest = 0
    for first in range(len(heads)):
        inside = 0
        for task in range(len(heads)):
            if heads[task] >= heads[first]:
                inside += work[task]
                longest = max(longest, heads[first] + (inside + capacity - 1) // capacity + tails[task])
    return longest


def _exclude_each_other(lookup: Lookup, uses: dict[str, Ints], tasks: int) -> NDArray[np.bool_]:
    apart = np.zeros((tasks, tasks), dtype=np.bool_)
    for name, amounts in uses.items():
        if 2 * amounts.max() > lookup.resource[name].capacity:
            apart |= (amounts[:, None] + amounts[None, :] > lookup.resource[name].capacity) & (
                (amounts[:, None] > 0) & (amounts[None, :] > 0)
            )
    np.fill_diagonal(apart, val=False)
    return apart


def _cliques(apart: NDArray[np.bool_], durations: Ints, thorough: bool) -> list[Ints]:
    """Sets no two of which can overlap, grown from the tasks with the longest work beside them: one, or if thorough
    several, improved where there are many tasks. That is worth its time where one campaign is the whole problem."""
    those = np.flatnonzero(apart.any(axis=1))
    apart, durations = apart[np.ix_(those, those)], durations[those]
    weights = (apart * durations).sum(axis=1)
    heaviest = np.argsort(-weights, kind="stable")[: CLIQUES if thorough else 1]
    found = [_grown(apart, durations, int(first)) for first in heaviest]
    if thorough and len(those) > LARGE:
        found += [_improved(apart, durations, clique) for clique in found]
    return [those[clique] for clique in found]


def _grown(apart: NDArray[np.bool_], durations: Ints, first: int) -> NDArray[np.bool_]:
    inside = np.zeros(len(durations), dtype=np.bool_)
    inside[first] = True
    open_to = apart[first].copy()
    while open_to.any():
        reach = np.where(open_to, durations + (apart[:, open_to] * durations[open_to]).sum(axis=1), -1)
        chosen = int(reach.argmax())
        inside[chosen] = True
        open_to &= apart[chosen]
    return inside


def _improved(apart: NDArray[np.bool_], durations: Ints, clique: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The best of SWAPS steps: in each the task that gains most comes in, and what can overlap with it goes."""
    inside, best = clique.copy(), clique
    barred_until = np.zeros(len(durations), dtype=np.int64)
    for step in range(SWAPS):
        gain = durations - ~apart @ (durations * inside)
        gain[inside | (barred_until > step)] = -LONGEST
        comes = int(gain.argmax())
        goes = inside & ~apart[comes]
        inside = inside & apart[comes]
        inside[comes] = True
        barred_until[goes] = step + TENURE
        if (durations * inside).sum() > (durations * best).sum():
            best = inside
    return best


def _by_turns(heads: Ints, durations: Ints, tails: Ints, those: Ints) -> int:
    return _by_capacity(heads[those], durations[those], tails[those], 1)
