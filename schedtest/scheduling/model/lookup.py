"""A problem's parts by id, and what the model asks about them again and again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from ..problem import Device, Mode, Precedence, Problem, Task, Window
from ..solution import Assignment
from .hours import Hours, Piece


class Placed(NamedTuple):
    """A task in its place: it works during `spells`, the first beginning at the start, the last ending at the end."""

    task: Task
    mode: Mode
    start: int
    end: int
    spells: tuple[Window, ...]
    devices: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Step(NamedTuple):
    """`amount` is taken during slots [start, end)."""

    start: int
    end: int
    amount: int


class Lookup:
    """One for each problem, shared by all models of it."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.task = problem.task_by_id
        self.number = {task.id: number for number, task in enumerate(problem.tasks)}
        self.hours = {calendar.id: Hours(calendar.windows) for calendar in problem.calendars}
        self.resource = {resource.id: resource for resource in problem.resources}
        self.state_resource = {resource.id: resource for resource in problem.state_resources}
        self.turnaround = {device_type.id: device_type.turnaround for device_type in problem.device_types}
        self.devices: dict[str, list[Device]] = {device_type.id: [] for device_type in problem.device_types}
        for device in problem.devices:
            self.devices[device.type].append(device)
        self.baseline = {placing.task: placing for placing in problem.baseline}
        self._possible_modes: dict[str, tuple[Mode, ...]] = {}

    @cached_property
    def needed(self) -> frozenset[str]:
        """Tasks that may not be left out: mandatory, fixed, or needed by such a one."""
        return needed(self.problem.tasks, self.problem.precedences)

    @cached_property
    def following(self) -> dict[str, list[Precedence]]:
        """By the task that comes before."""
        following: dict[str, list[Precedence]] = {}
        for precedence in self.problem.precedences:
            following.setdefault(precedence.before, []).append(precedence)
        return following

    @cached_property
    def preceding(self) -> dict[str, list[Precedence]]:
        """By the task that comes after."""
        preceding: dict[str, list[Precedence]] = {}
        for precedence in self.problem.precedences:
            preceding.setdefault(precedence.after, []).append(precedence)
        return preceding

    @cached_property
    def campaigns(self) -> dict[str, list[Task]]:
        found: dict[str, list[Task]] = {}
        for task in self.problem.tasks:
            if task.campaign is not None:
                found.setdefault(task.campaign, []).append(task)
        return found

    @cached_property
    def is_timeless(self) -> bool:
        """Whether any plan may as well begin in slot 0: nothing but its end depends on when it is carried out."""
        problem = self.problem
        of_tasks = any(
            task.release or task.fixed or any(task.calendar_in(mode) for mode in task.modes) for task in problem.tasks
        )
        closed = any(resource.closures for resource in problem.resources) or any(d.closures for d in problem.devices)
        states = any(resource.initial is not None for resource in problem.state_resources)
        return not (of_tasks or closed or states or problem.baseline)

    def latest_end(self, task: Task) -> int:
        return self.problem.horizon if task.deadline is None else min(task.deadline, self.problem.horizon)

    def hours_in(self, task: Task, mode: Mode) -> Hours | None:
        calendar = task.calendar_in(mode)
        return None if calendar is None else self.hours[calendar]

    def closures(self, kind: str, name: str) -> list[tuple[int, int, int]]:
        """When how much of a "resource" or of the "devices" of a type is closed: (start, end, amount)."""
        if kind == "resource":
            return [(start, end, amount) for start, end, amount in self.resource[name].closures]
        return [
            (start, end, 1) for device in self.devices[name] for start, end in Hours(sorted(device.closures)).windows
        ]

    def short_of(self, mode: Mode) -> tuple[str, ...]:
        """Resources and device types of which there can never be as much as the mode demands."""
        short = [name for name, amount in mode.uses if amount > self.resource[name].capacity]
        return (*short, *(name for name, amount in mode.devices if amount > len(self.devices[name])))

    def possible_modes(self, task: Task) -> tuple[Mode, ...]:
        """Its modes for which there can ever be enough."""
        if task.id not in self._possible_modes:
            self._possible_modes[task.id] = tuple(mode for mode in task.modes if not self.short_of(mode))
        return self._possible_modes[task.id]

    def starts(self, task: Task, mode: Mode) -> list[tuple[int, int]]:
        """Ranges of starts, both ends included, by release, deadline, calendar and decision alone."""
        hours = self.hours_in(task, mode)
        earliest, latest = task.release, self.latest_end(task)
        if hours is None:
            ranges = [(earliest, latest - mode.duration)]
        elif task.interruptible:
            ranges = [(piece.first, piece.last) for piece in hours.pieces(mode.duration, earliest, latest)]
        else:
            ranges = list(hours.whole_starts(mode.duration, earliest, latest))
        if task.fixed is not None:
            at = task.fixed.start if task.fixed.mode == mode.id else -1
            ranges = [(at, at)] if any(first <= at <= last for first, last in ranges) else []
        return [(first, last) for first, last in ranges if first <= last]

    def pieces(self, task: Task, mode: Mode) -> list[Piece]:
        """Of a mode that pauses."""
        hours = self.hours_in(task, mode)
        assert hours is not None
        pieces = hours.pieces(mode.duration, task.release, self.latest_end(task))
        if task.fixed is None:
            return list(pieces)
        at = task.fixed.start
        return [piece._replace(first=at, last=at) for piece in pieces if piece.first <= at <= piece.last]

    def placed(self, assignment: Assignment) -> Placed:
        """An assignment that keeps its calendar, with its working spells."""
        task = self.task[assignment.task]
        mode = task.mode(assignment.mode)
        return self.placed_at(task, mode, assignment.start)._replace(devices=assignment.devices)

    def placed_at(self, task: Task, mode: Mode, start: int) -> Placed:
        """A task at a start that its calendar allows; no devices named."""
        hours = self.hours_in(task, mode)
        if hours is None or not task.interruptible:
            end = start + mode.duration
            return Placed(task, mode, start, end, (Window(start, end),))
        spells = tuple(hours.spells(start, mode.duration))
        return Placed(task, mode, start, spells[-1].end, spells)

    def use_spells(self, placed: Placed, resource: str) -> tuple[Window, ...]:
        """When a placed task uses a resource of its mode."""
        return (Window(placed.start, placed.end),) if self.resource[resource].kept else placed.spells


