"""A full plan in one go."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.construct import FixedClash, construct
from schedtest.scheduling.incumbent import cost, missing
from schedtest.scheduling.problem import Problem
from tests.scheduling.plans import broken_rules, places
from tests.scheduling.problems import (
    a_calendar,
    a_mode,
    a_precedence,
    a_problem,
    a_resource,
    a_task,
    random_problem,
    small_problems,
)


def planned(problem: Problem) -> dict[str, tuple[int, str]]:
    arrays = Arrays.of(problem)
    plan = construct(arrays)
    assert broken_rules(arrays, plan) == []
    return places(problem, plan)


def test_a_fixed_task_stays_and_the_others_go_round_it():
    problem = a_problem(
        horizon=8,
        resources=[a_resource("road")],
        tasks=[a_task("fixed", 3, {"road": 1}, fixed=(2, "usual")), a_task("other", 3, {"road": 1})],
    )
    assert planned(problem) == {"fixed": (2, "usual"), "other": (5, "usual")}


def test_fixed_tasks_that_exclude_each_other_are_named():
    problem = a_problem(
        resources=[a_resource("road")],
        tasks=[a_task(name, 3, {"road": 1}, fixed=(start, "usual")) for name, start in (("a", 2), ("b", 4), ("c", 9))],
    )
    with pytest.raises(FixedClash) as clash:
        construct(Arrays.of(problem))
    assert clash.value.tasks == (1,)


def test_a_preparation_waits_until_its_test_can_follow_in_time():
    problem = a_problem(
        horizon=30,
        calendars=[a_calendar("dawn", (20, 24))],
        tasks=[a_task("soak", 2), a_task("cold start", 3, calendar="dawn")],
        precedences=[a_precedence("soak", "cold start", max_lag=4, together=True)],
    )
    assert planned(problem) == {"soak": (14, "usual"), "cold start": (20, "usual")}


def test_a_preparation_without_its_test_is_left_out():
    problem = a_problem(
        horizon=10,
        tasks=[a_task("soak", 2), a_task("cold start", 3, deadline=4)],
        precedences=[a_precedence("soak", "cold start", together=True)],
    )
    assert planned(problem) == {}


def test_what_comes_before_goes_in_even_if_it_is_less_urgent():
    problem = a_problem(
        horizon=10,
        tasks=[a_task("after", 2, due=4), a_task("before", 2, due=10)],
        precedences=[a_precedence("before", "after", min_lag=1)],
    )
    assert planned(problem) == {"before": (0, "usual"), "after": (3, "usual")}


def test_a_task_dearer_in_than_out_is_left_out():
    problem = a_problem(horizon=10, tasks=[a_task("a", modes=[a_mode("only", 1, cost=1001)])])
    assert planned(problem) == {}


def test_a_mandatory_task_goes_in_whatever_it_costs():
    problem = a_problem(horizon=10, tasks=[a_task("a", modes=[a_mode("only", 1, cost=1001)], mandatory=True)])
    assert planned(problem) == {"a": (0, "only")}


def test_a_mandatory_task_that_fits_nowhere_is_owned_up_to():
    arrays = Arrays.of(a_problem(horizon=3, tasks=[a_task("a", 4, mandatory=True), a_task("b", 1)]))
    assert missing(arrays, construct(arrays)) == (0,)


def test_what_a_mandatory_task_needs_is_as_mandatory():
    problem = a_problem(
        horizon=9,
        tasks=[a_task("before", modes=[a_mode("only", 1, cost=5000)]), a_task("after", 1, mandatory=True)],
        precedences=[a_precedence("before", "after")],
    )
    assert planned(problem) == {"before": (0, "only"), "after": (1, "usual")}


def test_a_cycle_of_lags_is_put_in_as_one():
    problem = a_problem(
        horizon=30,
        resources=[a_resource("road", 1, [(0, 5, 1), (8, 10, 1)])],
        tasks=[a_task("a", 3, mandatory=True), a_task("b", 4, {"road": 1}, mandatory=True), a_task("c", 2)],
        precedences=[a_precedence("a", "b", max_lag=1), a_precedence("b", "a", min_lag=-9), a_precedence("b", "c")],
    )
    assert planned(problem) == {"a": (6, "usual"), "b": (10, "usual"), "c": (14, "usual")}


def test_no_tasks_make_an_empty_plan():
    assert planned(a_problem(tasks=[])) == {}


def test_the_same_seed_gives_the_same_plan():
    arrays = Arrays.of(random_problem(7, 60))
    one, other = construct(arrays, seed=3), construct(arrays, seed=3)
    assert np.array_equal(one.start, other.start)
    assert np.array_equal(one.mode, other.mode)
    assert one.held is not None
    assert np.array_equal(one.held, other.held)


@pytest.mark.parametrize("seed", range(8))
def test_every_plan_keeps_every_rule(seed):
    arrays = Arrays.of(random_problem(seed, 20 + 15 * seed, load=0.8 + 0.2 * (seed % 4)))
    plan = construct(arrays, seed)
    assert missing(arrays, plan) == ()
    assert broken_rules(arrays, plan) == []


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(small_problems())
def test_every_plan_of_a_small_problem_keeps_every_rule(problem):
    arrays = Arrays.of(problem)
    try:
        plan = construct(arrays)
    except FixedClash:
        return
    assert broken_rules(arrays, plan) == []
    assert cost(arrays, plan).total >= 0


def test_a_preparation_waits_for_what_its_test_waits_for():
    """The preparation has room at once, but then its test would have to begin long before the durability test ends."""
    problem = a_problem(
        horizon=200,
        resources=[a_resource("track"), a_resource("bay")],
        tasks=[
            a_task("durability", 60, {"track": 1}, mandatory=True),
            a_task("preparation", 2, {"bay": 1}, mandatory=True),
            a_task("braking", 4, {"track": 1}, mandatory=True),
        ],
        precedences=[
            a_precedence("durability", "braking", max_lag=20),
            a_precedence("preparation", "braking", max_lag=5),
        ],
    )
    plan = places(problem, construct(Arrays.of(problem)))
    assert plan["durability"] == (0, "usual")
    assert plan["braking"] == (60, "usual")
    assert 53 <= plan["preparation"][0] <= 58
