from dataclasses import replace

import pytest

from schedtest.scheduling.check import check
from schedtest.scheduling.problem import Closure, Objective, Window
from schedtest.scheduling.repair import repair
from schedtest.scheduling.search import solve
from schedtest.scheduling.solution import Status
from schedtest.scheduling.stop import Rounds
from tests.scheduling.problems import (
    FEATURES,
    a_device,
    a_mode,
    a_plan,
    a_problem,
    a_resource,
    a_task,
    an_assignment,
    random_problem,
)

PRICES = Objective(unscheduled=1000, tardiness=10, move=20)


def test_what_is_hit_by_a_closure_moves_and_the_rest_stays() -> None:
    before = a_problem(
        resources=[a_resource("oval"), a_resource("lane")],
        tasks=[a_task("one", 3, {"oval": 1}), a_task("two", 3, {"oval": 1}), a_task("three", 3, {"lane": 1})],
        objective=PRICES,
    )
    places = [an_assignment("one", 4, 7), an_assignment("two", 10, 13), an_assignment("three", 8, 11)]
    plan = a_plan(before, *places)
    closed = replace(before, resources=(a_resource("oval", closed=[(3, 5, 1)]), a_resource("lane")))
    mended = repair(closed, plan, stop=Rounds(20))
    assert check(closed, mended) == []
    assert mended.assignment_by_task["two"] == plan.assignment_by_task["two"]
    assert mended.assignment_by_task["three"] == plan.assignment_by_task["three"]
    assert mended.assignment_by_task["one"].start != 4
    assert mended.objective is not None
    assert mended.objective.move == 0  # the problem itself has no baseline


def test_a_plan_that_nothing_has_happened_to_stays_as_it_is() -> None:
    problem = a_problem(resources=[a_resource("oval")], tasks=[a_task("one", 3, {"oval": 1}, due=30)], objective=PRICES)
    plan = a_plan(problem, an_assignment("one", 9, 12))
    assert repair(problem, plan, stop=Rounds(20)).assignments == plan.assignments


def test_what_has_become_impossible_is_infeasible() -> None:
    before = a_problem(resources=[a_resource("oval")], tasks=[a_task("one", 3, {"oval": 1}, mandatory=True)])
    plan = a_plan(before, an_assignment("one", 0, 3))
    closed = replace(before, resources=(a_resource("oval", closed=[(0, 20, 1)]),))
    assert repair(closed, plan, stop=Rounds(20)).status is Status.INFEASIBLE


def test_what_comes_after_a_test_that_takes_longer_gives_way_and_nothing_else() -> None:
    before = a_problem(
        resources=[a_resource("oval"), a_resource("lane")],
        tasks=[
            a_task("runs", 4, {"oval": 1}, fixed=(2, "usual")),
            a_task("next", 3, {"oval": 1}),
            a_task("beside", 3, {"lane": 1}),
        ],
        objective=PRICES,
    )
    plan = a_plan(before, an_assignment("runs", 2, 6), an_assignment("next", 7, 10), an_assignment("beside", 8, 11))
    overrun = replace(before, tasks=(a_task("runs", 9, {"oval": 1}, fixed=(2, "usual")), *before.tasks[1:]))
    mended = repair(overrun, plan, stop=Rounds(20))
    assert check(overrun, mended) == []
    assert mended.assignment_by_task["runs"] == an_assignment("runs", 2, 11)
    assert mended.assignment_by_task["next"].start >= 11
    assert mended.assignment_by_task["beside"] == plan.assignment_by_task["beside"]


def test_what_the_problem_no_longer_has_is_passed_over_and_what_needed_it_gets_something_else() -> None:
    before = a_problem(
        devices=[a_device("old"), a_device("new")],
        tasks=[
            a_task("measured", 3, devices={"robot": 1}),
            a_task("withdrawn", 3),
            a_task("elsewhere", modes=[a_mode("oval", 2), a_mode("lane", 2)]),
        ],
        objective=PRICES,
    )
    plan = a_plan(
        before,
        an_assignment("measured", 4, 7, devices={"robot": ["old"]}),
        an_assignment("withdrawn", 0, 3),
        an_assignment("elsewhere", 5, 7, "lane"),
    )
    after = replace(
        before,
        devices=(a_device("new"),),
        tasks=(before.tasks[0], a_task("elsewhere", modes=[a_mode("oval", 2)])),
    )
    mended = repair(after, plan, stop=Rounds(20))
    assert check(after, mended) == []
    assert mended.assignment_by_task["measured"] == an_assignment("measured", 4, 7, devices={"robot": ["new"]})
    assert mended.assignment_by_task["elsewhere"].mode == "oval"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 7))
def test_mending_leaves_alone_what_is_fixed(seed: int) -> None:
    problem = random_problem(seed, 60)
    plan = solve(problem, stop=Rounds(4), seed=seed)
    fixed = {task.id: task.fixed for task in problem.tasks if task.fixed is not None}
    needed = {task.id for task in problem.tasks if task.mandatory} | set(fixed)
    devices = {
        name: any(name in names for place in plan.assignments if place.task in needed for _, names in place.devices)
        for place in plan.assignments
        for _, names in place.devices
        for name in names
    }
    dead = next(name for name, is_needed in devices.items() if not is_needed)
    changed = replace(
        problem,
        devices=tuple(
            replace(d, closures=(Window(0, problem.horizon),)) if d.id == dead else d for d in problem.devices
        ),
    )
    mended = repair(changed, plan, stop=Rounds(6), seed=seed)
    assert check(changed, mended) == []
    places = mended.assignment_by_task
    assert fixed
    assert {name: (places[name].start, places[name].mode) for name in fixed} == fixed
    assert all(dead not in names for place in mended.assignments for _, names in place.devices)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
def test_a_plan_is_mended_near_to_what_it_was(seed: int) -> None:
    problem = random_problem(seed, 100, features=FEATURES - {"fixed", "mandatory"})
    problem = replace(problem, objective=replace(problem.objective, move=50), baseline=())
    plan = solve(problem, stop=Rounds(5), seed=seed)
    busiest = max(
        problem.resources,
        key=lambda r: sum(r.id in dict(problem.task_by_id[a.task].mode(a.mode).uses) for a in plan.assignments),
    )
    day = Closure(48 * 4, 48 * 5, busiest.capacity)
    dead = next(name for a in plan.assignments for _, names in a.devices for name in names)
    changed = replace(
        problem,
        resources=tuple(replace(r, closures=(*r.closures, day)) if r is busiest else r for r in problem.resources),
        devices=tuple(
            replace(d, closures=(*d.closures, Window(0, problem.horizon))) if d.id == dead else d
            for d in problem.devices
        ),
    )
    mended = repair(changed, plan, stop=Rounds(10), seed=seed)
    assert check(changed, mended) == []
    anew = solve(changed, stop=Rounds(10), seed=seed)

    def kept(other: object) -> int:
        places = other.assignment_by_task  # type: ignore[attr-defined]
        return sum(
            name in places and (places[name].start, places[name].mode) == (place.start, place.mode)
            for name, place in plan.assignment_by_task.items()
        )

    assert kept(mended) > kept(anew)
