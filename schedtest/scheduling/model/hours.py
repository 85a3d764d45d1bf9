"""When a task may start and when it then works, in working windows of any length; never slot by slot."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from ..problem import Mode, Task, Window


class Piece(NamedTuple):
    """Starts `first` to `last` (both included) from which a pausing task ends `length` slots later.

    windows: the working windows that it touches; it works in the whole of those between the first and the last.
    """

    first: int
    last: int
    length: int
    windows: tuple[Window, ...]


class Hours:
    """Working windows, sorted and merged. worked[i]: working slots before window i."""

    def __init__(self, windows: Iterable[tuple[int, int]]) -> None:
        merged: list[Window] = []
        for start, end in windows:
            if merged and start <= merged[-1].end:
                merged[-1] = Window(merged[-1].start, max(end, merged[-1].end))
            else:
                merged.append(Window(start, end))
        self.windows = tuple(merged)
        self.starts = [window.start for window in merged]
        self.worked = [0, *accumulate(end - start for start, end in merged)]

    def whole_starts(self, duration: int, earliest: int, latest_end: int) -> Iterator[tuple[int, int]]:
        """Ranges of starts, both ends included, from which the task lies within one window."""
        for start, end in self.windows[max(0, bisect_right(self.starts, earliest) - 1) :]:
            first, last = max(start, earliest), min(end, latest_end) - duration
            if first <= last:
                yield first, last

    def pieces(self, duration: int, earliest: int, latest_end: int) -> Iterator[Piece]:
        """All starts of a task that pauses while closed, in ranges over which it touches the same windows."""
        for number in range(max(0, bisect_right(self.starts, earliest) - 1), len(self.windows)):
            start, end = self.windows[number]
            slot = max(start, earliest)
            while slot < end:
                done = self.worked[number] + slot - start + duration
                final = bisect_left(self.worked, done) - 1
                if final >= len(self.windows):
                    return
                finish = self.windows[final].start + done - self.worked[final]
                if finish > latest_end:
                    return
                room = min(self.windows[final].end, latest_end) - finish
                last = min(end - 1, slot + room)
                yield Piece(slot, last, finish - slot, self.windows[number : final + 1])
                slot = last + 1

    def spells(self, start: int, duration: int) -> list[Window]:
        """The working pieces of a pausing task that starts in working time and is over before the last window is."""
        number = bisect_right(self.starts, start) - 1
        spells = []
        while duration > 0:
            begin, end = max(start, self.windows[number].start), self.windows[number].end
            spells.append(Window(begin, min(end, begin + duration)))
            duration -= end - begin
            number += 1
        return spells

    def within(self, start: int, end: int) -> list[Window]:
        """The working pieces of [start, end)."""
        first, after = max(0, bisect_right(self.starts, start) - 1), bisect_left(self.starts, end)
        pieces = (Window(max(start, w.start), min(end, w.end)) for w in self.windows[first:after])
        return [piece for piece in pieces if piece.start < piece.end]


def pauses(task: Task, mode: Mode) -> bool:
    return task.interruptible and task.calendar_in(mode) is not None
