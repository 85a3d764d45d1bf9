"""A project: one campaign whose tasks, each to be done in one way, wait for each other and share capacities.

Nothing is closed, and its only aim is a short stay, so that an order of the tasks stands for a plan: each as early as
may be. This is the resource-constrained project scheduling problem (RCPSP) with minimal lags.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Arrays
from .compiled import Ints, Words
from .packs import Pack
from .tables import NEVER, Tables

LANES = 4
"""Rows that share a word of 64 bits; the top bit of each lane of 16 is kept free, to see which row has too little."""

WIDEST = 2**15 - 1

GUARDS = 0x8000_8000_8000_8000


@dataclass(frozen=True)
class Project(Pack):
    """Never changed. In ragged lists those of i are x_first[i] to x_first[i + 1]."""

    duration: Ints
    release: Ints
    need: Words  # (tasks, words), what a task takes in each slot
    room: Words  # (words,), what each slot holds
    horizon: int
    in_first: Ints  # predecessors
    in_task: Ints
    in_lag: Ints
    out_first: Ints  # successors
    out_task: Ints
    out_lag: Ints
    behind: Ints  # the longest chain of durations and lags from the task on, itself included


def project_of(arrays: Arrays) -> Project | None:
    """None where the problem is of another kind."""
    return _project(arrays.tables) if _is_project(arrays) else None


def _is_project(arrays: Arrays) -> bool:
    tables, tasks = arrays.tables, len(arrays.tables.release)
    if not all(arrays.needed) or any(mode.states for task in arrays.problem.tasks for mode in task.modes):
        return False
    if tasks < 2 or len(tables.duration) != tasks or tables.stay == 0 or not tables.usable.all():
        return False
    one_visit = (tables.campaign == 0).all()
    only_stay = not (tables.tardiness * (tables.due < tables.horizon)).any() and not tables.move.any()
    unbound = (tables.fixed_start < 0).all() and (tables.deadline >= tables.horizon).all()
    plain = (tables.calendar < 0).all() and not tables.demand_first[-1]
    lags = (tables.in_max == NEVER).all() and (tables.in_min >= 0).all()
    rows = tables.free
    fitting = not rows.size or (rows.max() <= WIDEST and (rows == rows[:, :1]).all())
    return bool(one_visit and only_stay and unbound and plain and lags and fitting)


def _project(tables: Tables) -> Project | None:
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
    behind = _behind(tables)
    if behind is None:
        return None
    return Project(
        duration=tables.duration,
        release=np.maximum(tables.release, 0),
        need=need,
        room=room,
        horizon=tables.horizon,
        in_first=tables.in_first,
        in_task=tables.in_task,
        in_lag=tables.in_min,
        out_first=tables.out_first,
        out_task=tables.out_task,
        out_lag=tables.out_min,
        behind=behind,
    )


def _behind(tables: Tables) -> Ints | None:
    """None if the precedences have a cycle: an order of the tasks needs them to have none."""
    waiting = np.diff(tables.out_first).copy()
    behind = tables.duration.copy()
    ready = np.flatnonzero(waiting == 0).tolist()
    done = 0
    while ready:
        after = ready.pop()
        done += 1
        for arc in range(int(tables.in_first[after]), int(tables.in_first[after + 1])):
            task = int(tables.in_task[arc])
            chain = int(tables.duration[task] + tables.in_min[arc] + behind[after])
            behind[task] = max(int(behind[task]), chain)
            waiting[task] -= 1
            if waiting[task] == 0:
                ready.append(task)
    return behind if done == len(behind) else None
