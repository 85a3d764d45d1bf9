"""Why a task is left out of a plan, and the smallest changes that let it in, each found by really putting it in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from functools import partial
from typing import Any

from .arrays import Arrays, fits
from .beside import Beside
from .check import check
from .plans import as_solution
from .problem import Device, Objective, Problem, Resource, Task
from .reasons import OF_TASKS, Kind, Reason, Reasons
from .recommend import planned
from .solution import Assignment

MOST_MORE = 4
"""So many more devices or places are tried."""

MOST_MOVED = 12
"""So many bookings in the way are tried, those that hold least first."""

RUINS = 200

MOST_PLANS = 1500
"""Plans made for all answers of one explainer, a twentieth of a second each; afterwards it gives causes alone."""

OUT = 2**40
"""The penalty for a task that is out, above every sum of ends."""

Change = Mapping[str, Any]
"""What would be different: its `kind`, and what it says of which id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What stands in the way in slots [start, end). id: a resource, device type, state resource or task; else empty."""

    kind: Kind
    id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A change with which the task was put into the plan, where every rule then held."""

    change: Change
    text: str
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    task: str
    causes: tuple[Cause, ...]
    ways: tuple[Way, ...]


class Explainer:
    """Answers for the tasks that one plan leaves out."""

    def __init__(self, beside: Beside) -> None:
        self.beside = beside
        self.problem = beside.lookup.problem
        self._reasons = Reasons(beside.lookup, beside.placed)
        self._plans_left = MOST_PLANS

    def of(self, task_id: str, *, thorough: bool = True) -> Explanation:
        """thorough: look for a booking to move even if another change helps.

        Raises KeyError for an unknown task, ValueError for one that is in the plan.
        """
        task = self.beside.lookup.task[task_id]
        if task_id in self.beside.plan:
            raise ValueError(f"task {task_id} is in the plan")
        group = [self.beside.lookup.task[name] for name in self.beside.those_with(task_id)]
        reasons = {one.id: self._reasons.of(one) for one in group}
        ways = tuple(self._ways(task, group, reasons, thorough)) if fits(self.problem) else ()
        return Explanation(task=task_id, causes=tuple(self._causes(task, group, reasons)), ways=ways)

    def _causes(self, task: Task, group: Sequence[Task], reasons: Mapping[str, Sequence[Reason]]) -> Iterator[Cause]:
        """What stands in its own way; else in the way of those that it needs or goes with; else that all have room,
        but not one after the other."""
        start, end = task.release, self.beside.lookup.latest_end(task)
        for one in (task, *(one for one in group if one is not task)):
            causes = [reason for reason in reasons[one.id] if reason.kind not in (Kind.NEEDS, Kind.PRICE)]
            if causes:
                yield from self._causes_of(one, causes)
                return
        others = [one.id for one in group if one is not task]
        if others:
            named = ", ".join(others)
            text = f"it goes with {named}: each has room at times, but no place was found for one after the other"
            yield Cause(kind=Kind.ORDER, id=others[0], start=start, end=end, text=text)
        else:
            yield from self._causes_of(task, [Reason(Kind.PRICE)])

    def _causes_of(self, task: Task, reasons: Iterable[Reason]) -> Iterator[Cause]:
        for reason in reasons:
            start, end = task.release, self.beside.lookup.latest_end(task)
            if reason.following:
                start = max([start, *(self.beside.placed[name].end for name in reason.following)])
            for thing in reason.things or ("",):
                text = self._text(task, reason, thing, start, end)
                yield Cause(kind=reason.kind, id=thing, start=start, end=end, text=text)

    def _text(self, task: Task, reason: Reason, thing: str, start: int, end: int) -> str:
        span = f"between {self._at(start)} and {self._at(end)}"
        if reason.kind in (Kind.RESOURCE, Kind.DEVICES):
            most, wanted, supply = self._room_for(task, reason.kind, thing)
            of_all = f"of {supply} of type {thing}" if reason.kind is Kind.DEVICES else f"of {thing} ({supply} in all)"
            beside = f", beside {', '.join(reason.taken_by)}" if reason.taken_by else ""
            return f"{of_all} never more than {most} are free for long enough {span}{beside}; {wanted} are needed"
        if reason.kind is Kind.SUPPLY:
            return f"it needs more of {thing} than there is"
        if reason.kind is Kind.WINDOW:
            shortest = min(mode.duration for mode in task.modes)
            return f"its working time has no room for {self._long(shortest)} {span}"
        if reason.kind is Kind.STATE:
            return f"{thing} is never in the state that it needs for long enough {span}"
        if reason.kind is Kind.TOGETHER:
            return f"{thing} is free at times {span}, but never together with {', '.join(reason.things)}"
        if reason.kind is Kind.ORDER:
            return (
                f"it has to follow {thing}, which ends {self._at(self.beside.placed[thing].end)} and leaves it no time"
            )
        return f"nothing that can be proven {span}: it may fit, or the plan is better without it"

    def _room_for(self, task: Task, kind: Kind, thing: str) -> tuple[int, int, int]:
        """(the most that the plan ever leaves of it, the least that a mode needs, all there is)"""
        demands = [dict(mode.devices if kind is Kind.DEVICES else mode.uses).get(thing, 0) for mode in task.modes]
        wanted = min(amount for amount in demands if amount)
        lookup = self.beside.lookup
        supply = len(lookup.devices[thing]) if kind is Kind.DEVICES else lookup.resource[thing].capacity
        most = next((n for n in range(wanted - 1, 0, -1) if self._reasons.has_room(task, kind, thing, n)), 0)
        return most, wanted, supply

    def _at(self, slot: int) -> str:
        origin = self.problem.origin
        when = (origin.astimezone(UTC) + timedelta(minutes=slot * self.problem.slot_minutes)).astimezone(origin.tzinfo)
        return f"{when:%a} {when.day} {when:%b %Y %H:%M}"

    def _long(self, slots: int) -> str:
        minutes = slots * self.problem.slot_minutes
        return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"

    def _ways(
        self, task: Task, group: Sequence[Task], reasons: Mapping[str, Sequence[Reason]], thorough: bool
    ) -> Iterator[Way]:
        found = self._as_it_is(task, group)
        if found is not None:
            yield found
            return
        proven = [reason for those in reasons.values() for reason in those if reason.kind not in OF_TASKS]
        names = dict.fromkeys(thing for reason in proven for thing in reason.things) or dict.fromkeys(
            name for one in group for mode in one.modes for name, _ in (*mode.uses, *mode.devices)
        )
        tries = [
            partial(self._later, task, group),
            *(partial(self._more, task, group, name) for name in names),
            partial(self._other_hours, task, group),
        ]
        ways = [way for way in (attempt() for attempt in tries) if way is not None]
        yield from ways
        if thorough or not ways:
            moved = self._move(task, group, list(names))
            if moved is not None:
                yield moved

    def _as_it_is(self, task: Task, group: Sequence[Task]) -> Way | None:
        places = self._placed(self._beside(group), group)
        if places is None:
            return None
        return self._way(
            {"kind": "none"},
            lambda problem: problem,
            places,
            f"nothing has to change: it fits {self._when(task, places)}",
        )

    def _later(self, task: Task, group: Sequence[Task]) -> Way | None:
        """Deadlines further off, by as little as the earliest end needs."""
        places = self._placed(self._beside([replace(one, deadline=None) for one in group]), group)
        if places is None:
            return None
        ends = {place.task: place.end for place in places}
        later = {one.id: ends[one.id] for one in group if one.deadline is not None and ends[one.id] > one.deadline}
        if not later:
            return None
        a_day = max(1, 24 * 60 // self.problem.slot_minutes)
        days = max(-(-(end - (self.beside.lookup.task[name].deadline or 0)) // a_day) for name, end in later.items())
        text = f"a deadline {days} {'day' if days == 1 else 'days'} later: then it fits {self._when(task, places)}"
        change = {"kind": "deadline", "days": days, "deadlines": later}
        return self._way(change, lambda problem: _with_deadlines(problem, later), places, text)

    def _more(self, task: Task, group: Sequence[Task], name: str) -> Way | None:
        """More devices of a type, or more places, people or whatever a resource is; an article is one of its kind."""
        lookup = self.beside.lookup
        is_type = name in lookup.devices
        if not is_type and (name not in lookup.resource or lookup.resource[name].kind == "article"):
            return None
        problem = self._beside(group)
        for amount in range(1, MOST_MORE + 1):
            change = partial(_with_devices if is_type else _with_capacity, name, amount)
            places = self._placed(change(problem), group)
            if places is not None:
                what = f"{amount} more of type {name}" if is_type else f"{amount} more of {name}"
                fields = {"kind": "devices", "type": name} if is_type else {"kind": "capacity", "resource": name}
                return self._way(
                    {**fields, "amount": amount}, change, places, f"{what}: then it fits {self._when(task, places)}"
                )
        return None

    def _other_hours(self, task: Task, group: Sequence[Task]) -> Way | None:
        """Work outside of its calendars, a weekend shift for one."""
        names = {one.id for one in group}
        places = self._placed(self._beside([_at_any_hour(one) for one in group]), group)
        if places is None:
            return None
        text = f"work outside of its hours: then it fits {self._when(task, places)}"
        return self._way(
            {"kind": "hours", "tasks": sorted(names)}, lambda problem: _with_any_hours(problem, names), places, text
        )

    def _move(self, task: Task, group: Sequence[Task], things: Sequence[str]) -> Way | None:
        """One booking elsewhere, the one that has to move least."""
        best: tuple[int, Way] | None = None
        for moved in self._in_the_way(group, things):
            stands = self.beside.plan[moved.id]
            tasks = [*group, replace(moved, due=stands.end)]
            places = self._placed(self._beside(tasks), tasks)
            if places is None:
                continue
            place = next(place for place in places if place.task == moved.id)
            by = abs(place.start - stands.start)
            if best is not None and by >= best[0]:
                continue
            shift = f"{self._long(by)} {'later' if place.start > stands.start else 'earlier'}" if by else "elsewhere"
            text = (
                f"{moved.id} {shift}, from {self._at(place.start)} in {place.mode}: "
                f"then it fits {self._when(task, places)}"
            )
            change = {"kind": "move", "task": moved.id, "start": place.start, "mode": place.mode, "by": by}
            way = self._way(change, lambda problem: problem, places, text)
            if way is not None:
                best = by, way
        return None if best is None else best[1]

    def _in_the_way(self, group: Sequence[Task], things: Sequence[str]) -> list[Task]:
        start = min(task.release for task in group)
        end = max(self.beside.lookup.latest_end(task) for task in group)
        holders = [device.id for name in things for device in self.beside.lookup.devices.get(name, ())]
        found = {
            placed.task.id: placed
            for name in (*things, *holders)
            for placed in self.beside.users(name)
            if placed.start < end and placed.end > start and placed.task.fixed is None
        }
        least = sorted(found.values(), key=lambda placed: (placed.end - placed.start, placed.start))
        return [placed.task for placed in least[:MOST_MOVED]]

    def _beside(self, tasks: Sequence[Task]) -> Problem:
        """As early as may be; a booking that stands as near to where it stood as may be, if it is among them."""
        plan = self.beside.plan
        free = [replace(task, weight=1) if task.id in plan else replace(task, due=0, weight=1) for task in tasks]
        return self.beside.problem(free, Objective(unscheduled=OUT, tardiness=1))

    def _placed(self, problem: Problem, tasks: Sequence[Task]) -> tuple[Assignment, ...] | None:
        """Places for all of the tasks, or None."""
        if self._plans_left <= 0:
            return None
        self._plans_left -= 1
        plan = planned(Arrays.of(problem), ruins=RUINS)
        places = tuple(plan[task.id] for task in tasks if task.id in plan)
        return places if len(places) == len(tasks) else None

    def _way(
        self, change: Change, apply: Callable[[Problem], Problem], places: tuple[Assignment, ...], text: str
    ) -> Way | None:
        """The way, if the whole plan with the places in it keeps every rule of the whole problem with the change."""
        plan = {**self.beside.plan, **{place.task: place for place in places}}
        problem = apply(self.problem)
        lookup = type(self.beside.lookup)(problem)
        broken = [v for v in check(problem, as_solution(lookup, plan)) if v.rule not in NOT_PLACED]
        return None if broken else Way(change=change, text=text, assignments=places)

    def _when(self, task: Task, places: Iterable[Assignment]) -> str:
        place = next(place for place in places if place.task == task.id)
        return f"from {self._at(place.start)} to {self._at(place.end)} in {place.mode}"


NOT_PLACED = ("once", "mandatory")
"""Rules that other tasks which are out may break already."""


def _with_tasks(problem: Problem, changed: Callable[[Task], Task]) -> Problem:
    return replace(problem, tasks=tuple(changed(task) for task in problem.tasks))


def _with_deadlines(problem: Problem, deadlines: Mapping[str, int]) -> Problem:
    return _with_tasks(
        problem, lambda task: replace(task, deadline=deadlines[task.id]) if task.id in deadlines else task
    )


def _with_any_hours(problem: Problem, tasks: set[str]) -> Problem:
    return _with_tasks(problem, lambda task: _at_any_hour(task) if task.id in tasks else task)


def _at_any_hour(task: Task) -> Task:
    return replace(task, calendar=None, modes=tuple(replace(mode, calendar=None) for mode in task.modes))


def _with_devices(device_type: str, amount: int, problem: Problem) -> Problem:
    more = tuple(Device(id=f"one more {device_type} {number + 1}", type=device_type) for number in range(amount))
    return replace(problem, devices=(*problem.devices, *more))


def _with_capacity(name: str, amount: int, problem: Problem) -> Problem:
    def changed(resource: Resource) -> Resource:
        return replace(resource, capacity=resource.capacity + amount) if resource.id == name else resource

    return replace(problem, resources=tuple(changed(resource) for resource in problem.resources))
