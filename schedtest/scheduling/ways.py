"""The smallest changes that let a left-out task into a plan, each found by really putting it in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from .arrays import Arrays
from .beside import Beside
from .changes import (
    with_any_hours,
    with_capacity,
    with_days_off,
    with_deadlines,
    with_devices,
    with_mode,
    with_releases,
)
from .check import check
from .plans import as_solution
from .problem import Mode, Objective, Placing, Problem, Task
from .recommend import planned
from .solution import Assignment
from .wording import at, count, day, days_between, moment, slots_in_a_day, span

MOST_MORE = 4
"""So many more devices or places are tried."""

MOST_MOVED = 12
"""So many bookings in the way are tried, those that hold least first."""

MOST_ROUTES = 6
"""So many ways of other tasks like it are tried."""

DAYS_EARLIER = (1, 2, 3, 5, 7, 14, 28)

RUINS = 200

OUT = 2**40
"""The penalty for a task that is out, above every sum of ends and of moves."""

MOVED = 2**20
"""That of a booking that moves, above what its new place can cost."""

NOT_PLACED = ("once", "mandatory")
"""Rules that other tasks which are out may break already."""

Change = Mapping[str, Any]
"""What would be different: its `kind`, and what it says of which id."""

Places = tuple[Assignment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A change with which the task was put into the plan, where every rule then held."""

    change: Change
    text: str
    assignments: Places


