"""Whether the parts of a problem fit together: ids, sizes and sums, cycles of precedences."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from .cycles import impossible_cycles
from .faults import Fault

if TYPE_CHECKING:
    from .problem import Problem
    from .solution import Solution


class _Part(Protocol):
    def faults(self) -> Iterator[Fault]: ...


def faults_of(problem: Problem, *, unread: bool = False, ids_known: bool = True) -> Iterator[Fault]:
    """Every fault of a problem: of each part alone, then of the parts together.

    `unread`: neutral values stand for fields of a file that could not be read, so sums mean nothing.
    `ids_known`: false when some ids could not be read, so that a reference to them is no fault of its own.
    """
    yield from _faults_of_parts(problem)
    yield from _repeated_ids(problem)
    if ids_known:
        yield from _unknown_ids(problem)
    huge = list(_numbers_too_large(problem))
    yield from huge
    if not huge and not unread:
        yield from _sums_too_large(problem)
    yield from _cycles_never_met(problem)


def faults_within(solution: Solution) -> Iterator[Fault]:
    """What is wrong with a plan whatever its problem is."""
    for name, count in Counter(assignment.task for assignment in solution.assignments).items():
        if count > 1:
            yield Fault(f"assignments.{name}", "each task once", f"{count} times")


def faults_between(problem: Problem, solution: Solution) -> Iterator[Fault]:
    """What a plan names that its problem does not have; whether it keeps the rules is for `check` to say."""
    yield from faults_within(solution)
    devices = {device.id for device in problem.devices}
    for assignment in solution.assignments:
        where = f"assignments.{assignment.task}"
        task = problem.task_by_id.get(assignment.task)
        if task is None:
            yield Fault(where, "the id of a task", assignment.task)
        elif all(mode.id != assignment.mode for mode in task.modes):
            yield Fault(f"{where}.mode", "one of the task's modes", assignment.mode)
        for type_id, names in assignment.devices:
            for name in names:
                if name not in devices:
                    yield Fault(f"{where}.devices.{type_id}", "the id of a device", name)


def _faults_of_parts(problem: Problem) -> Iterator[Fault]:
    from .problem import LARGEST

    if problem.slot_minutes < 1:
        yield Fault("slot_minutes", "1 or more", problem.slot_minutes)
    if problem.origin.utcoffset() is None:
        yield Fault("origin", "an instant with its UTC offset", problem.origin.isoformat())
    if problem.horizon < 0:
        yield Fault("horizon", "0 or more", problem.horizon)
    parts: tuple[_Part, ...] = (
        *problem.calendars,
        *problem.resources,
        *problem.device_types,
        *problem.devices,
        *problem.state_resources,
    )
    for part in parts:
        yield from part.faults()
    horizon = problem.horizon if problem.horizon >= 0 else LARGEST
    for task in problem.tasks:
        yield from task.faults(horizon)
    for number, precedence in enumerate(problem.precedences):
        yield from precedence.faults(f"precedences[{number}]")
    yield from problem.objective.faults()


def _repeated_ids(problem: Problem) -> Iterator[Fault]:
    kinds: dict[str, Iterable[str]] = {
        "calendars": [part.id for part in problem.calendars],
        "resources": [part.id for part in problem.resources],
        "device_types": [part.id for part in problem.device_types],
        "devices": [part.id for part in problem.devices],
        "state_resources": [part.id for part in problem.state_resources],
        "tasks": [part.id for part in problem.tasks],
        "baseline": [placing.task for placing in problem.baseline],
    }
    for kind, ids in kinds.items():
        for name, count in Counter(ids).items():
            if count > 1:
                yield Fault(f"{kind}.{name}", "each id once", f"{count} times")


def _unknown_ids(problem: Problem) -> Iterator[Fault]:
    calendars = {calendar.id for calendar in problem.calendars}
    resources = {resource.id for resource in problem.resources}
    types = {device_type.id for device_type in problem.device_types}
    states = {resource.id for resource in problem.state_resources}
    modes = {task.id: {mode.id for mode in task.modes} for task in problem.tasks}

    for device in problem.devices:
        if device.type not in types:
            yield Fault(f"devices.{device.id}.type", "the id of a device type", device.type)
    for task in problem.tasks:
        if task.calendar is not None and task.calendar not in calendars:
            yield Fault(f"tasks.{task.id}.calendar", "the id of a calendar, or null", task.calendar)
        for mode in task.modes:
            where = f"tasks.{task.id}.modes.{mode.id}"
            if mode.calendar is not None and mode.calendar not in calendars:
                yield Fault(f"{where}.calendar", "the id of a calendar, or null", mode.calendar)
            yield from _unknown_asked(f"{where}.uses", mode.uses, resources, "a resource")
            yield from _unknown_asked(f"{where}.devices", mode.devices, types, "a device type")
            yield from _unknown_asked(f"{where}.states", mode.states, states, "a state resource")
    for number, precedence in enumerate(problem.precedences):
        for end in ("before", "after"):
            name = getattr(precedence, end)
            if name not in modes:
                yield Fault(f"precedences[{number}].{end}", "the id of a task", name)
    for placing in problem.baseline:
        where = f"baseline.{placing.task}"
        if placing.task not in modes:
            yield Fault(where, "the id of a task", placing.task)
        elif placing.mode not in modes[placing.task]:
            yield Fault(f"{where}.mode", "one of the task's modes", placing.mode)
        if placing.start < 0:
            yield Fault(f"{where}.start", "0 or more", placing.start)


def _unknown_asked(where: str, asked: Sequence[tuple[str, object]], known: Set[str], what: str) -> Iterator[Fault]:
    names = {name for name, _ in asked}
    if len(names) == len(asked) and names <= known:
        return
    for name, count in Counter(name for name, _ in asked).items():
        if name not in known:
            yield Fault(where, f"the id of {what}", name)
        if count > 1:
            yield Fault(f"{where}.{name}", "each id once", f"{count} times")


_Number = tuple[int, *tuple[str | int, ...]]
"""A number, and the names that lead to it. They are joined when it is a fault, as most never are."""


def _numbers_too_large(problem: Problem) -> Iterator[Fault]:
    from .problem import LARGEST

    for number in chain(_numbers(problem), _lengths(problem)):
        if abs(number[0]) > LARGEST:
            path = "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in number[1:])
            yield Fault(path.removeprefix("."), f"{LARGEST} at most", number[0])


def _numbers(problem: Problem) -> Iterator[_Number]:
    """Every number but the lengths."""
    yield problem.slot_minutes, "slot_minutes"
    yield problem.horizon, "horizon"
    for calendar in problem.calendars:
        for number, window in enumerate(calendar.windows):
            yield window.end, "calendars", calendar.id, number
    for resource in problem.resources:
        yield resource.capacity, "resources", resource.id, "capacity"
        for number, closure in enumerate(resource.closures):
            yield max(closure.end, closure.amount), "resources", resource.id, "closures", number
    for device in problem.devices:
        for number, window in enumerate(device.closures):
            yield window.end, "devices", device.id, "closures", number
    for task in problem.tasks:
        yield task.release, "tasks", task.id, "release"
        yield task.due, "tasks", task.id, "due"
        yield task.deadline or 0, "tasks", task.id, "deadline"
        yield task.weight, "tasks", task.id, "weight"
        for mode in task.modes:
            yield mode.cost, "tasks", task.id, "modes", mode.id, "cost"
            for name, amount in mode.uses:
                yield amount, "tasks", task.id, "modes", mode.id, "uses", name
            for name, amount in mode.devices:
                yield amount, "tasks", task.id, "modes", mode.id, "devices", name
    for name in ("unscheduled", "tardiness", "stay", "cost", "move"):
        yield getattr(problem.objective, name), "objective", name
    for placing in problem.baseline:
        yield placing.start, "baseline", placing.task, "start"


def _sums_too_large(problem: Problem) -> Iterator[Fault]:
    """What could exceed LARGEST once added up: the objective, times, and the use of each resource."""
    from .problem import LARGEST

    limit = f"{LARGEST} at most, once all is added up"
    weights = sum(task.weight for task in problem.tasks)
    campaigns = len({task.campaign for task in problem.tasks if task.campaign is not None})
    costs = sum(max((mode.cost for mode in task.modes), default=0) for task in problem.tasks)
    worst = {
        "unscheduled": problem.objective.unscheduled * weights,
        "tardiness": problem.objective.tardiness * weights * problem.horizon,
        "stay": problem.objective.stay * campaigns * problem.horizon,
        "cost": problem.objective.cost * costs,
        "move": problem.objective.move * weights,
    }
    too_large = [name for name, value in worst.items() if value > LARGEST]
    for name in too_large:
        yield Fault(f"objective.{name}", limit, worst[name])
    if not too_large and sum(worst.values()) > LARGEST:
        yield Fault("objective", limit, sum(worst.values()))

    times = problem.horizon + sum(abs(number[0]) for number in _lengths(problem))
    if times > LARGEST:
        yield Fault("horizon", f"{LARGEST} at most with every duration and lag added", times)

    used: dict[str, int] = defaultdict(int)
    for task in problem.tasks:
        for mode in task.modes:
            for name, amount in (*mode.uses, *mode.devices):
                used[name] += amount
    for resource in problem.resources:
        total = used[resource.id] + resource.capacity + sum(closure.amount for closure in resource.closures)
        if total > LARGEST:
            yield Fault(f"resources.{resource.id}", limit, total)
    for device_type in problem.device_types:
        if used[device_type.id] > LARGEST:
            yield Fault(f"device_types.{device_type.id}", limit, used[device_type.id])


def _lengths(problem: Problem) -> Iterator[_Number]:
    for device_type in problem.device_types:
        yield device_type.turnaround, "device_types", device_type.id, "turnaround"
    for resource in problem.state_resources:
        for number, transition in enumerate(resource.transitions):
            yield transition.slots, "state_resources", resource.id, "transitions", number
    for task in problem.tasks:
        for mode in task.modes:
            yield mode.duration, "tasks", task.id, "modes", mode.id, "duration"
    for number, precedence in enumerate(problem.precedences):
        yield precedence.min_lag, "precedences", number, "min_lag"
        if precedence.max_lag is not None:
            yield precedence.max_lag, "precedences", number, "max_lag"


def _cycles_never_met(problem: Problem) -> Iterator[Fault]:
    """A cycle whose min_lags and shortest durations add up to more than 0 can never be met."""
    shortest = {task.id: min((mode.duration for mode in task.modes), default=1) for task in problem.tasks}
    arcs = [
        (p.before, p.after, shortest[p.before] + p.min_lag)
        for p in problem.precedences
        if p.before in shortest and p.after in shortest and p.before != p.after
    ]
    for cycle in impossible_cycles(arcs):
        yield Fault("precedences", "min_lags and durations of a cycle that add up to 0 or less", cycle)
