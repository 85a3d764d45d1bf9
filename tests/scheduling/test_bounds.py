"""A lower bound is proven: no plan is ever below it."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from schedtest.scheduling.bounds import lower_bound, shortest_stretch
from schedtest.scheduling.model.hours import Hours
from schedtest.scheduling.problem import Objective, Problem

from .oracle import optimum
from .problems import a_calendar, a_precedence, a_problem, a_resource, a_task, small_problems


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_problems())
def test_no_plan_is_below_the_bound(problem: Problem):
    best = optimum(problem)
    if best is not None:
        assert lower_bound(problem) <= best[0]


def test_precedences_and_calendars_push_the_bound():
    problem = a_problem(
        objective=Objective(unscheduled=1000, tardiness=1),
        calendars=[a_calendar("day", (0, 2), (10, 14))],
        tasks=[a_task("first", 2, due=0, calendar="day"), a_task("second", 3, due=0, calendar="day")],
        precedences=[a_precedence("first", "second")],
    )
    assert lower_bound(problem) == 2 + 13


def test_a_campaign_stays_as_long_as_its_article_is_at_work():
    problem = a_problem(
        objective=Objective(unscheduled=1000, stay=1),
        calendars=[a_calendar("day", (0, 4), (10, 14))],
        resources=[a_resource("car", kind="article")],
        tasks=[a_task(f"test-{n}", 2, {"car": 1}, campaign="visit", calendar="day") for n in range(3)],
    )
    assert lower_bound(problem) == 12


def test_a_task_that_can_have_no_place_counts_as_left_out():
    problem = a_problem(objective=Objective(unscheduled=7), tasks=[a_task("drive", 5, deadline=4, weight=3)])
    assert lower_bound(problem) == 21


def test_the_shortest_stretch_of_work_may_end_with_a_window():
    hours = Hours([(0, 6), (8, 9)])
    assert shortest_stretch(hours, 2) == 2
    assert shortest_stretch(hours, 7) == 9
    assert shortest_stretch(Hours([(0, 1), (5, 8)]), 4) == 8
