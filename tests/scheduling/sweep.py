"""Plans of one problem by each engine on its own and by both: all of them have to keep every rule."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.construct import construct
from schedtest.scheduling.differences import difference, nothing_placed
from schedtest.scheduling.extent import fits
from schedtest.scheduling.incumbent import Incumbent, missing
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.neighbourhoods import KINDS, Choice, View
from schedtest.scheduling.pieces import Cross, Neighbourhood, Region
from schedtest.scheduling.plans import as_solution
from schedtest.scheduling.problem import Problem
from schedtest.scheduling.progress import Recorder
from schedtest.scheduling.recreate import Engine
from schedtest.scheduling.search import MIDDLE, solve
from schedtest.scheduling.solution import Solution
from schedtest.scheduling.stop import Budget, Rounds
from schedtest.scheduling.whole import Means, improve_whole
from schedtest.scheduling.workbench import Workbench
from tests.scheduling.plans import a_solution

FREED = 25
"""Tasks in a neighbourhood."""


def plans_by_engine(problem: Problem, seed: int) -> Iterator[tuple[str, Solution]]:
    """Each with the name of what made it."""
    yield "search", solve(problem, stop=Rounds(8), seed=seed)
    if len(problem.tasks) <= MIDDLE:
        plan = _by_one_model(problem, seed)
        if plan is not None:
            yield "one model", plan
    if fits(problem):
        yield from _by_compiled_engine_and_neighbourhoods(problem, seed)


def _by_one_model(problem: Problem, seed: int) -> Solution | None:
    budget = Budget(Rounds(2))
    recorder = Recorder(len(problem.tasks), budget.watch.seconds, None)
    lookup = Lookup(problem)
    answer = improve_whole(lookup, None, 1.0, Means(budget, recorder, 1, seed))
    return None if answer.plan is None else as_solution(lookup, answer.plan)


def _by_compiled_engine_and_neighbourhoods(problem: Problem, seed: int) -> Iterator[tuple[str, Solution]]:
    arrays = Arrays.of(problem)
    constructed = construct(arrays, seed)
    engine = Engine(arrays, constructed, seed)
    engine.run(2000, 0.5)
    if missing(arrays, engine.best):
        return
    yield "ruin and recreate", a_solution(arrays, engine.best)
    start = engine.best if missing(arrays, constructed) else constructed
    yield "neighbourhoods", a_solution(arrays, _neighbours(arrays, start, seed))
    again = Engine(arrays, nothing_placed(arrays), seed + 1)
    again.run(300, 0.5)
    if not missing(arrays, again.best):
        yield "crossing", a_solution(arrays, _child(arrays, (again.best, engine.best), seed))


def _neighbours(arrays: Arrays, incumbent: Incumbent, seed: int) -> Incumbent:
    """The best after one neighbourhood of each kind, solved by CP-SAT, and a walk of the same tasks alone."""
    bench, choice, random = Workbench(arrays, lambda: False), Choice(arrays), Random(seed)
    for number, kind in enumerate(KINDS):
        view = View(arrays, incumbent)
        freed = choice.complete(view, KINDS[kind].choose(choice, view, FREED, random))
        total = Engine(arrays, incumbent, seed).total
        reach = view.reach if KINDS[kind].is_near else None
        piece = Neighbourhood(freed, total, seed + number, work=0.05, reach=reach)
        incumbent = bench.do(piece, incumbent).plan
        incumbent = bench.do(Region(freed, seed + number, heat=10.0, ruins=100), incumbent).plan
    return incumbent


def _child(arrays: Arrays, plans: tuple[Incumbent, Incumbent], seed: int) -> Incumbent:
    """The better of a plan and of what crossing with another one makes of it."""
    base, other = plans
    total = Engine(arrays, base, seed).total
    nothing = difference(base, base)
    piece = Cross(nothing, difference(base, other), total, seed, heat=6.0, size=10, ruins=20, children=3, timed=False)
    return Workbench(arrays, lambda: False).do(piece, base).plan
