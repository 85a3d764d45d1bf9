"""A plan as arrays: what both engines improve in turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Arrays
from .compiled import Int32s, Ints
from .profiles import end_in
from .solution import Cost, Solution


@dataclass(frozen=True, slots=True)
class Incumbent:
    """A plan, not to be changed once made.

    start: int64 (tasks,), slots, -1 for a task left out.   mode: int32 (tasks,), number among the task's modes, -1.
    held: int32, device numbers task after task (tables.held_first), -1 for none; None while no device is named.
    """

    start: Ints
    mode: Int32s
    held: Int32s | None = None


def cost(arrays: Arrays, incumbent: Incumbent, tasks: Ints | None = None) -> Cost:
    """The objective's five parts, exact, of all tasks or of some. Says nothing about whether rules are kept."""
    problem, tables = arrays.problem, arrays.tables
    counted = np.arange(len(problem.tasks)) if tasks is None else tasks
    late = price = moved = 0
    spans: dict[int, tuple[int, int]] = {}
    for number in counted[incumbent.start[counted] >= 0].tolist():
        mode = int(tables.mode_first[number] + incumbent.mode[number])
        start, end = int(incumbent.start[number]), int(end_in(tables, mode, int(incumbent.start[number])))
        late += int(tables.tardiness[number]) * max(0, end - int(tables.due[number]))
        price += int(tables.mode_cost[mode])
        if tables.baseline_start[number] >= 0 and (
            tables.baseline_start[number] != start or tables.baseline_mode[number] != mode
        ):
            moved += int(tables.move[number])
        campaign = int(tables.campaign[number])
        if campaign >= 0:
            first, last = spans.get(campaign, (start, end))
            spans[campaign] = (min(first, start), max(last, end))
    out = sum(problem.tasks[number].weight for number in counted[incumbent.start[counted] < 0].tolist())
    return Cost(
        unscheduled=problem.objective.unscheduled * out,
        tardiness=late,
        stay=problem.objective.stay * sum(last - first for first, last in spans.values()),
        cost=price,
        move=moved,
    )


def costs_of_campaigns(arrays: Arrays, incumbent: Incumbent) -> dict[str, int]:
    tables, tasks = arrays.tables, arrays.problem.tasks
    members = np.split(tables.campaign_task, tables.campaign_first[1:-1])
    return {str(tasks[int(own[0])].campaign): cost(arrays, incumbent, own).total for own in members if len(own)}


def ends(arrays: Arrays, incumbent: Incumbent) -> dict[str, int]:
    """By task id, the slot in which each scheduled task ends."""
    tables = arrays.tables
    return {
        arrays.problem.tasks[number].id: int(
            end_in(tables, int(tables.mode_first[number] + incumbent.mode[number]), int(incumbent.start[number]))
        )
        for number in np.flatnonzero(incumbent.start >= 0).tolist()
    }


def missing(arrays: Arrays, incumbent: Incumbent) -> tuple[int, ...]:
    """Tasks that may not be left out (mandatory, fixed, or needed by such) but are: empty for a valid plan."""
    return tuple(number for number, must in enumerate(arrays.needed) if must and incumbent.start[number] < 0)


def end_of(arrays: Arrays, task: int, mode: int, start: int) -> int | None:
    """The end in slots, pauses counted; None where the mode cannot pause its way through its calendar from `start`."""
    end = end_in(arrays.tables, int(arrays.tables.mode_first[task]) + mode, start)
    return None if end < 0 else int(end)


def devices_of(arrays: Arrays, incumbent: Incumbent, task: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """((type, (device, …)), …) that are named for a scheduled task, sorted by type."""
    demands = [demand for demand in arrays.problem.tasks[task].modes[int(incumbent.mode[task])].devices if demand[1]]
    if incumbent.held is None or not demands:
        return ()
    place = int(arrays.tables.held_first[task])
    named = []
    for kind, amount in demands:
        named.append(
            (kind, tuple(arrays.devices[number] for number in incumbent.held[place : place + amount].tolist()))
        )
        place += amount
    return tuple(sorted(named))


def incumbent_of(arrays: Arrays, solution: Solution) -> Incumbent:
    """The plan of a solution, with its named devices. Raises KeyError if it names what the problem does not have."""
    problem, tables = arrays.problem, arrays.tables
    start = np.full(len(problem.tasks), -1, dtype=np.int64)
    mode = np.full(len(problem.tasks), -1, dtype=np.int32)
    held = np.full(int(tables.held_first[-1]), -1, dtype=np.int32)
    number = {task.id: index for index, task in enumerate(problem.tasks)}
    device = {name: index for index, name in enumerate(arrays.devices)}
    for assignment in solution.assignments:
        task = number[assignment.task]
        chosen = problem.tasks[task].mode(assignment.mode)
        start[task], mode[task] = assignment.start, problem.tasks[task].modes.index(chosen)
        named = dict(assignment.devices)
        names = [name for kind, amount in chosen.devices for name in named.get(kind, ())[:amount]]
        if len(names) == sum(amount for _, amount in chosen.devices):
            place = int(tables.held_first[task])
            held[place : place + len(names)] = [device[name] for name in names]
    return Incumbent(start, mode, held)
