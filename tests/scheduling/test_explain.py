from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from schedtest.scheduling.beside import Beside
from schedtest.scheduling.changes import (
    with_any_hours,
    with_capacity,
    with_days_off,
    with_deadlines,
    with_devices,
    with_mode,
    with_releases,
)
from schedtest.scheduling.check import check
from schedtest.scheduling.explain import Explainer, Explanation
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.plans import as_solution
from schedtest.scheduling.problem import Problem
from schedtest.scheduling.reasons import Kind
from schedtest.scheduling.search import solve
from schedtest.scheduling.solution import Assignment
from schedtest.scheduling.stop import Rounds
from schedtest.scheduling.ways import Way
from tests.scheduling.problems import (
    DAY,
    a_calendar,
    a_device,
    a_mode,
    a_precedence,
    a_problem,
    a_resource,
    a_task,
    an_assignment,
    random_problem,
)


def why(problem: Problem, task: str, *assignments: Assignment) -> Explanation:
    plan = {place.task: place for place in assignments}
    found = Explainer(Beside(Lookup(problem), plan)).of(task)
    assert all(holds(problem, plan, task, way) for way in found.ways)
    return found


def holds(problem: Problem, plan: Mapping[str, Assignment], task: str, way: Way) -> bool:
    """Whether the plan with the task in it breaks no rule of the problem as the way says that it would have to be."""
    whole = {**plan, **{place.task: place for place in way.assignments}}
    changed = with_change(problem, way.change)
    broken = check(changed, as_solution(Lookup(changed), whole))
    return task in whole and {violation.rule for violation in broken} <= {"once", "mandatory"}


def with_change(problem: Problem, change: Mapping[str, Any]) -> Problem:
    match change["kind"]:
        case "deadline":
            return with_deadlines(change["deadlines"], problem)
        case "release":
            return with_releases(change["releases"], problem)
        case "devices":
            return with_devices(change["type"], change["amount"], problem)
        case "capacity":
            return with_capacity(change["resource"], change["amount"], problem)
        case "hours":
            return with_any_hours(change["tasks"], problem)
        case "shift":
            return with_days_off(change["tasks"], problem)
        case "route":
            [mode] = [mode for task in problem.tasks for mode in task.modes if mode.id == change["mode"]]
            own = [use for use in problem.task_by_id[change["task"]].modes[0].uses if use[0] == "car"]
            uses = (*own, *(use for use in mode.uses if use[0] != "van"))
            return with_mode(change["task"], replace(mode, uses=uses), problem)
    assert change["kind"] in ("none", "move", "moves")
    return problem


def changes(explanation: Explanation) -> dict[str, dict[str, Any]]:
    return {str(way.change["kind"]): dict(way.change) for way in explanation.ways}


def test_a_road_that_is_full_until_the_deadline_is_named_and_a_later_deadline_helps() -> None:
    problem = a_problem(
        horizon=200,
        resources=[a_resource("oval")],
        tasks=[a_task("stands", 10, {"oval": 1}), a_task("asked", 4, {"oval": 1}, deadline=12)],
    )
    found = why(problem, "asked", an_assignment("stands", 0, 10))
    [cause] = found.causes
    assert (cause.kind, cause.id, cause.start, cause.end) == (Kind.RESOURCE, "oval", 0, 10)
    assert cause.text == (
        "oval is taken or closed from Mon 5 Jan 2026 00:00 to Mon 5 Jan 2026 05:00; "
        "it can begin on Mon 5 Jan 2026 00:00, its deadline is Mon 5 Jan 2026 06:00"
    )
    ways = changes(found)
    assert ways["deadline"] == {"kind": "deadline", "days": 1, "deadlines": {"asked": 14}}
    assert ways["capacity"] == {"kind": "capacity", "resource": "oval", "amount": 1}
    assert ways["move"] == {"kind": "move", "task": "stands", "start": 4, "mode": "usual", "by": 4}


def test_devices_that_are_all_in_use_are_counted_and_as_few_more_as_help_are_asked_for() -> None:
    problem = a_problem(
        devices=[a_device("one"), a_device("two"), a_device("three", closed=[(0, 20)])],
        tasks=[
            a_task("stands", 20, devices={"robot": 1}),
            a_task("asked", 4, devices={"robot": 3}, deadline=20),
        ],
    )
    found = why(problem, "asked", an_assignment("stands", 0, 20, devices={"robot": ["one"]}))
    assert [(cause.kind, cause.id) for cause in found.causes] == [(Kind.DEVICES, "robot")]
    assert found.causes[0].text.startswith("all but 1 of 3 of type robot are taken or closed")
    assert changes(found)["devices"] == {"kind": "devices", "type": "robot", "amount": 2}


def test_work_outside_of_its_hours_is_a_way_where_the_calendar_leaves_too_little() -> None:
    problem = a_problem(calendars=[a_calendar("day", (2, 5))], tasks=[a_task("asked", 4, calendar="day")])
    found = why(problem, "asked")
    assert [cause.kind for cause in found.causes] == [Kind.WINDOW]
    assert list(changes(found)) == ["hours"]


def test_gaps_that_are_too_short_are_told_from_the_first_block_to_the_last() -> None:
    problem = a_problem(
        resources=[a_resource("oval", closed=[(12, 18, 1)])],
        tasks=[a_task("stands", 8, {"oval": 1}), a_task("asked", 5, {"oval": 1})],
    )
    [cause] = why(problem, "asked", an_assignment("stands", 0, 8)).causes
    assert (cause.start, cause.end) == (0, 18)
    assert "to Mon 5 Jan 2026 09:00, but for gaps that are too short for its 150 min" in cause.text


