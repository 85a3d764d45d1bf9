"""Both engines on one incumbent: compiled ruin and recreate, and CP-SAT on the whole or on neighbourhoods."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from math import inf
from random import Random

from .allocation import ANNEALING, WALK, Allocation
from .arrays import Arrays, fits
from .bounds import lower_bound
from .check import check
from .conflict import find_conflict
from .construct import FixedClash, construct
from .incumbent import Incumbent, cost, ends, incumbent_of, missing
from .lanes import Elsewhere, Here, Lanes, Processes
from .model.build import Model, build, hint
from .model.lookup import Lookup
from .model.solver import Answer, Limits, run
from .neighbourhoods import Choice, View
from .pieces import Neighbourhood, Outcome, Piece, Walk
from .plans import as_solution, finished, plan_of, without_plan
from .problem import Problem
from .progress import ProgressReport, Recorder
from .recreate import Engine
from .solution import Assignment, Cost, Solution, Status
from .stop import Done, Stop, Stopwatch

SMALL = 150
"""Tasks up to which the whole problem is put to CP-SAT."""

ROUND_WORK = 1.0
"""Deterministic seconds of CP-SAT in a round."""

ROUND_RUINS = 2000

WALK_SECONDS = 0.5

NEIGHBOURHOOD_SECONDS = 4.0

ELSEWHERE_SECONDS = 1.5

WITHOUT_LIMIT = 120.0
"""Seconds that the schedule of a search without any limit is made for."""

GRACE = 1.0
"""Seconds for the smallest conflict after the time is over."""


def solve(
    problem: Problem,
    *,
    stop: Stop,
    workers: int = 1,
    seed: int = 0,
    start: Solution | None = None,
    progress: Callable[[ProgressReport], None] | None = None,
    executor: Executor | None = None,
) -> Solution:
    """A plan as good as can be found until `stop`; proven optimal or infeasible where the word is used.

    workers: pieces at the same time, each in a process of its own, or on `executor` if one is given.
    start: a plan to begin with, of this problem or of one like it; what no longer fits is left out at first.
    With one worker and a stop that only counts rounds, the same call gives the same plan.
    Raises WrongPlan if a plan breaks a rule: never seen, never to be caught.
    """
    return _Search(problem, stop, max(1, workers), seed, start, progress, executor).solution()


class _Search:
    def __init__(
        self,
        problem: Problem,
        stop: Stop,
        workers: int,
        seed: int,
        start: Solution | None,
        progress: Callable[[ProgressReport], None] | None,
        executor: Executor | None,
    ) -> None:
        self.problem = problem
        self.stop = stop
        self.workers = workers
        self.random = Random(seed)  # noqa: S311
        self.seed = seed
        self.start = start
        self.executor = executor
        self.watch = Stopwatch()
        self.rounds = 0
        self.recorder = Recorder(len(problem.tasks), self.watch.seconds, progress)
        self.lookup = Lookup(problem)

    # what is spent and what is left

    @property
    def done(self) -> Done:
        return Done(self.watch.seconds(), self.rounds)

    def over(self) -> bool:
        return self.stop.over(self.done)

    @property
    def timed(self) -> bool:
        """Whether the clock may decide anything."""
        return self.stop.rounds_left(self.done) == inf or self.stop.seconds_left(self.done) < inf

    def spent(self) -> float:
        """Share of the time or the rounds that is gone."""
        done = self.done
        left, rounds_left = self.stop.seconds_left(done), self.stop.rounds_left(done)
        if left == inf and rounds_left == inf:
            return min(1.0, done.seconds / WITHOUT_LIMIT)
        of_time = 0.0 if left == inf else done.seconds / max(done.seconds + left, 1e-9)
        of_rounds = 0.0 if rounds_left == inf else done.rounds / max(done.rounds + rounds_left, 1)
        return max(of_time, of_rounds)

    # the phases

    def solution(self) -> Solution:
        if not self.problem.tasks:
            return Solution(status=Status.OPTIMAL, objective=Cost(), bound=0, seconds=self.watch.seconds())
        self.recorder.enter("preparing")
        self.recorder.proved(lower_bound(self.problem, self.lookup))
        plan = self._with_both_engines() if fits(self.problem) else self._with_the_model(None)
        if plan is None:
            return self._without_plan()
        self.recorder.enter("explaining")
        return finished(self.lookup, plan, self.recorder, self.watch.seconds())

    def _with_both_engines(self) -> dict[str, Assignment] | None:
        arrays = Arrays.of(self.problem)
        self.recorder.enter("constructing")
        try:
            best = self._first(arrays)
        except FixedClash:
            return self._with_the_model(None)
        improvement = Improvement(self, arrays, best)
        if missing(arrays, improvement.best):
            improvement.walk_a_little()
        if missing(arrays, improvement.best):
            return self._with_the_model(None) if not self.over() else None
        if len(self.problem.tasks) <= SMALL:
            plan = self._with_the_model(plan_of(arrays, improvement.best))
            if plan is None or self.recorder.closed:
                return plan
            improvement.offer_plan(plan)
        if not self.recorder.closed:
            self.recorder.enter("improving")
            improvement.run()
        return plan_of(arrays, improvement.best)

    def _first(self, arrays: Arrays) -> Incumbent:
        """The better of a constructed plan and the plan to begin with, mended."""
        best = construct(arrays, self.seed)
        if self.start is not None:
            given = Engine(arrays, incumbent_of(arrays, self.start), self.seed)
            if given.total <= Engine(arrays, best, self.seed).total:
                return given.best
        return best

    def _with_the_model(self, plan: dict[str, Assignment] | None) -> dict[str, Assignment] | None:
        """The whole problem as one model, from a plan if there is one. None without any plan: perhaps there is none."""
        self.recorder.enter("proving")
        plan = self._known(plan)
        if self.over():
            return plan
        model = build(self.lookup, self.problem.tasks, {})
        if plan is not None:
            hint(model, plan.values())
        answer = self._run_whole(model, whole=plan is None or len(self.problem.tasks) <= SMALL // 4)
        if answer.bound is not None:
            self.recorder.proved(answer.bound)
        if answer.plan is not None and answer.total is not None:
            if self.recorder.total is None or answer.total < self.recorder.total:
                plan = answer.plan
                self.recorder.found(answer.total, _ends(plan))
            if answer.closed:
                self.recorder.proved(answer.total)
        return plan

    def _known(self, plan: dict[str, Assignment] | None) -> dict[str, Assignment] | None:
        """A plan that needs no search: the given one, the one to begin with if it stands, or nothing scheduled."""
        known = [] if plan is None else [plan]
        if plan is None and self.start is not None:
            known.append(dict(self.start.assignment_by_task))
        if plan is None and not self.lookup.needed:
            known.append({})
        totals: list[tuple[int, int, dict[str, Assignment]]] = []
        for one in known:
            solution = as_solution(self.lookup, one) if set(one) <= set(self.lookup.task) else None
            if solution is not None and solution.objective is not None and not self._faults(solution):
                totals.append((solution.objective.total, len(totals), one))
        if not totals:
            return None
        total, _, best = min(totals, key=lambda row: row[:2])
        self.recorder.found(total, _ends(best))
        return best

    def _faults(self, solution: Solution) -> bool:
        """Whether a plan breaks a rule; that its left-out tasks have no reasons yet does not matter."""
        return any(violation.rule != "once" for violation in check(self.problem, solution))

    def _run_whole(self, model: Model, whole: bool) -> Answer:
        share = 1.0 if whole else 0.5
        left, rounds_left = self.stop.seconds_left(self.done), self.stop.rounds_left(self.done)
        if left == inf and rounds_left == inf and not whole:
            left = WITHOUT_LIMIT
        found: list[tuple[int, int]] = []

        def stopped() -> bool:
            while found:
                _, bound = found.pop(0)
                self.recorder.proved(bound)
            return self.over()

        answer = run(
            model,
            Limits(
                work=min(ROUND_WORK * rounds_left * share, 1e9),
                seconds=None if left == inf else left * share,
                workers=self.workers,
                seed=self.seed,
                stopped=stopped,
            ),
            on_plan=lambda total, bound: found.append((total, bound)),
        )
        self.rounds += max(1, int(answer.work / ROUND_WORK))
        return answer

    def _without_plan(self) -> Solution:
        """Infeasible with the smallest conflict that can be proven, else unknown."""
        self.recorder.enter("explaining")
        until = self.watch.seconds() + GRACE
        conflict = find_conflict(self.problem, lambda: self.over() and self.watch.seconds() > until)
        return without_plan(self.recorder, self.watch.seconds(), conflict)


class Improvement:
    """Pieces in lanes, until the search is over; the best plan of each is everyone's next start."""

    def __init__(self, search: _Search, arrays: Arrays, best: Incumbent) -> None:
        self.search = search
        self.arrays = arrays
        self.best = best
        self.total = Engine(arrays, best, search.seed).total
        self.walks = 0
        self.allocation = Allocation(Choice(arrays), search.random)
        self._tell()

    def _tell(self) -> None:
        if not missing(self.arrays, self.best):
            self.search.recorder.found(cost(self.arrays, self.best).total, ends(self.arrays, self.best))

    def offer(self, incumbent: Incumbent, total: int) -> int:
        """Takes over what is better; returns by how much."""
        gain = self.total - total
        if gain <= 0:
            return 0
        self.best, self.total = incumbent, total
        self._tell()
        return gain

    def offer_plan(self, plan: dict[str, Assignment]) -> None:
        solution = as_solution(self.search.lookup, plan)
        engine = Engine(self.arrays, incumbent_of(self.arrays, solution), self.search.seed)
        self.offer(engine.best, engine.total)

    def walk_a_little(self) -> None:
        """For mandatory tasks that found no place at first."""
        here = Here(self.arrays, self.search.over)
        for number in range(10):
            if not missing(self.arrays, self.best) or self.search.over():
                return
            outcome = here.submit(0, self._walk(0, number / 10, (number + 1) / 10)).result()
            self.search.rounds += 1
            self.offer(outcome.incumbent, outcome.total)

    def run(self) -> None:
        search = self.search
        if search.executor is not None:
            self._run(Elsewhere(self.arrays, search.executor, search.workers))
        elif search.workers == 1:
            self._run(Here(self.arrays, search.over))
        else:
            with Processes(self.arrays, search.workers) as processes:
                here = Here(self.arrays, lambda: search.over() or processes.awake())
                while not processes.awake() and not search.over():
                    self._absorb(WALK, here.submit(0, self._walk(0, 0.0, 0.1)).result())
                self._run(processes)

    def _run(self, lanes: Lanes) -> None:
        """Keeps every lane busy. A piece that is lost with its process is forgotten."""
        running: dict[Future[Outcome], tuple[int, str]] = {}
        free = list(range(lanes.count))
        while not self.search.over() and not self.search.recorder.closed:
            for lane in free:
                kind, piece = self._next(lane, isinstance(lanes, Elsewhere))
                running[lanes.submit(lane, piece)] = lane, kind
            free = []
            done, _ = wait(running, timeout=0.1, return_when=FIRST_COMPLETED)
            for future in [future for future in running if future in done]:
                lane, kind = running.pop(future)
                free.append(lane)
                self._collect(kind, future)
        lanes.cancel()
        wait(running, timeout=GRACE)
        for future, (_, kind) in running.items():
            if future.done():
                self._collect(kind, future)

    def _collect(self, kind: str, future: Future[Outcome]) -> None:
        try:
            self._absorb(kind, future.result())
        except BrokenProcessPool:
            self.search.recorder.report()

    def _absorb(self, kind: str, outcome: Outcome) -> None:
        self.search.rounds += 1
        gain = self.offer(outcome.incumbent, outcome.total)
        self.allocation.learn(kind, gain, outcome.cost, outcome.closed)

    def _next(self, lane: int, short: bool) -> tuple[str, Piece]:
        spent = self.search.spent()
        if spent < ANNEALING:
            since = spent / ANNEALING
            return WALK, self._walk(lane, since, min(1.0, since + 0.02))
        for _ in range(20):
            kind = self.allocation.draw()
            self.allocation.started(kind)
            if kind == WALK:
                break
            freed = self.allocation.free(kind, View(self.arrays, self.best))
            if len(freed) > 1:
                return kind, self._neighbourhood(kind, freed, short)
        self.walks += 1
        return WALK, self._walk(self.search.workers + self.walks, 0.5, 1.0, 4)

    def _walk(self, number: int, since: float, until: float, times: int = 1) -> Walk:
        seconds = WALK_SECONDS * times if self.search.timed else 0.0
        ruins = None if self.search.timed else ROUND_RUINS * times
        seed = self.search.random.getrandbits(30)
        return Walk(number, self.best, seed, since, until, ruins, min(seconds, self._left()))

    def _left(self) -> float:
        return self.search.stop.seconds_left(self.search.done)

    def _neighbourhood(self, kind: str, freed: tuple[int, ...], short: bool) -> Neighbourhood:
        longest = ELSEWHERE_SECONDS if short else NEIGHBOURHOOD_SECONDS
        seconds = min(longest, self._left()) if self.search.timed else None
        seed = self.search.random.getrandbits(30)
        return Neighbourhood(kind, freed, self.best, self.total, seed, ROUND_WORK, seconds)


def _ends(plan: dict[str, Assignment]) -> dict[str, int]:
    return {task: assignment.end for task, assignment in plan.items()}
