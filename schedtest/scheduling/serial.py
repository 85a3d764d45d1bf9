"""Plans of a project from orders of its tasks, compiled: each task as early as may be, or as late.

Source: justification after Valls, Ballestín and Quintanilla (2005), EJOR 165(2), 375-386: what is moved to the right
and then to the left never lasts longer, and mostly less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .compiled import Int32s, Ints, Words, kernel
from .packs import Pack
from .project import GUARDS, Project
from .tables import NEVER


@dataclass(frozen=True)
class Desk(Pack):
    """Where a plan is made: every array changes."""

    start: Ints
    other: Ints  # times of the plan before, while it is justified
    order: Int32s
    count: Ints  # (horizon + 2,)
    room: Words  # (horizon, words), what is left


def empty_desk(project: Project) -> Desk:
    tasks = len(project.duration)
    return Desk(
        start=np.zeros(tasks, dtype=np.int64),
        other=np.zeros(tasks, dtype=np.int64),
        order=np.zeros(tasks, dtype=np.int32),
        count=np.zeros(project.horizon + 2, dtype=np.int64),
        room=np.zeros((project.horizon, len(project.room)), dtype=np.uint64),
    )


@kernel
def justified(project: Project, desk: Desk, order: Int32s) -> int:
    """The plan of an order, justified, in desk.start; the order becomes that of its starts. Its length in slots, or
    NEVER if it does not fit."""
    top = to_the_left(project, desk, order)
    if top == NEVER:
        return NEVER
    tasks = order.shape[0]
    for task in range(tasks):
        desk.other[task] = top - desk.start[task] - project.duration[task]
    sort(desk.other, top, desk.order, desk.count)
    to_the_right(project, desk, desk.order, top)
    sort(desk.start, top, desk.order, desk.count)
    length = top - desk.start[desk.order[0]]
    for task in range(tasks):
        desk.other[task] = desk.start[task]
    top = to_the_left(project, desk, desk.order)
    sort(desk.start, top, order, desk.count)
    if top - desk.start[order[0]] <= length:
        return int(top - desk.start[order[0]])
    # with releases it may be shorter to begin late
    for index in range(tasks):
        desk.start[index], order[index] = desk.other[index], desk.order[index]
    return int(length)


@kernel
def to_the_left(project: Project, desk: Desk, order: Int32s) -> int:
    """Each task of an order, predecessors first, as early as may be. The last end, or NEVER if one finds no place."""
    room, full, need = desk.room, project.room, project.need
    start, durations = desk.start, project.duration
    in_first, in_task, in_lag = project.in_first, project.in_task, project.in_lag
    horizon, words = room.shape
    fresh = top = 0  # from slot `fresh` on nothing is taken
    for index in range(order.shape[0]):
        task = order[index]
        slot = project.release[task]
        for arc in range(in_first[task], in_first[task + 1]):
            before = in_task[arc]
            slot = max(slot, start[before] + durations[before] + in_lag[arc])
        duration, run = durations[task], 0
        if slot + duration > horizon:
            return NEVER
        while fresh < slot + duration:
            for word in range(words):
                room[fresh, word] = full[word]
            fresh += 1
        while run < duration:
            if slot == fresh:
                if slot == horizon:
                    return NEVER
                for word in range(words):
                    room[fresh, word] = full[word]
                fresh += 1
            run = run + 1 if _holds(room, need, task, slot, words) else 0
            slot += 1
        _take(room, need, task, slot - duration, slot, words)
        start[task] = slot - duration
        top = max(top, slot)
    return top


@kernel
def to_the_right(project: Project, desk: Desk, order: Int32s, top: int) -> None:
    """Each task of an order, successors first, as late as may be before `top`; it must be that of a plan's ends."""
    room, full, need = desk.room, project.room, project.need
    start, durations = desk.start, project.duration
    out_first, out_task, out_lag = project.out_first, project.out_task, project.out_lag
    words = room.shape[1]
    for slot in range(top):
        for word in range(words):
            room[slot, word] = full[word]
    for index in range(order.shape[0]):
        task = order[index]
        slot = top
        for arc in range(out_first[task], out_first[task + 1]):
            slot = min(slot, start[out_task[arc]] - out_lag[arc])
        duration, run = durations[task], 0
        while run < duration:
            slot -= 1
            run = run + 1 if _holds(room, need, task, slot, words) else 0
        _take(room, need, task, slot, slot + duration, words)
        start[task] = slot


@kernel
def _holds(room: Words, need: Words, task: int, slot: int, words: int) -> bool:
    guards = np.uint64(GUARDS)
    for word in range(words):  # noqa: SIM110 (kernels know no generators)
        if ((room[slot, word] | guards) - need[task, word]) & guards != guards:
            return False
    return True


@kernel
def _take(room: Words, need: Words, task: int, start: int, end: int, words: int) -> None:
    for slot in range(start, end):
        for word in range(words):
            room[slot, word] -= need[task, word]


@kernel
def sort(values: Ints, top: int, order: Int32s, count: Ints) -> None:
    """Writes into `order` the tasks by rising value, all within [0, top]."""
    for value in range(top + 2):
        count[value] = 0
    for task in range(values.shape[0]):
        count[values[task] + 1] += 1
    for value in range(top + 1):
        count[value + 1] += count[value]
    for task in range(values.shape[0]):
        order[count[values[task]]] = task
        count[values[task]] += 1
