"""Whether a solution keeps every rule of its problem.

Written apart from the search and sharing no helper with it, so that one mistake cannot hide in both.
Every rule is a sweep over what is in use, never over the slots of the horizon.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from .problem import Fixed, Mode, Problem, Resource, StateResource, Task
from .solution import Assignment, Cost, Solution, Status

PARTS = ("unscheduled", "tardiness", "stay", "cost", "move")


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken: its name, a sentence in one line, and whom it concerns during slots [start, end)."""

    rule: str
    sentence: str
    tasks: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    start: int | None = None
    end: int | None = None

    def __str__(self) -> str:
        return self.sentence


def check(problem: Problem, solution: Solution) -> list[Violation]:
    """Every rule that the solution breaks; empty when the plan stands and its objective is the true one.

    A solution without a plan (infeasible, unknown) cannot be confirmed and has at least one violation.
    Time O(n log n) in tasks, uses and closures; the horizon's length does not matter.
    """
    if solution.status in (Status.INFEASIBLE, Status.UNKNOWN):
        return list(_without_a_plan(problem, solution))
    hours = {calendar.id: _Hours(calendar.windows) for calendar in problem.calendars}
    placed = [
        _placed(task, task.mode(assignment.mode), assignment, hours)
        for task, assignment in _recognised(problem, solution)
    ]
    return list(
        chain(
            _presence(problem, solution),
            _fixed(problem, solution),
            *(_times(problem, place) for place in placed),
            _precedences(problem, {place.task.id: place for place in placed}),
            _capacities(problem, placed),
            _named_devices(problem, placed),
            _device_uses(problem, placed),
            _states(problem, placed),
            _statements(problem, solution),
        )
    )


def cost_of(problem: Problem, assignments: Iterable[Assignment]) -> Cost:
    """The objective of a plan; a task without an assignment is left out. Raises KeyError on an unknown task or mode."""
    weights, baseline = problem.objective, {placing.task: placing for placing in problem.baseline}
    late = cost = moved = 0
    scheduled: set[str] = set()
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for assignment in assignments:
        task = problem.task_by_id[assignment.task]
        scheduled.add(task.id)
        cost += task.mode(assignment.mode).cost
        late += task.weight * max(0, assignment.end - task.due)
        if task.campaign is not None:
            first[task.campaign] = min(first.get(task.campaign, assignment.start), assignment.start)
            last[task.campaign] = max(last.get(task.campaign, assignment.end), assignment.end)
        place = baseline.get(task.id)
        if place is not None and (place.start, place.mode) != (assignment.start, assignment.mode):
            moved += task.weight
    return Cost(
        unscheduled=weights.unscheduled * sum(task.weight for task in problem.tasks if task.id not in scheduled),
        tardiness=weights.tardiness * late,
        stay=weights.stay * sum(last[campaign] - first[campaign] for campaign in first),
        cost=weights.cost * cost,
        move=weights.move * moved,
    )


class _Hours:
    """Working windows as one sorted row, and the working slots that have passed at the end of each."""

    def __init__(self, windows: Iterable[tuple[int, int]]) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.worked: list[int] = []
        for start, end in windows:
            if self.ends and self.ends[-1] == start:
                self.ends[-1] = end
                self.worked[-1] += end - start
            else:
                self.starts.append(start)
                self.ends.append(end)
                self.worked.append((self.worked[-1] if self.worked else 0) + end - start)

    def window_at(self, slot: int) -> int | None:
        number = bisect_right(self.starts, slot) - 1
        return number if number >= 0 and slot < self.ends[number] else None

    def within_one(self, start: int, end: int) -> bool:
        window = self.window_at(start)
        return window is not None and end <= self.ends[window]

    def spells(self, start: int, duration: int) -> list[tuple[int, int]]:
        """The working pieces of a task that pauses while closed; empty if it cannot start or never ends."""
        first = self.window_at(start)
        if first is None:
            return []
        target = self.worked[first] - (self.ends[first] - start) + duration
        final = bisect_left(self.worked, target)
        if final == len(self.ends):
            return []
        pieces = list(zip(self.starts[first : final + 1], self.ends[first : final + 1], strict=True))
        pieces[0] = (start, pieces[0][1])
        pieces[-1] = (pieces[-1][0], self.ends[final] - (self.worked[final] - target))
        return pieces


class _Placed(NamedTuple):
    """A task in its place: working during `spells`, the first beginning at the start, the last ending at the end."""

    task: Task
    mode: Mode
    assignment: Assignment
    start: int
    end: int
    spells: list[tuple[int, int]]
    misplaced: str | None


