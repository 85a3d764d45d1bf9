"""Projects with longest lags: first plans by precedences, and plans shifted from them."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedtest.scheduling.allocation import Allocation
from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.compiled import Ints
from schedtest.scheduling.construct import construct
from schedtest.scheduling.improvement import Improvement
from schedtest.scheduling.incumbent import Incumbent, missing
from schedtest.scheduling.lags import load
from schedtest.scheduling.lanes import Here
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.neighbourhoods import Choice
from schedtest.scheduling.pieces import Shift
from schedtest.scheduling.posting import Posting
from schedtest.scheduling.problem import Objective, Problem
from schedtest.scheduling.progress import Recorder
from schedtest.scheduling.project import Project, project_of
from schedtest.scheduling.search import solve
from schedtest.scheduling.serial import empty_desk
from schedtest.scheduling.shifting import Shifting, walk
from schedtest.scheduling.solution import Status
from schedtest.scheduling.stop import Budget, Rounds
from schedtest.scheduling.whole import Means
from schedtest.scheduling.workbench import MOST_TRIES, Workbench
from tests.scheduling.plans import broken_rules
from tests.scheduling.problems import a_precedence, a_problem, a_resource, a_task
from tests.scheduling.projects import bound_together


def made_ready(problem: Problem) -> tuple[Arrays, Project]:
    arrays = Arrays.of(problem)
    project = project_of(arrays)
    assert project is not None
    return arrays, project


def a_plan(project: Project, seed: int = 1, tries: int = 100) -> Ints | None:
    posting = Posting(project, seed)
    while posting.start is None and posting.tries < tries:
        posting.run(50)
    return posting.start


def an_incumbent(start: Ints) -> Incumbent:
    return Incumbent(start.copy(), np.zeros(len(start), dtype=np.int32))


def length(project: Project, start: Ints) -> int:
    return int((start + project.duration).max() - start.min())


def crowded() -> Problem:
    """Five tasks that need the whole crew for two slots each, all to begin within seven slots of each other."""
    tasks = [a_task(f"t{number}", 2, {"crew": 2}, campaign="all", mandatory=True) for number in range(5)]
    lags = [
        a_precedence(f"t{one}", f"t{other}", min_lag=-9, max_lag=5)
        for one in range(5)
        for other in range(5)
        if one != other
    ]
    return a_problem(
        horizon=60, objective=Objective(stay=1), resources=[a_resource("crew", 2)], tasks=tasks, precedences=lags
    )


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 14), st.integers(1, 5), st.integers(0, 9))
def test_a_plan_by_precedences_keeps_every_rule(seed, tasks, rows, latest_release):
    arrays = Arrays.of(bound_together(seed, tasks, rows, latest_release))
    project = project_of(arrays)
    start = None if project is None else a_plan(project, seed)
    if start is not None:
        assert broken_rules(arrays, an_incumbent(start)) == []


def test_no_plan_lasts_beyond_the_horizon():
    """That of each project as short as a plan of it, which most tries would exceed."""
    found = 0
    for seed in range(30):
        problem = bound_together(seed, 20, 3)
        loose = replace(problem, precedences=tuple(replace(lag, max_lag=None) for lag in problem.precedences[:-5]))
        _, project = made_ready(loose)
        first = a_plan(project, seed)
        assert first is not None
        arrays, project = made_ready(replace(loose, horizon=int((first + project.duration).max())))
        for other in range(5):
            start = a_plan(project, other, tries=20)
            found += start is not None
            assert start is None or broken_rules(arrays, an_incumbent(start)) == []
    assert 0 < found < 150


@pytest.mark.parametrize("tasks", [40, 60])
def test_tight_lags_have_a_plan_within_a_hundred_tries(tasks):
    for seed in range(12):
        _, project = made_ready(bound_together(seed, tasks, 3))
        assert a_plan(project) is not None


def test_the_same_seed_gives_the_same_plan():
    _, project = made_ready(bound_together(7, 40, 3))
    first, second, other = a_plan(project, 1), a_plan(project, 1), a_plan(project, 2)
    assert first is not None
    assert second is not None
    assert other is not None
    assert first.tolist() == second.tolist() != other.tolist()


def test_whoever_is_stuck_time_and_again_says_so():
    arrays, project = made_ready(crowded())
    assert a_plan(project) is None
    nothing = Incumbent(np.full(5, -1, dtype=np.int64), np.full(5, -1, dtype=np.int32))
    few = Workbench(arrays, lambda: False).do(Shift(total=1000, seed=1, plans=MOST_TRIES - 1), nothing)
    many = Workbench(arrays, lambda: False).do(Shift(total=1000, seed=1, plans=10 * MOST_TRIES), nothing)
    assert (few.outcome.closed, many.outcome.closed) == (False, True)
    assert missing(arrays, many.plan) == missing(arrays, nothing)


def test_what_has_no_plan_is_given_up_long_before_the_time_is_over():
    problem, budget = crowded(), Budget(Rounds(10_000))
    means = Means(budget, Recorder(len(problem.tasks), budget.watch.seconds, None), workers=1, seed=1)
    arrays = Arrays.of(problem)
    improvement = Improvement(Lookup(problem), arrays, construct(arrays), means, Here(arrays, budget.over))
    improvement.post(0.6)
    assert not improvement.complete
    assert budget.rounds < 100
    assert solve(problem, stop=Rounds(20)).status is Status.INFEASIBLE


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 14), st.integers(1, 5), st.integers(0, 9), st.floats(0, 9))
def test_no_plan_on_the_way_breaks_a_rule(seed, tasks, rows, latest_release, temperature):
    arrays = Arrays.of(bound_together(seed, tasks, rows, latest_release))
    project = project_of(arrays)
    start = None if project is None else a_plan(project, seed)
    if project is None or start is None:
        return
    desk, order = empty_desk(project), np.zeros(tasks, dtype=np.int32)
    random, best, shortest = np.array([seed], dtype=np.uint64), start.copy(), np.array([length(project, start)])
    load(project, desk, start)
    for _ in range(20):
        walk(project, desk, order, random, best, shortest, 1, 9, temperature)
        assert broken_rules(arrays, an_incumbent(desk.start)) == []
        assert length(project, best) == shortest[0] <= length(project, desk.start)


def test_without_heat_a_plan_never_gets_longer():
    _, project = made_ready(bound_together(3, 40, 3))
    start = a_plan(project)
    assert start is not None
    desk, order = empty_desk(project), np.zeros(40, dtype=np.int32)
    random, best, shortest = np.array([1], dtype=np.uint64), start.copy(), np.array([length(project, start)])
    load(project, desk, start)
    before = length(project, start)
    for _ in range(50):
        walk(project, desk, order, random, best, shortest, 1, 9, 0.0)
        assert length(project, desk.start) <= before
        before = length(project, desk.start)


def test_shifted_plans_are_much_shorter_than_the_first():
    shorter = []
    for seed in range(5):
        problem = bound_together(seed, 40, 3)
        loose = [
            replace(lag, min_lag=lag.min_lag - 25, max_lag=lag.max_lag and lag.max_lag + 25)
            for lag in problem.precedences
            if lag.min_lag != 0
        ]
        arrays, project = made_ready(replace(problem, precedences=tuple(loose)))
        start = a_plan(project)
        assert start is not None
        shifting = Shifting(project, start, seed=1)
        shifting.run(2000, 0.0)
        shifting.run(2000, 1.0)
        assert shifting.best_length == length(project, shifting.best_start)
        assert broken_rules(arrays, an_incumbent(shifting.best_start)) == []
        shorter.append(shifting.best_length / length(project, start))
    assert max(shorter) < 1
    assert np.mean(shorter) < 0.9


def test_a_piece_goes_on_from_the_plan_that_comes_along():
    arrays, _ = made_ready(bound_together(0, 40, 3))
    bench = Workbench(arrays, lambda: False)
    nothing = Incumbent(np.full(40, -1, dtype=np.int64), np.full(40, -1, dtype=np.int32))
    first = bench.do(Shift(total=10**9, seed=1, plans=2000), nothing)
    assert broken_rules(arrays, first.plan) == []
    again = bench.do(Shift(first.outcome.total, seed=2, plans=200), first.plan)
    assert again.outcome.total <= first.outcome.total
    assert again.plan is first.plan or again.outcome.total < first.outcome.total


def test_a_project_whose_orders_give_no_plan_is_planned():
    solution = solve(bound_together(0, 40, 3), stop=Rounds(60))
    assert solution.status in (Status.OPTIMAL, Status.FEASIBLE)


def test_what_a_first_plan_earned_says_nothing_of_what_comes_after_it():
    arrays, _ = made_ready(bound_together(0, 40, 3))
    allocation = Allocation(Choice(arrays), Random(1), ("breed", "shift"))
    for kind in ("breed", "shift"):
        allocation.started(kind)
    allocation.learn("shift", gain=10**9, cost=0.5, closed=False)
    assert [allocation.draw() for _ in range(20)].count("shift") > 10
    allocation.forget()
    allocation.learn("breed", gain=1, cost=0.5, closed=False)
    assert [allocation.draw() for _ in range(20)].count("breed") > 10
