"""A problem with one thing changed, as a manager may change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from .model.hours import Hours
from .problem import Calendar, Device, Mode, Problem, Resource, Task, Window
from .wording import days_between


def with_deadlines(deadlines: Mapping[str, int], problem: Problem) -> Problem:
    """deadlines: the new ones of some tasks, in slots."""
    return _with_tasks(
        problem, lambda task: replace(task, deadline=deadlines[task.id]) if task.id in deadlines else task
    )


def with_releases(releases: Mapping[str, int], problem: Problem) -> Problem:
    """releases: the new ones of some tasks, in slots."""
    return _with_tasks(problem, lambda task: replace(task, release=releases.get(task.id, task.release)))


def with_mode(name: str, mode: Mode, problem: Problem) -> Problem:
    """A task may be done in one more way."""
    return _with_tasks(problem, lambda task: replace(task, modes=(*task.modes, mode)) if task.id == name else task)


def with_any_hours(names: Sequence[str], problem: Problem) -> Problem:
    """The tasks may be worked on at any hour of any day."""

    def changed(task: Task) -> Task:
        if task.id not in names:
            return task
        return replace(task, calendar=None, modes=tuple(replace(mode, calendar=None) for mode in task.modes))

    return _with_tasks(problem, changed)


def with_days_off(names: Sequence[str], problem: Problem) -> Problem:
    """The tasks may be worked on at their usual hours of days off too."""

    def longer(name: str | None) -> str | None:
        return None if name is None else f"{name} and days off"

    def changed(task: Task) -> Task:
        if task.id not in names:
            return task
        modes = tuple(replace(mode, calendar=longer(mode.calendar)) for mode in task.modes)
        return replace(task, calendar=longer(task.calendar), modes=modes)

    those = [task for task in problem.tasks if task.id in names]
    used = {*(task.calendar for task in those), *(mode.calendar for task in those for mode in task.modes)}
    calendars = [
        Calendar(id=f"{calendar.id} and days off", windows=tuple(_with_days_between(problem, calendar).windows))
        for calendar in problem.calendars
        if calendar.id in used
    ]
    tasks = tuple(changed(task) for task in problem.tasks)
    return replace(problem, tasks=tasks, calendars=(*problem.calendars, *calendars))


def with_devices(device_type: str, amount: int, problem: Problem) -> Problem:
    """So many more of a type, always open."""
    more = tuple(Device(id=f"one more {device_type} {number + 1}", type=device_type) for number in range(amount))
    return replace(problem, devices=(*problem.devices, *more))


def with_capacity(name: str, amount: int, problem: Problem) -> Problem:
    """So many more units of a resource."""

    def changed(resource: Resource) -> Resource:
        return replace(resource, capacity=resource.capacity + amount) if resource.id == name else resource

    return replace(problem, resources=tuple(changed(resource) for resource in problem.resources))


def _with_tasks(problem: Problem, changed: Callable[[Task], Task]) -> Problem:
    return replace(problem, tasks=tuple(changed(task) for task in problem.tasks))


def _with_days_between(problem: Problem, calendar: Calendar) -> Hours:
    """Where a day between two working days has no hours, those of the day before it."""
    hours = Hours(calendar.windows)
    if not hours.windows:
        return hours
    windows = list(hours.windows)
    usual: list[tuple[int, int]] = []
    for start, end in days_between(problem, hours.windows[0].start, hours.windows[-1].end):
        own = hours.within(start, end)
        if own:
            usual = [(since - start, until - start) for since, until in own]
        else:
            windows += [Window(start + since, start + until) for since, until in usual]
    return Hours(sorted(windows))
