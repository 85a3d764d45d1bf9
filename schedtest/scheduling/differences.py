"""What lies between two plans: all that travels of a plan to another process that knows the one before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Arrays
from .compiled import Flags, Int32s, Ints
from .incumbent import Incumbent


@dataclass(frozen=True, slots=True)
class Difference:
    """tasks: those with another start or mode, which follow.   places: those of `held` with another device, which
    follow; None if the plan names no devices."""

    tasks: Int32s
    start: Ints
    mode: Int32s
    places: Int32s | None
    held: Int32s


def nothing_placed(arrays: Arrays) -> Incumbent:
    """What every process knows that holds the problem."""
    tasks = len(arrays.problem.tasks)
    return Incumbent(np.full(tasks, -1, dtype=np.int64), np.full(tasks, -1, dtype=np.int32))


def differs(one: Incumbent, other: Incumbent) -> Flags:
    """bool (tasks,): which have another start or mode."""
    return np.asarray((one.start != other.start) | (one.mode != other.mode))


def difference(before: Incumbent, after: Incumbent) -> Difference:
    tasks = np.flatnonzero(differs(before, after)).astype(np.int32)
    places, held = None, np.empty(0, dtype=np.int32)
    if after.held is not None:
        places = np.flatnonzero(_held(before, len(after.held)) != after.held).astype(np.int32)
        held = after.held[places]
    return Difference(tasks, after.start[tasks], after.mode[tasks], places, held)


def applied(arrays: Arrays, before: Incumbent, change: Difference) -> Incumbent:
    """The plan after the change; `before` stays as it is."""
    start, mode, held = before.start.copy(), before.mode.copy(), None
    start[change.tasks], mode[change.tasks] = change.start, change.mode
    if change.places is not None:
        held = _held(before, int(arrays.tables.held_first[-1])).copy()
        held[change.places] = change.held
    return Incumbent(start, mode, held)


def _held(plan: Incumbent, count: int) -> Int32s:
    return np.full(count, -1, dtype=np.int32) if plan.held is None else plan.held
