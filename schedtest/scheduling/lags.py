"""Plans of a project with longest lags from orders of its tasks, compiled: a task that has no room before the latest
start that others allow it has those of them move on.

Source: serial generation with unscheduling, Franck, Neumann and Schwindt (2001), OR Spektrum 23(3), 297-324;
justified as in serial.py, but within what the others' present times allow.
"""

from __future__ import annotations

from .compiled import Int32s, Ints, kernel
from .project import Project
from .serial import Desk, give_back, holds, order_from_the_end, sort, take
from .tables import NEVER

FEWEST_MOVES, MOVES_A_TASK = 10, 0.25
"""After which it is given up to let others move on."""


@kernel
def justified_within_lags(project: Project, desk: Desk, order: Int32s, longest: int, width: int) -> int:
    """The plan of an order (see within_lags), justified, in desk.start; the order becomes that of its starts. Its
    length in slots, or NEVER if there is none."""
    if not within_lags(project, desk, order, longest, width):
        return NEVER
    top = top_of(project, desk)
    order_from_the_end(project, desk, top)
    shift(project, desk, desk.order, top, True)
    sort(desk.start, top, order, desk.count)
    begun_late = top - desk.start[order[0]]
    # to the left the first may come further than the others
    for task in range(order.shape[0]):
        desk.other[task] = desk.start[task]
    shift(project, desk, order, top, False)
    top = top_of(project, desk)
    sort(desk.start, top, desk.order, desk.count)
    if top - desk.start[desk.order[0]] > begun_late:
        for task in range(order.shape[0]):
            desk.start[task] = desk.other[task]
        return int(begun_late)
    for index in range(order.shape[0]):
        order[index] = desk.order[index]
    return int(top - desk.start[order[0]])


@kernel
def within_lags(project: Project, desk: Desk, order: Int32s, longest: int, width: int) -> bool:
    """Each task as early as may be: of the first `width` in the order that wait for none, that with the earliest
    latest start. False if it would last more than `longest` slots, or too many had to move on."""
    tasks, moves = order.shape[0], 0
    limit = _limit(project, longest)
    _begin(project, desk, limit)
    placed = 0
    while placed < tasks:
        task = _next(desk, order, width)
        slot = _first_free(project, desk, task, desk.earliest[task])
        if slot == NEVER:
            return False
        if slot <= desk.latest[task]:
            _place(project, desk, task, slot)
            placed += 1
            continue
        moves += 1
        if moves > max(FEWEST_MOVES, MOVES_A_TASK * tasks):
            return False
        moved = _move_on(project, desk, task, slot - desk.latest[task], limit)
        if moved == 0:
            return False
        placed -= moved
    return True


@kernel
def _limit(project: Project, longest: int) -> int:
    first = NEVER
    for task in range(project.release.shape[0]):
        first = min(first, project.release[task])
    return int(min(project.horizon, first + longest))


@kernel
def _begin(project: Project, desk: Desk, limit: int) -> None:
    desk.fresh[0] = 0
    for task in range(desk.start.shape[0]):
        desk.is_placed[task] = False
        desk.raised[task] = project.release[task]
        desk.earliest[task] = project.release[task]
        desk.latest[task] = limit - project.behind[task]
        desk.waiting[task] = project.follows[task]


@kernel
def _next(desk: Desk, order: Int32s, width: int) -> int:
    is_placed, waiting, latest = desk.is_placed, desk.waiting, desk.latest
    chosen = -1
    for index in range(order.shape[0]):
        task = order[index]
        if not is_placed[task] and waiting[task] == 0:
            if chosen < 0 or latest[task] < latest[chosen]:
                chosen = task
            width -= 1
            if width == 0:
                break
    return int(chosen)


@kernel
def _first_free(project: Project, desk: Desk, task: int, slot: int) -> int:
    """The first slot from the given one on with room for the task, NEVER if there is none."""
    room, full, need = desk.room, project.room, project.need
    horizon, words = room.shape
    duration, run = project.duration[task], 0
    if slot + duration > horizon:
        return NEVER
    while run < duration:
        if slot == horizon:
            return NEVER
        while desk.fresh[0] <= slot:
            for word in range(words):
                room[desk.fresh[0], word] = full[word]
            desk.fresh[0] += 1
        run = run + 1 if holds(room, need, task, slot, words) else 0
        slot += 1
    return int(slot - duration)


