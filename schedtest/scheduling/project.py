"""A project: one campaign whose tasks wait for each other and share capacities.

Each task is to be done in one way; or, where every row serves one task at a time, on one of several machines. Nothing
is closed, and its only aim is a short stay, so that an order of the tasks stands for a plan: each as early as may be.
This is the resource-constrained project scheduling problem (RCPSP) with minimal lags, with longest ones too
(RCPSP/max), or test scheduling (CSPLib 073).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .arrays import Arrays
from .compiled import Int32s, Ints, Words, kernel
from .packs import Pack
from .tables import NEVER, Tables

LANES = 4
"""Rows that share a word of 64 bits; the top bit of each lane of 16 is kept free, to see which row has too little."""

WIDEST = 2**15 - 1

GUARDS = 0x8000_8000_8000_8000

UNREACHED = -(2**28)
"""In place of a longest path where there is none."""

LONGEST = 2**28
"""No path counts as longer, so that cycles longer than 0 do not leave 32 bits."""

MOST_LAGGED = 1200
"""Tasks up to which longest paths are kept for every two of them."""


@dataclass(frozen=True)
class Project(Pack):
    """Never changed. In ragged lists those of i are x_first[i] to x_first[i + 1]."""

    duration: Ints
    release: Ints
    on_machines: int  # 1 where every row serves one task at a time; then need and room are empty, else machines are
    need: Words  # (tasks, words), what a task takes in each slot
    room: Words  # (words,), what each slot holds
    horizon: int
    machine_first: Ints  # rows that a task takes in whichever way
    machine: Ints
    way_first: Ints  # for a task with several ways, by way the one more row that it takes
    way_row: Ints
    in_first: Ints  # predecessors
    in_task: Ints
    in_lag: Ints
    out_first: Ints  # successors
    out_task: Ints
    out_lag: Ints
    behind: Ints  # the longest chain of durations and lags from the task on, itself included
    # with longest lags, else empty: slots from start to start at least, by the longest path of lags
    reach: Int32s  # (tasks, tasks), from one to the other
    reached: Int32s  # its transpose
    comes_first: Int32s  # 1 where the other can never start before the one
    follows: Int32s  # how many come first


def project_of(arrays: Arrays) -> Project | None:
    """None where the problem is of another kind."""
    if not _is_project(arrays):
        return None
    tables = arrays.tables
    lagged = (tables.in_max != NEVER).any() or (tables.in_min < 0).any()
    machines = None if lagged else _machines(tables)
    if machines is None and len(tables.duration) > len(tables.release):
        return None
    order = _with_longest_lags(tables) if lagged else _in_order(tables)
    if order is None:
        return None
    parts = {**_capacities(tables), **NO_MACHINES} if machines is None else {**machines, **NO_CAPACITIES}
    return Project(
        duration=tables.duration[tables.mode_first[:-1]],
        on_machines=int(machines is not None),
        horizon=tables.horizon,
        **order,
        **parts,
    )


def total_of_project(arrays: Arrays, length: int) -> int:
    """What a plan costs that lasts so many slots: ways of one task cost the same."""
    tables = arrays.tables
    return int(tables.stay * length + tables.mode_cost[tables.mode_first[:-1]].sum())


def shortest_of_project(arrays: Arrays, total: int) -> int:
    """The slots that a plan lasts at least if it costs at least so much."""
    return -((total_of_project(arrays, 0) - total) // arrays.tables.stay)


def _is_project(arrays: Arrays) -> bool:
    tables, tasks = arrays.tables, len(arrays.tables.release)
    if not all(arrays.needed) or any(mode.states for task in arrays.problem.tasks for mode in task.modes):
        return False
    if tasks < 2 or tables.stay == 0 or not tables.usable.all():
        return False
    one_visit = (tables.campaign == 0).all()
    only_stay = not (tables.tardiness * (tables.due < tables.horizon)).any() and not tables.move.any()
    unbound = (tables.fixed_start < 0).all() and (tables.deadline >= tables.horizon).all()
    plain = (tables.calendar < 0).all() and not tables.demand_first[-1]
    rows = tables.free
    fitting = not rows.size or (rows.max() <= WIDEST and (rows == rows[:, :1]).all())
    return bool(one_visit and only_stay and unbound and plain and fitting)


NO_CAPACITIES: dict[str, Any] = {"need": np.zeros((0, 1), dtype=np.uint64), "room": np.zeros(1, dtype=np.uint64)}

NO_MACHINES: dict[str, Any] = dict.fromkeys(
    ("machine_first", "machine", "way_first", "way_row"), np.zeros(0, dtype=np.int64)
)


def _capacities(tables: Tables) -> dict[str, Any]:
    tasks, rows = len(tables.release), len(tables.free)
    words = max(1, -(-rows // LANES))
    need = np.zeros((tasks, words), dtype=np.uint64)
    room = np.zeros(words, dtype=np.uint64)
    for row in range(rows):
        word, shift = row // LANES, 16 * (row % LANES)
        room[word] |= np.uint64(int(tables.free[row, 0]) << shift)
    for task in range(tasks):
        for use in range(int(tables.use_first[task]), int(tables.use_first[task + 1])):
            row = int(tables.use_row[use])
            need[task, row // LANES] |= np.uint64(int(tables.use_amount[use]) << 16 * (row % LANES))
    return {"need": need, "room": room}


def _machines(tables: Tables) -> dict[str, Any] | None:
    """None unless every row serves one task at a time, and a task's ways differ by one row alone."""
    if not tables.free.size or (tables.free != 1).any() or (tables.use_amount != 1).any():
        return None
    common: list[list[int]] = []
    ways: list[list[int]] = []
    for task in range(len(tables.release)):
        modes = range(int(tables.mode_first[task]), int(tables.mode_first[task + 1]))
        taken = [set(tables.use_row[tables.use_first[mode] : tables.use_first[mode + 1]].tolist()) for mode in modes]
        if (
            len({int(tables.duration[mode]) for mode in modes}) > 1
            or len({int(tables.mode_cost[m]) for m in modes}) > 1
        ):
            return None
        always = set.intersection(*taken)
        others = [rows - always for rows in taken] if len(taken) > 1 else []
        if any(len(rows) != 1 for rows in others):
            return None
        common.append(sorted(always))
        ways.append([row for rows in others for row in rows])
    parts: dict[str, Any] = {}
    for first, every, lists in (("machine_first", "machine", common), ("way_first", "way_row", ways)):
        parts[first] = np.zeros(len(lists) + 1, dtype=np.int64)
        np.cumsum([len(rows) for rows in lists], out=parts[first][1:])
        parts[every] = np.array([row for rows in lists for row in rows], dtype=np.int64)
    return parts


