"""Each rule of the format has a plan that breaks just that rule, and random plans are judged as the oracle does."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedtest.scheduling.check import check, cost_of
from schedtest.scheduling.problem import DeviceType, Objective, Problem
from schedtest.scheduling.solution import Assignment, Conflict, Cost, Solution, Status, Unscheduled

from .oracle import broken_rules, optimum, total_of, working_slots
from .problems import (
    a_calendar,
    a_device,
    a_mode,
    a_plan,
    a_precedence,
    a_problem,
    a_resource,
    a_state_resource,
    a_task,
    an_assignment,
    random_problem,
    small_problems,
)


def broken(problem: Problem, *assignments: Assignment) -> list[str]:
    return [violation.rule for violation in check(problem, a_plan(problem, *assignments))]


def test_a_plan_that_keeps_every_rule_has_no_violation():
    problem = a_problem(
        resources=[a_resource("oval")],
        devices=[a_device("robot-1")],
        tasks=[a_task("coast-down", 3, {"oval": 1}, {"robot": 1})],
    )
    assert broken(problem, an_assignment("coast-down", 2, 5, devices={"robot": ["robot-1"]})) == []


@pytest.mark.parametrize(
    ("task", "start", "rule"),
    [
        (a_task("t", 3, release=4), 3, "release"),
        (a_task("t", 3), -1, "release"),
        (a_task("t", 3, deadline=6), 4, "deadline"),
        (a_task("t", 3), 18, "horizon"),
        (a_task("t", 3, calendar="day"), 4, "calendar"),
        (a_task("t", 3, calendar="day"), 0, "calendar"),
        (a_task("t", 3, calendar="day", interruptible=True), 5, "calendar"),
        (a_task("t", 4, calendar="day", interruptible=True), 12, "calendar"),
        (a_task("t", modes=[a_mode(duration=3, calendar="day")]), 5, "calendar"),
        (a_task("t", 3, calendar="day", fixed=(2, "usual")), 1, "fixed"),
    ],
)
def test_a_task_at_a_wrong_time_breaks_one_rule(task, start, rule):
    problem = a_problem(calendars=[a_calendar("day", (1, 5), (8, 15))], tasks=[task])
    assert broken(problem, an_assignment("t", start, start + task.modes[0].duration)) == [rule]


def test_windows_that_touch_are_one_window():
    problem = a_problem(calendars=[a_calendar("day", (1, 3), (3, 6))], tasks=[a_task("t", 4, calendar="day")])
    assert broken(problem, an_assignment("t", 2, 6)) == []


def test_the_calendar_of_a_mode_stands_in_place_of_the_tasks():
    problem = a_problem(
        calendars=[a_calendar("day", (0, 4)), a_calendar("dawn", (10, 14))],
        tasks=[a_task("t", modes=[a_mode("usual", 4, calendar="dawn")], calendar="day")],
    )
    assert broken(problem, an_assignment("t", 10, 14)) == []
    assert broken(problem, an_assignment("t", 0, 4)) == ["calendar"]


def test_an_interruptible_task_ends_when_its_working_slots_have_passed():
    problem = a_problem(
        calendars=[a_calendar("day", (0, 4), (8, 12))], tasks=[a_task("t", 4, calendar="day", interruptible=True)]
    )
    assert broken(problem, an_assignment("t", 0, 4)) == []
    assert broken(problem, an_assignment("t", 2, 10)) == []
    assert broken(problem, an_assignment("t", 2, 6)) == ["duration"]


@pytest.mark.parametrize(("kept", "expected"), [(False, []), (True, ["capacity"])])
def test_a_pause_frees_a_resource_unless_it_is_kept(kept, expected):
    problem = a_problem(
        calendars=[a_calendar("day", (0, 4), (8, 12))],
        resources=[a_resource("lift", kept=kept)],
        tasks=[
            a_task("long", 8, {"lift": 1}, calendar="day", interruptible=True),
            a_task("short", 4, {"lift": 1}),
        ],
    )
    assert broken(problem, an_assignment("long", 0, 12), an_assignment("short", 4, 8)) == expected


def test_a_device_is_held_through_a_pause():
    problem = a_problem(
        calendars=[a_calendar("day", (0, 4), (8, 12))],
        devices=[a_device("robot-1")],
        tasks=[
            a_task("long", 8, devices={"robot": 1}, calendar="day", interruptible=True),
            a_task("short", 4, devices={"robot": 1}),
        ],
    )
    held = {"robot": ["robot-1"]}
    plan = an_assignment("long", 0, 12, devices=held), an_assignment("short", 4, 8, devices=held)
    assert broken(problem, *plan) == ["turnaround"]


def test_a_resource_never_gives_more_than_its_capacity():
    problem = a_problem(
        resources=[a_resource("crew", 3)], tasks=[a_task("a", 4, {"crew": 2}), a_task("b", 4, {"crew": 2})]
    )
    assert broken(problem, an_assignment("a", 0, 4), an_assignment("b", 4, 8)) == []
    (violation,) = check(problem, a_plan(problem, an_assignment("a", 0, 4), an_assignment("b", 2, 6)))
    assert (violation.rule, violation.tasks, violation.resources) == ("capacity", ("a", "b"), ("crew",))
    assert (violation.start, violation.end) == (2, 4)
    assert str(violation) == "Resource crew has 3 units, but 4 are used or closed during slots 2 to 4, by a, b."


def test_a_closure_takes_from_the_capacity_and_may_exceed_it_where_nobody_is():
    problem = a_problem(
        resources=[a_resource("crew", 3, closed=[(4, 8, 2), (6, 10, 9)])], tasks=[a_task("a", 2, {"crew": 2})]
    )
    assert broken(problem, an_assignment("a", 2, 4)) == []
    assert broken(problem, an_assignment("a", 3, 5)) == ["capacity"]
    assert broken(problem, an_assignment("a", 8, 10)) == ["capacity"]


def test_a_use_of_nothing_is_no_use():
    problem = a_problem(resources=[a_resource("crew", 0, closed=[(0, 9, 1)])], tasks=[a_task("a", 2, {"crew": 0})])
    assert broken(problem, an_assignment("a", 2, 4)) == []


@pytest.mark.parametrize(
    ("devices", "rules"),
    [
        ({"robot": ["robot-1", "robot-2"]}, []),
        ({"robot": ["robot-1"]}, ["device number"]),
        ({}, ["device number"]),
        ({"robot": ["robot-1", "robot-1"]}, ["device twice"]),
        ({"robot": ["robot-1", "logger-1"]}, ["device type"]),
        ({"robot": ["robot-1", "robot-9"]}, ["device type"]),
        ({"robot": ["robot-1", "robot-2"], "logger": ["logger-1"]}, ["device number"]),
        ({"robot": ["robot-1", "robot-2"], "logger": []}, []),
    ],
)
def test_a_task_names_the_right_number_of_devices_of_the_right_type(devices, rules):
    problem = a_problem(
        devices=[a_device("robot-1"), a_device("robot-2"), a_device("logger-1", "logger")],
        tasks=[a_task("t", devices={"robot": 2})],
    )
    assert broken(problem, an_assignment("t", 0, 1, devices=devices)) == rules


def test_a_device_passes_from_one_task_to_the_next_after_its_turnaround():
    problem = a_problem(
        device_types=[DeviceType(id="robot", turnaround=2)],
        devices=[a_device("robot-1")],
        tasks=[a_task("a", 3, devices={"robot": 1}), a_task("b", 3, devices={"robot": 1})],
    )
    held = {"robot": ["robot-1"]}
    assert broken(problem, an_assignment("a", 0, 3, devices=held), an_assignment("b", 5, 8, devices=held)) == []
    assert broken(problem, an_assignment("a", 5, 8, devices=held), an_assignment("b", 1, 4, devices=held)) == [
        "turnaround"
    ]


@pytest.mark.parametrize(("start", "rules"), [(0, []), (1, ["device closure"]), (5, ["device closure"]), (6, [])])
def test_a_device_out_for_calibration_is_not_held(start, rules):
    problem = a_problem(
        devices=[a_device("robot-1", closed=[(4, 6), (3, 5)])], tasks=[a_task("t", 3, devices={"robot": 1})]
    )
    assert broken(problem, an_assignment("t", start, start + 3, devices={"robot": ["robot-1"]})) == rules


SURFACE = a_state_resource("surface", "dry", [("dry", "wet", 2), ("wet", "dry", 4)])


@pytest.mark.parametrize(
    ("wet", "dry", "rules"),
    [
        ((2, 4), (8, 9), []),
        ((1, 3), (7, 8), ["state"]),
        ((2, 4), (7, 8), ["state"]),
        ((2, 4), (3, 4), ["state"]),
        ((3, 4), (0, 1), []),
        ((3, 4), (1, 2), ["state"]),
    ],
)
def test_a_change_of_state_takes_its_transition_from_slot_0_on(wet, dry, rules):
    problem = a_problem(
        state_resources=[SURFACE],
        tasks=[
            a_task("wet", wet[1] - wet[0], states={"surface": "wet"}),
            a_task("dry", dry[1] - dry[0], states={"surface": "dry"}),
        ],
    )
    assert broken(problem, an_assignment("wet", *wet), an_assignment("dry", *dry)) == rules


def test_a_state_lasts_to_the_latest_end_of_the_overlapping_uses_of_it():
    problem = a_problem(
        state_resources=[SURFACE],
        tasks=[
            a_task("long", 8, states={"surface": "wet"}),
            a_task("short", 2, states={"surface": "wet"}),
            a_task("dry", 1, states={"surface": "dry"}),
        ],
    )
    wet = an_assignment("long", 2, 10), an_assignment("short", 3, 5)
    assert broken(problem, *wet, an_assignment("dry", 14, 15)) == []
    assert broken(problem, *wet, an_assignment("dry", 13, 14)) == ["state"]


def test_any_state_may_come_first_where_none_is_initial():
    problem = a_problem(
        state_resources=[a_state_resource("ring", None, [("left", "right", 5), ("right", "left", 5)])],
        tasks=[a_task("t", states={"ring": "left"})],
    )
    assert broken(problem, an_assignment("t", 0, 1)) == []


@pytest.mark.parametrize(("start", "rules"), [(3, ["min_lag"]), (4, []), (7, []), (8, ["max_lag"]), (0, ["min_lag"])])
def test_the_lag_between_two_tasks_keeps_within_its_bounds(start, rules):
    problem = a_problem(
        tasks=[a_task("soak", 2), a_task("test", 2)],
        precedences=[a_precedence("soak", "test", min_lag=2, max_lag=5)],
    )
    assert broken(problem, an_assignment("soak", 0, 2), an_assignment("test", start, start + 2)) == rules


def test_a_negative_lag_lets_the_next_task_begin_before_the_end():
    problem = a_problem(
        tasks=[a_task("a", 5), a_task("b", 2)], precedences=[a_precedence("a", "b", min_lag=-2, max_lag=-1)]
    )
    assert broken(problem, an_assignment("a", 0, 5), an_assignment("b", 3, 5)) == []
    assert broken(problem, an_assignment("a", 0, 5), an_assignment("b", 2, 4)) == ["min_lag"]
    assert broken(problem, an_assignment("a", 0, 5), an_assignment("b", 5, 7)) == ["max_lag"]


@pytest.mark.parametrize(
    ("together", "placed", "rules"),
    [
        (False, ["soak"], []),
        (False, ["test"], ["precedence"]),
        (False, [], []),
        (True, ["soak"], ["together"]),
        (True, ["test"], ["precedence"]),
    ],
)
def test_a_task_needs_what_comes_before_and_together_both_ways(together, placed, rules):
    problem = a_problem(
        tasks=[a_task("soak"), a_task("test")], precedences=[a_precedence("soak", "test", together=together)]
    )
    assert broken(problem, *(an_assignment(task, 0, 1) for task in placed)) == rules


@pytest.mark.parametrize(
    ("task", "rule"), [(a_task("t", mandatory=True), "mandatory"), (a_task("t", fixed=(0, "usual")), "fixed")]
)
def test_what_is_mandatory_or_fixed_is_never_left_out(task, rule):
    assert broken(a_problem(tasks=[task])) == [rule]


def test_a_fixed_task_keeps_its_mode():
    problem = a_problem(tasks=[a_task("t", modes=[a_mode("one"), a_mode("two")], fixed=(3, "one"))])
    assert broken(problem, an_assignment("t", 3, 4, "two")) == ["fixed"]


def test_each_task_is_placed_or_left_out_exactly_once():
    problem = a_problem(tasks=[a_task("t")])
    place, left_out = an_assignment("t", 0, 1), Unscheduled(task="t", reason="no room")
    for changes, rules in (
        ({"assignments": (place, place)}, ["once"]),
        ({"unscheduled": (left_out,)}, ["once"]),
        ({"assignments": ()}, ["once", "objective", "objective"]),
        ({"unscheduled": (replace(left_out, task="ghost"),)}, ["task"]),
        ({"assignments": (place, an_assignment("ghost", 0, 1))}, ["task"]),
        ({"assignments": (an_assignment("t", 0, 1, "ghost"),)}, ["mode", "objective", "objective"]),
    ):
        plan = replace(a_plan(problem, place), **changes)
        assert [violation.rule for violation in check(problem, plan)] == rules


def test_what_blocks_a_task_is_part_of_the_problem():
    problem = a_problem(resources=[a_resource("oval")], tasks=[a_task("t")])
    for name, rules in (("oval", []), ("ghost", ["blocking"])):
        entry = Unscheduled(task="t", reason="no room", blocking=(name,))
        assert [v.rule for v in check(problem, a_plan(problem, unscheduled=(entry,)))] == rules


def test_the_objective_adds_up_as_the_format_says():
    problem = a_problem(
        objective=Objective(unscheduled=1000, tardiness=10, stay=3, cost=2, move=5),
        tasks=[
            a_task("a", 4, campaign="c", due=3, weight=2),
            a_task("b", modes=[a_mode("fast", 1, cost=7), a_mode("slow", 2)], campaign="c"),
            a_task("left out", weight=3),
            a_task("kept", 1),
        ],
        baseline={"b": (8, "slow"), "kept": (0, "usual"), "left out": (1, "usual")},
    )
    plan = an_assignment("a", 1, 5), an_assignment("b", 8, 9, "fast"), an_assignment("kept", 0, 1)
    expected = Cost(unscheduled=3 * 1000, tardiness=2 * 2 * 10, stay=8 * 3, cost=7 * 2, move=5)
    assert cost_of(problem, plan) == expected
    assert check(problem, a_plan(problem, *plan)) == []


@pytest.mark.parametrize("part", ["unscheduled", "tardiness", "stay", "cost", "move"])
def test_an_objective_that_is_not_the_true_one_is_told(part):
    problem = a_problem(tasks=[a_task("t")])
    plan = a_plan(problem, an_assignment("t", 0, 1))
    false = replace(plan, objective=replace(plan.objective, **{part: 1}))
    assert [str(violation) for violation in check(problem, false)] == [
        f"The objective's {part} is stated as 1, but is 0.",
        "The objective's total is stated as 1, but is 0.",
    ]
    assert [v.rule for v in check(problem, replace(plan, objective=None))] == ["objective"]


def test_a_bound_never_exceeds_the_total_and_meets_it_when_optimal():
    problem = a_problem(tasks=[a_task("t", modes=[a_mode(cost=5)])])
    place = an_assignment("t", 0, 1)
    assert check(problem, a_plan(problem, place, bound=5)) == []
    assert check(problem, a_plan(problem, place, bound=5, status=Status.OPTIMAL)) == []
    for status, bound, rules in (
        (Status.FEASIBLE, 6, ["bound"]),
        (Status.OPTIMAL, 4, ["optimal"]),
        (Status.OPTIMAL, None, ["optimal"]),
    ):
        plan = a_plan(problem, place, status=status, bound=bound)
        assert [violation.rule for violation in check(problem, plan)] == rules


def test_a_solution_without_a_plan_cannot_be_confirmed():
    problem = a_problem(tasks=[a_task("t")])
    conflict = Conflict(tasks=("t",), resources=())
    plain = Solution(status=Status.INFEASIBLE, conflict=conflict)
    assert [v.rule for v in check(problem, plain)] == ["no plan"]
    strange = replace(plain, conflict=Conflict(tasks=("ghost",)))
    assert [v.rule for v in check(problem, strange)] == ["no plan", "conflict"]


def test_a_horizon_of_any_length_is_judged():
    problem = a_problem(
        horizon=2**40,
        calendars=[a_calendar("always", (0, 2**40))],
        resources=[a_resource("oval", closed=[(0, 2**39, 1)])],
        tasks=[a_task("t", 2**30, {"oval": 1}, calendar="always", interruptible=True, due=2**40)],
    )
    assert broken(problem, an_assignment("t", 2**39, 2**39 + 2**30)) == []
    assert broken(problem, an_assignment("t", 2**39 - 1, 2**39 + 2**30 - 1)) == ["capacity"]


@st.composite
def problems_with_plans(draw):
    """A small problem and a plan that is right here and wrong there."""
    problem = draw(small_problems())
    assignments = []
    for task in problem.tasks:
        if draw(st.integers(0, 4)) == 0:
            continue
        mode = draw(st.sampled_from(task.modes))
        start = draw(st.integers(0, problem.horizon - 1))
        if task.fixed and draw(st.booleans()):
            start, mode = task.fixed.start, task.mode(task.fixed.mode)
        slots = working_slots(problem, task, mode, start) or [start + mode.duration - 1]
        end = slots[-1] + 1 + draw(st.sampled_from((0,) * 9 + (1,)))
        devices = {}
        for kind, amount in mode.devices:
            those = [device.id for device in problem.devices if device.type == kind]
            devices[kind] = draw(st.permutations(those))[:amount]
        if problem.devices and draw(st.integers(0, 9)) == 0:
            anything = st.sampled_from([device.id for device in problem.devices])
            devices[draw(st.sampled_from(problem.device_types)).id] = draw(st.lists(anything, max_size=2))
        assignments.append(an_assignment(task.id, start, end, mode.id, devices))
    return problem, tuple(assignments)


@pytest.mark.slow
@given(problems_with_plans())
@settings(max_examples=400, deadline=None)
def test_random_plans_break_the_rules_that_the_oracle_says_they_break(drawn):
    problem, assignments = drawn
    found = {violation.rule for violation in check(problem, a_plan(problem, *assignments))}
    assert found == broken_rules(problem, assignments)
    assert cost_of(problem, assignments).total == total_of(problem, assignments)


@given(small_problems(most_tasks=3, longest_horizon=5))
@settings(max_examples=150, deadline=None)
def test_the_best_plan_of_the_oracle_stands(problem):
    best = optimum(problem)
    if best is not None:
        total, assignments = best
        plan = a_plan(problem, *assignments, status=Status.OPTIMAL, bound=total)
        assert check(problem, plan) == []


@pytest.mark.parametrize(("seed", "tests"), [(1, 20), (2, 200), (3, 800)])
def test_the_decided_tasks_of_a_random_problem_do_not_contradict(seed, tests):
    problem = random_problem(seed, tests)
    fixed = [task for task in problem.tasks if task.fixed]
    assert len(problem.tasks) >= tests
    assert fixed
    assert random_problem(seed, tests) == problem
