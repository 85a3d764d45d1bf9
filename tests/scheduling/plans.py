"""From the compiled engine's arrays to a solution that `check` can judge."""

from __future__ import annotations

from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.check import check
from schedtest.scheduling.devices import name_devices
from schedtest.scheduling.incumbent import Incumbent, cost, end_of, missing
from schedtest.scheduling.problem import Problem
from schedtest.scheduling.solution import Assignment, Solution, Status, Unscheduled


def a_solution(arrays: Arrays, plan: Incumbent) -> Solution:
    """With devices named; raises AssertionError if some cannot be."""
    naming = name_devices(arrays, plan)
    assert naming.unnamed == ()
    assignments, left_out = [], []
    for number, task in enumerate(arrays.problem.tasks):
        start, mode = int(plan.start[number]), int(plan.mode[number])
        if start < 0:
            left_out.append(Unscheduled(task=task.id, reason="no room"))
            continue
        end = end_of(arrays, number, mode, start)
        assert end is not None
        assignments.append(
            Assignment(task=task.id, start=start, end=end, mode=task.modes[mode].id, devices=naming.devices[number])
        )
    return Solution(
        status=Status.FEASIBLE,
        objective=cost(arrays, plan),
        assignments=tuple(assignments),
        unscheduled=tuple(left_out),
    )


def broken_rules(arrays: Arrays, plan: Incumbent) -> list[str]:
    """What check says against a plan, but for needed tasks that it owns up to having left out."""
    if missing(arrays, plan):
        return []
    return [str(violation) for violation in check(arrays.problem, a_solution(arrays, plan))]


def places(problem: Problem, plan: Incumbent) -> dict[str, tuple[int, str]]:
    """Start and mode of each scheduled task."""
    return {
        task.id: (int(plan.start[number]), task.modes[int(plan.mode[number])].id)
        for number, task in enumerate(problem.tasks)
        if plan.start[number] >= 0
    }
