"""How early a campaign's tasks can be over when the first of them begins in a slot, compiled; looked at slot by slot.

Source: heads and tails of tasks on one machine, Carlier and Pinson (1989), Management Science 35(2), 164-176.
"""

from __future__ import annotations

from dataclasses import dataclass

from .calendars import first_working, working_end
from .compiled import Flags, Int32s, Ints, kernel
from .packs import Pack
from .tables import NEVER


@dataclass(frozen=True)
class Clocks(Pack):
    """Sets of slots that count, one for each row: of a calendar, of several together, or of all (row 0)."""

    worked: Int32s  # (clocks, horizon + 1), before each slot
    place: Int32s  # (clocks, horizon), where the n-th lies
    closing: Int32s  # (clocks, horizon), when the window that a slot lies in is over


@dataclass(frozen=True)
class Visit(Pack):
    """A campaign's tasks, predecessors first. A *turn* is a set of them no two of which are at work at once, in an
    order, and a clock: from a task's start to its end so many of its hours go by."""

    stay: int  # cost of a slot
    shortest: int  # slots that it takes whenever it begins
    floor: Ints  # no earlier start
    latest: Ints  # no later end
    due: Ints
    tardiness: Ints  # cost of a slot past due
    fixed: Ints  # -1 for none
    option_first: Ints
    clock: Ints  # by option, the calendar's
    duration: Ints
    pauses: Flags
    in_first: Ints
    in_task: Ints
    in_lag: Ints
    turn_first: Ints
    turn_clock: Ints
    turn_task: Ints
    turn_hours: Ints
    turn_tail: Ints  # slots that the campaign lasts at the least after the task
    start: Ints
    end: Ints
    least: Ints  # (2,): slots of stay, and cost of stay and tardiness


@kernel
def find_least(clocks: Clocks, visit: Visit) -> None:
    """Into visit.least; NEVER where there is no time for all tasks."""
    visit.least[:] = NEVER
    begin = latest_floor = visit.floor[0]
    is_always = True
    for task in range(visit.floor.shape[0]):
        begin, latest_floor = min(begin, visit.floor[task]), max(latest_floor, visit.floor[task])
    for option in range(visit.clock.shape[0]):
        is_always = is_always and visit.clock[option] == 0
    while True:
        late, first, last = _from(clocks, visit, begin)
        if late < 0:
            return
        if first > begin:  # none of them begins before
            begin = first
            continue
        in_turns, later = _in_turns(clocks, visit)
        if in_turns == NEVER:
            return
        last, late = max(last, in_turns), late + later
        stay = max(visit.shortest, last - begin)
        visit.least[0] = min(visit.least[0], stay)
        visit.least[1] = min(visit.least[1], late + visit.stay * stay)
        if is_always and begin >= latest_floor:
            return
        begin = max(begin + 1, _next_begin(visit, late, last))
        if begin >= NEVER:
            return


@kernel
def _next_begin(visit: Visit, late: int, last: int) -> int:
    """No begin before it has a shorter stay or a lower cost: nothing is over sooner when it begins later."""
    begin = NEVER
    if visit.least[0] > visit.shortest:
        begin = last - visit.least[0] + 1
    left = visit.least[1] - late
    if left > visit.stay * visit.shortest:
        begin = min(begin, last - (left - 1) // visit.stay)
    return int(begin)


@kernel
def _from(clocks: Clocks, visit: Visit, begin: int) -> tuple[int, int, int]:
    """The cost of being late, the first start and the last end when no task starts before; -1 if one has no time."""
    late, first, last = 0, NEVER, 0
    for task in range(visit.floor.shape[0]):
        floor = max(begin, visit.floor[task])
        for arc in range(visit.in_first[task], visit.in_first[task + 1]):
            floor = max(floor, visit.end[visit.in_task[arc]] + visit.in_lag[arc])
        visit.start[task] = visit.end[task] = NEVER
        for option in range(visit.option_first[task], visit.option_first[task + 1]):
            start, end = _earliest(clocks, visit, option, floor, visit.fixed[task])
            visit.start[task], visit.end[task] = min(visit.start[task], start), min(visit.end[task], end)
        if visit.end[task] > visit.latest[task]:
            return -1, first, last
        first, last = min(first, visit.start[task]), max(last, visit.end[task])
        late += visit.tardiness[task] * max(0, visit.end[task] - visit.due[task])
    return late, first, last


@kernel
def _earliest(clocks: Clocks, visit: Visit, option: int, floor: int, fixed: int) -> tuple[int, int]:
    """The first start from a slot on, and the end; NEVER if there is none."""
    clock, duration = visit.clock[option], visit.duration[option]
    worked, place, horizon = clocks.worked[clock], clocks.place[clock], clocks.place.shape[1]
    if fixed >= 0:
        if floor > fixed:
            return NEVER, NEVER
        floor = fixed
    start = first_working(worked, place, floor)
    if visit.pauses[option]:
        end = working_end(worked, place, start, duration) if start < horizon else -1
        return (start, end) if end >= 0 else (NEVER, NEVER)
    while start < horizon:
        if start + duration <= clocks.closing[clock, start]:
            return start, start + duration
        start = first_working(worked, place, clocks.closing[clock, start])
    return NEVER, NEVER


@kernel
def _in_turns(clocks: Clocks, visit: Visit) -> tuple[int, int]:
    """By when all turns can be over at the earliest, NEVER if there is no time; and how much later than known the last
    of some turn makes them. What comes late, or what has much after it, is done one by one."""
    last = later = 0
    for turn in range(visit.turn_clock.shape[0]):
        clock, hours, head, tail, latest, over = visit.turn_clock[turn], 0, NEVER, NEVER, 0, 0
        worked, place = clocks.worked[clock], clocks.place[clock]
        for index in range(visit.turn_first[turn], visit.turn_first[turn + 1]):
            task = visit.turn_task[index]
            hours += visit.turn_hours[index]
            head, tail = min(head, visit.start[task]), min(tail, visit.turn_tail[index])
            latest = max(latest, visit.latest[task])
            until = worked[head] + hours - 1
            over = place[until] + 1 if until < worked[place.shape[0]] else NEVER
            if over > latest:
                return NEVER, 0
            last = max(last, over + tail)
        later = max(later, _of_the_last(visit, turn, over))
    return last, later


@kernel
def _of_the_last(visit: Visit, turn: int, over: int) -> int:
    """How much later whichever task is the last of a turn is for that."""
    least = NEVER
    for index in range(visit.turn_first[turn], visit.turn_first[turn + 1]):
        task = visit.turn_task[index]
        after = max(visit.end[task], visit.due[task])
        least = min(least, visit.tardiness[task] * max(0, over - after))
    return int(least)
