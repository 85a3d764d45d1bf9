"""Each family of the CP-SAT model against cases worked out by hand, and all together against enumeration."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from schedtest.scheduling.check import cost_of
from schedtest.scheduling.model.build import build
from schedtest.scheduling.model.hours import Hours
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.model.solver import Answer, Limits, run
from schedtest.scheduling.problem import DeviceType, Objective, Problem, Window
from schedtest.scheduling.solution import Assignment

from .oracle import broken_rules, optimum
from .problems import (
    a_calendar,
    a_device,
    a_mode,
    a_precedence,
    a_problem,
    a_resource,
    a_state_resource,
    a_task,
    an_assignment,
    small_problems,
)

SOON = Objective(unscheduled=1000, tardiness=1)
"""With every task due at 0: the sum of the ends, and 1000 for each task left out."""


def solved(problem: Problem) -> Answer:
    answer = run(build(Lookup(problem), problem.tasks, {}), Limits(work=30))
    assert answer.closed
    return answer


def plan(**parts: Any) -> dict[str, tuple[int, int]]:
    """(start, end) by task in an optimal plan."""
    answer = solved(a_problem(objective=SOON, **parts))
    assert answer.plan is not None
    return {name: (place.start, place.end) for name, place in answer.plan.items()}


def test_a_task_lies_within_one_working_window():
    ends = plan(calendars=[a_calendar("day", (0, 3), (5, 10))], tasks=[a_task("long", 4, calendar="day", due=0)])
    assert ends == {"long": (5, 9)}


def test_windows_that_touch_are_one_window():
    ends = plan(calendars=[a_calendar("day", (0, 3), (3, 5))], tasks=[a_task("long", 4, calendar="day", due=0)])
    assert ends == {"long": (0, 4)}


def test_an_interruptible_task_pauses_while_its_calendar_is_closed():
    task = a_task("endurance", 4, calendar="day", interruptible=True, release=1, due=0)
    assert plan(calendars=[a_calendar("day", (0, 3), (5, 10))], tasks=[task]) == {"endurance": (1, 7)}


def test_a_pause_frees_a_resource_unless_it_is_kept():
    tasks = [
        a_task("endurance", 4, {"road": 1}, calendar="day", interruptible=True, due=0, fixed=(0, "usual")),
        a_task("other", 2, {"road": 1}, due=0),
    ]
    calendars = [a_calendar("day", (0, 3), (5, 10))]
    assert plan(calendars=calendars, resources=[a_resource("road")], tasks=tasks)["other"] == (3, 5)
    assert plan(calendars=calendars, resources=[a_resource("road", kept=True)], tasks=tasks)["other"] == (6, 8)


def test_a_pause_of_several_windows_frees_the_resource_in_each():
    calendars = [a_calendar("day", (0, 2), (4, 6), (8, 10))]
    tasks = [
        a_task("endurance", 5, {"road": 1}, calendar="day", interruptible=True, due=0, fixed=(0, "usual")),
        *(a_task(f"short-{n}", 2, {"road": 1}, due=0) for n in range(2)),
        a_task("long", 3, {"road": 1}, due=0),
    ]
    ends = plan(calendars=calendars, resources=[a_resource("road")], tasks=tasks)
    assert sorted([ends["short-0"], ends["short-1"]]) == [(2, 4), (6, 8)]
    assert ends["long"] == (9, 12)


def test_a_pause_frees_no_device():
    tasks = [
        a_task("endurance", 4, devices={"robot": 1}, calendar="day", interruptible=True, fixed=(0, "usual")),
        a_task("other", 2, devices={"robot": 1}, due=0),
    ]
    ends = plan(calendars=[a_calendar("day", (0, 3), (5, 10))], devices=[a_device("robot-1")], tasks=tasks)
    assert ends["other"] == (6, 8)


def test_a_closure_alone_may_exceed_the_capacity_but_nothing_is_used_meanwhile():
    ends = plan(resources=[a_resource("road", 1, [(0, 4, 5)])], tasks=[a_task("drive", 2, {"road": 1}, due=0)])
    assert ends == {"drive": (4, 6)}


def test_closures_that_overlap_add_up():
    road = a_resource("road", 3, [(0, 4, 1), (2, 6, 1)])
    ends = plan(
        resources=[road], tasks=[a_task("drive", 2, {"road": 2}, due=0), a_task("convoy", 1, {"road": 3}, due=0)]
    )
    assert ends == {"drive": (0, 2), "convoy": (6, 7)}


def test_the_amounts_used_stay_within_the_capacity():
    tasks = [a_task(f"drive-{n}", 2, {"road": 1}, due=0) for n in range(3)]
    ends = plan(resources=[a_resource("road", 2)], tasks=tasks)
    assert sorted(ends.values()) == [(0, 2), (0, 2), (2, 4)]


def test_a_demand_above_the_capacity_shuts_out_the_mode_not_the_problem():
    modes = [a_mode("convoy", 1, {"road": 3}), a_mode("single", 2, {"road": 1})]
    ends = plan(resources=[a_resource("road", 2)], tasks=[a_task("drive", modes=modes, due=0)])
    assert ends == {"drive": (0, 2)}


def test_turnaround_passes_between_two_tasks_on_one_device():
    tasks = [a_task(f"drive-{n}", 2, devices={"robot": 1}, due=0) for n in range(2)]
    types = [DeviceType(id="robot", turnaround=3)]
    ends = plan(device_types=types, devices=[a_device("robot-1")], tasks=tasks)
    assert sorted(ends.values()) == [(0, 2), (5, 7)]


def test_a_device_may_be_calibrated_right_after_a_task_without_turnaround():
    types = [DeviceType(id="robot", turnaround=3)]
    device = a_device("robot-1", closed=[(2, 4)])
    ends = plan(device_types=types, devices=[device], tasks=[a_task("drive", 2, devices={"robot": 1}, due=0)])
    assert ends == {"drive": (0, 2)}


def test_devices_count_by_name_not_by_number():
    """Two devices, each closed half of the time: one is always open, yet no one serves four slots on end."""
    devices = [a_device("robot-1", closed=[(0, 10)]), a_device("robot-2", closed=[(10, 20)])]
    task = a_task("drive", 4, devices={"robot": 1}, release=8, due=0)
    assert plan(devices=devices, tasks=[task]) == {"drive": (10, 14)}


def test_every_plan_names_devices_that_serve():
    devices = [a_device("robot-1", closed=[(0, 3)]), a_device("robot-2"), a_device("robot-3", closed=[(4, 9)])]
    tasks = [a_task(f"drive-{n}", 2, devices={"robot": 1 + n % 2}, due=0) for n in range(4)]
    problem = a_problem(objective=SOON, devices=devices, tasks=tasks)
    answer = solved(problem)
    assert answer.plan is not None
    assert broken_rules(problem, list(answer.plan.values())) == set()


def test_between_uses_of_two_states_their_transition_passes():
    surface = a_state_resource("surface", "dry", [("dry", "wet", 2), ("wet", "dry", 5)])
    tasks = [
        a_task("wet", 2, states={"surface": "wet"}, due=0),
        a_task("dry", 2, states={"surface": "dry"}, due=0),
        a_task("too", 2, states={"surface": "dry"}, due=0),
    ]
    assert plan(state_resources=[surface], tasks=tasks) == {"dry": (0, 2), "too": (0, 2), "wet": (4, 6)}


def test_a_way_round_by_a_third_state_may_be_shorter_than_the_transition():
    """From cold to hot takes 9 slots, but only from one use to the next: warm stands between."""
    chamber = a_state_resource("chamber", None, [("cold", "hot", 9)])
    tasks = [
        a_task("cold", 1, states={"chamber": "cold"}, fixed=(0, "usual"), due=0),
        a_task("hot", 1, states={"chamber": "hot"}, due=0),
        a_task("warm", 1, states={"chamber": "warm"}, due=0),
    ]
    assert plan(state_resources=[chamber], tasks=tasks) == {"cold": (0, 1), "warm": (1, 2), "hot": (2, 3)}
    assert plan(state_resources=[chamber], tasks=tasks[:2]) == {"cold": (0, 1), "hot": (10, 11)}


def test_lags_are_kept_and_may_be_negative():
    tasks = [a_task("first", 4, due=0), a_task("second", 2, due=0)]
    assert plan(tasks=tasks, precedences=[a_precedence("first", "second", min_lag=3)])["second"] == (7, 9)
    assert plan(tasks=tasks, precedences=[a_precedence("first", "second", min_lag=-3)])["second"] == (1, 3)


def test_a_max_lag_pulls_the_first_task_towards_the_second():
    tasks = [a_task("prepare", 2, due=0), a_task("test", 2, release=10, due=0)]
    assert plan(tasks=tasks, precedences=[a_precedence("prepare", "test", max_lag=3)])["prepare"] == (5, 7)


def test_what_comes_after_is_left_out_with_what_comes_before():
    tasks = [a_task("before", 2, deadline=1, due=0), a_task("after", 2, due=0)]
    assert plan(tasks=tasks, precedences=[a_precedence("before", "after")]) == {}


def test_a_preparation_is_left_out_with_its_test_only_if_they_belong_together():
    tasks = [a_task("prepare", 2, due=0), a_task("test", 2, deadline=1, due=0)]
    assert plan(tasks=tasks, precedences=[a_precedence("prepare", "test")]) == {"prepare": (0, 2)}
    assert plan(tasks=tasks, precedences=[a_precedence("prepare", "test", together=True)]) == {}


def test_a_fixed_task_that_breaks_its_calendar_makes_the_problem_infeasible():
    task = a_task("drive", 2, calendar="day", fixed=(1, "usual"))
    assert solved(a_problem(calendars=[a_calendar("day", (0, 2))], tasks=[task])).infeasible


def test_a_mandatory_task_without_room_makes_the_problem_infeasible():
    assert solved(a_problem(tasks=[a_task("drive", 5, deadline=4, mandatory=True)])).infeasible


@pytest.mark.parametrize(("move", "start"), [(1, 0), (100, 6)])
def test_the_baseline_is_kept_as_far_as_moving_costs(move: int, start: int):
    problem = a_problem(
        objective=Objective(tardiness=1, move=move),
        tasks=[a_task("drive", 2, due=0, mandatory=True)],
        baseline={"drive": (6, "usual")},
    )
    answer = solved(problem)
    assert answer.plan is not None
    assert answer.plan["drive"].start == start


def test_a_campaign_stays_no_longer_than_its_tasks_need():
    tasks = [
        a_task("first", 2, {"road": 1}, campaign="visit", release=0),
        a_task("last", 2, campaign="visit", release=9),
    ]
    answer = solved(
        a_problem(resources=[a_resource("road")], objective=Objective(unscheduled=100, stay=1), tasks=tasks)
    )
    assert answer.total == 2


def test_around_a_fixed_rest_only_the_freed_tasks_move():
    problem = a_problem(
        objective=SOON,
        resources=[a_resource("road")],
        tasks=[a_task("stays", 3, {"road": 1}, due=0), a_task("moves", 2, {"road": 1}, due=0)],
    )
    lookup = Lookup(problem)
    rest = {"stays": lookup.placed(an_assignment("stays", 1, 4))}
    answer = run(build(lookup, [problem.tasks[1]], rest), Limits(work=10))
    assert answer.plan == {"moves": Assignment(task="moves", start=4, end=6, mode="usual")}
    assert answer.total == 4 + 6


@pytest.mark.parametrize("interruptible", [False, True])
def test_a_task_starts_in_the_slots_that_are_near(interruptible):
    problem = a_problem(
        objective=SOON,
        horizon=20,
        calendars=[a_calendar("day", (0, 8), (12, 20))],
        tasks=[a_task("test", 3, due=0, calendar="day", interruptible=interruptible)],
    )
    near = {"test": Window(5, 14)}
    answer = run(build(Lookup(problem), problem.tasks, {}, near=near), Limits(work=10))
    assert answer.plan is not None
    assert answer.plan["test"].start == 5
    late = {"test": Window(6, 14)}
    answer = run(build(Lookup(problem), problem.tasks, {}, near=late), Limits(work=10))
    assert answer.plan is not None
    assert answer.plan["test"].start == (6 if interruptible else 12)


def test_hours_know_every_start_of_a_pausing_task():
    hours = Hours([(0, 2), (3, 4), (6, 9)])
    found = {
        start: start + piece.length for piece in hours.pieces(3, 0, 8) for start in range(piece.first, piece.last + 1)
    }
    assert found == {0: 4, 1: 7, 3: 8}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_problems())
def test_the_model_agrees_with_enumeration(problem: Problem):
    answer = solved(problem)
    best = optimum(problem)
    if best is None:
        assert answer.infeasible
        return
    assert answer.plan is not None
    assert answer.total == best[0] == cost_of(problem, answer.plan.values()).total
    assert broken_rules(problem, list(answer.plan.values())) == set()


def test_where_nothing_depends_on_the_time_a_plan_begins_at_once():
    tasks = [a_task(f"t{n}", 3, {"bench": 1}, campaign="visit", mandatory=True) for n in range(3)]
    problem = a_problem(horizon=40, resources=[a_resource("bench")], tasks=tasks)
    assert Lookup(problem).is_timeless
    answer = run(build(Lookup(problem), problem.tasks, {}), Limits(work=10.0))
    assert answer.closed
    assert answer.plan is not None
    assert min(place.start for place in answer.plan.values()) == 0
    later = replace(problem, tasks=(*tasks[:2], replace(tasks[2], release=5)))
    assert not Lookup(later).is_timeless
    assert not Lookup(replace(problem, resources=(a_resource("bench", 1, [(0, 2, 1)]),))).is_timeless


@pytest.mark.parametrize("seconds", [0.001, 0.01, 0.05, 0.2])
def test_a_model_that_is_stopped_early_proves_nothing_that_is_not_so(seconds: float):
    tasks = [a_task(f"t{n}", 3, {"road": 1}, due=3 * n + 3) for n in range(60)]
    problem = a_problem(horizon=200, objective=SOON, resources=[a_resource("road")], tasks=tasks)
    answer = run(build(Lookup(problem), problem.tasks, {}), Limits(work=30, seconds=seconds))
    assert answer.bound is None or answer.bound <= 0  # each after the other, all in time