class Ways:
    """Tried one after the other beside one plan."""

    def __init__(self, beside: Beside) -> None:
        self.beside = beside
        self.problem = beside.lookup.problem

    def of(self, task: Task, group: Sequence[Task], things: Sequence[str], thorough: bool) -> Iterator[Way]:
        """group: the task and those that it needs or goes with and that are out too. things: what is in their way, as
        far as it is known. thorough: look for bookings to move even if another change helps."""
        found = self._as_it_is(task, group)
        if found is not None:
            yield found
            return
        wanted = dict.fromkeys(n for one in group for mode in one.modes for n, _ in (*mode.uses, *mode.devices))
        names = things or list(wanted)
        tries = [
            partial(self._later, task, group),
            partial(self._earlier, task, group),
            partial(self._on_another_route, task, group),
            *(partial(self._more, task, group, name) for name in names),
            partial(self._on_days_off, task, group),
        ]
        kinds = set()
        for attempt in tries:
            way = attempt()
            if way is not None:
                kinds.add(way.change["kind"])
                yield way
        late = [] if "shift" in kinds else [self._at_any_hour(task, group)]
        if thorough or not (kinds or any(late)):
            late.append(self._move_one(task, group, names) or self._move_some(task, group, list(wanted)))
        yield from filter(None, late)

    def _as_it_is(self, task: Task, group: Sequence[Task]) -> Way | None:
        places = self._placed(self._beside(group), group)
        if places is None:
            return None
        text = f"nothing has to change: it fits {self._when(task, places)}"
        return self._way({"kind": "none"}, lambda problem: problem, places, text)

    def _later(self, task: Task, group: Sequence[Task]) -> Way | None:
        """Deadlines further off, by as little as the earliest end needs."""
        places = self._placed(self._beside([replace(one, deadline=None) for one in group]), group)
        if places is None:
            return None
        ends = {place.task: place.end for place in places}
        later = {one.id: ends[one.id] for one in group if one.deadline is not None and ends[one.id] > one.deadline}
        if not later:
            return None
        days = max(
            -(-(end - (self.beside.lookup.task[name].deadline or 0)) // self._a_day) for name, end in later.items()
        )
        text = f"a deadline {count(days, 'day', 'days')} later: then it fits {self._when(task, places)}"
        change = {"kind": "deadline", "days": days, "deadlines": later}
        return self._way(change, partial(with_deadlines, later), places, text)

    def _earlier(self, task: Task, group: Sequence[Task]) -> Way | None:
        """Released earlier, by as few days of DAYS_EARLIER as are enough."""
        if not any(one.release for one in group) or self._released_earlier(group, DAYS_EARLIER[-1]) is None:
            return None
        for days in DAYS_EARLIER:
            places = self._released_earlier(group, days)
            if places is None:
                continue
            starts = {place.task: place.start for place in places}
            earlier = {one.id: starts[one.id] for one in group if starts[one.id] < one.release}
            if not earlier:
                return None
            text = f"an arrival {count(days, 'day', 'days')} earlier: then it fits {self._when(task, places)}"
            change = {"kind": "release", "days": days, "releases": earlier}
            return self._way(change, partial(with_releases, earlier), places, text)
        return None

    def _released_earlier(self, group: Sequence[Task], days: int) -> Places | None:
        moved = [replace(one, release=max(0, one.release - days * self._a_day)) for one in group]
        return self._placed(self._beside(moved), group)

    def _on_another_route(self, task: Task, group: Sequence[Task]) -> Way | None:
        """In a way in which tasks like it are done, but which it does not allow."""
        for mode in self._modes_of_others(task)[:MOST_ROUTES]:
            change = partial(with_mode, task.id, mode)
            wider = [replace(one, modes=(*one.modes, mode)) if one is task else one for one in group]
            places = self._placed(self._beside(wider), group)
            if places is None or all(place.mode != mode.id for place in places if place.task == task.id):
                continue
            text = f"in {mode.id}, as others like it: then it fits {self._when(task, places)}"
            fields = {"kind": "route", "task": task.id, "mode": mode.id, "route": mode.route}
            return self._way(fields, change, places, text)
        return None

    def _modes_of_others(self, task: Task) -> list[Mode]:
        """Each once, by cost, with the task's own article in place of theirs."""
        known = {mode.id for mode in task.modes}
        own = tuple(use for use in task.modes[0].uses if self._is_article(use[0]))
        found: dict[str, Mode] = {}
        for mode in task.modes:
            for other in self._done_like.get(self._likeness(mode), ()):
                for choice in other.modes:
                    if choice.id not in known:
                        uses = tuple(use for use in choice.uses if not self._is_article(use[0]))
                        calendar = choice.calendar or other.calendar
                        found.setdefault(choice.id, replace(choice, uses=(*own, *uses), calendar=calendar))
        return sorted(found.values(), key=lambda mode: (mode.cost, mode.id))

    @cached_property
    def _done_like(self) -> dict[Mode, list[Task]]:
        found: dict[Mode, list[Task]] = defaultdict(list)
        for task in self.problem.tasks:
            for mode in task.modes:
                found[self._likeness(mode)].append(task)
        return found

    def _likeness(self, mode: Mode) -> Mode:
        """What is the same in a mode of two tasks that are the same but for the article."""
        uses = tuple(sorted(use for use in mode.uses if not self._is_article(use[0])))
        return replace(mode, uses=uses, devices=tuple(sorted(mode.devices)), states=(), cost=0, calendar=None)

    def _is_article(self, name: str) -> bool:
        return self.beside.lookup.resource[name].kind == "article"

    def _more(self, task: Task, group: Sequence[Task], name: str) -> Way | None:
        """More devices of a type, or more places, people or whatever a resource is; an article is one of its kind."""
        lookup = self.beside.lookup
        is_type = name in lookup.devices
        if not is_type and (name not in lookup.resource or self._is_article(name)):
            return None
        problem = self._beside(group)
        for amount in range(1, MOST_MORE + 1):
            change = partial(with_devices if is_type else with_capacity, name, amount)
            places = self._placed(change(problem), group)
            if places is not None:
                what = f"{amount} more of type {name}" if is_type else f"{amount} more of {name}"
                fields = {"kind": "devices", "type": name} if is_type else {"kind": "capacity", "resource": name}
                text = f"{what}: then it fits {self._when(task, places)}"
                return self._way({**fields, "amount": amount}, change, places, text)
        return None

    def _on_days_off(self, task: Task, group: Sequence[Task]) -> Way | None:
        """A shift on days on which nobody works, at the hours of the day before."""
        names = sorted(one.id for one in group)
        change = partial(with_days_off, names)
        places = self._placed(change(self._beside(group)), group)
        if places is None:
            return None
        days: dict[str, str] = {}
        for place in places:
            one = self.beside.lookup.task[place.task]
            hours = self.beside.lookup.hours_in(one, one.mode(place.mode))
            for start, end in days_between(self.problem, place.start, place.end):
                if hours is not None and not hours.within(start, end):
                    when = moment(self.problem, max(start, 0))
                    days[when.date().isoformat()] = day(when)
        if not days:
            return None
        text = f"a shift on {', '.join(days.values())}: then it fits {self._when(task, places)}"
        return self._way({"kind": "shift", "tasks": names, "days": list(days)}, change, places, text)

    def _at_any_hour(self, task: Task, group: Sequence[Task]) -> Way | None:
        names = sorted(one.id for one in group)
        change = partial(with_any_hours, names)
        places = self._placed(change(self._beside(group)), group)
        if places is None:
            return None
        text = f"work outside of its hours: then it fits {self._when(task, places)}"
        return self._way({"kind": "hours", "tasks": names}, change, places, text)

    def _move_one(self, task: Task, group: Sequence[Task], things: Sequence[str]) -> Way | None:
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
            text = f"{self._moved(place)}: then it fits {self._when(task, places)}"
            change = {"kind": "move", "task": moved.id, "start": place.start, "mode": place.mode, "by": by}
            way = self._way(change, lambda problem: problem, places, text)
            if way is not None:
                best = by, way
        return None if best is None else best[1]

    def _move_some(self, task: Task, group: Sequence[Task], things: Sequence[str]) -> Way | None:
        """As few bookings elsewhere as are found, of those in the way."""
        free = self._in_the_way(group, things)
        tasks = [*group, *(replace(one, due=self.beside.plan[one.id].end) for one in free)]
        baseline = [Placing(one.id, self.beside.plan[one.id].start, self.beside.plan[one.id].mode) for one in free]
        problem = replace(
            self._beside(tasks),
            baseline=tuple(baseline),
            objective=Objective(unscheduled=OUT, tardiness=1, move=MOVED),
        )
        places = self._placed(problem, tasks)
        if places is None:
            return None
        stood = {placing.task: (placing.start, placing.mode) for placing in baseline}
        moved = [place for place in places if stood.get(place.task, ()) not in ((), (place.start, place.mode))]
        what = "; ".join(self._moved(place) for place in moved) or "other devices for bookings that stay"
        moves = [{"task": place.task, "start": place.start, "mode": place.mode} for place in moved]
        text = f"{what}: then it fits {self._when(task, places)}"
        return self._way({"kind": "moves", "moves": moves}, lambda problem: problem, places, text)

    def _moved(self, place: Assignment) -> str:
        by = place.start - self.beside.plan[place.task].start
        shift = f"{span(self.problem, abs(by))} {'later' if by > 0 else 'earlier'}" if by else "elsewhere"
        return f"{place.task} {shift}, from {at(self.problem, place.start)} in {place.mode}"

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

    @property
    def _a_day(self) -> int:
        return slots_in_a_day(self.problem)

    def _beside(self, tasks: Sequence[Task]) -> Problem:
        """As early as may be; a booking that stands as near to where it stood as may be, if it is among them."""
        plan = self.beside.plan
        free = [replace(task, weight=1) if task.id in plan else replace(task, due=0, weight=1) for task in tasks]
        return self.beside.problem(free, Objective(unscheduled=OUT, tardiness=1))

    def _placed(self, problem: Problem, tasks: Sequence[Task]) -> Places | None:
        """Places for all of the tasks, or None."""
        plan = planned(Arrays.of(problem), ruins=RUINS)
        places = tuple(plan[task.id] for task in tasks if task.id in plan)
        return places if len(places) == len(tasks) else None

    def _way(self, change: Change, apply: Callable[[Problem], Problem], places: Places, text: str) -> Way | None:
        """The way, if the whole plan with the places in it keeps every rule of the whole problem with the change."""
        plan = {**self.beside.plan, **{place.task: place for place in places}}
        problem = apply(self.problem)
        lookup = type(self.beside.lookup)(problem)
        broken = [v for v in check(problem, as_solution(lookup, plan)) if v.rule not in NOT_PLACED]
        return None if broken else Way(change=change, text=text, assignments=places)

    def _when(self, task: Task, places: Iterable[Assignment]) -> str:
        place = next(place for place in places if place.task == task.id)
        return f"from {at(self.problem, place.start)} to {at(self.problem, place.end)} in {place.mode}"
