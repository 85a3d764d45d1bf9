"""Projects: orders of tasks as plans, justified and evolved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.bounds import lower_bound
from schedtest.scheduling.evolution import FIRST_SIZE, Evolution
from schedtest.scheduling.incumbent import Incumbent
from schedtest.scheduling.problem import Objective
from schedtest.scheduling.project import project_of
from schedtest.scheduling.search import solve
from schedtest.scheduling.serial import empty_desk, justified, to_the_left
from schedtest.scheduling.solution import Status
from schedtest.scheduling.stop import Rounds
from schedtest.scheduling.tables import NEVER
from tests.scheduling.plans import broken_rules
from tests.scheduling.problems import a_calendar, a_mode, a_precedence, a_problem, a_resource, a_task
from tests.scheduling.projects import a_project, on_machines


def an_incumbent(start: np.ndarray) -> Incumbent:
    return Incumbent(start.copy(), np.zeros(len(start), dtype=np.int32))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(0, 20))
def test_every_order_gives_a_plan_that_keeps_the_rules_and_justified_it_lasts_no_longer(
    seed: int, rows: int, latest_release: int
):
    arrays = Arrays.of(a_project(seed, 12, rows, latest_release))
    project = project_of(arrays)
    assert project is not None
    desk, order = empty_desk(project), np.arange(12, dtype=np.int32)
    end = to_the_left(project, desk, order)
    first = int(desk.start.min())
    assert broken_rules(arrays, an_incumbent(desk.start)) == []
    length = justified(project, desk, order)
    assert broken_rules(arrays, an_incumbent(desk.start)) == []
    assert length == max(desk.start + project.duration) - desk.start.min()
    assert length <= end - first


@pytest.mark.parametrize("seed", range(25))
def test_evolution_finds_the_optimum_of_small_projects(seed: int):
    problem = a_project(seed)
    solution = solve(problem, stop=Rounds(400))
    assert solution.status is Status.OPTIMAL
    assert solution.objective is not None
    project = project_of(Arrays.of(problem))
    assert project is not None
    evolution = Evolution(project, seed=1)
    evolution.run(6000)
    assert 2 * evolution.best_length == solution.objective.total


@pytest.mark.parametrize("seed", range(20))
def test_machines_are_chosen_too(seed: int):
    problem = on_machines(seed)
    arrays = Arrays.of(problem)
    project = project_of(arrays)
    assert project is not None
    assert project.on_machines
    desk, order = empty_desk(project), np.arange(len(problem.tasks), dtype=np.int32)
    assert justified(project, desk, order) < NEVER
    assert broken_rules(arrays, Incumbent(desk.start.copy(), desk.way.copy())) == []
    evolution = Evolution(project, seed=1)
    evolution.run(5000)
    assert broken_rules(arrays, Incumbent(evolution.best_start, evolution.best_way)) == []
    solution = solve(problem, stop=Rounds(400))
    assert solution.status is Status.OPTIMAL
    assert solution.objective is not None
    # the machine is chosen by what is idle least, which no order may make the best choice
    assert solution.objective.total <= evolution.best_length <= solution.objective.total + 2


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_no_bound_is_above_what_evolution_finds_for_a_hundred_tasks(seed: int, machines: bool):
    problem = on_machines(seed, 100) if machines else a_project(seed, 100, 4)
    project = project_of(Arrays.of(replace(problem, horizon=1000)))
    assert project is not None
    evolution = Evolution(project, seed=1)
    evolution.run(2000)
    assert lower_bound(replace(problem, horizon=1000)) <= problem.objective.stay * evolution.best_length < NEVER


def test_the_same_seed_gives_the_same_plans():
    project = project_of(Arrays.of(a_project(3, tasks=30)))
    assert project is not None
    one, other = Evolution(project, seed=5), Evolution(project, seed=5)
    one.run(3000)
    for _ in range(30):
        other.run(100)
    assert one.best_length == other.best_length
    assert (one.best_start == other.best_start).all()


def test_a_population_at_its_end_makes_way_for_a_larger_one():
    project = project_of(Arrays.of(a_project(3, tasks=5)))
    assert project is not None
    evolution = Evolution(project, seed=5)
    evolution.run(20 * FIRST_SIZE)
    assert evolution.size > FIRST_SIZE


def test_what_does_not_fit_into_the_horizon_is_no_plan():
    tasks = [a_task(f"t{n}", 4, {"bench": 1}, campaign="all", mandatory=True) for n in range(3)]
    problem = a_problem(horizon=11, objective=Objective(stay=1), resources=[a_resource("bench")], tasks=tasks)
    project = project_of(Arrays.of(problem))
    assert project is not None
    evolution = Evolution(project, seed=1)
    evolution.run(200)
    assert evolution.best_length == NEVER


def test_only_projects_are_taken_for_projects():
    task = {"campaign": "all", "mandatory": True, "due": 100}
    plain = [a_task("a", 2, {"crew": 1}, **task), a_task("b", 3, {"crew": 1}, **task)]
    resources, stay = [a_resource("crew")], Objective(stay=1)
    project = a_problem(objective=stay, resources=resources, tasks=plain)
    assert project_of(Arrays.of(project)) is not None
    others = [
        a_problem(
            objective=Objective(stay=1, tardiness=1),
            resources=resources,
            tasks=[plain[0], a_task("b", 3, campaign="all", mandatory=True, due=2)],
        ),
        a_problem(objective=stay, resources=resources, tasks=[plain[0], a_task("b", 3, mandatory=True)]),
        a_problem(objective=stay, resources=resources, tasks=[plain[0], a_task("b", 3, campaign="all")]),
        a_problem(objective=stay, resources=resources, tasks=[plain[0], a_task("b", 3, deadline=4, **task)]),
        a_problem(objective=stay, resources=resources, tasks=[plain[0], a_task("b", 3, fixed=(4, "usual"), **task)]),
        a_problem(
            objective=stay,
            resources=resources,
            tasks=[plain[0], a_task("b", modes=[a_mode("one"), a_mode("other", 2)], **task)],
        ),
        a_problem(
            objective=stay,
            calendars=[a_calendar("day", (0, 9))],
            resources=resources,
            tasks=[plain[0], a_task("b", 3, calendar="day", **task)],
        ),
        a_problem(
            objective=stay,
            resources=[a_resource("crew"), a_resource("other")],
            tasks=[
                plain[0],
                a_task("b", modes=[a_mode("one", 2, {"crew": 1}), a_mode("two", 2, {"other": 1})], **task),
            ],
            precedences=[a_precedence("a", "b", max_lag=4)],
        ),
    ]
    for other in others:
        assert project_of(Arrays.of(other)) is None
