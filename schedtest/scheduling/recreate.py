"""Ruin and recreate: take some tasks out, put them back better; compiled.

Source: Schrimpf et al. (2000), J. Comput. Phys. 159, 139-171; ruins of neighbours and mixed orders of insertion after
Christiaens and Vanden Berghe (2020), Transportation Science 54(2), 417-433.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np

from .arrays import Arrays
from .compiled import Flags, Floats, Int32s, Ints, kernel
from .construct import put_plan, with_fixed
from .incumbent import Incumbent
from .insertion import put_all
from .packs import Pack
from .profiles import Profile, draw, go_back, keep, remove
from .ruin import Ruins, look_above, no_ruins, ruin, take_dependants
from .tables import Tables

HOT, WARM, COLD = 8.0, 1.5, 0.02
"""Temperatures: at the start where all cost comes from tasks late or left out, in root mean squares of what tasks cost,
as few cost most; at the start where nothing does, and at the end, in means of what they cost."""

SETTLING = 1
"""Ruins for each task without heat, before what tasks cost is looked at: what is mended easily shall not count."""

GROWTH = 0.1
"""By so much of itself the penalty of a task that may not be left out grows each time it is found to be."""

LOOK = 50
"""Rounds between two looks at what each campaign costs."""

HIGHEST = 2**59
"""Above such a total penalties grow no more: it must fit into 64 bits."""

HOTTEST = 2.0**55
"""So that what a round may lose fits into 64 bits beside a total."""


@dataclass(frozen=True)
class Best(Pack):
    """The best plan of a walk, and the tasks that have changed since."""

    total: Ints  # (1,)
    start: Ints
    mode: Ints
    held: Int32s
    changed: Ints
    changed_count: Ints
    is_changed: Flags


class Engine:
    """One annealed walk from an incumbent; the same arguments give the same walk.

    only: tasks, by number, that may move, with what needs them and what is left out (default: all that are not fixed).
    heat: the temperature at the start, in those at the end (default: by what tasks cost).
    A task of the given incumbent that finds no place or no device in the profiles is taken out at first.
    Raises FixedClash.
    """

    def __init__(
        self,
        arrays: Arrays,
        incumbent: Incumbent,
        seed: int,
        only: Sequence[int] | None = None,
        heat: float | None = None,
    ) -> None:
        self.arrays = arrays
        self._profile = loaded(arrays, incumbent, seed)
        self._ruins = no_ruins(arrays.tables)
        profile, tasks = self._profile, len(arrays.tables.release)
        self._best = Best(
            total=profile.total.copy(),
            start=profile.start.copy(),
            mode=profile.mode.copy(),
            held=profile.held.copy(),
            changed=np.zeros(tasks, dtype=np.int64),
            changed_count=np.zeros(1, dtype=np.int64),
            is_changed=np.zeros(tasks, dtype=np.bool_),
        )
        self._needed = np.array(arrays.needed)
        self._tables = replace(arrays.tables, penalty=arrays.tables.penalty.copy(), floor=arrays.tables.floor.copy())
        self._unsettled, self._heat = SETTLING * tasks, heat
        if only is not None:
            self._hold_all_but(only)
        self._look_at_costs()

    @property
    def best(self) -> Incumbent:
        """The best plan so far: keeps every rule, its devices named; tasks may be left out."""
        best = self._best
        mode = np.where(best.mode >= 0, best.mode - self.arrays.tables.mode_first[:-1], -1).astype(np.int32)
        return Incumbent(best.start.copy(), mode, best.held.copy())

    @property
    def total(self) -> int:
        """The objective of the best; a needed task left out counts for more than all else together."""
        grown = self._tables.penalty - self.arrays.tables.penalty
        return int(self._best.total[0] - grown[self._best.mode < 0].sum())

    @property
    def left_out(self) -> int:
        """Tasks that the plan of now lacks; the best may be another."""
        return int(self._profile.out_count[0])

    def aim(self, floors: Sequence[int]) -> None:
        """By campaign what it costs at the least, if that is known: those far above it are ruined more often."""
        if floors:
            self._tables.floor[:] = floors

    def run(self, rounds: int, progress: float = 1.0) -> None:
        """`rounds` ruins (some 50 µs each), at the temperature that belongs to `progress`, 0 (hot) to 1 (cold)."""
        self._raise_penalties()
        settling = min(rounds, self._unsettled)
        if settling:
            self._walk(settling, self.temperature(1.0))
            self._unsettled -= settling
            self._look_at_costs()
        self._walk(rounds - settling, self.temperature(progress))

    def temperature(self, progress: float) -> float:
        """From hot to cold in equal factors."""
        return min(self._hot * exp(log(self._cold / self._hot) * progress), HOTTEST)

    def _walk(self, rounds: int, temperature: float) -> None:
        walk(self._tables, self._profile, self._ruins, self._best, rounds, temperature)

    def _hold_all_but(self, tasks: Sequence[int]) -> None:
        """As if all else that is scheduled was fixed, but for what needs these tasks; costs were settled before."""
        tables = self._tables
        is_held = (tables.fixed_start >= 0) | (self._profile.mode >= 0)
        is_held[with_dependants(tables, tasks)] = False
        is_held |= tables.fixed_start >= 0
        start = np.where(is_held, self._profile.start, -1)
        self._tables = replace(tables, fixed_start=start, movable=np.flatnonzero(~is_held))
        self._unsettled = 0

    def _raise_penalties(self) -> None:
        """Of what may not be left out but is, so that others give way to it that find a place elsewhere (breakout,
        Morris 1993, AAAI, 40-45)."""
        is_out = self._needed & (self._profile.mode < 0)
        if not is_out.any() or max(self._profile.total[0], self._best.total[0]) > HIGHEST:
            return
        grown = np.where(is_out, (GROWTH * self.arrays.tables.penalty).astype(np.int64), 0)
        self._tables.penalty[:] += grown
        self._profile.total[0] += grown.sum()
        self._best.total[0] += grown[self._best.mode < 0].sum()

    def _look_at_costs(self) -> None:
        tables, profile = self.arrays.tables, self._profile
        costs = costs_of_tasks(self.arrays, profile)
        mean = float(costs.mean())
        is_bad = (profile.mode < 0) | (profile.end > tables.due)
        bad = (float(costs[is_bad].sum()) / max(1.0, float(costs.sum()))) ** 2
        self._cold = max(COLD, COLD * mean)
        self._hot = max(1.0, bad * HOT * float(np.sqrt((costs**2).mean())) + (1 - bad) * WARM * mean)
        if self._heat is not None:
            self._hot = self._heat * self._cold


def loaded(arrays: Arrays, incumbent: Incumbent, seed: int) -> Profile:
    """A profile with the incumbent's tasks at their places, as far as the rules allow. Raises FixedClash."""
    profile = with_fixed(arrays, seed)
    put_plan(arrays, profile, incumbent)
    drop_dependants(arrays.tables, profile)
    keep(arrays.tables, profile)
    return profile


