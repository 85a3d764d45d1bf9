"""Laws that relate a problem's optimum to that of a problem made from it, whatever both are."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schedtest.scheduling.bounds import lower_bound
from schedtest.scheduling.problem import Closure, Placing, Problem, Window
from schedtest.scheduling.search import solve
from schedtest.scheduling.solution import Status
from schedtest.scheduling.stop import Rounds

from .problems import a_calendar, a_device, a_resource, a_state_resource, small_problems

lawful = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def least(problem: Problem) -> float:
    """The proven optimum; infinite if there is no plan."""
    solution = solve(problem, stop=Rounds(80))
    if solution.status is Status.INFEASIBLE:
        return float("inf")
    assert solution.status is Status.OPTIMAL
    assert solution.objective is not None
    return solution.objective.total


def other_name(name: str) -> str:
    return f"{name[::-1]} ⟡"


def renamed(problem: Problem) -> Problem:
    def pairs(demands: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
        return tuple((other_name(name), amount) for name, amount in demands)

    def maybe(name: str | None) -> str | None:
        return None if name is None else other_name(name)

    return replace(
        problem,
        calendars=tuple(replace(each, id=other_name(each.id)) for each in problem.calendars),
        resources=tuple(replace(each, id=other_name(each.id)) for each in problem.resources),
        device_types=tuple(replace(each, id=other_name(each.id)) for each in problem.device_types),
        devices=tuple(replace(each, id=other_name(each.id), type=other_name(each.type)) for each in problem.devices),
        state_resources=tuple(replace(each, id=other_name(each.id)) for each in problem.state_resources),
        tasks=tuple(
            replace(
                task,
                id=other_name(task.id),
                campaign=maybe(task.campaign),
                organisation=maybe(task.organisation),
                calendar=maybe(task.calendar),
                modes=tuple(
                    replace(
                        mode,
                        uses=pairs(mode.uses),
                        devices=pairs(mode.devices),
                        states=tuple((other_name(name), state) for name, state in mode.states),
                        calendar=maybe(mode.calendar),
                    )
                    for mode in task.modes
                ),
            )
            for task in problem.tasks
        ),
        precedences=tuple(
            replace(each, before=other_name(each.before), after=other_name(each.after)) for each in problem.precedences
        ),
        baseline=tuple(placing._replace(task=other_name(placing.task)) for placing in problem.baseline),
    )


def relaxed(problem: Problem, law: int) -> Problem:
    """One kind of rule a little looser, or gone."""
    tasks = problem.tasks
    if law == 0:
        return replace(problem, resources=tuple(replace(each, closures=()) for each in problem.resources))
    if law == 1:
        more = tuple(replace(each, capacity=each.capacity + 1) for each in problem.resources)
        return replace(problem, resources=more)
    if law == 2:
        return replace(problem, devices=tuple(replace(each, closures=()) for each in problem.devices))
    if law == 3:
        return replace(problem, tasks=tuple(replace(task, deadline=None, due=task.due + 1) for task in tasks))
    if law == 4:
        return replace(problem, tasks=tuple(replace(task, release=0) for task in tasks))
    if law == 5:
        return replace(problem, precedences=())
    if law == 6:
        return replace(problem, tasks=tuple(replace(task, fixed=None, mandatory=False) for task in tasks))
    if law == 7:
        return replace(problem, device_types=tuple(replace(each, turnaround=0) for each in problem.device_types))
    return replace(problem, horizon=problem.horizon + 3)


def shifted(problem: Problem, by: int) -> Problem:
    return replace(
        problem,
        horizon=problem.horizon + by,
        calendars=tuple(
            replace(each, windows=tuple(Window(start + by, end + by) for start, end in each.windows))
            for each in problem.calendars
        ),
        resources=tuple(
            replace(each, closures=tuple(Closure(a + by, b + by, amount) for a, b, amount in each.closures))
            for each in problem.resources
        ),
        devices=tuple(
            replace(each, closures=tuple(Window(a + by, b + by) for a, b in each.closures)) for each in problem.devices
        ),
        tasks=tuple(
            replace(
                task,
                release=task.release + by,
                due=task.due + by,
                deadline=None if task.deadline is None else task.deadline + by,
                fixed=None if task.fixed is None else task.fixed._replace(start=task.fixed.start + by),
            )
            for task in problem.tasks
        ),
        baseline=tuple(Placing(place.task, place.start + by, place.mode) for place in problem.baseline),
    )


@lawful
@given(small_problems())
def test_names_do_not_matter(problem: Problem):
    assert least(renamed(problem)) == least(problem)


@lawful
@given(small_problems(), st.integers(0, 8))
def test_a_looser_problem_never_costs_more(problem: Problem, law: int):
    looser = relaxed(problem, law)
    assert least(looser) <= least(problem)
    assert lower_bound(looser) <= least(problem)


@lawful
@given(small_problems(), st.integers(1, 70))
def test_when_all_times_shift_the_cost_stays(problem: Problem, by: int):
    free = replace(problem, state_resources=tuple(replace(each, initial=None) for each in problem.state_resources))
    assert least(shifted(free, by)) == least(free)


@lawful
@given(small_problems())
def test_what_nobody_uses_changes_nothing(problem: Problem):
    more = replace(
        problem,
        calendars=(*problem.calendars, a_calendar("unused", (0, 2))),
        resources=(a_resource("unused", 0, [(0, 3, 1)]), *problem.resources),
        device_types=problem.device_types,
        devices=problem.devices
        + (() if not problem.device_types else (a_device("closed for good", problem.device_types[0].id, [(0, 99)]),)),
        state_resources=(a_state_resource("unused", "wet", [("wet", "dry", 9)]), *problem.state_resources),
    )
    assert least(more) == least(problem)