@kernel
def _place(project: Project, desk: Desk, task: int, slot: int) -> None:
    take(desk.room, project.need, task, slot, slot + project.duration[task], desk.room.shape[1])
    desk.start[task] = slot
    desk.is_placed[task] = True
    _narrow(project, desk, task, slot)
    waiting, comes_first = desk.waiting, project.comes_first[task]
    for other in range(waiting.shape[0]):
        waiting[other] -= comes_first[other]


@kernel
def _narrow(project: Project, desk: Desk, task: int, slot: int) -> None:
    """Earliest and latest starts of all with the task at a slot."""
    earliest, latest = desk.earliest, desk.latest
    reach, reached = project.reach[task], project.reached[task]
    for other in range(earliest.shape[0]):
        earliest[other] = max(earliest[other], slot + reach[other])
        latest[other] = min(latest[other], slot - reached[other])


@kernel
def _move_on(project: Project, desk: Desk, task: int, slots: int, limit: int) -> int:
    """Takes out those that hold the task's latest start and all that start later than the first of them, which are
    not to start again until so many slots later. Returns how many were taken out; 0 if none holds it."""
    tasks, first = desk.start.shape[0], NEVER
    for other in range(tasks):
        if desk.is_placed[other] and desk.start[other] - project.reach[task, other] == desk.latest[task]:
            first = min(first, desk.start[other])
            desk.raised[other] = desk.start[other] + slots
    if first == NEVER:
        return 0
    moved = 0
    for other in range(tasks):
        desk.earliest[other] = desk.raised[other]
        desk.latest[other] = limit - project.behind[other]
        if desk.is_placed[other] and desk.start[other] >= first:
            moved += 1
            desk.is_placed[other] = False
            start = desk.start[other]
            give_back(desk.room, project.need, other, start, start + project.duration[other], desk.room.shape[1])
            waiting, comes_first = desk.waiting, project.comes_first[other]
            for after in range(tasks):
                waiting[after] += comes_first[after]
    for other in range(tasks):
        if desk.is_placed[other]:
            _narrow(project, desk, other, desk.start[other])
        elif desk.raised[other] > project.release[other]:
            earliest, reach, raised = desk.earliest, project.reach[other], desk.raised[other]
            for after in range(tasks):
                earliest[after] = max(earliest[after], raised + reach[after])
    return moved


@kernel
def load(project: Project, desk: Desk, start: Ints) -> None:
    """Puts a plan that keeps every rule on the desk."""
    words = desk.room.shape[1]
    desk.fresh[0] = desk.room.shape[0]
    for slot in range(desk.room.shape[0]):
        for word in range(words):
            desk.room[slot, word] = project.room[word]
    for task in range(start.shape[0]):
        desk.start[task] = start[task]
        take(desk.room, project.need, task, start[task], start[task] + project.duration[task], words)


@kernel
def top_of(project: Project, desk: Desk) -> int:
    top = 0
    for task in range(desk.start.shape[0]):
        top = max(top, desk.start[task] + project.duration[task])
    return top


@kernel
def shift(project: Project, desk: Desk, order: Int32s, top: int, to_the_right: bool) -> None:
    """Each task of an order as far to one side as the others allow where they are, none beyond `top`."""
    words = desk.room.shape[1]
    for index in range(order.shape[0]):
        task = order[index]
        start, duration = desk.start[task], project.duration[task]
        lowest, highest = project.release[task], top - duration
        starts, reach, reached = desk.start, project.reach[task], project.reached[task]
        for other in range(starts.shape[0]):
            lowest = max(lowest, starts[other] + reached[other])
            highest = min(highest, starts[other] - reach[other])
        give_back(desk.room, project.need, task, start, start + duration, words)
        slot = start
        if to_the_right and highest > start:
            slot = _last_free(project, desk, task, highest)
        elif not to_the_right and lowest < start:
            slot = _first_free(project, desk, task, lowest)
        take(desk.room, project.need, task, slot, slot + duration, words)
        desk.start[task] = slot


@kernel
def _last_free(project: Project, desk: Desk, task: int, slot: int) -> int:
    """The last slot up to the given one with room for the task; there must be one."""
    duration, words = project.duration[task], desk.room.shape[1]
    run, slot = 0, slot + duration
    while run < duration:
        slot -= 1
        run = run + 1 if holds(desk.room, project.need, task, slot, words) else 0
    return int(slot)
