"""Pieces of search in lanes, until the time is over; the best plan so far is the next piece's start."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import replace
from random import Random

from .allocation import CROSS, REGION, WALK, Allocation
from .arrays import Arrays
from .devices import with_names
from .differences import applied, difference
from .first_walks import FirstWalks
from .incumbent import Incumbent, cost, costs_of_campaigns, ends, incumbent_of, missing
from .lanes import Elsewhere, Here, Lanes
from .model.lookup import Lookup
from .neighbourhoods import KINDS, Choice, View
from .orders import REGION_SIZE, SHORT_REGION_SIZE, WARM, Orders
from .pieces import Bound, Found, Neighbourhood, Outcome, Piece, Proof, Region, Walk
from .plans import as_solution
from .population import Population
from .price_bounds import Bounds
from .project import Project, project_of, shortest_of_project
from .proofs import Proofs
from .recreate import Engine
from .solution import Assignment
from .whole import Means

CANCEL_SECONDS = 0.3
"""How long pieces under way may take to hand in what they have."""

MOST_LOST = 10
"""Pieces that are lost one after the other before the search goes on in this process."""

PROOF = "proof"

BREED, LEVEL, SHIFT = "breed", "level", "shift"
"""All that a project needs: beside them neighbourhoods and walks earn nothing."""

PATIENCE = 20
"""Pairs of plans crossed without a better one after which there is little to expect of more."""

CLOSABLE = 150
"""Tasks of several campaigns up to which CP-SAT has the whole problem once more after proofs of each of them."""

PROOF_SHARE = 0.1
"""Of what all pieces cost, as long as they prove something; the less they prove the less."""

EVOLVED, LEAST_PATIENCE = 0.4, 0.03
"""Before CP-SAT has a project with longest lags: a share of the time that is left at the latest, and of all the time at
the soonest after the last better plan."""


class Improvement:
    """The incumbent of both engines. `best` may lack tasks that may not be left out; then only `complete` counts."""

    def __init__(
        self,
        lookup: Lookup,
        arrays: Arrays,
        best: Incumbent,
        means: Means,
        lanes: Lanes,
        is_warm: bool = False,
    ) -> None:
        """is_warm: `best` is good already, and walks shall not go far from it."""
        self.lookup = lookup
        self.arrays = arrays
        self.means = means
        self.lanes = lanes
        self.population = Population()
        self.best = best
        self.total = Engine(arrays, best, means.seed).total
        self._heat = WARM if is_warm else None
        tasks = len(arrays.problem.tasks)
        self.is_closable = tasks <= CLOSABLE and len(lookup.campaigns) > 1
        self.first_walks = FirstWalks(tasks, lanes.count, means.budget, is_warm, self.is_closable)
        self._fruitless = 0
        self.wants_bounds = False
        self._lost = 0
        self.proofs: Proofs | None = None
        self._patience: float | None = None
        self._completed_by: float | None = None
        self._until: float | None = None
        self._bettered = self.means.budget.spent()
        self._cost = self._cost_of_proofs = 0.0
        self._walks = 0
        self._random = Random(means.seed)  # noqa: S311
        self._orders = Orders(means.budget, self._random)
        project = project_of(arrays)
        self.is_project = project is not None
        self.has_longest_lags = project is not None and bool(project.reach.size)
        self._allocation = Allocation(Choice(arrays), self._random, _kinds(project))
        self._tell()

    @property
    def complete(self) -> bool:
        return not missing(self.arrays, self.best)

    def offer(self, incumbent: Incumbent, total: int) -> int:
        """Takes over what is better; returns by how much."""
        gain = self.total - total
        if gain <= 0:
            return 0
        self.best, self.total = incumbent, total
        self._bettered = self.means.budget.spent()
        self._tell()
        return gain

    def offer_plan(self, plan: Mapping[str, Assignment]) -> None:
        solution = as_solution(self.lookup, plan)
        engine = Engine(self.arrays, incumbent_of(self.arrays, solution), self.means.seed)
        self.offer(engine.best, engine.total)

    def learn(self, bounds: Bounds) -> None:
        self.proofs = Proofs(self.lookup, bounds)
        self._aim()
        self.means.recorder.proved(bounds.total)

    def _aim(self) -> None:
        """Walks at what costs most above what is proven of it by now."""
        self._orders.floors = tuple(self.floors[name] for name in self.lookup.campaigns)

    @property
    def floors(self) -> Mapping[str, int]:
        """By campaign, what it costs at the least; empty as long as nothing is proven."""
        return {} if self.proofs is None else self.proofs.floors

    def begin(self, pieces: int) -> None:
        """A short annealed walk in this process, or evolution of a project."""
        here = Here(self.arrays, self.means.budget.over)
        for number in range(pieces):
            if self._finished():
                return
            self._do(here, *self._first(-1, number / pieces, (number + 1) / pieces))

    def _first(self, lane: int, since: float, until: float) -> tuple[str, Piece]:
        return self._of_project(lane) if self.is_project else (WALK, self._orders.walk(lane, since, until, self._heat))

    def _do(self, here: Here, kind: str, piece: Piece) -> None:
        self._absorb(kind, here.submit(0, piece, self.best).result())

    def post(self, share: float) -> None:
        """In this process a first plan of a project with longest lags, unless there is little hope of one; for a share
        of the time that is left at most."""
        spent = self.means.budget.spent()
        here, hopeless, until = Here(self.arrays, self.means.budget.over), False, spent + share * (1 - spent)
        while not (self.complete or hopeless or self._finished() or self.means.budget.spent() > until):
            found = here.submit(0, self._orders.shift(self.total), self.best).result()
            hopeless = found.outcome.closed
            self._absorb(SHIFT, found)

    def evolve(self) -> None:
        """A project with longest lags, for as long again as it took to the best plan, and a share of all at most."""
        self._patience = self._after(EVOLVED)
        self.run()
        self._patience = None

    def complete_within(self, share: float) -> None:
        """Walks until nothing lacks that may not be left out; for a share of the time that is left at most."""
        self._completed_by = self._after(share)
        self.run()
        self._completed_by = None

    def run_within(self, share: float) -> None:
        """For a share of the time that is left."""
        self._until = self._after(share)
        self.run()
        self._until = None

    def _after(self, share: float) -> float:
        spent = self.means.budget.spent()
        return spent + share * (1 - spent)

    def run(self) -> None:
        """Until the stop, or until the incumbent is proven optimal."""
        if self._finished():
            return
        self.lanes.wake()
        if not self.lanes.awake():
            here = Here(self.arrays, lambda: self.means.budget.over() or self.lanes.awake())
            while not self.lanes.awake() and not self._finished():
                self._do(here, *self._first(0, 0.0, 0.1))
        self._run(self.lanes)
        if not self._finished():
            self._run(Here(self.arrays, self.means.budget.over))

    def _run(self, lanes: Lanes) -> None:
        """Keeps every lane busy, unless whatever is given to them is lost. A piece that is lost is forgotten."""
        running: dict[Future[Found], tuple[int, str, Piece, Incumbent]] = {}
        free = list(range(lanes.count))
        while not self._finished() and (isinstance(lanes, Here) or self._lost < MOST_LOST):
            for lane in free:
                kind, piece = self._bound() or self._next(lane, isinstance(lanes, Elsewhere))
                running[lanes.submit(lane, piece, self.best)] = lane, kind, piece, self.best
            free = []
            done, _ = wait(running, timeout=0.1, return_when=FIRST_COMPLETED)
            for future in [future for future in running if future in done]:
                lane, kind, piece, before = running.pop(future)
                free.append(lane)
                self._collect(kind, piece, before, future)
        lanes.cancel()
        wait(running, timeout=CANCEL_SECONDS)
        for future, (_, kind, piece, before) in running.items():
            if future.done():
                self._collect(kind, piece, before, future)

    def _finished(self) -> bool:
        if self.means.budget.over() or self.means.recorder.closed:
            return True
        if self._until is not None:
            return self.means.budget.spent() > self._until
        if self._completed_by is not None:
            return self.complete or self.means.budget.spent() > self._completed_by
        return self._patience is not None and self.means.budget.spent() > min(
            self._patience, 2 * self._bettered + LEAST_PATIENCE
        )

    def _tell(self) -> None:
        if self.complete:
            self.means.recorder.found(cost(self.arrays, self.best).total, ends(self.arrays, self.best))

    def _collect(self, kind: str, piece: Piece, before: Incumbent, future: Future[Found]) -> None:
        try:
            found = future.result()
        except BrokenExecutor:
            self._lost += 1
            self.wants_bounds |= isinstance(piece, Bound)
            if isinstance(piece, Proof) and self.proofs is not None:
                self.proofs.ended(piece.campaign, None, closed=False, cost=0.0)
            self.means.recorder.report()
            return
        self._lost = 0
        if found.outcome.bounds is not None:
            self.learn(found.outcome.bounds)
        elif isinstance(piece, Proof):
            self._learn_of(piece, found.outcome)
        else:
            if isinstance(piece, Neighbourhood | Region) and self.best is not before:
                found = self._carried_over(before, found)
            if (
                isinstance(piece, Walk)
                and self.first_walks.under_way(piece.number)
                and not missing(self.arrays, found.plan)
            ):
                self.population.put(piece.number, found.plan, found.outcome.total)
            self._absorb(kind, found)

    def _carried_over(self, before: Incumbent, found: Found) -> Found:
        """What a piece has changed, done to the plan that another has made better meanwhile, if that is the best."""
        change = difference(before, found.plan)
        if not change.tasks.size:
            return found
        engine = Engine(self.arrays, with_names(self.arrays, applied(self.arrays, self.best, change)), self.means.seed)
        if engine.total >= min(self.total, found.outcome.total):
            return found
        return Found(engine.best, replace(found.outcome, total=engine.total))

    def _absorb(self, kind: str, found: Found) -> None:
        plan, outcome = found
        self.means.budget.rounds += 1
        self._cost += outcome.cost
        was_complete = self.complete
        gain = self.offer(plan, outcome.total)
        taken = self.population.take(plan, outcome.total)
        if kind == CROSS:
            gain = taken
            self._fruitless = 0 if taken else self._fruitless + 1
        if self.complete and not was_complete:
            self._allocation.forget()
        else:
            self._allocation.learn(kind, gain, outcome.cost, outcome.closed)

    def _learn_of(self, piece: Proof, outcome: Outcome) -> None:
        assert self.proofs is not None
        self.means.budget.rounds += 1
        self._cost_of_proofs += outcome.cost
        self.proofs.ended(piece.campaign, outcome.bound, outcome.closed, outcome.cost)
        self._aim()
        self.means.recorder.proved(self.proofs.total)

    def _next(self, lane: int, short: bool) -> tuple[str, Piece]:
        if self.is_project:
            return self._of_project(lane)
        walk = self._first_walk(lane)
        if walk is not None:
            return WALK, walk
        proof = self._proof(short)
        if proof is not None:
            return PROOF, proof
        for _ in range(20):
            kind = CROSS if self._fruitless < PATIENCE and self.population.varies else self._allocation.draw()
            self._allocation.started(kind)
            if kind == WALK:
                break
            if kind == CROSS:
                pair = self.population.pair(self._random)
                if pair is not None:
                    return kind, self._orders.cross(self.best, *pair)
                continue
            view = View(self.arrays, self.best)
            if kind == REGION:
                region = self._allocation.region(view, SHORT_REGION_SIZE if short else REGION_SIZE)
                if len(region) > 1:
                    return kind, self._orders.region(region, short)
                continue
            freed = self._allocation.free(kind, view)
            if len(freed) > 1:
                reach = view.reach if KINDS[kind].is_near else None
                return kind, self._orders.neighbourhood(freed, self.total, reach, short)
        self._walks += 1
        return WALK, self._orders.short_walk(-1 - self._walks)

    def _bound(self) -> tuple[str, Bound] | None:
        """If it is wanted; once, and once more if it is lost."""
        if not self.wants_bounds:
            return None
        self.wants_bounds = False
        return PROOF, self._orders.bound(self.total)

    def _proof(self, short: bool) -> Proof | None:
        """If it is their turn, and there is something to prove."""
        proofs = self.proofs
        if proofs is None or self._cost_of_proofs > PROOF_SHARE * proofs.usefulness * self._cost:
            return None
        campaign = proofs.next(costs_of_campaigns(self.arrays, self.best))
        if campaign is None:
            return None
        tasks = tuple(self.lookup.number[task.id] for task in self.lookup.campaigns[campaign])
        return self._orders.proof(campaign, tasks, self.total, proofs.tries(campaign), short)

    def _first_walk(self, lane: int) -> Walk | None:
        leg = self.first_walks.leg(lane, self.best)
        if leg is None:
            return None
        return self._orders.walk(leg.number, leg.since, leg.until, self._heat, leg.anew)

    def _of_project(self, lane: int) -> tuple[str, Piece]:
        kind = self._allocation.draw()
        self._allocation.started(kind)
        if kind == LEVEL:
            shortest = shortest_of_project(self.arrays, self.means.recorder.bound or 0)
            return kind, self._orders.level(lane, self.total, shortest)
        return kind, self._orders.shift(self.total) if kind == SHIFT else self._orders.breed(lane, self.total)


def _kinds(project: Project | None) -> tuple[str, ...]:
    if project is None:
        return WALK, CROSS, REGION, *KINDS
    if project.on_machines:
        return BREED, LEVEL
    return (BREED, SHIFT) if project.reach.size else (BREED,)