def _placed(task: Task, mode: Mode, assignment: Assignment, hours: dict[str, _Hours]) -> _Placed:
    start, end = assignment.start, assignment.start + mode.duration
    calendar = task.calendar if mode.calendar is None else mode.calendar
    misplaced = None
    if calendar is not None and task.interruptible:
        spells = hours[calendar].spells(start, mode.duration)
        if spells:
            return _Placed(task, mode, assignment, start, spells[-1][1], spells, None)
        misplaced = f"finds no {mode.duration} working slots of calendar {calendar}"
    elif calendar is not None and not hours[calendar].within_one(start, end):
        misplaced = f"does not lie within one working window of calendar {calendar}"
    return _Placed(task, mode, assignment, start, end, [(start, end)], misplaced)


def _recognised(problem: Problem, solution: Solution) -> Iterator[tuple[Task, Assignment]]:
    """Tasks of the problem in modes of theirs, once each; _presence tells about all the others."""
    seen = set()
    for assignment in solution.assignments:
        task = problem.task_by_id.get(assignment.task)
        if task and task.id not in seen and any(mode.id == assignment.mode for mode in task.modes):
            seen.add(task.id)
            yield task, assignment


def _without_a_plan(problem: Problem, solution: Solution) -> Iterator[Violation]:
    yield Violation("no plan", f"There is no plan to check: the status is {solution.status}.")
    if solution.assignments:
        yield Violation(
            "no plan", f"The status is {solution.status}, yet {len(solution.assignments)} tasks are placed."
        )
    if solution.conflict is not None:
        known = {*problem.task_by_id, *_things(problem)}
        for name in (*solution.conflict.tasks, *solution.conflict.resources):
            if name not in known:
                yield Violation("conflict", f"The conflict names {name}, which the problem does not have.")


def _things(problem: Problem) -> Iterator[str]:
    for parts in (problem.resources, problem.device_types, problem.state_resources):
        yield from (part.id for part in parts)


