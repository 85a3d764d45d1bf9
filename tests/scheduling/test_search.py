"""The search as a whole: right words, true optima, no plan that breaks a rule, the same answer twice, a quick end."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from schedtest.scheduling import search
from schedtest.scheduling.allocation import REGION
from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.bounds import lower_bound
from schedtest.scheduling.check import check, cost_of
from schedtest.scheduling.conflict import has_no_plan, only
from schedtest.scheduling.construct import construct
from schedtest.scheduling.first_walks import FirstWalks, Leg
from schedtest.scheduling.improvement import Improvement
from schedtest.scheduling.incumbent import Incumbent
from schedtest.scheduling.lanes import Here
from schedtest.scheduling.model.build import build
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.model.variables import Stopped
from schedtest.scheduling.pieces import Found, Outcome, Region
from schedtest.scheduling.problem import Objective, Problem
from schedtest.scheduling.progress import ProgressReport, Recorder
from schedtest.scheduling.recreate import Engine
from schedtest.scheduling.search import solve
from schedtest.scheduling.solution import Status
from schedtest.scheduling.stop import Budget, Cancelled, First, Rounds, Seconds, Stopwatch
from schedtest.scheduling.whole import Means, improve_whole

from .oracle import optimum
from .problems import (
    a_calendar,
    a_device,
    a_plan,
    a_precedence,
    a_problem,
    a_resource,
    a_state_resource,
    a_task,
    an_assignment,
    full_benches,
    random_problem,
    small_problems,
)

pytestmark = pytest.mark.slow


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_problems())
def test_small_problems_are_solved_to_the_true_optimum(problem: Problem):
    solution = solve(problem, stop=Rounds(60))
    best = optimum(problem)
    if best is None:
        assert solution.status is Status.INFEASIBLE
        assert solution.conflict is not None
        alone = only(problem, solution.conflict.tasks, solution.conflict.resources)
        assert optimum(alone) is None
    else:
        assert solution.status is Status.OPTIMAL
        assert solution.objective is not None
        assert solution.objective.total == solution.bound == best[0]
        assert check(problem, solution) == []


def test_no_tasks_at_all_are_planned_at_once():
    solution = solve(a_problem(), stop=Seconds(1))
    assert (solution.status, solution.bound) == (Status.OPTIMAL, 0)
    assert solution.objective is not None
    assert solution.objective.total == 0


def test_two_tasks_fixed_on_one_road_are_the_conflict_and_none_of_thirty_others():
    tasks = [a_task(f"other-{n}", 3, {"road": 1, "crew": 1}) for n in range(30)]
    tasks[7:7] = [a_task("one", 4, {"road": 1, "crew": 1}, fixed=(3, "usual"))]
    tasks[20:20] = [a_task("two", 4, {"road": 1, "crew": 1}, fixed=(5, "usual"))]
    problem = a_problem(resources=[a_resource("crew", 9), a_resource("road")], tasks=tasks)
    solution = solve(problem, stop=Seconds(20))
    assert solution.status is Status.INFEASIBLE
    assert solution.conflict is not None
    assert set(solution.conflict.tasks) == {"one", "two"}
    assert solution.conflict.resources == ("road",)


def test_a_fixed_task_that_breaks_a_rule_alone_is_the_conflict_alone():
    tasks = [a_task("night", 2, {"road": 1}, calendar="day", fixed=(6, "usual")), a_task("fine", 2, fixed=(0, "usual"))]
    problem = a_problem(calendars=[a_calendar("day", (0, 6))], resources=[a_resource("road")], tasks=tasks)
    solution = solve(problem, stop=Seconds(20))
    assert solution.status is Status.INFEASIBLE
    assert solution.conflict is not None
    assert (solution.conflict.tasks, solution.conflict.resources) == (("night",), ())


def test_a_conflict_names_all_that_it_takes_and_no_more():
    tasks = [a_task(f"must-{n}", 4, {"road": 1}, deadline=10, mandatory=True) for n in range(3)]
    tasks += [a_task(f"free-{n}", 4, {"yard": 1}, deadline=10, mandatory=True) for n in range(5)]
    problem = a_problem(resources=[a_resource("road"), a_resource("yard", 5)], tasks=tasks)
    solution = solve(problem, stop=Seconds(20))
    assert solution.conflict is not None
    assert set(solution.conflict.tasks) == {"must-0", "must-1", "must-2"}
    assert has_no_plan(only(problem, solution.conflict.tasks, ("road",)))
    assert not has_no_plan(only(problem, solution.conflict.tasks[1:], ("road",)))


def test_time_running_out_is_never_called_infeasible():
    problem = random_problem(3, 400)
    solution = solve(problem, stop=Seconds(0.05))
    assert solution.status in (Status.UNKNOWN, Status.FEASIBLE)


def test_a_huge_horizon_costs_no_memory():
    tasks = [a_task("one", 3, {"road": 1}, due=2), a_task("two", 2, {"road": 1}, due=2, release=10**8)]
    problem = a_problem(horizon=10**9, resources=[a_resource("road")], tasks=tasks)
    solution = solve(problem, stop=Seconds(20))
    assert solution.status is Status.OPTIMAL
    assert check(problem, solution) == []


def test_a_device_under_calibration_is_never_named_in_a_plan():
    problem = a_problem(
        devices=[a_device("robot-1", closed=[(0, 8)]), a_device("robot-2")],
        tasks=[a_task("lane-keeping", devices={"robot": 1}, deadline=8)],
    )
    solution = solve(problem, seed=1, stop=Rounds(3))
    assert check(problem, solution) == []
    assert solution.assignment_by_task["lane-keeping"].devices == (("robot", ("robot-2",)),)


def test_the_same_call_with_rounds_gives_the_same_plan():
    problem = random_problem(5, 200)
    first, second = (solve(problem, stop=Rounds(12), seed=7) for _ in range(2))
    assert first.objective is not None
    assert replace(first, trace=(), seconds=0.0) == replace(second, trace=(), seconds=0.0)
    assert [row[1:] for row in first.trace] == [row[1:] for row in second.trace]


def test_a_plan_to_begin_with_is_never_lost():
    problem = random_problem(6, 200)
    long = solve(problem, stop=Rounds(25), seed=1)
    again = solve(problem, stop=Rounds(1), seed=2, start=long)
    assert long.objective is not None
    assert again.objective is not None
    assert again.objective.total <= long.objective.total


def test_a_plan_to_begin_with_that_no_longer_fits_is_mended():
    problem = a_problem(
        resources=[a_resource("road", 1, [(0, 5, 1)])],
        tasks=[a_task("drive", 2, {"road": 1}, due=4)],
    )
    old = a_plan(problem, an_assignment("drive", 1, 3))
    solution = solve(problem, stop=Rounds(5), start=old)
    assert solution.assignment_by_task["drive"].start == 5


def test_cancelling_keeps_the_best_plan():
    problem = random_problem(8, 150)
    cancelled = threading.Event()
    reports: list[ProgressReport] = []

    def watch(report: ProgressReport) -> None:
        reports.append(report)
        if report.phase == "improving" and report.total is not None:
            cancelled.set()

    solution = solve(problem, stop=First(Seconds(600), Cancelled(cancelled.is_set)), progress=watch)
    assert solution.objective is not None
    assert solution.objective.total <= min(report.total for report in reports if report.total is not None)
    assert check(problem, solution) == []


def test_reports_never_get_worse():
    reports: list[ProgressReport] = []
    solution = solve(random_problem(9, 100), stop=Rounds(10), progress=reports.append)
    totals = [report.total for report in reports if report.total is not None]
    bounds = [report.bound for report in reports if report.bound is not None]
    assert totals == sorted(totals, reverse=True)
    assert bounds == sorted(bounds)
    assert all(row.total is None or row.bound is None or row.bound <= row.total for row in solution.trace)


def test_plans_of_one_model_are_told_while_it_works():
    problem, told = random_problem(1, 25), []
    budget = Budget(Rounds(40))
    recorder = Recorder(len(problem.tasks), budget.watch.seconds, lambda report: told.append(report.total))
    answer = improve_whole(Lookup(problem), None, 1.0, Means(budget, recorder, 1, 1))
    totals = [total for total in dict.fromkeys(told) if total is not None]
    assert len(totals) > 1
    assert totals == sorted(totals, reverse=True)
    assert totals[-1] == answer.total == recorder.total
    assert answer.plan is not None
    assert recorder.trace[-1].total == cost_of(problem, answer.plan.values()).total


def test_a_left_out_task_says_what_had_no_room():
    problem = a_problem(
        objective=Objective(unscheduled=100),
        resources=[a_resource("BRK-02"), a_resource("crew", 5)],
        tasks=[
            a_task("first", 6, {"BRK-02": 1, "crew": 1}, deadline=6, weight=2),
            a_task("second", 6, {"BRK-02": 1, "crew": 1}, deadline=6),
        ],
    )
    solution = solve(problem, stop=Rounds(5))
    assert [(entry.task, entry.blocking) for entry in solution.unscheduled] == [("second", ("BRK-02",))]
    assert solution.unscheduled[0].reason == "no room on BRK-02 between its release and its deadline"


def test_a_left_out_task_says_that_what_comes_before_it_is_left_out():
    problem = a_problem(
        tasks=[a_task("before", 5, deadline=4), a_task("after", 1)], precedences=[a_precedence("before", "after")]
    )
    reasons = {entry.task: entry.reason for entry in solve(problem, stop=Rounds(2)).unscheduled}
    assert reasons["after"] == "it has to follow before, which has no place"
    assert reasons["before"] == "its working time between its release and its deadline is too short"


@pytest.mark.slow
def test_two_processes_find_a_plan_that_keeps_the_rules():
    problem = random_problem(11, 300)
    solution = solve(problem, stop=Rounds(30), workers=2)
    assert solution.status is Status.FEASIBLE
    assert check(problem, solution) == []


@pytest.mark.parametrize("seed", [13, 20])
def test_walks_find_what_may_not_be_left_out_where_there_is_too_much_for_one_model(
    seed: int, monkeypatch: pytest.MonkeyPatch
):
    problem = full_benches(seed, benches=3, horizon=60)
    monkeypatch.setattr(search, "LARGEST", 0)
    monkeypatch.setattr(search, "FIRST_WALK", 0)
    solution = solve(problem, stop=Rounds(60))
    assert len(solution.assignments) == len(problem.tasks)
    assert check(problem, solution) == []


def test_a_model_that_takes_long_to_build_is_given_up_when_told_to_stop():
    problem = random_problem(3, 300)
    looks = iter([False] * 20)
    with pytest.raises(Stopped):
        build(Lookup(problem), problem.tasks, {}, stopped=lambda: next(looks, True))
    assert next(looks, None) is None


def test_any_executor_will_do():
    problem = random_problem(12, 200)
    with ThreadPoolExecutor(2) as executor:
        solution = solve(problem, stop=Rounds(12), workers=2, executor=executor)
    assert check(problem, solution) == []


@pytest.mark.slow
def test_cancelling_answers_within_two_seconds():
    problem = random_problem(13, 500)
    cancelled = threading.Event()
    timer = threading.Timer(25, cancelled.set)
    timer.start()
    solution = solve(problem, stop=Cancelled(cancelled.is_set), workers=2)
    timer.cancel()
    assert check(problem, solution) == []
    assert solution.seconds < 25 + 2


def a_ring(room: int) -> Problem:
    """Twenty tasks that start no earlier than the first of them and at most 27 slots after it, two in the pit at most
    `room` after it: they only stand together."""
    names = [f"t{n}" for n in range(20)]
    latest = {name: room if name in ("t8", "t9") else 27 for name in names}
    return a_problem(
        horizon=200,
        objective=Objective(stay=1),
        resources=[a_resource("crew", 2), a_resource("pit")],
        tasks=[
            a_task(name, 3, {"crew": 1, "pit": int(latest[name] == room)}, campaign="visit", mandatory=True)
            for name in names
        ],
        precedences=[a_precedence("t0", name, min_lag=-3, max_lag=latest[name] - 3) for name in names[1:]],
    )


def test_tasks_that_only_stand_together_are_planned_or_proven_to_have_no_plan():
    solution = solve(a_ring(room=3), stop=Seconds(60))
    assert solution.status is Status.OPTIMAL
    assert solution.objective is not None
    assert solution.objective.total == 30
    solution = solve(a_ring(room=2), stop=Seconds(60))
    assert solution.status is Status.INFEASIBLE
    assert solution.conflict is not None
    assert has_no_plan(only(a_ring(room=2), solution.conflict.tasks, solution.conflict.resources))
    assert set(solution.conflict.tasks) == {"t0", "t8", "t9"}


def test_a_few_tasks_that_only_stand_together_do_not_keep_a_facility_from_its_walks():
    facility = random_problem(14, 300)
    names = [f"ring {n}" for n in range(14)]
    ring = [a_task(name, 2, mandatory=True) for name in names]
    bound = [a_precedence(names[0], name, min_lag=-2, max_lag=60) for name in names[1:]]
    both = replace(facility, tasks=(*facility.tasks, *ring), precedences=(*facility.precedences, *bound))
    solution = solve(both, stop=Rounds(8))
    assert check(both, solution) == []
    totals = [row.total for row in solution.trace if row.total is not None]
    assert len(totals) > 3  # CP-SAT finds nothing better in so little work


def test_first_walks_have_all_the_time_where_it_is_short_and_much_is_left_out():
    problem = a_problem(tasks=[a_task(f"t{number}", 1) for number in range(60)])
    plan, shares = construct(Arrays.of(problem)), []
    for left_out in (0, 2, 40):
        plan.start[:left_out] = plan.mode[:left_out] = -1
        for seconds in (2.5, 4.0):  # 60 tasks: four walks of each lane would take 2.9 s
            budget = Budget(Seconds(seconds), Stopwatch(clock=lambda: 0.0))
            shares.append(FirstWalks(60, 1, budget, is_warm=False).share(plan))
    assert shares == [0.75, 0.75, 0.75, 0.75, 1.0, 0.75]


@pytest.mark.parametrize("seconds", [0.3, 8])
def test_bounds_of_many_tasks_are_told_though_lanes_walk_while_they_are_worked_out(monkeypatch, seconds):
    monkeypatch.setattr(search, "FEW", 100)
    problem = random_problem(9, 150)
    solution = solve(problem, stop=Seconds(seconds), workers=2)
    assert solution.bound is not None
    assert seconds < 1 or solution.bound >= lower_bound(problem)


def test_what_two_pieces_have_made_better_from_one_plan_counts_both():
    """Each brings one of two late tasks forward; the second to come in had not heard of the first."""
    tasks = [a_task(name, 2, {name: 1}, due=2) for name in ("left", "right")]
    arrays = Arrays.of(a_problem(horizon=20, resources=[a_resource("left"), a_resource("right")], tasks=tasks))
    budget = Budget(Rounds(10))
    means = Means(budget, Recorder(2, budget.watch.seconds, None), workers=1, seed=1)
    before = Incumbent(np.array([6, 6]), np.zeros(2, dtype=np.int32))
    improvement = Improvement(Lookup(arrays.problem), arrays, before, means, Here(arrays, budget.over))
    before = improvement.best
    for number, starts in enumerate(([0, 6], [6, 0])):
        found = Incumbent(np.array(starts), np.zeros(2, dtype=np.int32))
        told: Future[Found] = Future()
        told.set_result(Found(found, Outcome(Engine(arrays, found, 1).total, 0.1)))
        improvement._collect(REGION, Region((number,), seed=1, heat=10.0), before, told)
    assert improvement.best.start.tolist() == [0, 0]
    assert improvement.total == 0


def test_no_region_is_walked_in_which_nothing_may_move():
    """It would have no end by rounds, and take 4 s by the clock."""
    fixed = [a_task(f"f{n}", 2, campaign="fixed", fixed=(2 * n, "usual")) for n in range(4)]
    free = [a_task(f"t{n}", 2, campaign="free", release=10) for n in range(4)]
    arrays = Arrays.of(a_problem(horizon=20, tasks=[*fixed, *free]))
    budget = Budget(Rounds(10))
    means = Means(budget, Recorder(8, budget.watch.seconds, None), workers=1, seed=1)
    improvement = Improvement(Lookup(arrays.problem), arrays, construct(arrays), means, Here(arrays, budget.over))
    budget.rounds = 9
    regions = [piece for _, piece in (improvement._next(0, False) for _ in range(200)) if isinstance(piece, Region)]
    assert regions
    assert all(len(region.tasks) > 1 for region in regions)


@pytest.mark.parametrize(("seconds", "rounds"), [(1.0, 1), (4.0, 4), (30.0, 6)])
def test_first_walks_follow_one_another_from_hot_to_cold_as_often_as_there_is_time(seconds, rounds):
    """60 tasks: each is worth 0.72 s at the least."""
    arrays = Arrays.of(a_problem(tasks=[a_task(f"t{number}", 1) for number in range(60)]))
    now = [0.0]
    budget = Budget(Seconds(seconds), Stopwatch(clock=lambda: now[0]))
    first_walks, plan = FirstWalks(60, 1, budget, is_warm=False), construct(arrays)
    assert first_walks.rounds(plan) == rounds
    walks: dict[int, list[Leg]] = {}
    for step in range(400):
        now[0] = seconds * step / 400
        leg = first_walks.leg(0, plan)
        if leg is not None:
            walks.setdefault(leg.number, []).append(leg)
    assert list(walks) == list(range(rounds))
    for number, legs in walks.items():
        assert [leg.since for leg in legs] == sorted(leg.since for leg in legs)
        assert legs[0].since < 0.05
        assert legs[-1].until > 0.95
        assert all(leg.anew == (number > 0) for leg in legs)


def test_first_walks_are_few_and_short_where_the_whole_is_put_to_cp_sat_after_them():
    arrays = Arrays.of(a_problem(tasks=[a_task(f"t{number}", 1) for number in range(60)]))
    budget, plan = Budget(Seconds(30), Stopwatch(clock=lambda: 0.0)), construct(arrays)
    others = FirstWalks(60, 1, budget, is_warm=False)
    closable = FirstWalks(60, 1, budget, is_warm=False, is_closable=True)
    assert (others.rounds(plan), others.share(plan)) == (6, 0.5)
    assert (closable.rounds(plan), closable.share(plan)) == (2, 0.2)


def test_cp_sat_has_a_small_problem_again_after_walks_and_neighbourhoods():
    problem, phases = random_problem(seed=1, tests=60), ["preparing"]

    def note(report: ProgressReport) -> None:
        if report.phase != phases[-1]:
            phases.append(report.phase)

    solution = solve(problem, stop=Rounds(20), progress=note)
    assert solution.status is Status.FEASIBLE
    assert phases == ["preparing", "constructing", *2 * ["improving", "proving"], "improving", "explaining"]


def test_the_run_tells_of_a_plan_that_only_the_model_can_hold():
    """Walks keep 9 slots between cold and hot, whatever stands between."""
    chamber = a_state_resource("chamber", None, [("cold", "hot", 9)])
    tasks = [
        a_task("cold", 1, states={"chamber": "cold"}, fixed=(0, "usual")),
        a_task("hot", 1, states={"chamber": "hot"}, deadline=3, mandatory=True),
        a_task("warm", 1, states={"chamber": "warm"}, mandatory=True),
    ]
    problem = a_problem(state_resources=[chamber], tasks=tasks)
    planned = 0
    for rounds in range(4, 12):
        told: list[ProgressReport] = []
        solution = solve(problem, stop=Rounds(rounds), progress=told.append)
        if solution.objective is not None:
            planned += 1
            assert solution.trace[-1].total == solution.objective.total
            assert told[-1].placed == 3
    assert planned


def test_a_bound_that_cannot_be_is_told_and_never_called_optimal():
    recorder = Recorder(1, lambda: 0.0, None)
    recorder.found(10, {})
    recorder.proved(12)
    assert recorder.bound == 12
    assert not recorder.closed
