"""Plans of a project from orders of its tasks, compiled: each task as early as may be, or as late.

Source: justification after Valls, Ballestín and Quintanilla (2005), EJOR 165(2), 375-386: what is moved to the right
and then to the left never lasts longer, and mostly less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .compiled import Flags, Int32s, Ints, Words, kernel
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
    way: Int32s  # for a task with several ways, the number of its way
    # on machines: by row the tasks on it, in order of time
    on_row: Ints  # (rows,), how many
    row_start: Ints  # (rows, tasks on one row at most)
    row_end: Ints
    # with longest lags
    fresh: Ints  # (1,), from which slot on nothing is taken
    earliest: Int32s
    latest: Int32s
    raised: Int32s  # not before
    waiting: Int32s  # those that must come first and have no place yet
    is_placed: Flags


def empty_desk(project: Project) -> Desk:
    tasks = len(project.duration)
    on_rows = np.bincount(np.concatenate([project.machine, project.way_row, [0]]))
    shape = (len(on_rows), int(on_rows.max())) if project.on_machines else (1, 1)
    slots = 0 if project.on_machines else project.horizon
    return Desk(
        start=np.zeros(tasks, dtype=np.int64),
        other=np.zeros(tasks, dtype=np.int64),
        order=np.zeros(tasks, dtype=np.int32),
        count=np.zeros(project.horizon + 2, dtype=np.int64),
        room=np.zeros((slots, len(project.room)), dtype=np.uint64),
        way=np.zeros(tasks, dtype=np.int32),
        on_row=np.zeros(shape[0], dtype=np.int64),
        row_start=np.zeros(shape, dtype=np.int64),
        row_end=np.zeros(shape, dtype=np.int64),
        fresh=np.zeros(1, dtype=np.int64),
        earliest=np.zeros(tasks, dtype=np.int32),
        latest=np.zeros(tasks, dtype=np.int32),
        raised=np.zeros(tasks, dtype=np.int32),
        waiting=np.zeros(tasks, dtype=np.int32),
        is_placed=np.zeros(tasks, dtype=np.bool_),
    )


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
            run = run + 1 if holds(room, need, task, slot, words) else 0
            slot += 1
        take(room, need, task, slot - duration, slot, words)
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
            run = run + 1 if holds(room, need, task, slot, words) else 0
        take(room, need, task, slot, slot + duration, words)
        start[task] = slot


@kernel
def holds(room: Words, need: Words, task: int, slot: int, words: int) -> bool:
    guards = np.uint64(GUARDS)
    for word in range(words):  # noqa: SIM110 (kernels know no generators)
        if ((room[slot, word] | guards) - need[task, word]) & guards != guards:
            return False
    return True


@kernel
def take(room: Words, need: Words, task: int, start: int, end: int, words: int) -> None:
    for slot in range(start, end):
        for word in range(words):
            room[slot, word] -= need[task, word]


@kernel
def give_back(room: Words, need: Words, task: int, start: int, end: int, words: int) -> None:
    for slot in range(start, end):
        for word in range(words):
            room[slot, word] += need[task, word]


@kernel
def order_from_the_end(project: Project, desk: Desk, top: int) -> None:
    """Writes the tasks into desk.order, those that end last first."""
    for task in range(desk.start.shape[0]):
        desk.other[task] = top - desk.start[task] - project.duration[task]
    sort(desk.other, top, desk.order, desk.count)


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


@kernel
def justified(project: Project, desk: Desk, order: Int32s) -> int:
    """The plan of an order, justified, in desk.start; the order becomes that of its starts. Its length in slots, or
    NEVER if it does not fit."""
    if project.on_machines:
        return justified_on_machines(project, desk, order)
    top = to_the_left(project, desk, order)
    if top == NEVER:
        return NEVER
    tasks = order.shape[0]
    order_from_the_end(project, desk, top)
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
def justified_on_machines(project: Project, desk: Desk, order: Int32s) -> int:
    """The same where every row serves one task at a time; ways are chosen anew in each pass."""
    top = on_machines(project, desk, order, False)
    if top == NEVER:
        return NEVER
    order_from_the_end(project, desk, top)
    top = on_machines(project, desk, desk.order, True)
    if top == NEVER:
        return NEVER
    order_from_the_end(project, desk, top)
    top = on_machines(project, desk, desk.order, False)
    if top == NEVER:
        return NEVER
    sort(desk.start, top, order, desk.count)
    return int(top - desk.start[order[0]])


@kernel
def on_machines(project: Project, desk: Desk, order: Int32s, backwards: bool) -> int:
    """Each task of an order as early as may be, in the way that leaves the least idle time before it. The last end, or
    NEVER if one finds no place.

    backwards: in reversed time, where successors come first and nothing has a release.
    """
    arc_first = project.out_first if backwards else project.in_first
    arc_task = project.out_task if backwards else project.in_task
    arc_lag = project.out_lag if backwards else project.in_lag
    start, durations = desk.start, project.duration
    for row in range(desk.on_row.shape[0]):
        desk.on_row[row] = 0
    top = 0
    for index in range(order.shape[0]):
        task = order[index]
        slot = 0 if backwards else project.release[task]
        for arc in range(arc_first[task], arc_first[task + 1]):
            other = arc_task[arc]
            slot = max(slot, start[other] + durations[other] + arc_lag[arc])
        duration = durations[task]
        slot, way = _place(project, desk, task, slot, duration)
        if slot + duration > project.horizon:
            return NEVER
        for place in range(project.machine_first[task], project.machine_first[task + 1]):
            _put(desk, project.machine[place], slot, slot + duration)
        if way >= 0:
            _put(desk, project.way_row[way], slot, slot + duration)
            desk.way[task] = way - project.way_first[task]
        start[task] = slot
        top = max(top, slot + duration)
    return top


@kernel
def _place(project: Project, desk: Desk, task: int, slot: int, duration: int) -> tuple[int, int]:
    """(slot, way): the first slot from the given one on in which all its rows and one of its ways' are free; -1 for a
    task without ways."""
    while True:
        settled = False
        while not settled:
            settled = True
            for place in range(project.machine_first[task], project.machine_first[task + 1]):
                free = _free_from(desk, project.machine[place], slot, duration)
                if free > slot:
                    slot, settled = free, False
        if project.way_first[task] == project.way_first[task + 1]:
            return slot, -1
        chosen, soonest, least_idle = -1, NEVER, NEVER
        for way in range(project.way_first[task], project.way_first[task + 1]):
            row = project.way_row[way]
            free = _free_from(desk, row, slot, duration)
            if free > soonest:
                continue
            before = _number_ended(desk, row, free)
            idle = free - (desk.row_end[row, before - 1] if before > 0 else 0)
            if free < soonest or idle < least_idle:
                chosen, soonest, least_idle = way, free, idle
        if soonest == slot:
            return slot, chosen
        slot = soonest


@kernel
def _number_ended(desk: Desk, row: int, slot: int) -> int:
    """How many tasks on a row are over by a slot."""
    low, high = 0, desk.on_row[row]
    while low < high:
        middle = (low + high) // 2
        if desk.row_end[row, middle] <= slot:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _free_from(desk: Desk, row: int, slot: int, duration: int) -> int:
    """The first slot from the given one on with which the row is free for so long."""
    place, count = _number_ended(desk, row, slot), desk.on_row[row]
    while place < count and desk.row_start[row, place] < slot + duration:
        slot = max(slot, desk.row_end[row, place])
        place += 1
    return slot


@kernel
def _put(desk: Desk, row: int, start: int, end: int) -> None:
    place = desk.on_row[row]
    while place > 0 and desk.row_start[row, place - 1] > start:
        desk.row_start[row, place] = desk.row_start[row, place - 1]
        desk.row_end[row, place] = desk.row_end[row, place - 1]
        place -= 1
    desk.row_start[row, place], desk.row_end[row, place] = start, end
    desk.on_row[row] += 1
