"""Where pieces of the search are done, in whatever process; each says what it cost."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from threading import local
from typing import TYPE_CHECKING

import numpy as np

from .arrays import Arrays
from .devices import with_names
from .differences import Difference, applied, difference, nothing_placed
from .evolution import Evolution
from .incumbent import Incumbent
from .model.lookup import Lookup
from .neighbourhoods import with_places
from .pieces import (
    Bound,
    Breed,
    Cross,
    Found,
    Level,
    Neighbourhood,
    Outcome,
    Piece,
    Proof,
    Region,
    Shift,
    Walk,
)
from .plans import around
from .posting import Posting
from .price_bounds import bounds_of
from .problem import Problem, Window
from .project import Project, project_of, total_of_project
from .recreate import Engine
from .shifting import Shifting
from .stop import Stopwatch

if TYPE_CHECKING:
    from .levelling import Levelling

MOST_RUINS, MOST_PLANS = 500, 500
"""Between two looks at the clock, of which there are some in LOOK_SECONDS."""

LOOK_SECONDS = 0.05

MOST_TRIES = 1000
"""To find a first plan by precedences; whoever is stuck so often rarely finds one."""

MENDING = 300
"""Ruins after a neighbourhood whose devices could not all be named."""

HOPELESS = 0.1
"""Share of the ruins of a crossing after which what is out still rarely finds a place."""

BEHIND, NOT_AHEAD = 0.3, 0.6
"""Shares of them after which a child rarely becomes better any more if it costs more by what a task costs in the mean,
and if it is not better yet."""

SECONDS_A_RUIN = 5e-5
"""What a ruin counts for where the clock must not."""


@dataclass(slots=True)
class Workbench:
    """A problem made ready for pieces; walks and evolutions under way stay here."""

    arrays: Arrays
    stopped: Callable[[], bool]
    lookup: Lookup = field(init=False)
    walks: OrderedDict[int, Engine] = field(default_factory=OrderedDict)
    project: Project | None = field(init=False)
    evolutions: dict[int, Evolution] = field(default_factory=dict)
    levellings: dict[int, Levelling] = field(default_factory=dict)
    posting: Posting | None = None

    def __post_init__(self) -> None:
        self.lookup = Lookup(self.arrays.problem)
        self.project = project_of(self.arrays)

    def do(self, piece: Piece, plan: Incumbent) -> Found:
        match piece:
            case Walk():
                return self._walk(piece, plan)
            case Region():
                return self._region(piece, plan)
            case Cross():
                return self._cross(piece, plan)
            case Neighbourhood():
                return self._neighbourhood(piece, plan)
            case Breed():
                return self._breed(piece, plan)
            case Level():
                return self._level(piece, plan)
            case Shift():
                return self._shift(piece, plan)
            case Bound():
                return self._bound(piece, plan)
            case Proof():
                return self._proof(piece, plan)

    def _walk(self, piece: Walk, plan: Incumbent) -> Found:
        engine = self.walks.pop(piece.number, None)
        if engine is None:
            begin = nothing_placed(self.arrays) if piece.anew else plan
            engine = Engine(self.arrays, begin, piece.seed, heat=piece.heat)
        engine.aim(piece.floors)
        self.walks[piece.number] = engine
        while len(self.walks) > 2:
            self.walks.popitem(last=False)
        return self._annealed(engine, piece, piece.since, piece.until)

    def _region(self, piece: Region, plan: Incumbent) -> Found:
        engine = Engine(self.arrays, plan, piece.seed, piece.tasks, piece.heat)
        engine.aim(piece.floors)
        return self._annealed(engine, piece, 0.0, 1.0)

    def _cross(self, piece: Cross, plan: Incumbent) -> Found:
        from .crossing import Crossing

        watch = Stopwatch()
        plan = applied(self.arrays, plan, piece.base)
        crossing = Crossing(self.arrays, plan, applied(self.arrays, plan, piece.other), piece.seed)
        total, left_out, done = piece.total, int((plan.start < 0).sum()), 0
        for _ in range(piece.children):
            if self.stopped():
                break
            child = crossing.child(piece.size)
            if child is None or not child.around:
                continue
            engine = Engine(self.arrays, child.plan, piece.seed, child.around, piece.heat)
            engine.aim(piece.floors)
            for batch, gone in self._batches(piece.ruins * len(child.around), 0.0, MOST_RUINS):
                if gone > HOPELESS and engine.left_out > left_out:
                    break
                if gone > BEHIND and engine.total > total + total // len(plan.start):
                    break
                if gone > NOT_AHEAD and engine.total >= total:
                    break
                engine.run(batch, gone)
                done += batch
            if engine.total < total:
                plan, total = engine.best, engine.total
                break
        return Found(plan, Outcome(total, watch.seconds() if piece.timed else done * SECONDS_A_RUIN))

    def _annealed(self, engine: Engine, piece: Walk | Region, since: float, until: float) -> Found:
        watch, done = Stopwatch(), 0
        for batch, gone in self._batches(piece.ruins, piece.seconds, MOST_RUINS):
            engine.run(batch, since + gone * (until - since))
            done += batch
        cost = done * SECONDS_A_RUIN if piece.ruins else watch.seconds()
        return Found(engine.best, Outcome(engine.total, cost))

    def _breed(self, piece: Breed, plan: Incumbent) -> Found:
        watch, done = Stopwatch(), 0
        assert self.project is not None
        if piece.number not in self.evolutions:
            self.evolutions[piece.number] = Evolution(self.project, piece.seed)
        evolution = self.evolutions[piece.number]
        for batch, _ in self._batches(piece.plans, piece.seconds, MOST_PLANS):
            evolution.run(batch)
            done += batch
        cost = done * SECONDS_A_RUIN if piece.plans else watch.seconds()
        total = total_of_project(self.arrays, evolution.best_length)
        if total >= piece.total:
            return Found(plan, Outcome(piece.total, cost))
        return Found(Incumbent(evolution.best_start.copy(), evolution.best_way.copy()), Outcome(total, cost))

    def _shift(self, piece: Shift, plan: Incumbent) -> Found:
        watch, done = Stopwatch(), 0
        assert self.project is not None
        shifting = None
        if (plan.start >= 0).all():
            shifting = Shifting(self.project, plan.start, piece.seed)
        elif self.posting is None:
            self.posting = Posting(self.project, piece.seed)
        for batch, gone in self._batches(piece.plans, piece.seconds, MOST_PLANS):
            done += batch
            if shifting is not None:
                shifting.run(batch, gone)
                continue
            assert self.posting is not None
            self.posting.run(batch)
            if self.posting.start is not None:
                shifting = Shifting(self.project, self.posting.start, piece.seed)
        cost = done * SECONDS_A_RUIN if piece.plans else watch.seconds()
        total = piece.total if shifting is None else total_of_project(self.arrays, shifting.best_length)
        if shifting is None or total >= piece.total:
            is_hopeless = self.posting is not None and self.posting.tries >= MOST_TRIES
            return Found(plan, Outcome(piece.total, cost, closed=shifting is None and is_hopeless))
        return Found(Incumbent(shifting.best_start, np.zeros_like(plan.mode)), Outcome(total, cost))

    def _batches(self, count: int | None, seconds: float, most: int) -> Iterator[tuple[int, float]]:
        """(how many to make next, how far the piece has come), until so many are made or the time is over."""
        watch, done, batch = Stopwatch(), 0, 8
        while not self.stopped():
            begun = watch.seconds()
            gone = done / count if count else begun / max(seconds, 1e-6)
            if gone >= 1:
                return
            batch = min(most, count - done) if count else batch
            yield batch, gone
            done += batch
            batch = _next_batch(batch, most, watch.seconds() - begun)

    def _level(self, piece: Level, plan: Incumbent) -> Found:
        from .levelling import WORK, Levelling

        watch, done = Stopwatch(), 0
        assert self.project is not None
        levelling = self.levellings.get(piece.number)
        if levelling is None or total_of_project(self.arrays, levelling.length) > piece.total:
            levelling = Levelling(self.lookup, self.arrays, self.project, plan, piece.seed)
            self.levellings[piece.number] = levelling
        while not self.stopped() and (done < piece.changes if piece.changes else watch.seconds() < piece.seconds):
            left = None if piece.changes else piece.seconds - watch.seconds()
            if not levelling.step(piece.shortest, left, self.stopped):
                break
            done += 1
        cost = done * WORK if piece.changes else watch.seconds()
        return Found(levelling.plan, Outcome(total_of_project(self.arrays, levelling.length), cost))

    def _neighbourhood(self, piece: Neighbourhood, plan: Incumbent) -> Found:
        from .model.build import build, hint
        from .model.solver import Limits, run

        watch = Stopwatch()
        tasks = self.arrays.problem.tasks
        rest, before = around(self.lookup, self.arrays, plan, set(piece.freed))
        near = {} if piece.reach is None else {each.task: _around(each.start, piece.reach) for each in before}
        model = build(self.lookup, [tasks[task] for task in piece.freed], rest, pooled=True, near=near)
        hint(model, before)
        answer = run(
            model,
            Limits(work=piece.work, seconds=piece.seconds, seed=piece.seed, stopped=self.stopped),
            better_than=piece.total,
        )
        cost = watch.seconds() if piece.seconds is not None else answer.work
        if answer.plan is None:
            return Found(plan, Outcome(piece.total, cost, answer.closed))
        places = {}
        for task in piece.freed:
            place = answer.plan.get(tasks[task].id)
            if place is not None:
                mode = next(number for number, mode in enumerate(tasks[task].modes) if mode.id == place.mode)
                places[task] = (place.start, mode)
        candidate = with_names(self.arrays, with_places(plan, self.arrays, places, piece.freed))
        engine = Engine(self.arrays, candidate, piece.seed)
        if engine.total >= piece.total:
            engine.run(MENDING, 1.0)
        if engine.total >= piece.total:
            return Found(plan, Outcome(piece.total, cost, answer.closed))
        return Found(engine.best, Outcome(engine.total, cost, answer.closed))

    def _bound(self, piece: Bound, plan: Incumbent) -> Found:
        watch = Stopwatch()
        bounds = bounds_of(self.lookup, self.arrays, self.stopped, piece.seconds)
        return Found(plan, Outcome(piece.total, watch.seconds(), bounds=bounds))

    def _proof(self, piece: Proof, plan: Incumbent) -> Found:
        from .model.build import build, hint
        from .model.solver import Limits, run

        watch = Stopwatch()
        problem = self.arrays.problem
        own = set(piece.tasks)
        model = build(self.lookup, [problem.tasks[task] for task in piece.tasks], {}, pooled=True)
        hint(model, around(self.lookup, self.arrays, plan, own)[1])
        answer = run(model, Limits(piece.work, piece.seconds, seed=piece.seed, stopped=self.stopped))
        cost = watch.seconds() if piece.seconds is not None else answer.work
        others = sum(task.weight for number, task in enumerate(problem.tasks) if number not in own)
        bound = None if answer.bound is None else answer.bound - problem.objective.unscheduled * others
        return Found(plan, Outcome(piece.total, cost, answer.closed, bound))


def _around(slot: int, reach: int) -> Window:
    return Window(slot - reach, slot + reach + 1)


def _next_batch(batch: int, most: int, seconds: float) -> int:
    """Doubled or halved, so that nobody waits long for a stop to be heard."""
    if seconds > LOOK_SECONDS:
        return max(1, batch // 2)
    return min(most, 2 * batch) if seconds < LOOK_SECONDS / 2 else batch


Told = tuple[Piece, Difference]
"""A piece, and its plan as what differs from one that is known where it is done."""

Heard = tuple[Difference, Outcome]
"""The plan found as what differs from the one that came."""


def serve(asked: Connection, stopped: Event) -> None:
    """What a process of our own does: it is sent the problem, then pieces, and answers each with what it found or what
    it raised. Known is the last plan that went either way. `stopped` ends every piece early."""
    arrays: Arrays = asked.recv()
    bench, known = Workbench(arrays, stopped.is_set), nothing_placed(arrays)
    asked.send(None)
    while True:
        try:
            piece, change = asked.recv()
        except EOFError:
            return
        known = applied(arrays, known, change)
        try:
            found = bench.do(piece, known)
        except Exception as error:
            asked.send(error)
        else:
            asked.send((difference(known, found.plan), found.outcome))
            known = found.plan


# The problem that a thread of a foreign executor holds: walks under way are for one at a time.
_held = local()


def do_with(key: str, problem: Problem, known: Incumbent, told: Told) -> Heard:
    """For an executor that is not ours: the problem comes along, and is made ready once in each thread."""
    if getattr(_held, "key", None) != key:
        _held.key, _held.bench = key, Workbench(Arrays.of(problem), lambda: False)
    bench: Workbench = _held.bench
    piece, change = told
    plan = applied(bench.arrays, known, change)
    found = bench.do(piece, plan)
    return difference(plan, found.plan), found.outcome
