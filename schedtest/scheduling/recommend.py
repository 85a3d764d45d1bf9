"""Where a whole campaign fits beside a plan in which nothing moves: offers by what the manufacturer cares for most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum

from .arrays import Arrays
from .beside import Beside
from .construct import construct
from .plans import plan_of
from .problem import Objective, Task
from .recreate import Engine
from .solution import Assignment

RUINS = 1000
"""For each offer: a tenth of a second."""

STEPS = 10


class Aim(StrEnum):
    EARLIEST = "earliest"
    CHEAPEST = "cheapest"
    SHORTEST = "shortest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A campaign's places.   finish: the slot in which its last task ends; stay: slots from its first start to then;
    cost: of the chosen modes; late: slots past their due dates, added up; left_out: tasks that found no place.
    """

    aim: Aim
    finish: int
    stay: int
    cost: int
    late: int
    left_out: tuple[str, ...]
    assignments: tuple[Assignment, ...]


def recommend(beside: Beside, campaign: str, *, best: int = 1, seed: int = 0) -> list[Offer]:
    """For each aim up to `best` offers, each after the first beginning at least a day later than the one before.

    As many tasks as can be are placed; among such plans the aim decides, then the other aims. Heuristic: construction
    and a short walk. Raises KeyError for a campaign without tasks, ValueError for a task of it that is in the plan or
    needs one that is not, and for a problem too long for arrays over slots.
    """
    tasks = [task for task in beside.lookup.problem.tasks if task.campaign == campaign]
    _can_be_asked(beside, campaign, tasks)
    asked = [replace(task, due=0, weight=1) for task in tasks]
    problem = beside.problem(asked, _objective(Aim.EARLIEST, tasks, beside.lookup.problem.horizon), anchor=campaign)
    arrays = Arrays.of(problem)
    with ThreadPoolExecutor(len(Aim)) as side:  # the kernels run beside each other
        found = side.map(lambda aim: list(_offers(aim, tasks, arrays, best, seed)), Aim)
        return [offer for offers in found for offer in offers]


def _can_be_asked(beside: Beside, campaign: str, tasks: Sequence[Task]) -> None:
    if not tasks:
        raise KeyError(campaign)
    own = {task.id for task in tasks}
    for task in tasks:
        if task.id in beside.plan:
            raise ValueError(f"task {task.id} is in the plan already")
        if others := set(beside.those_with(task.id)) - own:
            raise ValueError(f"task {task.id} needs {', '.join(sorted(others))}, which is not in the plan")


def _offers(aim: Aim, tasks: Sequence[Task], arrays: Arrays, best: int, seed: int) -> Iterator[Offer]:
    """arrays: with the campaign begun in slot 0, so that its stay is its finish; which the shortest do without."""
    own, problem = {task.id for task in tasks}, arrays.problem
    if aim is not Aim.EARLIEST:
        those = problem.tasks
        if aim is Aim.SHORTEST:
            those = tuple(task if task.id in own else replace(task, campaign=None) for task in those)
        arrays = arrays.revised(replace(problem, tasks=those, objective=_objective(aim, tasks, problem.horizon)))
    a_day = max(1, 24 * 60 // problem.slot_minutes)
    for number in range(best):
        offer = _offer(aim, tasks, planned(arrays, seed=seed))
        if not offer.assignments:
            return
        yield offer
        if number + 1 < best:
            earliest = min(assignment.start for assignment in offer.assignments) + a_day
            later = (
                replace(task, release=max(task.release, earliest)) if task.id in own else task
                for task in arrays.problem.tasks
            )
            arrays = arrays.revised(replace(arrays.problem, tasks=tuple(later)))


def _objective(aim: Aim, tasks: Sequence[Task], horizon: int) -> Objective:
    """First the number left out, then the aim, then cost and finish or stay, then that all is early.

    stay is the finish for the campaign that began in slot 0; tardiness with every due date 0 adds up all ends.
    """
    ends = len(tasks) * horizon + 1
    dearest = sum(max(mode.cost for mode in task.modes) for task in tasks) + 1
    if aim is Aim.CHEAPEST:
        stay, cost = ends, ends * (horizon + 1)
    else:
        stay, cost = ends * dearest, ends
    return Objective(unscheduled=stay * horizon + cost * dearest + ends, tardiness=1, stay=stay, cost=cost)


def planned(arrays: Arrays, *, ruins: int = RUINS, seed: int = 0) -> dict[str, Assignment]:
    """A plan of all tasks that found a place: the better of several constructions, and a walk from it unless there is
    nothing to walk about."""
    engine = Engine(arrays, construct(arrays, seed), seed)
    if len(arrays.tables.movable) > 1:
        for step in range(STEPS):
            engine.run(ruins // STEPS, step / (STEPS - 1))
    return plan_of(arrays, engine.best)


def _offer(aim: Aim, tasks: Sequence[Task], plan: dict[str, Assignment]) -> Offer:
    places = [(task, plan[task.id]) for task in tasks if task.id in plan]
    finish = max((place.end for _, place in places), default=0)
    return Offer(
        aim=aim,
        finish=finish,
        stay=finish - min((place.start for _, place in places), default=0),
        cost=sum(task.mode(place.mode).cost for task, place in places),
        late=sum(max(0, place.end - task.due) for task, place in places),
        left_out=tuple(task.id for task in tasks if task.id not in plan),
        assignments=tuple(place for _, place in places),
    )
