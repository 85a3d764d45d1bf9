"""A first plan of a project with longest lags by precedences, compiled: all tasks start as early as what is known
allows, and where that takes more of a row than there is, one task is made to wait for another.

No lag is ever broken, which orders of tasks cannot promise. Source: precedence constraint posting with sampled
conflicts, Cesta, Oddi and Smith (2002), Journal of Heuristics 8(1), 109-136; tasks without a way out weigh more in
the tries that follow, as constraints do after Boussemart et al. (2004), ECAI, 146-150.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .compiled import Int32s, Ints, Reals, Words, kernel
from .packs import Pack
from .profiles import draw
from .project import LANES, UNREACHED, Project
from .tables import NEVER

NOISE = 0.3
"""By how much of itself the room of an order of two tasks seems larger, at most."""

SAMPLES = 2
"""Of the tasks that take too much of a row at a time, as few as take too much: the largest, then drawn ones."""

HEAVIEST = 100.0
"""Weights are halved beyond it, so that what was in the way lately counts."""


@dataclass(frozen=True)
class Network(Pack):
    """Lags and the precedences posted so far. Every array changes but use and capacity."""

    use: Int32s  # (rows, tasks)
    capacity: Ints
    reach: Int32s  # (tasks, tasks), slots from start to start at least; 0 from a task to itself
    earliest: Ints
    weight: Reals  # of each task
    order: Int32s  # tasks by earliest start
    working: Int32s  # those at work in a slot
    conflict: Int32s
    pair: Int32s  # (pairs, 2), tasks that can never be at work at a time: first those without an order yet
    open_pairs: Ints  # (1,), how many are
    tries: Ints  # (1,), those that were stuck
    random: Words


def network_of(project: Project, seed: int) -> Network:
    tasks, words = project.need.shape
    rows = [(word, np.uint64(16 * lane)) for word in range(words) for lane in range(LANES)]
    mask = np.uint64(2**15 - 1)
    use = np.array([(project.need[:, word] >> shift) & mask for word, shift in rows], dtype=np.int32)
    capacity = np.array([(project.room[word] >> shift) & mask for word, shift in rows], dtype=np.int64)
    scarce = use.sum(axis=1) > capacity
    return Network(
        use=np.ascontiguousarray(use[scarce]),
        capacity=capacity[scarce],
        reach=np.zeros((tasks, tasks), dtype=np.int32),
        earliest=np.zeros(tasks, dtype=np.int64),
        weight=np.ones(tasks),
        order=np.arange(tasks, dtype=np.int32),
        working=np.zeros(tasks, dtype=np.int32),
        conflict=np.zeros(tasks, dtype=np.int32),
        pair=_pairs(use[scarce], capacity[scarce], project.duration),
        open_pairs=np.zeros(1, dtype=np.int64),
        tries=np.zeros(1, dtype=np.int64),
        random=np.array([seed * 2 + 1], dtype=np.uint64),
    )


def _pairs(use: Int32s, capacity: Ints, duration: Ints) -> Int32s:
    apart = np.zeros((len(duration), len(duration)), dtype=np.bool_)
    for row, room in zip(use, capacity, strict=True):
        apart |= row[:, None] + row > room
    apart &= (duration > 0) & (duration > 0)[:, None]
    return np.argwhere(np.tril(apart, -1)).astype(np.int32, order="C")


class Posting:
    """Tries one after the other; the same arguments give the same plan. start: of each task, once there is a plan."""

    def __init__(self, project: Project, seed: int) -> None:
        self.start: Ints | None = None
        self._project = project
        self._network = network_of(project, seed)
        begin(project, self._network)

    def run(self, precedences: int) -> None:
        """Posts so many, fewer if there is a plan."""
        if post(self._project, self._network, precedences):
            self.start = self._network.earliest.copy()

    @property
    def tries(self) -> int:
        """Those that were stuck."""
        return int(self._network.tries[0])


@kernel
def begin(project: Project, network: Network) -> None:
    tasks = project.duration.shape[0]
    heaviest = 0.0
    network.open_pairs[0] = network.pair.shape[0]
    for task in range(tasks):
        heaviest = max(heaviest, network.weight[task])
        network.earliest[task] = project.release[task]
        for other in range(tasks):
            network.reach[task, other] = project.reach[task, other]
        network.reach[task, task] = 0
    if heaviest > HEAVIEST:
        for task in range(tasks):
            network.weight[task] = (network.weight[task] + 1) / 2


@kernel
def post(project: Project, network: Network, precedences: int) -> bool:
    """Posts so many; a try that is stuck, or would last beyond the horizon, makes way for another. True once nothing
    takes too much of a row."""
    for _ in range(precedences):
        before, after, is_stuck = _most_urgent(project, network)
        is_done = before < 0 and not is_stuck
        if before >= 0:
            _add(network, before, after, project.duration[before])
            is_stuck = not _settle_pairs(project, network)
        if is_stuck or not _fits(project, network):
            network.tries[0] += 1
            begin(project, network)
        elif is_done:
            return True
    return False


@kernel
def _fits(project: Project, network: Network) -> bool:
    for task in range(network.earliest.shape[0]):
        if network.earliest[task] + project.behind[task] > project.horizon:
            return False
    return True


@kernel
def _settle_pairs(project: Project, network: Network) -> bool:
    """Gives each pair that is left one order that order, until none is. False if one is left none."""
    reach, duration, pair, changed = network.reach, project.duration, network.pair, True
    while changed:
        changed, place = False, 0
        while place < network.open_pairs[0]:
            one, other = pair[place, 0], pair[place, 1]
            there, back = reach[one, other], reach[other, one]
            may_be_first, may_be_second = back + duration[one] <= 0, there + duration[other] <= 0
            if not may_be_first and not may_be_second:
                network.weight[one] += 1
                network.weight[other] += 1
                return False
            if may_be_first and may_be_second:
                place += 1
                continue
            if may_be_first and there < duration[one]:
                _add(network, one, other, duration[one])
                changed = True
            if may_be_second and back < duration[other]:
                _add(network, other, one, duration[other])
                changed = True
            last = network.open_pairs[0] - 1
            pair[place, 0], pair[place, 1] = pair[last, 0], pair[last, 1]
            pair[last, 0], pair[last, 1] = one, other
            network.open_pairs[0] = last
    return True


@kernel
def _add(network: Network, before: int, after: int, slots: int) -> None:
    """So many slots at least from one start to the other."""
    earliest, on = network.earliest, network.reach[after]
    for task in range(earliest.shape[0]):
        reach = network.reach[task]
        longer = np.int32(reach[before] + slots)
        if longer > max(reach[after], UNREACHED // 2):
            for other in range(earliest.shape[0]):
                reach[other] = max(reach[other], longer + on[other])
    since = earliest[before] + slots
    for other in range(earliest.shape[0]):
        earliest[other] = max(earliest[other], since + on[other])


@kernel
def _most_urgent(project: Project, network: Network) -> tuple[int, int, bool]:
    """Which task to post before which: in the conflict with the least room, the order that leaves the most. (-1, -1)
    if there is none; (-1, -1, True) if one has no way out."""
    _sort(network)
    tasks, earliest, order, working = network.earliest.shape[0], network.earliest, network.order, network.working
    least, before, after = np.inf, -1, -1
    for row in range(network.capacity.shape[0]):
        use, count, taken = network.use[row], 0, 0
        for index in range(tasks + 1):
            task = order[index] if index < tasks else -1
            if task >= 0 and (use[task] == 0 or project.duration[task] == 0):
                continue
            now, kept, left = NEVER if task < 0 else earliest[task], 0, 0
            for place in range(count):
                other = working[place]
                if earliest[other] + project.duration[other] <= now:
                    left += use[other]
            if left > 0 and taken > network.capacity[row]:  # looked at once, when most are at work
                for sample in range(SAMPLES):
                    found = _draw_conflict(network, row, count, sample == 0)
                    urgency, one, other = _way_out(project, network, found)
                    if one < 0:
                        for place in range(found):
                            network.weight[network.conflict[place]] += 1
                        return -1, -1, True
                    if urgency < least:
                        least, before, after = urgency, one, other
            if task < 0:
                break
            for place in range(count):
                other = working[place]
                if earliest[other] + project.duration[other] > now:
                    working[kept] = other
                    kept += 1
            working[kept] = task
            count, taken = kept + 1, taken - left + use[task]
    return before, after, False


@kernel
def _sort(network: Network) -> None:
    """By earliest start; nearly sorted already."""
    order, earliest = network.order, network.earliest
    for index in range(1, order.shape[0]):
        task, place = order[index], index
        while place > 0 and earliest[order[place - 1]] > earliest[task]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = task


@kernel
def _draw_conflict(network: Network, row: int, count: int, largest: bool) -> int:
    """Some of those at work that take too much of a row, and no longer do without any of them. Returns how many."""
    use, working, conflict, capacity = network.use[row], network.working, network.conflict, network.capacity[row]
    for place in range(count):
        conflict[place] = working[place]
    found = taken = 0
    while taken <= capacity:
        chosen = found + draw(network.random, count - found)
        if largest:
            for place in range(found, count):
                if use[conflict[place]] > use[conflict[chosen]]:
                    chosen = place
        conflict[found], conflict[chosen] = conflict[chosen], conflict[found]
        taken += use[conflict[found]]
        found += 1
    place = 0
    while place < found:
        if taken - use[conflict[place]] > capacity:
            taken -= use[conflict[place]]
            found -= 1
            conflict[place] = conflict[found]
        else:
            place += 1
    return found


@kernel
def _way_out(project: Project, network: Network, found: int) -> tuple[float, int, int]:
    """(the less room its orders have the lower, one task, that which is to wait for it); (inf, -1, -1) if there is no
    order of two that longest lags allow."""
    conflict, earliest, reach = network.conflict, network.earliest, network.reach
    inverse, weight, most, before, after = 0.0, 0.0, 0.0, -1, -1
    for first in range(found):
        one = conflict[first]
        weight += network.weight[one]
        for second in range(found):
            other = conflict[second]
            slack = min(project.horizon, -(reach[other, one] + project.duration[one]))
            if first == second or slack < 0:
                continue
            delay = max(0, earliest[one] + project.duration[one] - earliest[other])
            room = max(slack - delay + 1, 0.1 + 0.001 * slack)
            room *= 1 + NOISE * draw(network.random, 2**20) / 2**20
            inverse += 1 / room
            if room > most:
                most, before, after = room, one, other
    return found / (inverse * weight), before, after