def _in_order(tables: Tables) -> dict[str, Any] | None:
    """None if the precedences have a cycle: an order of the tasks needs them to have none."""
    behind = _behind(tables)
    if behind is None:
        return None
    return {
        "release": np.maximum(tables.release, 0),
        "in_first": tables.in_first,
        "in_task": tables.in_task,
        "in_lag": tables.in_min,
        "out_first": tables.out_first,
        "out_task": tables.out_task,
        "out_lag": tables.out_min,
        "behind": behind,
        **NO_LONGEST_LAGS,
    }


NO_LONGEST_LAGS: dict[str, Any] = {
    **dict.fromkeys(("reach", "reached", "comes_first"), np.zeros((0, 0), dtype=np.int32)),
    "follows": np.zeros(0, dtype=np.int32),
}


NO_LAGS = np.zeros(0, dtype=np.int64)
"""In place of those along precedences where `reach` has them all."""


def _with_longest_lags(tables: Tables) -> dict[str, Any] | None:
    """None if there are too many tasks, or if lags alone leave them no plan."""
    tasks, durations = len(tables.release), tables.duration[tables.mode_first[:-1]]
    if tasks > MOST_LAGGED or (durations[tables.in_task] + tables.in_min > tables.horizon).any():
        return None
    reach = np.full((tasks, tasks), UNREACHED, dtype=np.int32)
    after = np.repeat(np.arange(tasks), np.diff(tables.in_first))
    before, least, most = tables.in_task, durations[tables.in_task] + tables.in_min, tables.in_max
    np.maximum.at(reach, (before, after), np.maximum(least, UNREACHED))
    bounded = most < NEVER
    back = np.maximum(-(durations[before] + most)[bounded], UNREACHED)
    np.maximum.at(reach, (after[bounded], before[bounded]), back)
    _close(reach)
    if (np.diagonal(reach) > 0).any():
        return None
    np.fill_diagonal(reach, UNREACHED)
    comes_first = ((reach > 0) | ((reach == 0) & (reach.T < 0))).astype(np.int32)
    release = np.maximum(tables.release, 0)
    arcs = np.argwhere(comes_first)
    in_first, in_task = _ragged(arcs[:, 1], arcs[:, 0], tasks)
    out_first, out_task = _ragged(arcs[:, 0], arcs[:, 1], tasks)
    return {
        "release": np.maximum(release, (release[:, None] + reach).max(axis=0)),
        "in_first": in_first,
        "in_task": in_task,
        "in_lag": NO_LAGS,
        "out_first": out_first,
        "out_task": out_task,
        "out_lag": NO_LAGS,
        "behind": np.maximum(durations, (reach + durations).max(axis=1)),
        "reach": reach,
        "reached": np.ascontiguousarray(reach.T),
        "comes_first": comes_first,
        "follows": comes_first.sum(axis=0, dtype=np.int32),
    }


@kernel
def _close(reach: Int32s) -> None:
    """Longest paths in place of arcs (Floyd 1962, Commun. ACM 5(6), 345). Where a cycle is longer than 0 the path from
    some task to itself is too."""
    tasks = reach.shape[0]
    for middle in range(tasks):
        on = reach[middle]
        for task in range(tasks):
            first = reach[task, middle]
            if first == UNREACHED:
                continue
            for other in range(tasks):
                if on[other] != UNREACHED:
                    reach[task, other] = min(max(reach[task, other], first + on[other]), LONGEST)


def _ragged(keys: Ints, others: Ints, tasks: int) -> tuple[Ints, Ints]:
    """(where the others of each key begin, the others)"""
    first = np.zeros(tasks + 1, dtype=np.int64)
    np.cumsum(np.bincount(keys, minlength=tasks), out=first[1:])
    return first, others[np.argsort(keys, kind="stable")].astype(np.int64)


def _behind(tables: Tables) -> Ints | None:
    """None if the precedences have a cycle."""
    waiting = np.diff(tables.out_first).copy()
    durations = tables.duration[tables.mode_first[:-1]]
    behind = durations.copy()
    ready = np.flatnonzero(waiting == 0).tolist()
    done = 0
    while ready:
        after = ready.pop()
        done += 1
        for arc in range(int(tables.in_first[after]), int(tables.in_first[after + 1])):
            task = int(tables.in_task[arc])
            chain = int(durations[task] + tables.in_min[arc] + behind[after])
            behind[task] = max(int(behind[task]), chain)
            waiting[task] -= 1
            if waiting[task] == 0:
                ready.append(task)
    return behind if done == len(behind) else None
