"""Which tasks to free next; everything else stays where it is while CP-SAT places these anew.

Source: large neighbourhood search, Shaw (1998), CP98, LNCS 1520, 417-431; sizes adapted to what gets solved to the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise
from random import Random
from typing import NamedTuple

import numpy as np

from .arrays import Arrays
from .incumbent import Incumbent, end_of

REACH = 0.5
"""As a share of what tasks take in the mean from their release to their end."""


class View:
    """A plan as the neighbourhoods see it: by task its start, end and mode, -1 for those left out."""

    def __init__(self, arrays: Arrays, incumbent: Incumbent) -> None:
        self.arrays = arrays
        self.problem = arrays.problem
        self.start = incumbent.start.tolist()
        self.mode = incumbent.mode.tolist()
        self.end = [
            -1 if start < 0 else end_of(arrays, task, mode, start) or start
            for task, (start, mode) in enumerate(zip(self.start, self.mode, strict=True))
        ]
        self.left_out = [task for task, start in enumerate(self.start) if start < 0]
        self.free = [task.fixed is None for task in self.problem.tasks]

    def uses(self, task: int) -> list[str]:
        """What the task needs in its mode, or in any if it is left out."""
        modes = self.problem.tasks[task].modes
        chosen = modes if self.mode[task] < 0 else modes[self.mode[task] : self.mode[task] + 1]
        return list(
            dict.fromkeys(
                name for mode in chosen for part in (mode.uses, mode.devices, mode.states) for name, _ in part
            )
        )

    def state(self, task: int, name: str) -> str | None:
        """That in which a placed task uses a state resource; None if it does not."""
        return dict(self.problem.tasks[task].modes[self.mode[task]].states).get(name)

    @property
    def reach(self) -> int:
        """Slots. With no more to look at CP-SAT is done with twice as many tasks, and most gains are there."""
        flows = [
            end - data.release for end, data in zip(self.end, self.problem.tasks, strict=True) if end >= data.release
        ]
        return round(REACH * sum(flows) / max(1, len(flows)))

    def cost(self, task: int) -> int:
        """What the task itself could save at most, left out or late."""
        weights, data = self.problem.objective, self.problem.tasks[task]
        if self.start[task] < 0:
            return weights.unscheduled * data.weight
        return weights.tardiness * data.weight * max(0, self.end[task] - data.due)


class Choice:
    """Groups of a problem's tasks that no plan changes."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.campaigns: dict[str, list[int]] = defaultdict(list)
        self.users: dict[str, list[int]] = defaultdict(list)
        self.partners: dict[int, list[int]] = defaultdict(list)
        number = {task.id: index for index, task in enumerate(arrays.problem.tasks)}
        for index, task in enumerate(arrays.problem.tasks):
            if task.campaign is not None:
                self.campaigns[task.campaign].append(index)
            for name in dict.fromkeys(name for mode in task.modes for name, _ in (*mode.uses, *mode.devices)):
                self.users[name].append(index)
            for name in dict.fromkeys(name for mode in task.modes for name, _ in mode.states):
                self.users[name].append(index)
        for precedence in arrays.problem.precedences:
            before, after = number[precedence.before], number[precedence.after]
            self.partners[after].append(before)
            if precedence.together:
                self.partners[before].append(after)
        self.segments = {each.id for each in arrays.problem.resources if each.kind == "segment"}
        self.places = dict.fromkeys(self.users, 1)
        self.places |= {each.id: max(1, each.capacity) for each in arrays.problem.resources}
        for device in arrays.problem.devices:
            self.places[device.type] = self.places.get(device.type, 0) + 1
        self.shared = [name for name, those in self.users.items() if len(those) > 1]
        self.pressure = [self._work(name) / self.places[name] for name in self.shared]
        self.states = [each.id for each in arrays.problem.state_resources]

    def _work(self, name: str) -> int:
        """Slots for which it could be used at most, one for each user at least."""
        tasks = self.arrays.problem.tasks
        return sum(max(mode.duration for mode in tasks[user].modes) or 1 for user in self.users[name])

    def complete(self, view: View, chosen: Iterable[int]) -> tuple[int, ...]:
        """With each task that is left out, those left out that it needs; fixed ones stay."""
        found = dict.fromkeys(task for task in chosen if view.free[task])
        pending = list(found)
        while pending:
            for partner in self.partners[pending.pop()]:
                if partner not in found and view.start[partner] < 0:
                    found[partner] = None
                    pending.append(partner)
        return tuple(sorted(found))


def by_campaign(choice: Choice, view: View, size: int, random: Random) -> list[int]:
    """One campaign, the costly ones more often; a part of it in time if it is larger than `size`."""
    return _in_time(view, _costly_campaign(choice, view, random), size, random)


def by_overlapping_campaigns(choice: Choice, view: View, size: int, random: Random) -> list[int]:
    """A campaign and others that are there at the same time, until there are enough tasks."""
    first = _costly_campaign(choice, view, random)
    span = _span(view, first)
    others = [
        those for those in choice.campaigns.values() if those is not first and _overlaps(span, _span(view, those))
    ]
    random.shuffle(others)
    chosen = _in_time(view, first, size, random)
    for those in others:
        if len(chosen) >= size:
            break
        chosen += _nearest(view, those, random.choice(chosen), size - len(chosen)) if chosen else []
    return chosen


def by_time(choice: Choice, view: View, size: int, random: Random) -> list[int]:
    """Tasks nearest in time to one of them."""
    placed = _placed(view)
    return _nearest(view, placed, random.choice(placed), size) if placed else []