def needed(tasks: Iterable[Task], precedences: Iterable[Precedence]) -> frozenset[str]:
    """Ids of the tasks that may not be left out, by the precedences among them."""
    must = {task.id: task.mandatory or task.fixed is not None for task in tasks}
    needs: dict[str, list[str]] = {name: [] for name in must}
    for precedence in precedences:
        before, after = precedence.before, precedence.after
        if before in needs and after in needs:
            needs[after].append(before)
            if precedence.together:
                needs[before].append(after)
    pending = [name for name, is_needed in must.items() if is_needed]
    while pending:
        for other in needs[pending.pop()]:
            if not must[other]:
                must[other] = True
                pending.append(other)
    return frozenset(name for name, is_needed in must.items() if is_needed)


def steps(taken: Iterable[tuple[int, int, int]]) -> Iterator[Step]:
    """Overlapping amounts (start, end, amount) added up, in order of time; nothing where nothing is taken."""
    changes: dict[int, int] = {}
    for start, end, amount in taken:
        if start < end and amount:
            changes[start] = changes.get(start, 0) + amount
            changes[end] = changes.get(end, 0) - amount
    amount = since = 0
    for slot in sorted(changes):
        if not changes[slot]:
            continue
        if amount:
            yield Step(since, slot, amount)
        amount += changes[slot]
        since = slot
