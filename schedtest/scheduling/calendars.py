"""Working windows: merged, counted, and where a task that pauses begins and ends."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .compiled import Flags, Int32s, kernel
from .problem import Window


def merged(windows: Iterable[tuple[int, int]]) -> list[Window]:
    """Sorted windows; those that touch or overlap become one."""
    joined: list[Window] = []
    for start, end in sorted(windows):
        if joined and start <= joined[-1].end:
            joined[-1] = Window(joined[-1].start, max(end, joined[-1].end))
        else:
            joined.append(Window(start, end))
    return joined


def open_slots(windows: Iterable[tuple[int, int]], horizon: int) -> Flags:
    """(horizon,), True in working time."""
    slots = np.zeros(horizon, dtype=np.bool_)
    for start, end in windows:
        slots[start:end] = True
    return slots


def counted(slots: Flags) -> tuple[Int32s, Int32s]:
    """worked: (horizon + 1,), working slots before each slot.   place: (horizon,), where the n-th working slot lies."""
    worked = np.zeros(len(slots) + 1, dtype=np.int32)
    np.cumsum(slots, out=worked[1:])
    place = np.full(len(slots), len(slots), dtype=np.int32)
    place[: worked[-1]] = np.flatnonzero(slots)
    return worked, place


@kernel
def first_working(worked: Int32s, place: Int32s, slot: int) -> int:
    """The first working slot from `slot` on; the horizon if there is none."""
    horizon = place.shape[0]
    if slot >= horizon:
        return int(horizon)
    count = worked[max(slot, 0)]
    return int(place[count]) if count < worked[horizon] else int(horizon)


@kernel
def working_end(worked: Int32s, place: Int32s, start: int, duration: int) -> int:
    """The end of `duration` working slots from working slot `start` on; -1 if the windows do not hold them."""
    last = worked[start] + duration - 1
    return int(place[last]) + 1 if last < worked[place.shape[0]] else -1


@kernel
def latest_working_start(worked: Int32s, place: Int32s, end: int, duration: int) -> int:
    """The latest start from which `duration` working slots have passed by `end`; -1 if there is none."""
    first = worked[min(max(end, 0), place.shape[0])] - duration
    return int(place[first]) if first >= 0 else -1


@kernel
def earliest_working_start(worked: Int32s, place: Int32s, end: int, duration: int) -> int:
    """The earliest start whose end is at `end` or later; the horizon if there is none."""
    horizon = place.shape[0]
    last = worked[min(max(end - 1, 0), horizon)]
    if last >= worked[horizon]:
        return int(horizon)
    return int(place[max(0, last - duration + 1)])
