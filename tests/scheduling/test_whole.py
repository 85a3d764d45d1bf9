"""All tasks in one model of CP-SAT."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings

from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.extent import fits
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.model.solver import Answer
from schedtest.scheduling.price_bounds import bounds_of
from schedtest.scheduling.problem import Objective, Problem
from schedtest.scheduling.progress import Recorder
from schedtest.scheduling.stop import Budget, Rounds
from schedtest.scheduling.whole import Means, improve_whole

from .problems import a_problem, a_resource, a_task, small_problems


def floors_of(problem: Problem) -> Mapping[str, int]:
    return bounds_of(Lookup(problem), Arrays.of(problem), lambda: False, None).campaigns


def whole(problem: Problem, floors: Mapping[str, int], rounds: int = 50) -> Answer:
    recorder = Recorder(len(problem.tasks), lambda: 0.0, None)
    return improve_whole(Lookup(problem), None, 1.0, Means(Budget(Rounds(rounds)), recorder, 1, 1), floors)


@settings(max_examples=150, deadline=None)
@given(small_problems())
def test_what_campaigns_cost_at_the_least_takes_no_better_plan_away(problem: Problem):
    if not fits(problem):
        return
    with_floors, without = whole(problem, floors_of(problem)), whole(problem, {})
    assert with_floors.closed
    assert without.closed
    assert with_floors.total == without.total


def test_what_campaigns_cost_at_the_least_is_a_bound_of_the_whole_at_once():
    """Twelve of each campaign on a bench of its own, and one that all share."""
    names = "abcdef"
    tasks = [
        a_task(f"{name} {number}", 2 + number % 3, {f"bench {name}": 1, "shared": 1}, campaign=name, due=0)
        for name in names
        for number in range(12)
    ]
    problem = a_problem(
        horizon=600,
        resources=[a_resource("shared", 3), *(a_resource(f"bench {name}") for name in names)],
        tasks=tasks,
        objective=Objective(unscheduled=10**6, tardiness=1, stay=2),
    )
    floors = floors_of(problem)
    answer = whole(problem, floors, rounds=1)
    assert answer.bound is not None
    assert answer.bound >= sum(floors.values()) > 0
    unaware = whole(problem, {}, rounds=1)
    assert unaware.bound is None or unaware.bound < sum(floors.values())
