"""Pieces of the search: plain data in, plain data out, so that they run in any process; each says what it cost."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from threading import local
from typing import TYPE_CHECKING

from .arrays import Arrays
from .devices import with_names
from .evolution import Evolution
from .incumbent import Incumbent
from .model.lookup import Lookup
from .neighbourhoods import with_places
from .plans import around
from .problem import Problem
from .project import Project, project_of, total_of_project
from .recreate import Engine
from .stop import Stopwatch

if TYPE_CHECKING:
    from .levelling import Levelling

MOST_RUINS, MOST_PLANS = 500, 500
"""Between two looks at the clock, of which there are some in LOOK_SECONDS."""

LOOK_SECONDS = 0.05

MENDING = 300
"""Ruins after a neighbourhood whose devices could not all be named."""

SECONDS_A_RUIN = 5e-5
"""What a ruin counts for where the clock must not."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Ruin and recreate: `ruins` of them, or for `seconds`. A walk of the same number goes on where it was, if here.

    since, until: how far the annealing has come, 0 (hot) to 1 (cold), at the piece's start and end.
    """

    number: int
    incumbent: Incumbent
    seed: int
    since: float
    until: float
    ruins: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """CP-SAT on the freed tasks, by number, for at most `work` deterministic seconds, and `seconds` if given."""

    kind: str
    freed: tuple[int, ...]
    incumbent: Incumbent
    total: int
    seed: int
    work: float
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Breed:
    """`plans` of a project by evolution, or for `seconds`. One of the same number goes on where it was, if here."""

    number: int
    incumbent: Incumbent
    total: int
    seed: int
    plans: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Level:
    """Machines of a project made level, `changes` times or for `seconds`, with nothing after `shortest` slots as the
    goal. One of the same number goes on where it was, if here, and if nothing better came from elsewhere."""

    number: int
    incumbent: Incumbent
    total: int
    shortest: int
    seed: int
    changes: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Proof:
    """CP-SAT on the tasks of one campaign, by number, as if nothing else were there."""

    campaign: str
    tasks: tuple[int, ...]
    incumbent: Incumbent
    total: int
    seed: int
    work: float
    seconds: float | None = None


Piece = Walk | Neighbourhood | Breed | Level | Proof


@dataclass(frozen=True, slots=True)
class Outcome:
    """incumbent, total: the best plan seen, which keeps every rule. cost: seconds, or what stands for them.

    closed: whether a neighbourhood was searched to the end. bound: what a proof proved of its campaign.
    """

    incumbent: Incumbent
    total: int
    cost: float
    closed: bool = False
    bound: int | None = None


@dataclass(slots=True)
class Bench:
    """A problem made ready for pieces; walks and evolutions under way stay here."""

    arrays: Arrays
    stopped: Callable[[], bool]
    lookup: Lookup = field(init=False)
    walks: OrderedDict[int, Engine] = field(default_factory=OrderedDict)
    project: Project | None = field(init=False)
    evolutions: dict[int, Evolution] = field(default_factory=dict)
    levellings: dict[int, Levelling] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lookup = Lookup(self.arrays.problem)
        self.project = project_of(self.arrays)

    def do(self, piece: Piece) -> Outcome:
        if isinstance(piece, Walk):
            return self._walk(piece)
        if isinstance(piece, Proof):
            return self._proof(piece)
        if isinstance(piece, Level):
            return self._level(piece)
        return self._breed(piece) if isinstance(piece, Breed) else self._neighbourhood(piece)

    def _walk(self, piece: Walk) -> Outcome:
        watch = Stopwatch()
        engine = self.walks.pop(piece.number, None) or Engine(self.arrays, piece.incumbent, piece.seed)
        self.walks[piece.number] = engine
        while len(self.walks) > 2:
            self.walks.popitem(last=False)
        done, batch = 0, 8
        while not self.stopped():
            begun = watch.seconds()
            gone = done / piece.ruins if piece.ruins else begun / max(piece.seconds, 1e-6)
            if gone >= 1:
                break
            batch = min(MOST_RUINS, piece.ruins - done) if piece.ruins else batch
            engine.run(batch, piece.since + gone * (piece.until - piece.since))
            done += batch
            batch = _next_batch(batch, MOST_RUINS, watch.seconds() - begun)
        cost = done * SECONDS_A_RUIN if piece.ruins else watch.seconds()
        return Outcome(engine.best, engine.total, cost)

    def _breed(self, piece: Breed) -> Outcome:
        watch, done, batch = Stopwatch(), 0, 8
        assert self.project is not None
        if piece.number not in self.evolutions:
            self.evolutions[piece.number] = Evolution(self.project, piece.seed)
        evolution = self.evolutions[piece.number]
        while not self.stopped() and (done < piece.plans if piece.plans else watch.seconds() < piece.seconds):
            begun = watch.seconds()
            batch = min(MOST_PLANS, piece.plans - done) if piece.plans else batch
            evolution.run(batch)
            done += batch
            batch = _next_batch(batch, MOST_PLANS, watch.seconds() - begun)
        cost = done * SECONDS_A_RUIN if piece.plans else watch.seconds()
        total = total_of_project(self.arrays, evolution.best_length)
        if total >= piece.total:
            return Outcome(piece.incumbent, piece.total, cost)
        return Outcome(Incumbent(evolution.best_start.copy(), evolution.best_way.copy()), total, cost)

    def _level(self, piece: Level) -> Outcome:
        from .levelling import WORK, Levelling

        watch, done = Stopwatch(), 0
        assert self.project is not None
        levelling = self.levellings.get(piece.number)
        if levelling is None or total_of_project(self.arrays, levelling.length) > piece.total:
            levelling = Levelling(self.lookup, self.arrays, self.project, piece.incumbent, piece.seed)
            self.levellings[piece.number] = levelling
        while not self.stopped() and (done < piece.changes if piece.changes else watch.seconds() < piece.seconds):
            left = None if piece.changes else piece.seconds - watch.seconds()
            if not levelling.step(piece.shortest, left, self.stopped):
                break
            done += 1
        cost = done * WORK if piece.changes else watch.seconds()
        return Outcome(levelling.plan, total_of_project(self.arrays, levelling.length), cost)

    def _neighbourhood(self, piece: Neighbourhood) -> Outcome:
        from .model.build import build, hint
        from .model.solver import Limits, run

        watch = Stopwatch()
        tasks = self.arrays.problem.tasks
        rest, before = around(self.lookup, self.arrays, piece.incumbent, set(piece.freed))
        model = build(self.lookup, [tasks[task] for task in piece.freed], rest, pooled=True)
        hint(model, before)
        answer = run(
            model,
            Limits(work=piece.work, seconds=piece.seconds, seed=piece.seed, stopped=self.stopped),
            better_than=piece.total,
        )
        cost = watch.seconds() if piece.seconds is not None else answer.work
        if answer.plan is None:
            return Outcome(piece.incumbent, piece.total, cost, answer.closed)
        places = {}
        for task in piece.freed:
            place = answer.plan.get(tasks[task].id)
            if place is not None:
                mode = next(number for number, mode in enumerate(tasks[task].modes) if mode.id == place.mode)
                places[task] = (place.start, mode)
        candidate = with_names(self.arrays, with_places(piece.incumbent, self.arrays, places, piece.freed))
        engine = Engine(self.arrays, candidate, piece.seed)
        if engine.total >= piece.total:
            engine.run(MENDING, 1.0)
        if engine.total >= piece.total:
            return Outcome(piece.incumbent, piece.total, cost, answer.closed)
        return Outcome(engine.best, engine.total, cost, answer.closed)

    def _proof(self, piece: Proof) -> Outcome:
        from .model.build import build, hint
        from .model.solver import Limits, run

        watch = Stopwatch()
        problem = self.arrays.problem
        own = set(piece.tasks)
        model = build(self.lookup, [problem.tasks[task] for task in piece.tasks], {}, pooled=True)
        hint(model, around(self.lookup, self.arrays, piece.incumbent, own)[1])
        answer = run(model, Limits(piece.work, piece.seconds, seed=piece.seed, stopped=self.stopped))
        cost = watch.seconds() if piece.seconds is not None else answer.work
        others = sum(task.weight for number, task in enumerate(problem.tasks) if number not in own)
        bound = None if answer.bound is None else answer.bound - problem.objective.unscheduled * others
        return Outcome(piece.incumbent, piece.total, cost, answer.closed, bound)


def _next_batch(batch: int, most: int, seconds: float) -> int:
    """Doubled or halved, so that nobody waits long for a stop to be heard."""
    if seconds > LOOK_SECONDS:
        return max(1, batch // 2)
    return min(most, 2 * batch) if seconds < LOOK_SECONDS / 2 else batch


def serve(asked: Connection, stopped: Event) -> None:
    """What a process of our own does: it is sent the problem, then pieces, and answers each with its outcome or with
    what it raised. `stopped` ends every piece early."""
    bench = Bench(asked.recv(), stopped.is_set)
    asked.send(None)
    while True:
        try:
            piece = asked.recv()
        except EOFError:
            return
        try:
            asked.send(bench.do(piece))
        except Exception as error:
            asked.send(error)


# The problem that a thread of a foreign executor holds: walks under way are for one at a time.
_held = local()


def do_with(key: str, problem: Problem, piece: Piece) -> Outcome:
    """For an executor that is not ours: the problem comes along, and is made ready once in each thread."""
    if getattr(_held, "key", None) != key:
        _held.key, _held.bench = key, Bench(Arrays.of(problem), lambda: False)
    outcome: Outcome = _held.bench.do(piece)
    return outcome
