"""The rules of the format slot by slot, and the true optimum by trying everything: slow, plain, and for small problems.

Written apart from check.py and from the search, so that each can be held against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from schedtest.scheduling.problem import Mode, Problem, Task
from schedtest.scheduling.solution import Assignment


def is_open(problem: Problem, task: Task, mode: Mode, slot: int) -> bool:
    name = task.calendar if mode.calendar is None else mode.calendar
    if name is None:
        return True
    return any(start <= slot < end for start, end in problem.calendar_by_id[name].windows)


def working_slots(problem: Problem, task: Task, mode: Mode, start: int) -> list[int] | None:
    """The slots in which the task works when it starts there; None where the calendar does not allow it."""
    slots = [slot for slot in range(start, start + mode.duration) if is_open(problem, task, mode, slot)]
    if not task.interruptible:
        return slots if len(slots) == mode.duration else None
    if not is_open(problem, task, mode, start):
        return None
    slots, last = [], max((end for c in problem.calendars for _, end in c.windows), default=0) + start + mode.duration
    for slot in range(start, last):
        if is_open(problem, task, mode, slot):
            slots.append(slot)
        if len(slots) == mode.duration:
            return slots
    return None


class Plan:
    """Assignments as sets of slots: `work` without the pauses, `hold` from start to end."""

    def __init__(self, problem: Problem, assignments: Sequence[Assignment]) -> None:
        self.problem = problem
        self.assignments = assignments
        self.place = {assignment.task: assignment for assignment in assignments}
        self.mode = {a.task: problem.task_by_id[a.task].mode(a.mode) for a in assignments}
        self.work: dict[str, list[int]] = {}
        self.closed: list[str] = []
        for a in assignments:
            slots = working_slots(problem, problem.task_by_id[a.task], self.mode[a.task], a.start)
            if slots is None:
                self.closed.append(a.task)
                slots = list(range(a.start, a.start + self.mode[a.task].duration))
            self.work[a.task] = slots
        self.start = {task: slots[0] for task, slots in self.work.items()}
        self.end = {task: slots[-1] + 1 for task, slots in self.work.items()}
        self.slots = range(max(self.end.values(), default=0))

    def hold(self, task: str) -> range:
        return range(self.start[task], self.end[task])


def broken_rules(problem: Problem, assignments: Sequence[Assignment]) -> set[str]:
    """Names of the rules that a plan breaks; what is not assigned is left out."""
    plan = Plan(problem, assignments)
    broken = set(_alone(problem, plan)) | set(_between_tasks(problem, plan)) | set(_decided(problem, plan))
    broken |= set(_on_capacity(problem, plan)) | set(_on_states(problem, plan)) | set(_on_devices(problem, plan))
    return broken


def _alone(problem: Problem, plan: Plan) -> Iterator[str]:
    for name, place in plan.place.items():
        task = problem.task_by_id[name]
        if name in plan.closed:
            yield "calendar"
        elif place.end != plan.end[name]:
            yield "duration"
        if place.start < task.release or place.start < 0:
            yield "release"
        if plan.end[name] > problem.horizon:
            yield "horizon"
        if task.deadline is not None and plan.end[name] > task.deadline:
            yield "deadline"


def _decided(problem: Problem, plan: Plan) -> Iterator[str]:
    for task in problem.tasks:
        place = plan.place.get(task.id)
        if task.mandatory and place is None:
            yield "mandatory"
        if task.fixed and (place is None or place.start != task.fixed.start or place.mode != task.fixed.mode):
            yield "fixed"


def _between_tasks(problem: Problem, plan: Plan) -> Iterator[str]:
    for rule in problem.precedences:
        if rule.after in plan.place and rule.before not in plan.place:
            yield "precedence"
        if rule.together and rule.before in plan.place and rule.after not in plan.place:
            yield "together"
        if rule.before in plan.place and rule.after in plan.place:
            lag = plan.start[rule.after] - plan.end[rule.before]
            if lag < rule.min_lag:
                yield "min_lag"
            if rule.max_lag is not None and lag > rule.max_lag:
                yield "max_lag"


def _on_capacity(problem: Problem, plan: Plan) -> Iterator[str]:
    for resource in problem.resources:
        for slot in plan.slots:
            used = 0
            for name, mode in plan.mode.items():
                busy = plan.hold(name) if resource.kept else plan.work[name]
                used += dict(mode.uses).get(resource.id, 0) if slot in busy else 0
            closed = sum(amount for start, end, amount in resource.closures if start <= slot < end)
            if used > 0 and used + closed > resource.capacity:
                yield "capacity"


def _on_states(problem: Problem, plan: Plan) -> Iterator[str]:
    for resource in problem.state_resources:
        needed = {(t.before, t.after): t.slots for t in resource.transitions}
        last, idle = resource.initial, 0
        for slot in plan.slots:
            wanted = {dict(mode.states)[resource.id] for name, mode in plan.mode.items()
                      if slot in plan.hold(name) and resource.id in dict(mode.states)}  # fmt: skip
            if len(wanted) > 1:
                yield "state"
            for state in wanted:
                if last is not None and idle < needed.get((last, state), 0):
                    yield "state"
            last, idle = (sorted(wanted)[0], 0) if wanted else (last, idle + 1)


def _on_devices(problem: Problem, plan: Plan) -> Iterator[str]:
    type_of = {device.id: device.type for device in problem.devices}
    turnaround = {kind.id: kind.turnaround for kind in problem.device_types}
    for name, place in plan.place.items():
        listed = dict(place.devices)
        demanded = {kind: amount for kind, amount in plan.mode[name].devices if amount}
        if {kind: len(devices) for kind, devices in listed.items() if devices} != demanded:
            yield "device number"
        if any(type_of.get(device) != kind for kind, devices in listed.items() for device in devices):
            yield "device type"
        every = [device for devices in listed.values() for device in devices]
        if len(set(every)) < len(every):
            yield "device twice"
    for device in problem.devices:
        holders = [name for name, place in plan.place.items() if any(device.id in d for _, d in place.devices)]
        for name in holders:
            if any(start <= slot < end for slot in plan.hold(name) for start, end in device.closures):
                yield "device closure"
        for one in holders:
            busy = range(plan.start[one], plan.end[one] + turnaround[device.type])
            for other in holders:
                if one != other and plan.start[other] >= plan.start[one] and plan.start[other] in busy:
                    yield "turnaround"


def total_of(problem: Problem, assignments: Sequence[Assignment]) -> int:
    """The objective, term by term as the format states it."""
    place = {assignment.task: assignment for assignment in assignments}
    baseline = {placing.task: placing for placing in problem.baseline}
    total = 0
    for task in problem.tasks:
        if task.id not in place:
            total += problem.objective.unscheduled * task.weight
            continue
        total += problem.objective.tardiness * task.weight * max(0, place[task.id].end - task.due)
        total += problem.objective.cost * task.mode(place[task.id].mode).cost
        if task.id in baseline:
            same = baseline[task.id].start == place[task.id].start and baseline[task.id].mode == place[task.id].mode
            total += 0 if same else problem.objective.move * task.weight
    for campaign in {task.campaign for task in problem.tasks if task.campaign is not None}:
        members = [place[task.id] for task in problem.tasks if task.campaign == campaign and task.id in place]
        if members:
            stay = max(member.end for member in members) - min(member.start for member in members)
            total += problem.objective.stay * stay
    return total


def optimum(problem: Problem) -> tuple[int, tuple[Assignment, ...]] | None:
    """The least total and a plan that has it; None where no plan can be. Exponential: a handful of tasks."""
    best = _Best(problem)
    best.extend([], 0)
    return best.found


class _Best:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.options = [list(_options(problem, task)) for task in problem.tasks]
        self.found: tuple[int, tuple[Assignment, ...]] | None = None

    def extend(self, chosen: list[Assignment], decided: int) -> None:
        """Try every option of the next task; no part of a total shrinks when a task is added."""
        if decided == len(self.options):
            self.offer(chosen)
            return
        for option in self.options[decided]:
            plan = [*chosen, *option]
            if not self.can_win(plan, decided + 1):
                continue
            if option and any(True for _ in _on_capacity(self.problem, Plan(self.problem, plan))):
                continue
            self.extend(plan, decided + 1)

    def can_win(self, plan: list[Assignment], decided: int) -> bool:
        if self.found is None:
            return True
        undecided = sum(task.weight for task in self.problem.tasks[decided:]) * self.problem.objective.unscheduled
        return total_of(self.problem, plan) - undecided < self.found[0]

    def offer(self, plan: list[Assignment]) -> None:
        for named in _namings(self.problem, plan, 0):
            if not broken_rules(self.problem, named):
                self.found = (total_of(self.problem, named), tuple(named))
                return


def _options(problem: Problem, task: Task) -> Iterator[list[Assignment]]:
    """Every place that is right for the task alone, and leaving it out."""
    if not task.mandatory and not task.fixed:
        yield []
    for mode in task.modes:
        for start in range(problem.horizon):
            slots = working_slots(problem, task, mode, start)
            if slots is None:
                continue
            place = Assignment(task=task.id, start=start, end=slots[-1] + 1, mode=mode.id)
            if not set(_alone(problem, Plan(problem, [place]))) and task.fixed in (None, (start, mode.id)):
                yield [place]


def _namings(problem: Problem, plan: list[Assignment], done: int) -> Iterator[list[Assignment]]:
    """The plan with devices named in every possible way."""
    if done == len(plan):
        yield plan
        return
    place = plan[done]
    mode = problem.task_by_id[place.task].mode(place.mode)
    for devices in _choices(problem, [(kind, amount) for kind, amount in mode.devices if amount]):
        named = Assignment(task=place.task, start=place.start, end=place.end, mode=place.mode, devices=devices)
        if not set(_on_devices(problem, Plan(problem, [*plan[:done], named]))):
            yield from _namings(problem, [*plan[:done], named, *plan[done + 1 :]], done + 1)


def _choices(problem: Problem, demands: list[tuple[str, int]]) -> Iterator[tuple[tuple[str, tuple[str, ...]], ...]]:
    if not demands:
        yield ()
        return
    (kind, amount), *rest = demands
    for devices in combinations([device.id for device in problem.devices if device.type == kind], amount):
        for others in _choices(problem, rest):
            yield ((kind, devices), *others)
