"""The problem as flat numpy arrays over tasks, modes and slots, for the compiled engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np

from .calendars import counted, merged, open_slots
from .clusters import clusters, needed
from .compiled import Flags, Int32s, Ints, Words
from .extent import asked_at_most, fits, useful_horizon
from .problem import Mode, Problem, Task
from .tables import NEVER, Tables


@dataclass(frozen=True, slots=True)
class Arrays:
    """A problem ready for the compiled engine; immutable, pickles. Tasks and modes are numbered as in the problem.

    devices: the ids in the order in which the engine numbers them.   needed: tasks that may not be left out.
    """

    problem: Problem
    tables: Tables
    devices: tuple[str, ...]
    types: tuple[str, ...]
    needed: tuple[bool, ...]

    @classmethod
    def of(cls, problem: Problem) -> Arrays:
        """Raises ValueError if not fits(problem)."""
        if not fits(problem):
            raise ValueError("the problem is too long or too wide for arrays over slots")
        return _Builder(problem).arrays()

    def revised(self, problem: Problem) -> Arrays:
        """Of a problem that differs only in its objective and in its tasks' times, weights and campaigns; what these
        have no part in is shared."""
        if useful_horizon(problem) > self.tables.horizon:
            return Arrays.of(problem)
        parts = _Builder(problem).revised(self)
        return replace(self, problem=problem, tables=replace(self.tables, **parts))


def _most_devices(task: Task) -> int:
    return max(sum(amount for _, amount in mode.devices) for mode in task.modes)


def ragged(lists: Iterable[Sequence[Any]]) -> tuple[Ints, Any]:
    """Lists laid end to end, and where each begins; a list of tuples gives one array for each column."""
    lists = list(lists)
    first = np.zeros(len(lists) + 1, dtype=np.int64)
    np.cumsum([len(part) for part in lists], out=first[1:])
    return first, [item for part in lists for item in part]


def _column(items: Sequence[Sequence[int]], number: int) -> Ints:
    return np.array([item[number] for item in items], dtype=np.int64)


def _packed(slots: Flags) -> Words:
    """(…, horizon) flags as (…, words), slot 0 in the lowest bit of the first word."""
    words = (slots.shape[-1] + 63) // 64
    padded = np.zeros((*slots.shape[:-1], words * 64), dtype=np.bool_)
    padded[..., : slots.shape[-1]] = slots
    packed: Words = np.packbits(padded, axis=-1, bitorder="little").view(np.uint64)
    return packed


def _digits(free: Int32s, levels: Sequence[Sequence[int]]) -> dict[str, Any]:
    """What is free in binary, with as many digits of a row as it or one of its levels needs; none where one suffices,
    as the bits of its level say the same."""
    most = [max(mine, *amounts) for mine, amounts in zip(free.max(axis=1, initial=0).tolist(), levels, strict=True)]
    first, every = ragged([range(each.bit_length() if each > 1 else 0) for each in most])
    row_of_digit = np.repeat(np.arange(len(free)), np.diff(first))
    digits = np.zeros((len(every), (free.shape[1] + 63) // 64), dtype=np.uint64)
    for number, (row, place) in enumerate(zip(row_of_digit.tolist(), every, strict=True)):
        digits[number] = _packed(free[row] >> place & 1 > 0)
    return {"digits": np.ascontiguousarray(digits.T), "digit_first": first}


@dataclass
class _Builder:
    """Gathers rows and levels while it walks over the modes."""

    problem: Problem
    rows: dict[tuple[str, str], int] = field(default_factory=dict)
    levels: dict[tuple[str, str], dict[int, None]] = field(default_factory=lambda: defaultdict(dict))

    def arrays(self) -> Arrays:
        problem = self.problem
        self.latest_end = useful_horizon(problem)
        self.horizon = max(1, self.latest_end)
        self.number = {task.id: index for index, task in enumerate(problem.tasks)}
        self.asked = asked_at_most(problem)
        self.resources = {resource.id: resource for resource in problem.resources}
        self.calendars = {calendar.id: index for index, calendar in enumerate(problem.calendars)}
        self.transitions = {
            (resource.id, t.before, t.after): min(t.slots, NEVER)
            for resource in problem.state_resources
            for t in resource.transitions
        }
        self._find_rows()
        types = tuple(key[1] for key in self.rows if key[0] == "type")
        self.types = {name: index for index, name in enumerate(types)}
        devices = [[device for device in problem.devices if device.type == name] for name in types]
        is_needed = needed(problem)
        parts: dict[str, Any] = {"horizon": self.horizon, "stay": problem.objective.stay}
        parts |= self._tasks(is_needed) | self._modes() | self._rows(devices) | self._devices(types, devices)
        parts |= self._calendars(parts.pop("level_bits")) | self._precedences() | self._groups(is_needed)
        names = tuple(device.id for group in devices for device in group)
        return Arrays(problem, Tables(**parts), names, types, tuple(is_needed))

    def revised(self, arrays: Arrays) -> dict[str, Any]:
        self.latest_end = self.horizon = arrays.tables.horizon
        self.number = {task.id: index for index, task in enumerate(self.problem.tasks)}
        weights = self.problem.objective
        costs = [weights.cost * mode.cost for task in self.problem.tasks for mode in task.modes]
        parts: dict[str, Any] = {"stay": weights.stay, "mode_cost": np.array(costs, dtype=np.int64)}
        return parts | self._tasks(arrays.needed) | self._groups(arrays.needed)

    def _find_rows(self) -> None:
        """Every resource, device type and state that some mode asks for, with the amounts asked."""
        for task in self.problem.tasks:
            for mode in task.modes:
                for key, amount in self._asks(mode):
                    self.levels[key][amount] = None
        kinds = {"resource": 0, "type": 1}
        for key in sorted(self.levels, key=lambda key: kinds.get(key[0], 2)):
            self.rows[key] = len(self.rows)
            self.levels[key] = dict.fromkeys(sorted(self.levels[key]))
        self.level: dict[tuple[tuple[str, str], int], int] = {}
        for key in self.rows:
            for amount in self.levels[key]:
                self.level[key, amount] = len(self.level)
        self.states: dict[str, list[str]] = defaultdict(list)
        for kind, name in self.rows:
            if kind.startswith("state:"):
                self.states[kind.removeprefix("state:")].append(name)

    @staticmethod
    def _asks(mode: Mode) -> Iterable[tuple[tuple[str, str], int]]:
        """(row, level) pairs; a state is free where no use forbids it, level 0."""
        for name, amount in mode.uses:
            if amount:
                yield ("resource", name), amount
        for name, amount in mode.devices:
            if amount:
                yield ("type", name), amount
        for name, state in mode.states:
            yield (f"state:{name}", state), 0

    def _tasks(self, is_needed: Sequence[bool]) -> dict[str, Any]:
        tasks, weights = self.problem.tasks, self.problem.objective
        modes = {task.id: {mode.id: index for index, mode in enumerate(task.modes)} for task in tasks}
        first, _ = ragged([task.modes for task in tasks])
        baseline = {placing.task: placing for placing in self.problem.baseline}
        fixed = [task.fixed for task in tasks]
        placings = [baseline.get(task.id) for task in tasks]
        campaigns = {name: index for index, name in enumerate(self._campaigns())}
        latest = self.latest_end
        beyond_all = self._beyond_all()
        out = [weights.unscheduled * task.weight for task in tasks]
        held = np.zeros(len(tasks) + 1, dtype=np.int64)
        np.cumsum([_most_devices(task) for task in tasks], out=held[1:])
        values = {
            "release": [min(task.release, NEVER) for task in tasks],
            "due": [task.due for task in tasks],
            "deadline": [latest if task.deadline is None else min(task.deadline, latest) for task in tasks],
            "tardiness": [weights.tardiness * task.weight for task in tasks],
            "penalty": [cost + beyond_all * must for cost, must in zip(out, is_needed, strict=True)],
            "least": [self._least(task) for task in tasks],
            "move": [weights.move * task.weight for task in tasks],
            "baseline_start": [-1 if place is None else place.start for place in placings],
            "baseline_mode": [
                -1 if place is None else first[self.number[place.task]] + modes[place.task][place.mode]
                for place in placings
            ],
            "campaign": [-1 if task.campaign is None else campaigns[task.campaign] for task in tasks],
            "fixed_start": [-1 if place is None else place.start for place in fixed],
            "fixed_mode": [
                -1 if place is None else first[index] + modes[tasks[index].id][place.mode]
                for index, place in enumerate(fixed)
            ],
        }
        arrays: dict[str, Any] = {name: np.array(value, dtype=np.int64) for name, value in values.items()}
        movable = np.flatnonzero(arrays["fixed_start"] < 0)
        return arrays | {"mode_first": first, "held_first": held, "movable": movable}

    def _least(self, task: Task) -> int:
        weights = self.problem.objective
        soonest = task.release + min(mode.duration for mode in task.modes)
        late = min(max(0, soonest - task.due), self.horizon)
        return weights.cost * min(mode.cost for mode in task.modes) + weights.tardiness * task.weight * late

    def _beyond_all(self) -> int:
        """More than the whole objective can be, as far as 62 bits allow for every task at once."""
        weights, tasks, horizon = self.problem.objective, self.problem.tasks, self.horizon
        total = sum(task.weight for task in tasks)
        worst = total * (weights.unscheduled + weights.tardiness * horizon + weights.move)
        worst += weights.stay * len(self._campaigns()) * horizon
        worst += weights.cost * sum(max(mode.cost for mode in task.modes) for task in tasks)
        return min(worst + 1, 2**61 // (len(tasks) + 1))

    def _campaigns(self) -> list[str]:
        return list(dict.fromkeys(task.campaign for task in self.problem.tasks if task.campaign is not None))

    def _modes(self) -> dict[str, Any]:
        pairs = [(task, mode) for task in self.problem.tasks for mode in task.modes]
        calendars = [task.calendar_in(mode) for task, mode in pairs]
        pauses = [task.interruptible and name is not None for (task, _), name in zip(pairs, calendars, strict=True)]
        wholes, workings, uses = [], [], []
        for (_, mode), calendar, pausing in zip(pairs, calendars, pauses, strict=True):
            whole, working, use = self._needs(mode, pausing)
            if calendar is not None and not pausing:
                whole.append(len(self.level) + self.calendars[calendar])
            wholes.append(whole)
            workings.append(working)
            uses.append(use)
        whole_first, whole_all = ragged(wholes)
        working_first, working_all = ragged(workings)
        use_first, use_all = ragged(uses)
        demand_first, demands = ragged(
            [[(self.types[name], amount) for name, amount in mode.devices if amount] for _, mode in pairs]
        )
        cost = self.problem.objective.cost
        return {
            "usable": np.array([self._usable(mode) for _, mode in pairs], dtype=np.bool_),
            "duration": np.array([min(mode.duration, NEVER) for _, mode in pairs], dtype=np.int64),
            "mode_cost": np.array([cost * mode.cost for _, mode in pairs], dtype=np.int64),
            "calendar": np.array([-1 if c is None else self.calendars[c] for c in calendars], dtype=np.int64),
            "pauses": np.array(pauses, dtype=np.bool_),
            "whole_first": whole_first,
            "whole": np.array(whole_all, dtype=np.int64),
            "working_first": working_first,
            "working": np.array(working_all, dtype=np.int64),
            "use_first": use_first,
            "use_row": _column(use_all, 0),
            "use_amount": _column(use_all, 1),
            "use_before": _column(use_all, 2),
            "use_after": _column(use_all, 3),
            "use_pauses": _column(use_all, 4).astype(np.bool_),
            "demand_first": demand_first,
            "demand_type": _column(demands, 0),
            "demand_amount": _column(demands, 1),
        }

    def _needs(self, mode: Mode, pausing: bool) -> tuple[list[int], list[int], list[tuple[int, int, int, int, int]]]:
        """Levels clear throughout, levels clear in working slots, and what the mode takes from rows but devices'."""
        whole: list[int] = []
        working: list[int] = []
        uses = []
        for key, amount in self._asks(mode):
            loose = pausing and key[0] == "resource" and not self.resources[key[1]].kept
            (working if loose else whole).append(self.level[key, amount])
            if key[0] == "resource":
                uses.append((self.rows[key], amount, 0, 0, int(loose)))
        for name, state in mode.states:
            for other in self.states[name]:
                if other != state:
                    before = self.transitions.get((name, other, state), 0)
                    after = self.transitions.get((name, state, other), 0)
                    uses.append((self.rows[f"state:{name}", other], 1, before, after, 0))
        return whole, working, uses

    def _usable(self, mode: Mode) -> bool:
        """Whether there can ever be enough; what is false here need not be found out slot by slot."""
        return mode.duration <= self.horizon and all(
            amount <= self.resources[name].capacity for name, amount in mode.uses
        )

    def _rows(self, devices: Sequence[Sequence[Any]]) -> dict[str, Any]:
        users: list[dict[int, None]] = [{} for _ in self.rows]
        for index, task in enumerate(self.problem.tasks):
            for mode in task.modes:
                for key, _ in self._asks(mode):
                    users[self.rows[key]][index] = None
        free = np.zeros((len(self.rows), self.horizon), dtype=np.int32)
        levels: list[list[int]] = []
        for (kind, name), row in self.rows.items():
            amounts = list(self.levels[kind, name])
            if kind == "resource":
                free[row] = self._resource_row(name)
            elif kind == "type":
                for device in devices[self.types[name]]:
                    free[row] += ~open_slots(device.closures, self.horizon)
            else:
                resource = kind.removeprefix("state:")
                whole = 1 + sum(len(users[self.rows[kind, other]]) for other in self.states[resource] if other != name)
                free[row] = whole - self._forbidden_at_first(resource, name)
                amounts = [whole]
            levels.append(amounts)
        level_first, level_amount = ragged(levels)
        row_of_level = np.repeat(np.arange(len(self.rows)), np.diff(level_first))
        bits = np.zeros((len(level_amount), (self.horizon + 63) // 64), dtype=np.uint64)
        for level, (row, amount) in enumerate(zip(row_of_level.tolist(), level_amount, strict=True)):
            bits[level] = _packed(free[row] < amount)
        row_task_first, row_task = ragged([list(tasks) for tasks in users])
        return {
            "free": free,
            "level_first": level_first,
            "level_amount": np.array(level_amount, dtype=np.int64),
            "is_state": np.array([kind.startswith("state:") for kind, _ in self.rows], dtype=np.bool_),
            "level_bits": bits,
            "row_task_first": row_task_first,
            "row_task": np.array(row_task, dtype=np.int64),
        } | _digits(free, levels)

    def _resource_row(self, name: str) -> Int32s:
        """Capacity less closures, from 0 to what the tasks can ask for in all."""
        resource = self.resources[name]
        limit = self.asked["resource", name]
        changes = np.zeros(self.horizon + 1, dtype=np.int64)
        closures = np.fromiter(chain.from_iterable(resource.closures), np.int64).reshape(-1, 3)
        np.add.at(changes, np.minimum(closures[:, 0], self.horizon), closures[:, 2])
        np.subtract.at(changes, np.minimum(closures[:, 1], self.horizon), closures[:, 2])
        free = np.clip(resource.capacity - np.cumsum(changes[:-1]), 0, limit)
        row: Int32s = free.astype(np.int32)
        return row

    def _forbidden_at_first(self, name: str, state: str) -> Flags:
        """(horizon,): while the initial state still forbids this one."""
        forbidden = np.zeros(self.horizon, dtype=np.bool_)
        initial = next(resource.initial for resource in self.problem.state_resources if resource.id == name)
        if initial is not None and initial != state:
            forbidden[: self.transitions.get((name, initial, state), 0)] = True
        return forbidden

    def _devices(self, types: Sequence[str], devices: Sequence[Sequence[Any]]) -> dict[str, Any]:
        turnaround = {device_type.id: min(device_type.turnaround, NEVER) for device_type in self.problem.device_types}
        first, every = ragged(devices)
        busy = np.zeros((len(every), (self.horizon + 63) // 64), dtype=np.uint64)
        for index, device in enumerate(every):
            if device.closures:
                busy[index] = _packed(open_slots(device.closures, self.horizon))
        return {
            "type_row": np.array([self.rows["type", name] for name in types], dtype=np.int64),
            "turnaround": np.array([turnaround[name] for name in types], dtype=np.int64),
            "device_first": first,
            "busy": np.ascontiguousarray(busy.T),
        }

    def _calendars(self, level_bits: Words) -> dict[str, Any]:
        """The closed slots' bits follow the levels'."""
        horizon, calendars = self.horizon, self.problem.calendars
        worked = np.zeros((len(calendars), horizon + 1), dtype=np.int32)
        place = np.zeros((len(calendars), horizon), dtype=np.int32)
        closed = np.zeros((len(calendars), horizon), dtype=np.bool_)
        for index, calendar in enumerate(calendars):
            working = open_slots(merged(calendar.windows), horizon)
            closed[index] = ~working
            worked[index], place[index] = counted(working)
        bits = np.concatenate([level_bits, _packed(closed)])
        return {"bits": bits, "worked": worked, "place": place}

    def _precedences(self) -> dict[str, Any]:
        incoming: list[list[tuple[int, int, int]]] = [[] for _ in self.problem.tasks]
        outgoing: list[list[tuple[int, int, int]]] = [[] for _ in self.problem.tasks]
        for precedence in self.problem.precedences:
            before, after = self.number[precedence.before], self.number[precedence.after]
            least = max(-NEVER, min(precedence.min_lag, NEVER))
            most = NEVER if precedence.max_lag is None else max(-NEVER, min(precedence.max_lag, NEVER))
            incoming[after].append((before, least, most))
            outgoing[before].append((after, least, most))
        parts: dict[str, Any] = {}
        for name, arcs in (("in", incoming), ("out", outgoing)):
            first, every = ragged(arcs)
            parts |= {f"{name}_first": first, f"{name}_task": _column(every, 0)}
            parts |= {f"{name}_min": _column(every, 1), f"{name}_max": _column(every, 2)}
        return parts

    def _groups(self, is_needed: Sequence[bool]) -> dict[str, Any]:
        groups = clusters(self.problem, is_needed)
        cluster = np.zeros(len(self.problem.tasks), dtype=np.int64)
        for index, members in enumerate(groups):
            cluster[members] = index
        campaigns: dict[str, list[int]] = {name: [] for name in self._campaigns()}
        for index, task in enumerate(self.problem.tasks):
            if task.campaign is not None:
                campaigns[task.campaign].append(index)
        cluster_first, cluster_task = ragged(groups)
        campaign_first, campaign_task = ragged(list(campaigns.values()))
        return {
            "cluster": cluster,
            "cluster_first": cluster_first,
            "cluster_task": np.array(cluster_task, dtype=np.int64),
            "campaign_first": campaign_first,
            "campaign_task": np.array(campaign_task, dtype=np.int64),
            "floor": np.zeros(len(campaigns), dtype=np.int64),
        }
