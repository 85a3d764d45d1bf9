"""The problem that a few tasks pose beside a plan that stands: small, however large the plan is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from .model.hours import Hours
from .model.lookup import Lookup, Placed
from .problem import Closure, Device, Fixed, Mode, Objective, Precedence, Problem, Resource, StateResource, Task, Window
from .solution import Assignment


class Beside:
    """What a plan takes of everything, gathered once, so that each question costs only what its own tasks cost."""

    def __init__(self, lookup: Lookup, plan: Mapping[str, Assignment]) -> None:
        """plan: by task, its devices named; keeps every rule."""
        self.lookup = lookup
        self.plan = plan
        self.placed = {name: lookup.placed(assignment) for name, assignment in plan.items()}
        self._precedences: dict[str, list[Precedence]] = defaultdict(list)
        for precedence in lookup.problem.precedences:
            self._precedences[precedence.before].append(precedence)
            self._precedences[precedence.after].append(precedence)
        self._users: dict[str, list[Placed]] = defaultdict(list)
        self._holders: dict[str, list[Placed]] = defaultdict(list)
        self._as_planned: dict[str, Resource] = {}
        self._held: dict[str, Device] = {}
        for placed in self.placed.values():
            for name, _ in (*placed.mode.uses, *placed.mode.states):
                self._users[name].append(placed)
            for _, devices in placed.devices:
                for device in devices:
                    self._holders[device].append(placed)

    def users(self, thing: str) -> Sequence[Placed]:
        """The placed tasks that use a resource or a state resource, or hold a device."""
        return self._users.get(thing) or self._holders.get(thing, [])

    def those_with(self, task: str) -> tuple[str, ...]:
        """A task that is out, with what it needs and what goes only together with it, as far as they are out too."""
        found = {task: None}
        pending = [task]
        while pending:
            name = pending.pop()
            for precedence in self._precedences[name]:
                other = precedence.before if precedence.after == name else precedence.after
                if (precedence.after == name or precedence.together) and other not in self.plan and other not in found:
                    found[other] = None
                    pending.append(other)
        number = self.lookup.number
        return tuple(sorted(found, key=lambda name: number[name]))

    def problem(
        self, tasks: Sequence[Task], objective: Objective, *, without: Collection[str] = (), anchor: str | None = None
    ) -> Problem:
        """The tasks, as they are given here, in what all others of the plan leave them.

        Others appear as closures; where order or states must be kept, as fixed tasks that take nothing else.
        without: placed tasks that give up their places.   anchor: a campaign that shall count as begun in slot 0.
        """
        away = {*without, *(task.id for task in tasks)}
        modes = [mode for task in tasks for mode in task.modes]
        types = dict.fromkeys(name for mode in modes for name, _ in mode.devices)
        states = dict.fromkeys(name for mode in modes for name, _ in mode.states)
        calendars = {*(task.calendar for task in tasks), *(mode.calendar for mode in modes)}
        whole = self.lookup.problem
        precedences = list(self._kept_precedences(tasks, away))
        return Problem(
            slot_minutes=whole.slot_minutes,
            origin=whole.origin,
            horizon=whole.horizon,
            calendars=tuple(calendar for calendar in whole.calendars if calendar.id in calendars),
            resources=tuple(
                self._resource(name, away) for name in dict.fromkeys(name for mode in modes for name, _ in mode.uses)
            ),
            device_types=tuple(device_type for device_type in whole.device_types if device_type.id in types),
            devices=tuple(self._device(device, away) for name in types for device in self.lookup.devices[name]),
            state_resources=tuple(self.lookup.state_resource[name] for name in states),
            tasks=(
                *tasks,
                *self._neighbours(tasks, precedences),
                *(stand_in for name in states for stand_in in self._in_states(self.lookup.state_resource[name], away)),
                *_anchor(anchor),
            ),
            precedences=tuple(precedences),
            objective=objective,
        )

    def _resource(self, name: str, away: Collection[str]) -> Resource:
        """The same in every question that none of its users has a part in; so are devices."""
        users = self._users.get(name, ())
        if any(placed.task.id in away for placed in users):
            return self._taken(name, [placed for placed in users if placed.task.id not in away])
        if name not in self._as_planned:
            self._as_planned[name] = self._taken(name, users)
        return self._as_planned[name]

    def _taken(self, name: str, users: Iterable[Placed]) -> Resource:
        resource = self.lookup.resource[name]
        taken = [
            Closure(start, end, amount)
            for placed in users
            for start, end in self.lookup.use_spells(placed, name)
            if (amount := dict(placed.mode.uses)[name])
        ]
        return replace(resource, closures=(*resource.closures, *taken))

    def _device(self, device: Device, away: Collection[str]) -> Device:
        holders = self._holders.get(device.id)
        if not holders:
            return device
        if any(placed.task.id in away for placed in holders):
            return self._closed(device, [placed for placed in holders if placed.task.id not in away])
        if device.id not in self._held:
            self._held[device.id] = self._closed(device, holders)
        return self._held[device.id]

    def _closed(self, device: Device, holders: Iterable[Placed]) -> Device:
        pause, horizon = self.lookup.turnaround[device.type], self.lookup.problem.horizon
        held = (Window(max(0, placed.start - pause), min(horizon, placed.end + pause)) for placed in holders)
        return replace(device, closures=(*device.closures, *held))

    def _kept_precedences(self, tasks: Sequence[Task], away: Collection[str]) -> Iterator[Precedence]:
        """Those among the tasks, and those with a neighbour that stands."""
        chosen = {task.id for task in tasks}
        for precedence in dict.fromkeys(p for task in tasks for p in self._precedences[task.id]):
            other = precedence.after if precedence.before in chosen else precedence.before
            if other in chosen or (other in self.plan and other not in away):
                yield precedence

    def _neighbours(self, tasks: Sequence[Task], precedences: Iterable[Precedence]) -> Iterator[Task]:
        chosen = {task.id for task in tasks}
        ends = dict.fromkeys(name for precedence in precedences for name in (precedence.before, precedence.after))
        for name in ends:
            if name not in chosen:
                placed = self.placed[name]
                yield _standing(name, placed.start, placed.end, ())

    def _in_states(self, resource: StateResource, away: Collection[str]) -> Iterator[Task]:
        """One task for each stretch in which the plan holds the resource in one state."""
        held: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for placed in self._users.get(resource.id, ()):
            if placed.task.id not in away:
                held[dict(placed.mode.states)[resource.id]].append((placed.start, placed.end))
        for state, windows in held.items():
            for start, end in Hours(sorted(windows)).windows:
                name = f"{resource.id} {state} from {start}"
                yield _standing(name, start, end, ((resource.id, state),))


def _standing(name: str, start: int, end: int, states: tuple[tuple[str, str], ...]) -> Task:
    mode = Mode(id="as it stands", duration=end - start, states=states)
    return Task(id=name, modes=(mode,), due=end, fixed=Fixed(start, mode.id))


def _anchor(campaign: str | None) -> Iterator[Task]:
    if campaign is not None:
        yield replace(_standing("the start of all", 0, 1, ()), campaign=campaign)
