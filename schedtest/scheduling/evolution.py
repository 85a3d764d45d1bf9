"""An evolutionary search over orders of a project's tasks, compiled.

Source: activity lists and their two-point crossover, Hartmann (1998), Naval Research Logistics 45(7), 733-750; a child
takes the place of its worse parent, so that a population stays various (deterministic crowding, Mahfoud 1992); every
child is justified (serial.py). A population that no longer improves makes way for a larger one (Auger and Hansen 2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .compiled import Flags, Int32s, Ints, Words, kernel
from .lags import justified_within_lags
from .packs import Pack
from .profiles import draw
from .project import Project
from .serial import Desk, empty_desk, justified
from .tables import NEVER

FIRST_SIZE, GROWTH = 100, 3

LARGEST_NUMBERS = 2**24
"""Numbers that the orders of a population may take."""

PATIENCE = 15
"""Children for each member without a better one among them, after which a population is at its end."""

SWAPS = 50
"""Mean number of neighbours left in their order for each pair that changes places."""

TRIES = 10
"""To find a first plan within longest lags, before a member goes without."""


@dataclass(frozen=True)
class Population(Pack):
    """Every array changes."""

    order: Int32s  # (size, tasks)
    length: Ints  # slots that each one's plan lasts
    digest: Words  # of each one's order
    members: Ints  # (1,), those made so far
    stale: Ints  # (1,), children since one was better than the parent whose place it took
    child: Int32s
    waiting: Ints  # predecessors that are not in the order yet
    ready: Int32s
    is_in: Flags
    best_length: Ints  # (1,)
    best_start: Ints
    best_way: Int32s
    random: Words


def empty_population(project: Project, size: int, seed: int) -> Population:
    tasks = len(project.duration)

    def numbers(count: int, value: int = 0) -> Ints:
        return np.full(count, value, dtype=np.int64)

    return Population(
        order=np.zeros((size, tasks), dtype=np.int32),
        length=numbers(size, NEVER),
        digest=np.zeros(size, dtype=np.uint64),
        members=numbers(1),
        stale=numbers(1),
        child=np.zeros(tasks, dtype=np.int32),
        waiting=numbers(tasks),
        ready=np.zeros(tasks, dtype=np.int32),
        is_in=np.zeros(tasks, dtype=np.bool_),
        best_length=numbers(1, NEVER),
        best_start=numbers(tasks, -1),
        best_way=np.zeros(tasks, dtype=np.int32),
        random=np.array([seed * 2 + 1], dtype=np.uint64),
    )


class Evolution:
    """Populations one after the other, each three times as large; the same arguments give the same plans.

    best_length: slots, NEVER while there is no plan.   best_start, best_way: by task; the way is 0 for a task of one.
    """

    def __init__(self, project: Project, seed: int) -> None:
        self.project = project
        self.size = FIRST_SIZE
        self.best_length = NEVER
        self.best_start = np.full(len(project.duration), -1, dtype=np.int64)
        self.best_way = np.zeros(len(project.duration), dtype=np.int32)
        self._seed = seed
        self._desk = empty_desk(project)
        self._population = empty_population(project, self.size, seed)

    def run(self, plans: int) -> None:
        """Makes so many plans."""
        while plans > 0:
            plans -= breed(self.project, self._desk, self._population, plans)
            if self._population.best_length[0] < self.best_length:
                self.best_length = int(self._population.best_length[0])
                self.best_start = self._population.best_start.copy()
                self.best_way = self._population.best_way.copy()
            if self._population.stale[0] >= PATIENCE * self.size:
                self._begin_anew()

    def _begin_anew(self) -> None:
        self._seed += 1
        largest = max(FIRST_SIZE, LARGEST_NUMBERS // len(self.project.duration))
        self.size = min(GROWTH * self.size, largest)
        self._population = empty_population(self.project, self.size, self._seed)


@kernel
def breed(project: Project, desk: Desk, population: Population, plans: int) -> int:
    """Makes plans, `plans` at most; fewer if the population comes to its end. Returns how many."""
    size = population.length.shape[0]
    for made in range(plans):
        if population.members[0] < size:
            _add_member(project, desk, population)
        elif population.stale[0] >= PATIENCE * size:
            return made
        else:
            _add_child(project, desk, population)
    return plans


@kernel
def _add_member(project: Project, desk: Desk, population: Population) -> None:
    member = population.members[0]
    _draw_order(project, population)
    length = _measured(project, desk, population, NEVER, 1)
    for attempt in range(TRIES):
        if length < NEVER:
            break
        _draw_order(project, population)
        length = _measured(project, desk, population, NEVER, 2 + attempt)
    population.length[member] = length
    _settle(population, member)
    population.members[0] += 1


@kernel
def _add_child(project: Project, desk: Desk, population: Population) -> None:
    size = population.length.shape[0]
    mother, father = draw(population.random, size), draw(population.random, size)
    _cross(population, mother, father)
    _swap_some(project, population)
    worse = mother if population.length[mother] >= population.length[father] else father
    length = _measured(project, desk, population, population.length[worse], 1)
    population.stale[0] += 1
    if length > population.length[worse] or length == NEVER:
        return
    digest = _digest(population.child)
    for member in range(size):
        if population.digest[member] == digest:
            return
    if length < population.length[worse]:
        population.stale[0] = 0
    population.length[worse] = length
    _settle(population, worse)


@kernel
def _settle(population: Population, member: int) -> None:
    population.digest[member] = _digest(population.child)
    for index in range(population.child.shape[0]):
        population.order[member, index] = population.child[index]


@kernel
def _measured(project: Project, desk: Desk, population: Population, longest: int, width: int) -> int:
    """The length of the child's plan; with longest lags NEVER if it is beyond `longest`."""
    if project.reach.shape[0]:
        length = justified_within_lags(project, desk, population.child, longest, width)
    else:
        length = justified(project, desk, population.child)
    if length < population.best_length[0]:
        population.best_length[0] = length
        for task in range(desk.start.shape[0]):
            population.best_start[task] = desk.start[task]
            population.best_way[task] = desk.way[task]
    return int(length)


