"""Whether a task has a start that is clear of all that is in its way: over windows and blocks, never slot by slot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from .compiled import Flags, Ints, kernel
from .model.hours import Hours

ALWAYS = 2**62
"""No slot comes after it."""


class Windows(NamedTuple):
    """Working windows, sorted and apart: [start, end), and worked[i] working slots before window i."""

    start: Ints
    end: Ints
    worked: Ints

    @classmethod
    def of(cls, hours: Hours | None) -> Windows:
        """Without hours, one window that never ends."""
        windows = ((-ALWAYS, ALWAYS),) if hours is None else hours.windows
        pairs = np.array(windows, dtype=np.int64).reshape(-1, 2)
        worked = np.array([0, ALWAYS] if hours is None else hours.worked, dtype=np.int64)
        return cls(pairs[:, 0].copy(), pairs[:, 1].copy(), worked)


class Blocks(NamedTuple):
    """When there is too little of something: sorted and apart, [start, end)."""

    start: Ints
    end: Ints

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> Blocks:
        pairs = np.array(Hours(sorted(spans)).windows, dtype=np.int64).reshape(-1, 2)
        return cls(pairs[:, 0].copy(), pairs[:, 1].copy())


class InTheWay(NamedTuple):
    """The blocks of several things, end to end. loose: those that matter only while the task works."""

    first: Ints
    start: Ints
    end: Ints
    loose: Flags

    @classmethod
    def of(cls, blocks: Sequence[Blocks], loose: Sequence[bool]) -> InTheWay:
        first = np.cumsum([0, *(len(one.start) for one in blocks)], dtype=np.int64)
        nothing = np.zeros(0, dtype=np.int64)
        start = np.concatenate([nothing, *(one.start for one in blocks)])
        end = np.concatenate([nothing, *(one.end for one in blocks)])
        return cls(first, start, end, np.array(loose, dtype=np.bool_))


@kernel
def has_room(
    windows: Windows, pauses: bool, duration: int, floor: int, last_start: int, last_end: int, in_the_way: InTheWay
) -> bool:
    """Whether a task has a start from `floor` to `last_start` that nothing is in the way of.

    A start before the end of a block in the way has that block in its way too, for it ends no earlier: the next one to
    look at is that end.
    """
    start = floor
    window = _window_at(windows.start, start)
    while start <= last_start:
        while window < len(windows.start) and windows.end[window] <= start:
            window += 1
        if window == len(windows.start):
            return False
        start = max(start, windows.start[window])
        if pauses:
            done = windows.worked[window] + start - windows.start[window] + duration
            final = window
            while final < len(windows.start) and windows.worked[final + 1] < done:
                final += 1
            if final == len(windows.start):
                return False
            end = windows.start[final] + done - windows.worked[final]
        else:
            final, end = window, start + duration
            if end > windows.end[window]:
                start = windows.end[window]
                continue
        if start > last_start or end > last_end:
            return False
        past = _past(windows, in_the_way, window, final, start, end)
        if past < 0:
            return True
        start = past
    return False


@kernel
def _past(windows: Windows, in_the_way: InTheWay, window: int, final: int, start: int, end: int) -> int:
    """The end of a block in the way of a task in [start, end), which works in windows `window` to `final`; -1 if it is
    clear of all."""
    for thing in range(len(in_the_way.loose)):
        low, high = in_the_way.first[thing], in_the_way.first[thing + 1]
        if not in_the_way.loose[thing]:
            block = _past_in(in_the_way, low, high, start, end)
            if block >= 0:
                return block
            continue
        for number in range(window, final + 1):
            since, until = max(start, windows.start[number]), min(end, windows.end[number])
            block = _past_in(in_the_way, low, high, since, until)
            if block >= 0:
                return block
    return -1


@kernel
def _past_in(in_the_way: InTheWay, low: int, high: int, start: int, end: int) -> int:
    """The end of a block, among those from `low` to before `high`, that overlaps [start, end); -1 if none does."""
    first = low
    while first < high:
        middle = (first + high) // 2
        if in_the_way.start[middle] < end:
            first = middle + 1
        else:
            high = middle
    return in_the_way.end[first - 1] if first > low and in_the_way.end[first - 1] > start else -1


@kernel
def _window_at(starts: Ints, slot: int) -> int:
    """The last window that starts no later, else the first."""
    first, after = 0, len(starts)
    while first < after:
        middle = (first + after) // 2
        if starts[middle] <= slot:
            first = middle + 1
        else:
            after = middle
    return max(0, first - 1)
