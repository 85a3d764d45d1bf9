"""A conflict is a proof: nothing but what it names, and yet no plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from schedtest.scheduling.conflict import everything_needed, fewest, find_conflict, has_no_plan, only, quick_conflict
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.overload import find_overload
from schedtest.scheduling.problem import DeviceType, Problem
from schedtest.scheduling.search import solve
from schedtest.scheduling.solution import Conflict, Status
from schedtest.scheduling.stop import Rounds, Seconds

from .oracle import optimum
from .problems import (
    a_calendar,
    a_device,
    a_precedence,
    a_problem,
    a_resource,
    a_state_resource,
    a_task,
    random_problem,
    small_problems,
)


def never() -> bool:
    return False


def all_needed(problem: Problem) -> Problem:
    return replace(problem, tasks=tuple(replace(task, mandatory=True) for task in problem.tasks))


def overload(problem: Problem) -> Conflict | None:
    return find_overload(Lookup(problem), problem.tasks)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_problems())
def test_arithmetic_shuts_out_nothing_that_has_a_plan(problem: Problem):
    needed = all_needed(problem)
    found = overload(needed)
    if found is not None:
        assert optimum(needed) is None
        assert has_no_plan(only(needed, found.tasks, found.resources))


@pytest.mark.parametrize("seed", range(12))
def test_arithmetic_finds_no_fault_with_a_problem_of_a_plan_that_exists(seed: int):
    """Its fixed and mandatory tasks are drawn so that a plan with all of them exists."""
    problem = random_problem(seed, 120, load=2.0)
    lookup = Lookup(problem)
    assert find_overload(lookup, [task for task in problem.tasks if task.id in lookup.needed]) is None


def assert_conflict(problem: Problem, tasks: Sequence[str], things: Sequence[str]) -> None:
    """Arithmetic alone names these, CP-SAT proves them, and any fewer have a plan."""
    found = overload(all_needed(problem))
    assert found is not None
    assert (set(found.tasks), set(found.resources)) == (set(tasks), set(things))
    needed = all_needed(problem)
    assert has_no_plan(only(needed, tasks, things))
    for name in tasks:
        assert not has_no_plan(only(needed, [task for task in tasks if task != name], things))


def test_a_task_that_an_empty_facility_has_no_room_for():
    closed = a_resource("road", 1, [(0, 6, 1), (8, 20, 1)])
    problem = a_problem(resources=[closed], tasks=[a_task("long", 3, {"road": 1}), a_task("short", 2, {"road": 1})])
    assert_conflict(problem, ["long"], ["road"])


def test_two_tasks_that_go_in_neither_order():
    tasks = [a_task("one", 6, {"road": 1}, deadline=10), a_task("two", 6, {"road": 1}, deadline=10), a_task("three", 9)]
    assert_conflict(a_problem(resources=[a_resource("road")], tasks=tasks), ["one", "two"], ["road"])


def test_two_tasks_on_one_device_with_too_short_a_turnaround():
    problem = a_problem(
        device_types=[DeviceType(id="robot", turnaround=3)],
        devices=[a_device("robot-1")],
        tasks=[a_task(name, 4, devices={"robot": 1}, deadline=10) for name in ("one", "two")],
    )
    assert_conflict(problem, ["one", "two"], ["robot"])


def test_too_many_tasks_in_one_slot():
    tasks = [a_task(f"t{n}", 6, {"crew": 2}, deadline=8) for n in range(3)]
    assert_conflict(a_problem(resources=[a_resource("crew", 5)], tasks=tasks), ["t0", "t1", "t2"], ["crew"])


def test_more_work_than_there_are_hours():
    tasks = [a_task(f"t{n}", 3, {"road": 1}, calendar="day", deadline=20) for n in range(4)]
    problem = a_problem(
        calendars=[a_calendar("day", (0, 4), (10, 14), (30, 40))],
        horizon=40,
        resources=[a_resource("road")],
        tasks=[*tasks, a_task("later", 3, {"road": 1})],
    )
    found = overload(all_needed(problem))
    assert found is not None
    assert set(found.tasks) < {"t0", "t1", "t2", "t3"}
    assert len(found.tasks) == 3
    assert found.resources == ("road",)


def test_two_states_that_are_too_far_apart():
    problem = a_problem(
        state_resources=[a_state_resource("surface", None, [("dry", "wet", 3), ("wet", "dry", 3)])],
        tasks=[
            a_task("dry", 4, states={"surface": "dry"}, deadline=10),
            a_task("wet", 4, states={"surface": "wet"}, deadline=10),
        ],
    )
    assert_conflict(problem, ["dry", "wet"], ["surface"])


def test_a_state_in_between_may_be_shorter_so_that_two_prove_nothing():
    changes = [("dry", "wet", 9), ("wet", "dry", 9), ("dry", "damp", 0), ("damp", "wet", 0)]
    tasks = [a_task(name, 3, states={"surface": name}, deadline=9) for name in ("dry", "damp", "wet")]
    problem = a_problem(state_resources=[a_state_resource("surface", None, changes)], tasks=tasks)
    assert quick_conflict(all_needed(problem), ["dry", "wet"], never) is None
    for asked in (all_needed(problem), problem):
        solution = solve(asked, stop=Seconds(60))
        assert (solution.status, solution.unscheduled) == (Status.OPTIMAL, ())


def test_a_chain_that_is_longer_than_its_time():
    tasks = [a_task(name, 4, deadline=10) for name in ("first", "second", "third")]
    chain = [a_precedence("first", "second"), a_precedence("second", "third")]
    assert_conflict(a_problem(tasks=[*tasks, a_task("else", 9)], precedences=chain), ["first", "second", "third"], [])


def test_a_task_that_another_needs_is_a_conflict_with_that_one_only():
    tasks = [a_task("fit", 4, deadline=3), a_task("soak", 1), a_task("drive", 1, mandatory=True)]
    order = [a_precedence("fit", "soak"), a_precedence("soak", "drive")]
    problem = a_problem(tasks=tasks, precedences=order)
    solution = solve(problem, stop=Seconds(20))
    assert solution.status is Status.INFEASIBLE
    assert solution.conflict is not None
    assert set(solution.conflict.tasks) == {"fit", "soak", "drive"}


def test_what_has_no_place_leads_to_the_tasks_that_are_in_its_way():
    """No arithmetic of one thing tells: the road and the crew have room for all, but not at the same times."""
    tasks = [
        a_task("a", 5, {"road": 1, "crew": 1}, deadline=10),
        a_task("b", 3, {"road": 1}, deadline=10),
        a_task("c", 3, {"crew": 1}, release=2, deadline=7),
        a_task("d", 2, {"road": 1}, release=5, deadline=7),
        *(a_task(f"else-{n}", 2, {"yard": 1}) for n in range(6)),
    ]
    problem = all_needed(a_problem(resources=[a_resource("road"), a_resource("crew"), a_resource("yard")], tasks=tasks))
    assert overload(problem) is None
    near = quick_conflict(problem, ["c"], never)
    assert near is not None
    for found in (fewest(problem, near, never), find_conflict(problem, never)):
        assert found is not None
        assert set(found.tasks) == {"a", "c", "d"}
        assert set(found.resources) == {"road", "crew"}


@pytest.mark.slow
def test_the_conflict_of_one_article_among_a_thousand_tests_names_its_tests_alone():
    problem = all_needed(random_problem(5, 1000, features=frozenset({"calendars", "together", "campaigns"})))
    article = next(resource.id for resource in problem.resources if resource.kind == "article")
    mine = [task for task in problem.tasks if dict(task.modes[0].uses).get(article)]
    work = sum(task.modes[0].duration for task in mine)
    start = min(task.release for task in mine)
    names = {task.id for task in mine}
    tasks = [
        replace(task, calendar=None, deadline=start + work - 1) if task.id in names else task for task in problem.tasks
    ]
    solution = solve(replace(problem, tasks=tuple(tasks)), stop=Seconds(60))
    assert solution.status is Status.INFEASIBLE
    assert solution.conflict is not None
    assert set(solution.conflict.tasks) <= names
    assert has_no_plan(only(problem, names, [article])) is False


def test_all_that_is_needed_has_no_plan_with_all_that_it_asks_for_where_the_problem_has_none():
    """Seven of six slots, in six gaps of ten."""
    gaps = [(10 + 15 * number, 15 + 15 * number, 1) for number in range(6)]
    tasks = [a_task(f"t{n}", 6, {"bench": 1}, mandatory=True) for n in range(7)]
    may_be_out = a_task("may be out", 6, {"bench": 1})
    problem = a_problem(horizon=85, resources=[a_resource("bench", 1, gaps)], tasks=[*tasks, may_be_out])
    found = everything_needed(problem)
    assert set(found.tasks) == {task.id for task in tasks}
    assert has_no_plan(only(problem, found.tasks, found.resources))
    assert not has_no_plan(only(problem, found.tasks, ()))


@pytest.mark.slow
def test_where_only_rounds_count_no_clock_cuts_a_conflict_short():
    """Five of four slots and three of three in three gaps of ten, which no arithmetic here shows, and 60 beside them:
    to leave those out takes longer than what is over may take."""
    gaps = [(10, 15, 1), (25, 30, 1), (40, 60, 1)]
    crowd = [a_task(f"t{n}", 4 if n < 5 else 3, {"bench": 1}, mandatory=True) for n in range(8)]
    others = [a_task(f"other {n}", 6, {"lane": 1}, mandatory=True) for n in range(60)]
    resources = [a_resource("bench", 1, gaps), a_resource("lane", 9)]
    problem = a_problem(horizon=60, resources=resources, tasks=[*crowd, *others])
    assert quick_conflict(problem, (), never) is None
    solution = solve(problem, stop=Rounds(1))
    assert solution.status is Status.INFEASIBLE
    assert solution.conflict is not None
    assert set(solution.conflict.tasks) == {task.id for task in crowd}
    assert solution.conflict.resources == ("bench",)


@pytest.mark.parametrize("places", [1, 3])
@pytest.mark.parametrize("by", ["nights", "closures"])
def test_one_more_than_there_are_days_for_is_a_conflict_of_all_of_them(by: str, places: int):
    """Two of six slots have no room in a day of ten: 30 days hold 30 at each place, and four beside them."""
    days, number = [(48 * day + 16, 48 * day + 26) for day in range(30)], 30 * places
    between = [(0, 16, places), *((end, start + 48, places) for start, end in days)]
    resources = [a_resource("bench", places, between if by == "closures" else ())]
    hours = "day" if by == "nights" else None
    crowd = [a_task(f"t{n}", 6, {"bench": 1}, mandatory=True, calendar=hours, release=10) for n in range(number + 1)]
    short = [a_task(f"short {n}", 2, {"bench": 1}, mandatory=True, calendar=hours) for n in range(4)]
    problem = a_problem(
        horizon=30 * 48, calendars=[a_calendar("day", *days)], resources=resources, tasks=[*crowd, *short]
    )
    found = quick_conflict(problem, (), never)
    assert found is not None
    assert set(found.tasks) == {task.id for task in crowd}
    assert found.resources == ("bench",)
    assert quick_conflict(replace(problem, tasks=problem.tasks[1:]), (), never) is None


def test_what_may_pause_over_night_is_not_counted_by_days():
    days = [(48 * day + 16, 48 * day + 26) for day in range(4)]
    tasks = [
        a_task(f"t{n}", 6, {"bench": 1}, mandatory=True, calendar="day", interruptible=True, due=0) for n in range(6)
    ]
    problem = a_problem(
        horizon=4 * 48, calendars=[a_calendar("day", *days)], resources=[a_resource("bench")], tasks=tasks
    )
    assert quick_conflict(problem, (), never) is None
    assert not has_no_plan(problem)
