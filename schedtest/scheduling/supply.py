"""What there is of a resource or of devices of a type, slot by slot, and added up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from .compiled import Ints
from .model.hours import Hours


class Supply(NamedTuple):
    """From times[i] on there are rates[i] units in each slot; passed[i] have gone by before."""

    times: Ints
    rates: Ints
    passed: Ints

    def until(self, slots: Ints) -> Ints:
        place = np.searchsorted(self.times, slots, side="right") - 1
        inside: Ints = np.where(
            place >= 0, self.passed[place] + self.rates[place] * (slots - self.times[np.maximum(place, 0)]), 0
        )
        return inside


class Pieces(NamedTuple):
    """How many uses of `length` slots have at most found room, none across two of the stretches [first, last) in which
    there is something: in each as many beside each other as there are units at the most."""

    first: Ints
    last: Ints
    most: Ints
    passed: Ints  # before each stretch
    length: int

    @property
    def longest(self) -> int:
        return int((self.last - self.first).max(initial=0))

    def until(self, slots: Ints) -> Ints:
        """So that between two slots there are no more than the difference: parts of a stretch hold no more pieces than
        they do together."""
        if not self.first.size:
            return np.zeros_like(slots)
        place = np.searchsorted(self.first, slots, side="right") - 1
        stretch = np.maximum(place, 0)
        begun = (np.minimum(slots, self.last[stretch]) - self.first[stretch]) // self.length
        room: Ints = np.where(place >= 0, self.passed[stretch] + self.most[stretch] * begun, 0)
        return room


def pieces_of(supply: Supply, span: int, length: int) -> Pieces:
    """Of the first `span` slots."""
    first: list[int] = []
    last: list[int] = []
    most: list[int] = []
    times = supply.times.tolist()
    for start, until, rate in zip(times, [*times[1:], span], supply.rates.tolist(), strict=True):
        if rate <= 0 or start >= until:
            continue
        if last and last[-1] == start:
            last[-1], most[-1] = until, max(most[-1], rate)
        else:
            first.append(start)
            last.append(until)
            most.append(rate)
    begin, end, units = (np.array(column, dtype=np.int64) for column in (first, last, most))
    held = (end - begin) // length * units
    return Pieces(begin, end, units, np.cumsum(held) - held, length)


def supply_of(there_are: int, closures: Iterable[tuple[int, int, int]], hours: Hours | None, span: int) -> Supply:
    """What is left of it in the hours, from slot 0 on for `span` slots."""
    windows = (
        [(0, span)] if hours is None else [(start, min(end, span)) for start, end in hours.windows if start < span]
    )
    changes: dict[int, tuple[int, int]] = {0: (0, 0)}
    for kind, spans in enumerate(([(start, end, 1) for start, end in windows], closures)):
        for start, end, amount in spans:
            for slot, change in ((start, amount), (end, -amount)):
                old = changes.get(slot, (0, 0))
                changes[slot] = (old[0] + change, old[1]) if kind == 0 else (old[0], old[1] + change)
    times = sorted(changes)
    rates, is_open, closed = [], 0, 0
    for slot in times:
        is_open += changes[slot][0]
        closed += changes[slot][1]
        rates.append(max(0, there_are - closed) if is_open else 0)
    lengths = np.diff(np.array(times, dtype=np.int64))
    passed = np.concatenate([[0], np.cumsum(lengths * np.array(rates[:-1], dtype=np.int64))]).astype(np.int64)
    return Supply(np.array(times, dtype=np.int64), np.array(rates, dtype=np.int64), passed)