def by_shared_resource(choice: Choice, view: View, size: int, random: Random) -> list[int]:
    """Tasks on one resource, device type or state resource, nearest in time to one of them; the more is asked of each
    of its places the more often."""
    if not choice.shared:
        return []
    name = random.choices(choice.shared, choice.pressure)[0]
    those = [task for task in choice.users[name] if view.start[task] >= 0]
    return _nearest(view, those, random.choice(those), size) if those else []


def by_route(choice: Choice, view: View, size: int, random: Random) -> list[int]:
    """Tasks on any segment of the route of one of them, nearest to it in time."""
    driving = [task for task in _placed(view) if not choice.segments.isdisjoint(view.uses(task))]
    if not driving:
        return []
    task = random.choice(driving)
    route = [name for name in view.uses(task) if name in choice.segments]
    those = dict.fromkeys(other for name in route for other in _users_placed(choice, view, name))
    return _nearest(view, those, task, size)


def by_state_change(choice: Choice, view: View, size: int, random: Random) -> list[int]:
    """Tasks around one change of a state, so that uses of one state may come together."""
    changes = [
        (name, after)
        for name in choice.states
        for before, after in pairwise(sorted(_users_placed(choice, view, name), key=lambda task: view.start[task]))
        if view.state(before, name) != view.state(after, name)
    ]
    if not changes:
        return []
    name, task = random.choice(changes)
    return _nearest(view, _users_placed(choice, view, name), task, size)


def by_lateness(choice: Choice, view: View, size: int, random: Random) -> list[int]:
    """A task that is late or left out, with those on one of its resources between its release and its end, first of
    all those that are late as well; the more crowded a resource is the more often."""
    worst = [task for task in range(len(view.start)) if view.cost(task) and view.free[task]]
    if not worst:
        return []
    task = random.choices(worst, [view.cost(task) for task in worst])[0]
    data = view.problem.tasks[task]
    since = data.release
    until = view.end[task] if view.start[task] >= 0 else data.deadline or view.problem.horizon
    crowds = [
        [
            other
            for other in choice.users[name]
            if other != task and view.start[other] >= 0 and view.start[other] < until and view.end[other] > since
        ]
        for name in view.uses(task)
    ]
    weights = [
        1 + (sum(view.end[other] - view.start[other] for other in crowd) / choice.places[name]) ** 2
        for name, crowd in zip(view.uses(task), crowds, strict=True)
    ]
    if not crowds:
        return [task]
    crowd = random.choices(crowds, weights)[0]
    random.shuffle(crowd)
    crowd.sort(key=lambda other: not view.cost(other))
    return [task, *crowd[: max(0, size - 1)]]


def by_chance(choice: Choice, view: View, size: int, random: Random) -> list[int]:
    every = range(len(view.start))
    return random.sample(every, min(size, len(every)))


class Kind(NamedTuple):
    """choose: about so many tasks, or fewer. is_near: whether they shift by no more than a reach (`View.reach`)."""

    choose: Callable[[Choice, View, int, Random], list[int]]
    is_near: bool = True


KINDS = {
    "campaign": Kind(by_campaign),
    "campaigns": Kind(by_overlapping_campaigns),
    "time": Kind(by_time),
    "resource": Kind(by_shared_resource),
    "route": Kind(by_route),
    "state": Kind(by_state_change),
    "late": Kind(by_lateness, is_near=False),
    "random": Kind(by_chance),
}


def _placed(view: View) -> list[int]:
    return [task for task, start in enumerate(view.start) if start >= 0]


def _users_placed(choice: Choice, view: View, name: str) -> list[int]:
    """Those whose mode uses it."""
    return [task for task in choice.users[name] if view.start[task] >= 0 and name in view.uses(task)]


def _costly_campaign(choice: Choice, view: View, random: Random) -> list[int]:
    """By what its tasks cost for lateness and stay; some weight for all."""
    every = list(choice.campaigns.values())
    if not every:
        return _placed(view)
    stay = view.problem.objective.stay
    weights = []
    for those in every:
        first, last = _span(view, those)
        weights.append(1 + stay * (last - first) + sum(view.cost(task) for task in those))
    return random.choices(every, weights)[0]


def _span(view: View, tasks: Iterable[int]) -> tuple[int, int]:
    placed = [task for task in tasks if view.start[task] >= 0]
    if not placed:
        return 0, 0
    return min(view.start[task] for task in placed), max(view.end[task] for task in placed)


def _overlaps(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _in_time(view: View, tasks: list[int], size: int, random: Random) -> list[int]:
    """All of them, or those nearest in time to one if there are more than `size`."""
    return list(tasks) if len(tasks) <= size else _nearest(view, tasks, random.choice(tasks), size)


def _nearest(view: View, tasks: Iterable[int], centre: int, size: int) -> list[int]:
    """Those left out count as near."""
    at = view.start[centre] if view.start[centre] >= 0 else view.problem.tasks[centre].release

    def distance(task: int) -> tuple[int, int]:
        return (0 if view.start[task] < 0 else abs(view.start[task] - at), task)

    return sorted(tasks, key=distance)[:size]


def with_places(
    incumbent: Incumbent, arrays: Arrays, places: dict[int, tuple[int, int]], freed: Iterable[int]
) -> Incumbent:
    """The plan with the freed tasks at their new places (start, mode), or left out; their devices are not named yet."""
    start, mode = incumbent.start.copy(), incumbent.mode.copy()
    held = None if incumbent.held is None else incumbent.held.copy()
    first = arrays.tables.held_first
    for task in freed:
        place = places.get(task, (-1, -1))
        if (int(start[task]), int(mode[task])) == place:
            continue
        start[task], mode[task] = place
        if held is not None:
            held[int(first[task]) : int(first[task + 1])] = np.int32(-1)
    return Incumbent(start, mode, held)