def _presence(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Each task is placed in one of its modes or named as left out, once; a mandatory one is placed."""
    placed = Counter(assignment.task for assignment in solution.assignments)
    left_out = Counter(entry.task for entry in solution.unscheduled)
    for name in dict.fromkeys((*placed, *left_out)):
        if name not in problem.task_by_id:
            yield Violation("task", f"Task {name} is not part of the problem.", (name,))
        elif placed[name] + left_out[name] > 1:
            sentence = f"Task {name} is placed {placed[name]} times and left out {left_out[name]} times, not once."
            yield Violation("once", sentence, (name,))
    for task in problem.tasks:
        if not placed[task.id] and not left_out[task.id]:
            yield Violation("once", f"Task {task.id} is neither placed nor named as left out.", (task.id,))
        if not placed[task.id] and task.mandatory:
            yield Violation("mandatory", f"Task {task.id} is mandatory, but not placed.", (task.id,))
    for assignment in solution.assignments:
        owner = problem.task_by_id.get(assignment.task)
        if owner and all(mode.id != assignment.mode for mode in owner.modes):
            yield Violation("mode", f"Task {owner.id} has no mode {assignment.mode}.", (owner.id,))
    known = set(_things(problem))
    for entry in solution.unscheduled:
        for name in entry.blocking:
            if name not in known:
                sentence = f"Task {entry.task} is said to be blocked by {name}, which the problem does not have."
                yield Violation("blocking", sentence, (entry.task,), (name,))


def _fixed(problem: Problem, solution: Solution) -> Iterator[Violation]:
    found = {assignment.task: Fixed(assignment.start, assignment.mode) for assignment in solution.assignments}
    for task in problem.tasks:
        if task.fixed is None or found.get(task.id) == task.fixed:
            continue
        place = found.get(task.id)
        now = "is not placed" if place is None else f"starts at slot {place.start} in mode {place.mode}"
        sentence = f"Task {task.id} is fixed at slot {task.fixed.start} in mode {task.fixed.mode}, but {now}."
        yield Violation("fixed", sentence, (task.id,))


def _times(problem: Problem, place: _Placed) -> Iterator[Violation]:
    task, start, end = place.task, place.start, place.end

    def violation(rule: str, what: str) -> Violation:
        return Violation(rule, f"Task {task.id} {what}.", (task.id,), (), start, end)

    if place.misplaced is not None:
        yield violation("calendar", f"placed at slot {start} {place.misplaced}")
    elif place.assignment.end != end:
        what = (
            f"starts at slot {start} and ends at slot {place.assignment.end}, where mode {place.mode.id} ends at {end}"
        )
        yield violation("duration", what)
    if start < max(0, task.release):
        yield violation("release", f"starts at slot {start}, before its release {max(0, task.release)}")
    if end > problem.horizon:
        yield violation("horizon", f"ends at slot {end}, after the horizon {problem.horizon}")
    if task.deadline is not None and end > task.deadline:
        yield violation("deadline", f"ends at slot {end}, after its deadline {task.deadline}")


def _precedences(problem: Problem, placed: dict[str, _Placed]) -> Iterator[Violation]:
    for precedence in problem.precedences:
        before, after = placed.get(precedence.before), placed.get(precedence.after)
        pair = (precedence.before, precedence.after)
        if before is None and after is not None:
            yield Violation("precedence", f"Task {pair[1]} is placed without {pair[0]}, which must come before.", pair)
        elif after is None and before is not None and precedence.together:
            yield Violation("together", f"Task {pair[0]} is placed without {pair[1]}, to which it belongs.", pair)
        elif before is not None and after is not None:
            lag = after.start - before.end
            found = f"Task {pair[1]} starts {lag} slots after the end of {pair[0]}"
            if lag < precedence.min_lag:
                yield Violation("min_lag", f"{found}, {precedence.min_lag} are the least.", pair)
            if precedence.max_lag is not None and lag > precedence.max_lag:
                yield Violation("max_lag", f"{found}, {precedence.max_lag} are the most.", pair)


_Change = tuple[int, int, int, str]
"""At a slot, so many units of a resource more (or fewer) are used, so many closed, and by which task."""


def _capacities(problem: Problem, placed: list[_Placed]) -> Iterator[Violation]:
    kept = {resource.id for resource in problem.resources if resource.kept}
    changes: dict[str, list[_Change]] = {resource.id: [] for resource in problem.resources}
    for place in placed:
        for name, amount in place.mode.uses:
            for start, end in [(place.start, place.end)] if name in kept else place.spells:
                changes[name] += [(start, amount, 0, place.task.id), (end, -amount, 0, place.task.id)]
    for resource in problem.resources:
        if changes[resource.id]:
            for start, end, amount in resource.closures:
                changes[resource.id] += [(start, 0, amount, ""), (end, 0, -amount, "")]
            in_order = sorted(changes[resource.id])
            if _may_be_overfull(resource, in_order):
                yield from _overfull(resource, in_order)


def _may_be_overfull(resource: Resource, changes: list[_Change]) -> bool:
    """A quick look: False only where the resource is never overfull."""
    used = closed = 0
    for _, used_more, closed_more, _ in changes:
        used += used_more
        closed += closed_more
        if used > 0 and used + closed > resource.capacity:
            return True
    return False


def _overfull(resource: Resource, changes: list[_Change]) -> Iterator[Violation]:
    """One violation for each longest stretch that is used and over capacity; a closure alone is no use."""
    used = closed = worst = 0
    present: Counter[str] = Counter()
    involved: dict[str, None] = {}
    since: int | None = None
    for slot, together in groupby(changes, itemgetter(0)):
        arriving = []
        for _, used_more, closed_more, task in together:
            used += used_more
            closed += closed_more
            present[task] += used_more
            if used_more > 0:
                arriving.append(task)
            elif not present[task]:
                del present[task]
        if used > 0 and used + closed > resource.capacity:
            involved.update(dict.fromkeys(present if since is None else arriving))
            since = slot if since is None else since
            worst = max(worst, used + closed)
        elif since is not None:
            sentence = (
                f"Resource {resource.id} has {resource.capacity} units, but {worst} are used or closed "
                f"during slots {since} to {slot}, by {_listed(involved)}."
            )
            yield Violation("capacity", sentence, tuple(involved), (resource.id,), since, slot)
            since, worst, involved = None, 0, {}


def _listed(names: Iterable[str], limit: int = 5) -> str:
    names = list(names)
    rest = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + rest


def _named_devices(problem: Problem, placed: list[_Placed]) -> Iterator[Violation]:
    """Each task names as many devices of each type as its mode demands: known ones, of that type, each once."""
    type_of = {device.id: device.type for device in problem.devices}
    for place in placed:
        task = place.task.id
        demanded = dict(place.mode.devices)
        given: dict[str, int] = defaultdict(int)
        named: list[str] = []
        for type_id, devices in place.assignment.devices:
            given[type_id] += len(devices)
            named += devices
            for device in devices:
                if type_of.get(device) != type_id:
                    sentence = f"Task {task} names {device} as a device of type {type_id}, which it is not."
                    yield Violation("device type", sentence, (task,), (type_id,), place.start, place.end)
        for type_id in dict.fromkeys((*demanded, *given)):
            if demanded.get(type_id, 0) != given[type_id]:
                sentence = (
                    f"Task {task} names {given[type_id]} devices of type {type_id}, {demanded.get(type_id, 0)} are due."
                )
                yield Violation("device number", sentence, (task,), (type_id,), place.start, place.end)
        if len(set(named)) < len(named):
            for device, count in Counter(named).items():
                if count > 1:
                    sentence = f"Task {task} names device {device} {count} times."
                    yield Violation("device twice", sentence, (task,), (device,), place.start, place.end)


def _device_uses(problem: Problem, placed: list[_Placed]) -> Iterator[Violation]:
    """A device is held from start to end by one task at a time, open throughout, with its turnaround in between."""
    turnaround = {device_type.id: device_type.turnaround for device_type in problem.device_types}
    holders: dict[str, list[_Placed]] = defaultdict(list)
    for place in placed:
        for name in dict.fromkeys(chain.from_iterable(names for _, names in place.assignment.devices)):
            holders[name].append(place)
    for device in problem.devices:
        held = sorted(holders.get(device.id, ()), key=attrgetter("start", "end"))
        last: _Placed | None = None
        for place in held:
            pause = turnaround[device.type]
            if last is not None and place.start - last.end < pause:
                sentence = (
                    f"Device {device.id} is held by {last.task.id} until slot {last.end} and by {place.task.id} "
                    f"from slot {place.start}, {pause} slots of turnaround must pass."
                )
                pair = (last.task.id, place.task.id)
                yield Violation("turnaround", sentence, pair, (device.id,), place.start, last.end + pause)
            last = place if last is None or place.end > last.end else last
        if held and device.closures:
            yield from _held_while_closed(device.id, sorted(device.closures), held)


def _held_while_closed(device: str, closures: Iterable[tuple[int, int]], held: list[_Placed]) -> Iterator[Violation]:
    shut = _Hours(_merged(closures))
    for place in held:
        number = bisect_right(shut.ends, place.start)
        if number < len(shut.starts) and shut.starts[number] < place.end:
            start, end = max(place.start, shut.starts[number]), min(place.end, shut.ends[number])
            sentence = f"Device {device} is closed during slots {start} to {end}, but held by {place.task.id}."
            yield Violation("device closure", sentence, (place.task.id,), (device,), start, end)


def _merged(windows: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted windows, those that overlap joined."""
    joined: list[tuple[int, int]] = []
    for start, end in windows:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _states(problem: Problem, placed: list[_Placed]) -> Iterator[Violation]:
    wanted: dict[str, list[tuple[int, int, str, str]]] = defaultdict(list)
    for place in placed:
        for name, state in place.mode.states:
            wanted[name].append((place.start, place.end, state, place.task.id))
    for resource in problem.state_resources:
        yield from _clashing_states(resource, sorted(wanted.get(resource.id, ())))


def _clashing_states(resource: StateResource, uses: list[tuple[int, int, str, str]]) -> Iterator[Violation]:
    """Uses of one state form a spell that lasts to the latest of their ends; a change of state needs its transition."""
    slots = {(before, after): length for before, after, length in resource.transitions}
    state, until, holder = resource.initial, 0, None
    for start, end, wanted, task in uses:
        if state is not None and wanted != state:
            ready = until + slots.get((state, wanted), 0)
            if start < ready:
                whose = "from slot 0" if holder is None else f"until slot {until} for {holder}"
                sentence = (
                    f"State resource {resource.id} is {state} {whose}, so it can be {wanted} from slot {ready}, "
                    f"but {task} starts at slot {start}."
                )
                tasks = (task,) if holder is None else (holder, task)
                yield Violation("state", sentence, tasks, (resource.id,), start, ready)
        if wanted != state or end > until:
            state, until, holder = wanted, end, task


def _statements(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """What the solution says of itself: its objective, its bound, and that it is optimal."""
    cost = cost_of(problem, (assignment for _, assignment in _recognised(problem, solution)))
    stated = solution.objective
    if stated is None:
        yield Violation("objective", f"The objective is not stated; it is {cost.total}.")
    else:
        for part in (*PARTS, "total"):
            if getattr(stated, part) != getattr(cost, part):
                said, true = getattr(stated, part), getattr(cost, part)
                yield Violation("objective", f"The objective's {part} is stated as {said}, but is {true}.")
    if solution.bound is not None and solution.bound > cost.total:
        yield Violation("bound", f"The bound {solution.bound} exceeds the total {cost.total}.")
    if solution.status is Status.OPTIMAL and solution.bound != cost.total:
        yield Violation(
            "optimal", f"The plan is called optimal, but its bound is {solution.bound}, its total {cost.total}."
        )
