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
