"""Projects with longest lags: orders of tasks as plans, with tasks that move on for others."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.evolution import Evolution
from schedtest.scheduling.incumbent import Incumbent
from schedtest.scheduling.lags import justified_within_lags, within_lags
from schedtest.scheduling.problem import Objective, Problem
from schedtest.scheduling.project import MOST_LAGGED, Project, project_of
from schedtest.scheduling.search import solve
from schedtest.scheduling.serial import Desk, empty_desk
from schedtest.scheduling.solution import Status
from schedtest.scheduling.stop import Rounds
from schedtest.scheduling.tables import NEVER
from tests.scheduling.plans import broken_rules
from tests.scheduling.problems import a_precedence, a_problem, a_resource, a_task
from tests.scheduling.projects import bound_together


def made_ready(problem: Problem) -> tuple[Arrays, Project, Desk]:
    arrays = Arrays.of(problem)
    project = project_of(arrays)
    assert project is not None
    return arrays, project, empty_desk(project)


def an_incumbent(desk: Desk) -> Incumbent:
    return Incumbent(desk.start.copy(), np.zeros(len(desk.start), dtype=np.int32))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(0, 9), st.integers(1, 4), st.randoms())
def test_what_an_order_gives_keeps_every_lag_and_justified_it_lasts_no_longer(
    seed, rows, latest_release, width, random
):
    arrays, project, desk = made_ready(bound_together(seed, 12, rows, latest_release))
    order = np.array(random.sample(range(12), 12), dtype=np.int32)
    if not within_lags(project, desk, order, NEVER, width):
        assert justified_within_lags(project, desk, order, NEVER, width) == NEVER
        return
    assert broken_rules(arrays, an_incumbent(desk)) == []
    first = int(max(desk.start + project.duration) - desk.start.min())
    length = justified_within_lags(project, desk, order, NEVER, width)
    assert broken_rules(arrays, an_incumbent(desk)) == []
    assert length == max(desk.start + project.duration) - desk.start.min() <= first
    assert (np.diff(desk.start[order]) >= 0).all()


def test_beginning_late_is_kept_where_it_lasts_less():
    random, made = Random(1), 0
    for seed in range(400):
        _, project, desk = made_ready(bound_together(seed, 12, 2))
        order = np.array(random.sample(range(12), 12), dtype=np.int32)
        if within_lags(project, desk, order, NEVER, 3):
            made += 1
            first = int(max(desk.start + project.duration) - desk.start.min())
            assert justified_within_lags(project, desk, order, NEVER, 3) <= first
    assert made > 200


def test_nearly_all_small_projects_end_at_their_optimum():
    """A task moves on only as far as another needs it, so that a few of the best plans come from no order."""
    differences = []
    for seed in range(20):
        problem = bound_together(seed, 8)
        arrays, project, _ = made_ready(problem)
        evolution = Evolution(project, seed=1)
        evolution.run(6000)
        assert broken_rules(arrays, Incumbent(evolution.best_start, evolution.best_way)) == []
        solution = solve(problem, stop=Rounds(400))
        assert solution.status is Status.OPTIMAL
        assert solution.objective is not None
        differences.append(2 * evolution.best_length - solution.objective.total)
    assert min(differences) == 0
    assert differences.count(0) >= 18


def a_pair_beside_another(lasts: int = 14) -> Problem:
    """The crew must follow at once after `first`, which needs nobody; `other` needs it too, and lasts so long."""
    return a_problem(
        horizon=40,
        objective=Objective(stay=1),
        resources=[a_resource("crew", 1)],
        tasks=[
            a_task("first", 1, campaign="all", mandatory=True),
            a_task("second", 2, {"crew": 1}, campaign="all", mandatory=True),
            a_task("other", lasts, {"crew": 1}, campaign="all", mandatory=True),
        ],
        precedences=[a_precedence("first", "second", min_lag=0, max_lag=0)],
    )


def test_a_task_moves_on_for_one_that_must_follow_it_at_once():
    _, project, desk = made_ready(a_pair_beside_another())
    assert within_lags(project, desk, np.array([0, 2, 1], dtype=np.int32), NEVER, 1)
    assert desk.start.tolist() == [13, 14, 0]


def test_what_is_urgent_goes_before_what_comes_first_in_the_order():
    for width, expected in ((1, [1, 2, 0]), (2, [0, 1, 3])):
        _, project, desk = made_ready(a_pair_beside_another(lasts=2))
        assert within_lags(project, desk, np.array([0, 2, 1], dtype=np.int32), NEVER, width)
        assert desk.start.tolist() == expected


def test_nothing_is_given_that_lasts_longer_than_was_asked():
    for longest, expected in ((16, False), (17, True)):
        _, project, desk = made_ready(a_pair_beside_another())
        assert within_lags(project, desk, np.array([0, 1, 2], dtype=np.int32), longest, 1) is expected


def test_how_long_it_lasts_counts_from_the_first_release():
    problem = a_pair_beside_another()
    late = replace(problem, tasks=tuple(replace(task, release=7) for task in problem.tasks))
    _, project, desk = made_ready(late)
    assert within_lags(project, desk, np.array([0, 1, 2], dtype=np.int32), 17, 1)
    assert justified_within_lags(project, desk, np.array([0, 1, 2], dtype=np.int32), 17, 1) == 17


def test_lags_that_no_plan_can_keep_make_no_project():
    problem = a_pair_beside_another()
    between = (a_precedence("first", "other"), a_precedence("other", "second"))
    impossible = replace(problem, precedences=(*problem.precedences, *between))
    assert project_of(Arrays.of(problem)) is not None
    assert project_of(Arrays.of(impossible)) is None


def test_projects_of_very_many_tasks_with_longest_lags_are_left_to_others():
    tasks = [a_task(f"t{number}", 1, campaign="all", mandatory=True) for number in range(MOST_LAGGED + 1)]
    lags = [a_precedence("t0", "t1", min_lag=0, max_lag=5)]
    problem = a_problem(horizon=1000, objective=Objective(stay=1), tasks=tasks, precedences=lags)
    assert project_of(Arrays.of(problem)) is None
    assert project_of(Arrays.of(replace(problem, tasks=tuple(tasks[:-1])))) is not None


def test_a_large_project_with_longest_lags_is_evolved_before_the_model_has_it():
    problem = bound_together(1, 40, 3)
    phases: list[str] = []
    solution = solve(problem, stop=Rounds(30), progress=lambda report: phases.append(report.phase))
    assert solution.status is Status.OPTIMAL
    assert phases.index("improving") < phases.index("proving")
