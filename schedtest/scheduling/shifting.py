"""A walk from plan to plan of a project with longest lags, compiled: all tasks to the right, then all to the left, each
as far as the others allow where they are, in an order that differs from that of their times by chance.

No plan on the way breaks a rule. Source: justification, Valls, Ballestín and Quintanilla (2005), European Journal of
Operational Research 165(2), 375-386; that it may begin somewhat later than the plan would end, by a draw that cools
down, is annealing (Kirkpatrick, Gelatt and Vecchi 1983, Science 220, 671-680).
"""

from __future__ import annotations

from math import exp, log

import numpy as np

from .compiled import Int32s, Ints, Words, kernel
from .lags import load, shift, top_of
from .profiles import draw
from .project import Project
from .serial import Desk, empty_desk, sort

HOTTEST = 0.4
"""Temperature at which a walk begins at most, in mean durations."""

NARROWEST, WIDEST = 8.0, 64.0
"""By how much, at most, times are taken for other than they are in an order, in mean durations."""


class Shifting:
    """One walk from a plan that keeps every rule; the same arguments give the same plans. best_length: in slots."""

    def __init__(self, project: Project, start: Ints, seed: int) -> None:
        draws = np.random.default_rng(seed)
        mean = float(project.duration.mean())
        self._project = project
        self._desk = empty_desk(project)
        self._random = np.array([seed * 2 + 1], dtype=np.uint64)
        self._order = np.zeros(len(start), dtype=np.int32)
        self._hottest = HOTTEST * mean * draws.random()
        self._spread = max(1, round(mean * exp(draws.uniform(log(NARROWEST), log(WIDEST)))))
        self._best_length = np.array([(start + project.duration).max() - start.min()])
        self.best_start = start.copy()
        load(project, self._desk, self.best_start)

    @property
    def best_length(self) -> int:
        return int(self._best_length[0])

    def run(self, plans: int, progress: float) -> None:
        """Makes so many, at the temperature that belongs to `progress`, 0 (hot) to 1 (cold)."""
        walk(
            self._project,
            self._desk,
            self._order,
            self._random,
            self.best_start,
            self._best_length,
            plans,
            self._spread,
            self._hottest * (1 - progress),
        )


@kernel
def walk(
    project: Project,
    desk: Desk,
    order: Int32s,
    random: Words,
    best_start: Ints,
    best_length: Ints,
    plans: int,
    spread: int,
    temperature: float,
) -> None:
    start, duration, key = desk.start, project.duration, desk.other
    for _ in range(plans):
        chance = (draw(random, 2**30) + 1) / 2**30
        top = min(project.horizon, top_of(project, desk) + int(-temperature * np.log(chance)))
        width = 1 + draw(random, spread)
        for task in range(start.shape[0]):
            key[task] = min(top, top - start[task] - duration[task] + draw(random, width))
        sort(key, top, order, desk.count)
        shift(project, desk, order, top, True)
        for task in range(start.shape[0]):
            key[task] = min(top, start[task] + draw(random, width))
        sort(key, top, order, desk.count)
        shift(project, desk, order, top, False)
        first = start[0]
        for task in range(start.shape[0]):
            first = min(first, start[task])
        length = top_of(project, desk) - first
        if length < best_length[0]:
            best_length[0] = length
            for task in range(start.shape[0]):
                best_start[task] = start[task]
