"""What is said of a left-out task is true: with nothing but what it names, CP-SAT proves that there is no place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from schedtest.scheduling.conflict import has_no_plan, only
from schedtest.scheduling.model.lookup import Lookup, Placed
from schedtest.scheduling.problem import Fixed, Mode, Objective, Problem, Task
from schedtest.scheduling.reasons import OF_TASKS, Kind, Reason, Reasons
from schedtest.scheduling.search import solve
from schedtest.scheduling.solution import Solution
from schedtest.scheduling.stop import Rounds

from .problems import (
    a_calendar,
    a_mode,
    a_plan,
    a_precedence,
    a_problem,
    a_resource,
    a_task,
    an_assignment,
    random_problem,
    small_problems,
)

CLAIMS_NOTHING = (Kind.PRICE, Kind.NEEDS)


def reasons_of(problem: Problem, solution: Solution) -> Reasons:
    lookup = Lookup(problem)
    return Reasons(lookup, {name: lookup.placed(place) for name, place in solution.assignment_by_task.items()})


def in_one_mode(problem: Problem, task: Task, mode: Mode) -> Problem:
    """The problem in which a task can be done in one way only."""
    alone = replace(task, modes=(mode,))
    return replace(
        problem,
        tasks=tuple(alone if other.id == task.id else other for other in problem.tasks),
        baseline=tuple(placing for placing in problem.baseline if placing.task != task.id),
    )


def is_proven(problem: Problem, plan: dict[str, Placed], task: Task, reason: Reason) -> bool:
    """Whether a task has no place beside the plan as it stands, with only the things that the reason names."""
    follows = reason.things if reason.kind is Kind.ORDER else reason.following
    beside = tuple(
        replace(other, fixed=Fixed(plan[other.id].start, plan[other.id].mode.id))
        for other in problem.tasks
        if other.id in plan
    )
    tried = replace(
        problem,
        tasks=(*beside, replace(task, mandatory=True)),
        precedences=tuple(p for p in problem.precedences if p.after == task.id and p.before in follows),
        baseline=(),
    )
    names = [other.id for other in tried.tasks]
    return has_no_plan(only(tried, names, () if reason.kind in OF_TASKS else reason.things))


def proven_kinds(problem: Problem, solution: Solution) -> set[Kind]:
    """The kinds of reasons that left-out tasks have in each mode, after each has been proven."""
    kinds = set()
    for task in problem.tasks:
        if task.id in solution.assignment_by_task:
            continue
        for mode in task.modes:
            narrowed = in_one_mode(problem, task, mode)
            reasons = reasons_of(narrowed, solution)
            (reason,) = reasons.of(narrowed.task_by_id[task.id])
            kinds.add(reason.kind)
            if reason.kind is Kind.NEEDS:
                assert set(reason.things) <= {p.before for p in problem.precedences if p.after == task.id}
                assert solution.assignment_by_task.keys().isdisjoint(reason.things)
            elif reason.kind not in CLAIMS_NOTHING:
                assert is_proven(narrowed, reasons.plan, narrowed.task_by_id[task.id], reason), str(reason)
    return kinds


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_problems())
def test_whatever_a_reason_says_is_proven(problem: Problem):
    solution = solve(problem, stop=Rounds(3))
    if solution.objective is not None:
        proven_kinds(problem, solution)


@pytest.mark.slow
def test_in_a_crowded_plan_each_reason_is_proven():
    problem = random_problem(1, 120, load=3.0)
    problem = replace(problem, tasks=tuple(tight(task) for task in problem.tasks))
    assert {Kind.RESOURCE, Kind.TOGETHER, Kind.NEEDS, Kind.WINDOW} <= proven_kinds(
        problem, solve(problem, stop=Rounds(1))
    )


def tight(task: Task) -> Task:
    """With two days and a half for it, unless it is decided."""
    decided = task.fixed is not None or task.mandatory
    return task if decided else replace(task, deadline=task.release + 120)


def test_a_task_that_what_comes_before_leaves_too_little_room_says_so():
    problem = a_problem(
        resources=[a_resource("road")],
        tasks=[a_task("before", 4, deadline=4), a_task("rival", 4, {"road": 1}), a_task("after", 3, {"road": 1})],
        precedences=[a_precedence("before", "after", max_lag=3)],
    )
    plan = a_plan(problem, an_assignment("before", 0, 4), an_assignment("rival", 6, 10))
    entry = reasons_of(problem, plan).unscheduled(problem.task_by_id["after"])
    assert (entry.reason, entry.blocking) == ("no room on road in the time that before leaves it", ("road",))


def test_a_task_that_could_not_follow_in_time_says_so():
    problem = a_problem(
        tasks=[a_task("before", 4), a_task("after", 3, release=8)],
        precedences=[a_precedence("before", "after", max_lag=3)],
    )
    plan = a_plan(problem, an_assignment("before", 0, 4))
    entry = reasons_of(problem, plan).unscheduled(problem.task_by_id["after"])
    assert (entry.reason, entry.blocking) == ("it has to follow before, which leaves it no time", ())


def test_a_task_whose_article_is_taken_names_the_tests_on_it():
    problem = a_problem(
        horizon=6,
        resources=[a_resource("article 1", kind="article")],
        tasks=[a_task("brake", 4, {"article 1": 1}), a_task("noise", 3, {"article 1": 1})],
    )
    plan = a_plan(problem, an_assignment("brake", 1, 5))
    entry = reasons_of(problem, plan).unscheduled(problem.task_by_id["noise"])
    assert entry.reason == "no room on article 1 between its release and its deadline, beside brake"


def test_ways_shut_out_for_different_reasons_are_told_apart():
    modes = [a_mode("oval", 2, {"oval": 2}), a_mode("hall", 9)]
    problem = a_problem(
        objective=Objective(unscheduled=1), resources=[a_resource("oval")], tasks=[a_task("t", modes=modes, deadline=8)]
    )
    (entry,) = solve(problem, stop=Rounds(1)).unscheduled
    assert entry.reason.split(", or else ") == [
        "more is needed of oval than there is",
        "its working time between its release and its deadline is too short",
    ]
    assert entry.blocking == ("oval",)


def test_once_stopped_nothing_is_claimed():
    problem = a_problem(resources=[a_resource("oval", closed=[(0, 20, 1)])], tasks=[a_task("t", 4, {"oval": 1})])
    stopped = Reasons(Lookup(problem), {}, lambda: True)
    assert reasons_of(problem, a_plan(problem)).of(problem.tasks[0]) == (Reason(Kind.RESOURCE, ("oval",)),)
    assert stopped.of(problem.tasks[0]) == (Reason(Kind.PRICE),)


@pytest.mark.parametrize(("kept", "kind"), [(True, Kind.RESOURCE), (False, Kind.PRICE)])
def test_what_is_taken_during_a_pause_shuts_out_only_a_task_that_keeps_it(kept: bool, kind: Kind):
    problem = a_problem(
        horizon=9,
        calendars=[a_calendar("day", (0, 4), (6, 9))],
        resources=[a_resource("road", kept=kept)],
        tasks=[a_task("rival", 2, {"road": 1}), a_task("soak", 5, {"road": 1}, calendar="day", interruptible=True)],
    )
    plan = a_plan(problem, an_assignment("rival", 4, 6))
    assert [reason.kind for reason in reasons_of(problem, plan).of(problem.task_by_id["soak"])] == [kind]
