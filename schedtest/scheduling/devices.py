"""Pools of devices to individual devices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from .arrays import Arrays
from .incumbent import Incumbent, end_of

Names = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Naming:
    """devices: by task number, ((type, (device, …)), …) as in Assignment.   unnamed: tasks for which none were left."""

    devices: tuple[Names, ...]
    unnamed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Demand:
    """A task's wish for `amount` devices of a type; `slots` are those it holds them in, a bit each."""

    task: int
    kind: int
    amount: int
    slots: int
    margin: int  # the same with the turnaround on both sides
    start: int


@dataclass(slots=True)
class _Roster:
    """Who holds which device. Bit s of busy[device] is set if it cannot serve in slot s."""

    busy: list[int]
    chosen: dict[_Demand, list[int]] = field(default_factory=dict)
    holders: dict[int, list[_Demand]] = field(default_factory=dict)

    def give(self, demand: _Demand, devices: Iterable[int]) -> None:
        self.chosen[demand] = list(devices)
        for device in self.chosen[demand]:
            self.busy[device] |= demand.margin
            self.holders.setdefault(device, []).append(demand)

    def exchange(self, demand: _Demand, old: int, new: int, closed: int) -> None:
        self.chosen[demand][self.chosen[demand].index(old)] = new
        self.holders[old].remove(demand)
        self.busy[old] = closed
        for other in self.holders[old]:
            self.busy[old] |= other.margin
        self.busy[new] |= demand.margin
        self.holders.setdefault(new, []).append(demand)


def name_devices(arrays: Arrays, incumbent: Incumbent) -> Naming:
    """Names every scheduled task's devices; keeps those that the incumbent names already (a plan of the compiled engine
    is always named in full).

    The rest get, in the order of their starts, devices that their campaign has had before, else the least used. Where
    these do not suffice, another task's device is exchanged for a free one. Interval colouring with closures is hard,
    so that a task may stay unnamed though a naming exists; none is named wrongly.
    """
    tables = arrays.tables
    closed = [int.from_bytes(row.tobytes(), "little") for row in tables.busy.T]
    roster = _Roster(busy=list(closed))
    waiting = []
    for demand in _demands(arrays, incumbent):
        named = _named(arrays, incumbent, demand)
        if named and not any(roster.busy[device] & demand.slots for device in named):
            roster.give(demand, named)
        else:
            waiting.append(demand)
    unnamed = []
    for demand in waiting:
        if not _choose(arrays, roster, demand) and not _exchange(arrays, roster, demand, closed):
            unnamed.append(demand.task)
    return Naming(_by_task(arrays, roster), tuple(dict.fromkeys(unnamed)))


def with_names(arrays: Arrays, incumbent: Incumbent) -> Incumbent:
    """The same plan with devices named, as far as they suffice."""
    naming = name_devices(arrays, incumbent)
    tables = arrays.tables
    number = {name: index for index, name in enumerate(arrays.devices)}
    held = np.full(int(tables.held_first[-1]), -1, dtype=np.int32)
    for task in np.flatnonzero(incumbent.start >= 0).tolist():
        named = dict(naming.devices[task])
        mode = arrays.problem.tasks[task].modes[int(incumbent.mode[task])]
        devices = [number[name] for kind, amount in mode.devices if amount for name in named.get(kind, ())]
        if task not in naming.unnamed:
            held[int(tables.held_first[task]) :][: len(devices)] = devices
    return Incumbent(incumbent.start, incumbent.mode, held)


def _demands(arrays: Arrays, incumbent: Incumbent) -> list[_Demand]:
    tables = arrays.tables
    demands = []
    for task in np.flatnonzero(incumbent.start >= 0).tolist():
        start, mode = int(incumbent.start[task]), int(incumbent.mode[task])
        end = end_of(arrays, task, mode, start)
        if end is None:
            continue
        end = min(end, tables.horizon)
        number = int(tables.mode_first[task]) + mode
        for place in range(int(tables.demand_first[number]), int(tables.demand_first[number + 1])):
            kind = int(tables.demand_type[place])
            pause = min(int(tables.turnaround[kind]), tables.horizon)
            slots = (1 << end) - (1 << start)
            margin = (1 << (end + pause)) - (1 << max(0, start - pause))
            demands.append(_Demand(task, kind, int(tables.demand_amount[place]), slots, margin, start))
    return sorted(demands, key=lambda demand: (demand.start, demand.task, demand.kind))


def _named(arrays: Arrays, incumbent: Incumbent, demand: _Demand) -> list[int]:
    """The devices that the incumbent names for a demand; empty unless there are as many as are due, of that type."""
    if incumbent.held is None:
        return []
    tables = arrays.tables
    mode = int(tables.mode_first[demand.task] + incumbent.mode[demand.task])
    place = int(tables.held_first[demand.task])
    for number in range(int(tables.demand_first[mode]), int(tables.demand_first[mode + 1])):
        if int(tables.demand_type[number]) == demand.kind:
            break
        place += int(tables.demand_amount[number])
    named = incumbent.held[place : place + demand.amount].tolist()
    first, last = tables.device_first[demand.kind], tables.device_first[demand.kind + 1]
    return named if len(set(named)) == demand.amount and all(first <= device < last for device in named) else []


def _choose(arrays: Arrays, roster: _Roster, demand: _Demand) -> bool:
    tables = arrays.tables
    campaign = tables.campaign[demand.task]

    def preference(device: int) -> tuple[bool, int, int]:
        holders = roster.holders.get(device, [])
        stranger = campaign < 0 or all(tables.campaign[holder.task] != campaign for holder in holders)
        return stranger, len(holders), device

    every = range(int(tables.device_first[demand.kind]), int(tables.device_first[demand.kind + 1]))
    free = [device for device in every if not roster.busy[device] & demand.slots]
    if len(free) < demand.amount:
        return False
    roster.give(demand, sorted(free, key=preference)[: demand.amount])
    return True


def _exchange(arrays: Arrays, roster: _Roster, demand: _Demand, closed: list[int]) -> bool:
    """Frees devices whose only holder in the way can take another one; what it moved stays moved."""
    tables = arrays.tables
    every = range(int(tables.device_first[demand.kind]), int(tables.device_first[demand.kind + 1]))
    for device in every:
        if closed[device] & demand.slots or not roster.busy[device] & demand.slots:
            continue
        in_the_way = [other for other in roster.holders[device] if other.margin & demand.slots]
        if len(in_the_way) != 1:
            continue
        for spare in every:
            if not roster.busy[spare] & in_the_way[0].slots and roster.busy[spare] & demand.slots:
                roster.exchange(in_the_way[0], device, spare, closed[device])
                break
        if _choose(arrays, roster, demand):
            return True
    return False


def _by_task(arrays: Arrays, roster: _Roster) -> tuple[Names, ...]:
    named: list[list[tuple[str, tuple[str, ...]]]] = [[] for _ in arrays.problem.tasks]
    for demand, devices in roster.chosen.items():
        named[demand.task].append((arrays.types[demand.kind], tuple(arrays.devices[device] for device in devices)))
    return tuple(tuple(sorted(names)) for names in named)