def test_what_arrives_too_late_for_the_last_free_days_is_let_in_by_an_earlier_arrival() -> None:
    problem = a_problem(
        horizon=6 * DAY,
        resources=[a_resource("oval")],
        tasks=[a_task("stands", 3 * DAY, {"oval": 1}), a_task("asked", 10, {"oval": 1}, release=4 * DAY)],
    )
    ways = changes(why(problem, "asked", an_assignment("stands", 3 * DAY, 6 * DAY)))
    assert ways["release"]["days"] == 2
    assert ways["release"]["releases"] == {"asked": 2 * DAY}


def test_a_route_that_others_like_it_take_is_a_way() -> None:
    oval = a_mode("oval", 4, {"car": 1, "oval": 1}, route="oval")
    ring = a_mode("ring", 4, {"van": 1, "ring": 1}, route="ring")
    problem = a_problem(
        resources=[
            a_resource("oval", closed=[(0, 20, 1)]),
            a_resource("ring"),
            a_resource("car", kind="article"),
            a_resource("van", kind="article"),
        ],
        tasks=[
            a_task("asked", modes=[oval]),
            a_task("like it", modes=[replace(oval, uses=(("van", 1), ("oval", 1))), ring]),
        ],
    )
    found = why(problem, "asked", an_assignment("like it", 0, 4, "ring"))
    ways = changes(found)
    assert ways["route"] == {"kind": "route", "task": "asked", "mode": "ring", "route": "ring"}
    [way] = [way for way in found.ways if way.change["kind"] == "route"]
    assert [(place.task, place.mode, place.start) for place in way.assignments] == [("asked", "ring", 4)]


def test_a_shift_on_a_day_off_is_named_by_its_day() -> None:
    hours = [(day * DAY + 16, day * DAY + 36) for day in (4, 7)]
    problem = a_problem(
        horizon=8 * DAY,
        calendars=[a_calendar("working days", *hours)],
        resources=[a_resource("oval")],
        tasks=[
            a_task("stands", 20, {"oval": 1}, calendar="working days"),
            a_task("asked", 20, {"oval": 1}, calendar="working days", deadline=7 * DAY),
        ],
    )
    found = why(problem, "asked", an_assignment("stands", 4 * DAY + 16, 4 * DAY + 36))
    ways = changes(found)
    assert ways["shift"] == {"kind": "shift", "tasks": ["asked"], "days": ["2026-01-10"]}
    assert "hours" not in ways
    [way] = [way for way in found.ways if way.change["kind"] == "shift"]
    assert way.text.startswith("a shift on Sat 10 Jan 2026: then it fits from Sat 10 Jan 2026 08:00")


def test_two_bookings_move_where_one_is_not_enough() -> None:
    problem = a_problem(
        horizon=40,
        resources=[a_resource("oval"), a_resource("crew")],
        tasks=[
            a_task("one", 6, {"oval": 1}),
            a_task("two", 6, {"crew": 1}),
            a_task("asked", 6, {"oval": 1, "crew": 1}, deadline=8),
        ],
    )
    found = why(problem, "asked", an_assignment("one", 0, 6), an_assignment("two", 2, 8))
    ways = changes(found)
    assert "move" not in ways
    assert {move["task"] for move in ways["moves"]["moves"]} == {"one", "two"}


def test_a_preparation_is_explained_by_what_keeps_its_test_out() -> None:
    problem = a_problem(
        resources=[a_resource("lane", closed=[(0, 20, 1)]), a_resource("garage")],
        tasks=[a_task("fit", 2, {"garage": 1}), a_task("test", 2, {"lane": 1})],
        precedences=[a_precedence("fit", "test", max_lag=4, together=True)],
    )
    found = why(problem, "fit")
    assert [(cause.kind, cause.id) for cause in found.causes] == [(Kind.RESOURCE, "lane")]
    [way] = found.ways
    assert {place.task for place in way.assignments} == {"fit", "test"}


def test_what_fits_as_it_is_says_so() -> None:
    problem = a_problem(tasks=[a_task("asked", 4)])
    found = why(problem, "asked")
    assert [cause.kind for cause in found.causes] == [Kind.PRICE]
    assert found.ways[0].text.startswith("nothing has to change")


@pytest.mark.parametrize("minutes", [7, 1440, 10_000])
def test_slots_of_any_length_and_times_beyond_every_calendar_are_explained(minutes: int) -> None:
    tasks = [a_task("stands", 10, {"oval": 1}), a_task("asked", 4, {"oval": 1}, calendar="some", deadline=12)]
    problem = a_problem(
        horizon=10**6,
        calendars=[a_calendar("some", (0, 11), (900_000, 900_010))],
        resources=[a_resource("oval")],
        tasks=tasks,
    )
    found = why(replace(problem, slot_minutes=minutes), "asked", an_assignment("stands", 0, 10))
    assert [cause.id for cause in found.causes] == ["oval"]
    assert "deadline" in changes(found)


def test_what_is_in_the_plan_has_nothing_to_explain() -> None:
    problem = a_problem(tasks=[a_task("asked", 4)])
    with pytest.raises(ValueError, match="is in the plan"):
        why(problem, "asked", an_assignment("asked", 0, 4))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
def test_every_way_lets_the_task_in_for_whoever_checks_it_anew(seed: int) -> None:
    problem = random_problem(seed, 120, load=8.0)
    plan = solve(problem, stop=Rounds(2), seed=seed).assignment_by_task
    explainer = Explainer(Beside(Lookup(problem), plan))
    out = [task.id for task in problem.tasks if task.id not in plan][:6]
    assert out
    for task in out:
        explanation = explainer.of(task)
        assert explanation.causes
        assert all(holds(problem, plan, task, way) for way in explanation.ways)
