from dataclasses import replace

import pytest

from schedtest.scheduling.check import check
from schedtest.scheduling.problem import Closure, Objective, Window
from schedtest.scheduling.repair import repair
from schedtest.scheduling.search import solve
from schedtest.scheduling.solution import Status
from schedtest.scheduling.stop import Rounds
from tests.scheduling.problems import FEATURES, a_plan, a_problem, a_resource, a_task, an_assignment, random_problem

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