def costs_of_tasks(arrays: Arrays, profile: Profile) -> Floats:
    """What each task costs, with its part of a stay; nothing for one that may not be left out but is."""
    tables = arrays.tables
    late = tables.tardiness * np.maximum(0, profile.end - tables.due)
    price = tables.mode_cost[profile.mode]
    stay = tables.stay * np.where(profile.present > 0, profile.last - profile.first, 0) / np.maximum(1, profile.present)
    own = np.append(stay, 0.0)[tables.campaign]  # the last for those without one
    is_moved = (profile.start != tables.baseline_start) | (profile.mode != tables.baseline_mode)
    moved = tables.move * (is_moved & (tables.baseline_start >= 0))
    left_out = np.where(arrays.needed, 0, tables.penalty)
    return np.where(profile.mode >= 0, late + price + own + moved, left_out)


def with_dependants(tables: Tables, tasks: Sequence[int]) -> list[int]:
    """The tasks, and all that cannot stand without one of them."""
    found = dict.fromkeys(tasks)
    pending = list(found)
    while pending:
        task = pending.pop()
        cluster = tables.cluster[task]
        together = tables.cluster_task[tables.cluster_first[cluster] : tables.cluster_first[cluster + 1]]
        after = tables.out_task[tables.out_first[task] : tables.out_first[task + 1]]
        for other in (*together.tolist(), *after.tolist()):
            if other not in found:
                found[other] = None
                pending.append(other)
    return list(found)