@kernel
def _draw_order(project: Project, population: Population) -> None:
    """Of the tasks that could be next, that with the most behind it among a few drawn."""
    tasks, found, drawn = population.child.shape[0], 0, 2 + draw(population.random, 3)
    for task in range(tasks):
        population.waiting[task] = project.in_first[task + 1] - project.in_first[task]
        if population.waiting[task] == 0:
            population.ready[found] = task
            found += 1
    for index in range(tasks):
        place = draw(population.random, found)
        for _ in range(1, drawn):
            other = draw(population.random, found)
            if project.behind[population.ready[other]] > project.behind[population.ready[place]]:
                place = other
        task = population.ready[place]
        found -= 1
        population.ready[place] = population.ready[found]
        population.child[index] = task
        for arc in range(project.out_first[task], project.out_first[task + 1]):
            after = project.out_task[arc]
            population.waiting[after] -= 1
            if population.waiting[after] == 0:
                population.ready[found] = after
                found += 1


@kernel
def _cross(population: Population, mother: int, father: int) -> None:
    """The mother's order, but for a stretch that comes in the father's."""
    tasks = population.child.shape[0]
    first = draw(population.random, tasks)
    last = min(tasks, first + tasks // 4 + draw(population.random, tasks // 2 + 1))
    for task in range(tasks):
        population.is_in[task] = False
    index = _append(population, mother, 0, 0, first)
    index = _append(population, father, 0, index, last)
    _append(population, mother, first, index, tasks)


@kernel
def _append(population: Population, parent: int, since: int, index: int, until: int) -> int:
    """What the child lacks, in a parent's order from its place `since` on, into the child's places index to until."""
    while index < until:
        task = population.order[parent, since]
        since += 1
        if not population.is_in[task]:
            population.is_in[task] = True
            population.child[index] = task
            index += 1
    return index


@kernel
def _swap_some(project: Project, population: Population) -> None:
    for index in range(population.child.shape[0] - 1):
        if draw(population.random, SWAPS) > 0:
            continue
        before, after = population.child[index], population.child[index + 1]
        bound = False
        for arc in range(project.in_first[after], project.in_first[after + 1]):
            bound |= project.in_task[arc] == before
        if not bound:
            population.child[index], population.child[index + 1] = after, before


@kernel
def _digest(order: Int32s) -> np.uint64:
    digest = np.uint64(0xCBF29CE484222325)
    for index in range(order.shape[0]):
        digest = (digest ^ np.uint64(order[index])) * np.uint64(0x100000001B3)
    return digest
