"""Ways to plan one problem within a time: ours, and what it is measured against."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from typing import NamedTuple

from schedtest.scheduling.allocation import CROSS, REGION, WALK
from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.check import check
from schedtest.scheduling.construct import construct
from schedtest.scheduling.improvement import Improvement
from schedtest.scheduling.incumbent import Incumbent, cost
from schedtest.scheduling.lanes import lanes_for
from schedtest.scheduling.model.build import build
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.model.solver import Limits, run
from schedtest.scheduling.pieces import Piece
from schedtest.scheduling.problem import Problem
from schedtest.scheduling.progress import Recorder
from schedtest.scheduling.search import solve
from schedtest.scheduling.stop import Budget, Seconds, Stopwatch
from schedtest.scheduling.whole import Means

SEED = 1

LENIENCE, STARTING = 1.2, 10.0
"""How much longer than its time a side may take before it is ended, and seconds for its process to start."""


class Outcome(NamedTuple):
    """total: None without a plan. bound: proven, None if nothing was. curve: (seconds, total) at each improvement."""

    status: str
    total: int | None
    bound: int | None
    left_out: int
    seconds: float
    curve: tuple[tuple[float, int], ...]


Side = Callable[[Problem, float, int], Outcome]


def ours(problem: Problem, seconds: float, workers: int, seed: int = SEED) -> Outcome:
    """Raises AssertionError if a plan breaks a rule."""
    watch = Stopwatch()
    solution = solve(problem, stop=Seconds(seconds), workers=workers, seed=seed)
    spent = watch.seconds()
    if solution.objective is None:
        return Outcome(solution.status.value, None, solution.bound, 0, spent, ())
    assert check(problem, solution) == []
    curve = tuple((row.seconds, row.total) for row in solution.trace if row.total is not None)
    left_out = len(solution.unscheduled)
    return Outcome(solution.status.value, solution.objective.total, solution.bound, left_out, spent, curve)


def one_model(problem: Problem, seconds: float, workers: int) -> Outcome:
    """CP-SAT with everything in one model; what building it takes is part of the time.

    Neither building nor presolving a large one can be told to stop: it is ended when it takes far too long.
    """
    watch = Stopwatch()
    here, there = Pipe()
    process = get_context("spawn").Process(target=_tell_of_one_model, args=(there, problem, seconds, workers))
    process.start()
    there.close()
    told = here.poll(LENIENCE * seconds + STARTING)
    outcome = here.recv() if told else Outcome("unknown", None, None, 0, watch.seconds(), ())
    process.kill()
    process.join()
    return outcome


def _tell_of_one_model(there: Connection, problem: Problem, seconds: float, workers: int) -> None:
    watch = Stopwatch()
    model = build(Lookup(problem), problem.tasks, {})
    curve: list[tuple[float, int]] = []
    limits = Limits(inf, max(1.0, seconds - watch.seconds()), workers, SEED)
    answer = run(model, limits, on_plan=lambda total, _bound, _ends: curve.append((watch.seconds(), total)))
    status = "infeasible" if answer.infeasible else "unknown" if answer.plan is None else "feasible"
    status = "optimal" if answer.closed and answer.plan is not None else status
    left_out = 0 if answer.plan is None else len(problem.tasks) - len(answer.plan)
    there.send(Outcome(status, answer.total, answer.bound, left_out, watch.seconds(), tuple(curve)))


def construct_alone(problem: Problem, seconds: float, workers: int) -> Outcome:
    watch = Stopwatch()
    arrays = Arrays.of(problem)
    return _outcome(arrays, construct(arrays), watch, ())


def _outcome(arrays: Arrays, plan: Incumbent, watch: Stopwatch, curve: tuple[tuple[float, int], ...]) -> Outcome:
    left_out = int((plan.start < 0).sum())
    return Outcome("feasible", cost(arrays, plan).total, None, left_out, watch.seconds(), curve)


class Walks(Improvement):
    """Ruin and recreate alone."""

    def _next(self, lane: int, short: bool) -> tuple[str, Piece]:
        since = self.means.budget.spent()
        return WALK, self._orders.walk(lane, since, min(1.0, since + 0.02))


class Neighbourhoods(Improvement):
    """CP-SAT on neighbourhoods alone."""

    def _first_walk(self, lane: int) -> None:
        return None

    def _next(self, lane: int, short: bool) -> tuple[str, Piece]:
        while True:
            kind, piece = super()._next(lane, short)
            if kind not in (WALK, REGION, CROSS):
                return kind, piece


def walks_alone(problem: Problem, seconds: float, workers: int, seed: int = SEED) -> Outcome:
    return _engine_alone(Walks, problem, seconds, workers, seed)


def neighbourhoods_alone(problem: Problem, seconds: float, workers: int) -> Outcome:
    return _engine_alone(Neighbourhoods, problem, seconds, workers, SEED)


def _engine_alone(engine: type[Improvement], problem: Problem, seconds: float, workers: int, seed: int) -> Outcome:
    budget = Budget(Seconds(seconds))
    recorder = Recorder(len(problem.tasks), budget.watch.seconds, None)
    arrays = Arrays.of(problem)
    with lanes_for(arrays, workers, None, budget.over) as lanes:
        lanes.wake()
        improvement = engine(Lookup(problem), arrays, construct(arrays), Means(budget, recorder, workers, seed), lanes)
        improvement.run()
    curve = tuple((row.seconds, row.total) for row in recorder.trace if row.total is not None)
    return _outcome(arrays, improvement.best, budget.watch, curve)


def pyjobshop(problem: Problem, seconds: float, workers: int) -> Outcome:
    """PyJobShop with OR-Tools, for problems whose only aim is a makespan."""
    from pyjobshop import Model

    watch = Stopwatch()
    model = Model()
    resources = {each.id: model.add_renewable(capacity=each.capacity, name=each.id) for each in problem.resources}
    tasks = {
        task.id: model.add_task(earliest_start=task.release, latest_end=problem.horizon, name=task.id)
        for task in problem.tasks
    }
    for task in problem.tasks:
        for mode in task.modes:
            names = [name for name, _ in mode.uses]
            demands = [amount for _, amount in mode.uses]
            model.add_mode(tasks[task.id], [resources[name] for name in names], mode.duration, demands)
    for precedence in problem.precedences:
        before, after = tasks[precedence.before], tasks[precedence.after]
        if precedence.max_lag is None:
            model.add_end_before_start(before, after, delay=precedence.min_lag)
        else:
            longest = problem.task_by_id[precedence.before].modes[0].duration + precedence.max_lag
            model.add_start_before_start(after, before, delay=-longest)
    limit = max(1.0, seconds - watch.seconds())
    result = model.solve(solver="ortools", time_limit=limit, num_workers=workers, display=False)
    status = result.status.value.lower()
    if not result.best.tasks:
        return Outcome(status, None, None, 0, watch.seconds(), ())
    return Outcome(status, int(result.objective), int(result.lower_bound), 0, watch.seconds(), ())


SIDES: dict[str, Side] = {
    "schedtest": ours,
    "one CP-SAT model": one_model,
    "construct": construct_alone,
    "walks": walks_alone,
    "neighbourhoods": neighbourhoods_alone,
    "PyJobShop": pyjobshop,
}