@kernel
def drop_dependants(tables: Tables, profile: Profile) -> None:
    """Takes out what needs a task that is out, until nothing does; fixed tasks stay."""
    changed = True
    while changed:
        changed = False
        for task in range(tables.release.shape[0]):
            if profile.mode[task] < 0 or tables.fixed_start[task] >= 0:
                continue
            stands = True
            cluster = tables.cluster[task]
            for arc in range(tables.in_first[task], tables.in_first[task + 1]):
                stands &= profile.mode[tables.in_task[arc]] >= 0
            for member in range(tables.cluster_first[cluster], tables.cluster_first[cluster + 1]):
                stands &= profile.mode[tables.cluster_task[member]] >= 0
            if not stands:
                remove(tables, profile, task)
                changed = True


@kernel
def walk(tables: Tables, profile: Profile, ruins: Ruins, best: Best, rounds: int, temperature: float) -> None:
    for number in range(rounds):
        if number % LOOK == 0:
            look_above(tables, profile, ruins)
        chance = (draw(profile.random, 2**30) + 1) / 2**30
        most = profile.total[0] + np.int64(-temperature * np.log(chance))
        ruin(tables, profile, ruins)
        if recreate(tables, profile, ruins, most) and profile.total[0] <= most:
            note_changes(profile, best)
            keep(tables, profile)
            if profile.total[0] < best.total[0]:
                remember(tables, profile, best)
        else:
            go_back(tables, profile)
        for index in range(ruins.count[0]):
            ruins.is_taken[ruins.taken[index]] = False
        ruins.count[0] = 0


@kernel
def recreate(tables: Tables, profile: Profile, ruins: Ruins, most: int) -> bool:
    """Puts back what was taken out; what is in the way of a predecessor's return is taken out too, once.

    False, with some of it left out, as soon as it is certain that the total will exceed `most`."""
    order(tables, profile, ruins)
    if not put_all(tables, profile, ruins.queue, ruins.count[0], ruins.floor, ruins.target, most):
        return False
    if not take_dependants(tables, profile, ruins):
        return True
    order(tables, profile, ruins)
    is_done = put_all(tables, profile, ruins.queue, ruins.count[0], ruins.floor, ruins.target, most)
    take_dependants(tables, profile, ruins)
    return is_done


@kernel
def order(tables: Tables, profile: Profile, ruins: Ruins) -> None:
    """Fills the queue with the clusters taken out, in one of several orders."""
    rule, noise = draw(profile.random, 4), 0.3
    for index in range(ruins.count[0]):
        cluster = ruins.taken[index]
        task = tables.cluster_task[tables.cluster_first[cluster]]
        chance = draw(profile.random, 2**20) / 2**20
        if cluster == ruins.urgent[0]:
            key = -np.inf
        elif rule == 0:
            key = chance
        elif rule == 1:
            work = 0
            for member in range(tables.cluster_first[cluster], tables.cluster_first[cluster + 1]):
                work += tables.duration[tables.mode_first[tables.cluster_task[member]]]
            key = -work * (1 + noise * chance)
        elif rule == 2:
            key = profile.kept_start[task] + 16 * chance
        else:
            key = tables.release[task] + tables.due[task] * chance
        place = index
        while place > 0 and ruins.key[place - 1] > key:
            ruins.key[place], ruins.queue[place] = ruins.key[place - 1], ruins.queue[place - 1]
            place -= 1
        ruins.key[place], ruins.queue[place] = key, cluster


@kernel
def note_changes(profile: Profile, best: Best) -> None:
    for index in range(profile.touched_count[0]):
        task = profile.touched[index]
        if not best.is_changed[task]:
            best.is_changed[task] = True
            best.changed[best.changed_count[0]] = task
            best.changed_count[0] += 1


@kernel
def remember(tables: Tables, profile: Profile, best: Best) -> None:
    best.total[0] = profile.total[0]
    for index in range(best.changed_count[0]):
        task = best.changed[index]
        best.is_changed[task] = False
        best.start[task], best.mode[task] = profile.start[task], profile.mode[task]
        for place in range(tables.held_first[task], tables.held_first[task + 1]):
            best.held[place] = profile.held[place]
    best.changed_count[0] = 0
