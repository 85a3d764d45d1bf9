"""Both engines on one incumbent: compiled ruin and recreate, and CP-SAT on the whole or on neighbourhoods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from math import inf

import numpy as np

from .arrays import Arrays
from .bounds import lower_bound
from .check import check, cost_of
from .conflict import LARGEST, everything_needed, fewest, find_conflict, quick_conflict
from .construct import FixedClash, construct
from .extent import fits, shortened
from .improvement import Improvement
from .incumbent import Incumbent, incumbent_of, missing
from .lanes import Lanes, lanes_for
from .model.lookup import Lookup
from .orders import bound_seconds
from .plans import as_solution, finished, plan_of, without_plan
from .price_bounds import bounds_of
from .problem import Problem
from .progress import ProgressReport, Recorder
from .recreate import Engine
from .solution import Assignment, Conflict, Cost, Solution, Status
from .stop import WITHOUT_LIMIT, Budget, Stop
from .whole import Means, improve_whole, place_needed

TINY, SMALL, MIDDLE = 12, 75, 150
"""Tasks up to which the whole problem is put to CP-SAT: at once, for half of the time, for a fifth."""

BETWEEN = 0.6
"""Share of what is left for walks, neighbourhoods and proofs of campaigns, before CP-SAT has a small problem again."""

BOUND_TOGETHER, BOUND_SHARE = 12, 0.25
"""Tasks that only stand together, above which walks do not find their way: where they are such a share of all, CP-SAT
has all the time."""

FEW = 8000
"""Tasks up to which bounds take no longer than the processes of the lanes to start."""

MOST = 0.9
"""Share of the tasks that a plan to begin with must place to be begun with, whatever could be constructed."""

FIRST_RUINS = 100
"""With which a plan to begin with is mended, however little time there is."""

FIRST_WALK = 6
"""Pieces of walk before it, so that there is a good plan to beat."""

LOOK_FOR_CONFLICT = 0.3
"""Share of the time in which few tasks are looked at, before all that may not be left out are."""

COMPLETING = 0.7
"""Share of the time in which walks go on to look for what may not be left out, before why it lacks is looked for."""

POSTING = 0.6
"""Share of what is left for a first plan of a project with longest lags, before CP-SAT looks for one."""

CLOSING = 0.7
"""Share of what is left in which CP-SAT shall prove that there is nothing better, before evolution goes on."""

SHRINK_SECONDS = 12.0
"""To leave out of a conflict what has no part in it."""

SEARCH_SECONDS = 30.0
"""For the smallest conflict of a problem that is proven to have no plan, however much time there is."""

GRACE_SECONDS = 1.0
"""For the smallest conflict after the time is over."""

HURRIED_SECONDS = 0.2
"""For the reasons why tasks are left out, when somebody waits for the search to end."""


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
    Raises WrongPlan if a plan breaks a rule: never seen, never to be caught; WorkersFailed if no process for a piece
    can be started.
    """
    budget = Budget(stop)
    recorder = Recorder(len(problem.tasks), budget.watch.seconds, progress)
    return _Search(problem, start, Means(budget, recorder, max(1, workers), seed), executor).solution()


class _Search:
    def __init__(self, problem: Problem, start: Solution | None, means: Means, executor: Executor | None) -> None:
        self.problem = shortened(problem) if fits(problem) else problem
        self.start = start
        self.means = means
        self.budget = means.budget
        self.recorder = means.recorder
        self.executor = executor
        self.lookup = Lookup(self.problem)
        self.has_no_plan = self.is_warm = False
        self.conflict: Conflict | None = None
        self.outside: tuple[int, dict[str, Assignment]] | None = None

    def solution(self) -> Solution:
        if not self.problem.tasks:
            return Solution(status=Status.OPTIMAL, objective=Cost(), bound=0, seconds=self.budget.seconds)
        self.recorder.enter("preparing")
        plan = self._with_both_engines() if fits(self.problem) else self._with_the_model()
        self.recorder.enter("explaining")
        if plan is None:
            return without_plan(self.recorder, self.budget.seconds, self._conflict())
        now, told = self.budget.seconds, self.budget.told

        def hurried() -> bool:
            return told and self.budget.seconds > now + HURRIED_SECONDS

        return finished(self.lookup, plan, self.recorder, now, hurried)

    def _with_both_engines(self) -> dict[str, Assignment] | None:
        arrays = Arrays.of(self.problem)
        with lanes_for(arrays, self.means.workers, self.executor, self.budget.over) as lanes:
            if not self._is_for_the_model(arrays):
                lanes.wake()
            return self._in_lanes(arrays, lanes)

    def _in_lanes(self, arrays: Arrays, lanes: Lanes) -> dict[str, Assignment] | None:
        self.recorder.enter("constructing")
        try:
            best = self._first(arrays)
        except FixedClash:
            return self._with_the_model()
        improvement = Improvement(self.lookup, arrays, best, self.means, lanes, self.is_warm)
        is_long = len(self.problem.tasks) > FEW and not self._is_for_the_model(arrays)
        improvement.wants_bounds = is_long and lanes.count > 1 and self.budget.timed and improvement.complete
        if not improvement.wants_bounds:
            self._bound(improvement)
        plan = self._searched(arrays, improvement)
        if self.recorder.bound is None:
            self._bound(improvement)
        return plan

    def _searched(self, arrays: Arrays, improvement: Improvement) -> dict[str, Assignment] | None:
        if not improvement.complete:
            self._complete(improvement)
        if not improvement.complete and (self.conflict is not None or not self._is_bound_together(arrays)):
            return None if self.outside is None else self._with_the_model(self.outside[1])
        if self._is_for_the_model(arrays):
            self._try_whole(improvement)
        if not (self.recorder.closed or self.has_no_plan):
            self.recorder.enter("improving")
            self._improve(improvement)
        if self.outside is not None and self.outside[0] < improvement.total:
            return self.outside[1]
        return plan_of(arrays, improvement.best) if improvement.complete else None

    def _improve(self, improvement: Improvement) -> None:
        """Walks and neighbourhoods; a small problem is put to CP-SAT once more after them, as by then more is proven of
        what each campaign costs at the least."""
        if improvement.is_closable and improvement.complete:
            improvement.run_within(BETWEEN)
            self._put_whole(improvement, 1.0)
            self.recorder.enter("improving")
        improvement.run()

    def _first(self, arrays: Arrays) -> Incumbent:
        """The plan to begin with, mended, where most of it still stands; else that or a constructed one."""
        if self.start is None:
            return construct(arrays, self.means.seed, self.budget.over)
        given = Engine(arrays, incumbent_of(arrays, self.start), self.means.seed)
        given.run(FIRST_RUINS)
        standing = int((given.best.start >= 0).sum())
        self.is_warm = standing >= MOST * len(self.problem.tasks) and not missing(arrays, given.best)
        if self.is_warm:
            return given.best
        best = construct(arrays, self.means.seed, self.budget.over)
        return given.best if given.total <= Engine(arrays, best, self.means.seed).total else best

    def _bound(self, improvement: Improvement) -> None:
        """In this process, where nothing else could be done meanwhile, or where no lane had the time for it."""
        seconds = bound_seconds(self.budget) if self.budget.timed else None
        improvement.learn(bounds_of(self.lookup, improvement.arrays, self.budget.over, seconds))

    def _complete(self, improvement: Improvement) -> None:
        """Some task that may not be left out found no place at first: walks, a look for a conflict around what they
        leave out, then the model of those tasks alone."""
        together = self._is_bound_together(improvement.arrays)
        if improvement.has_longest_lags:
            improvement.post(POSTING)
        else:
            improvement.begin(1 if together else FIRST_WALK)
        if improvement.complete or self.budget.over():
            return
        self.recorder.enter("proving")
        tasks = self.problem.tasks
        suspects = [] if together else [tasks[number].id for number in missing(improvement.arrays, improvement.best)]
        if self._clashes(suspects) or together:
            return
        if len(self.lookup.needed) <= LARGEST:
            answer = place_needed(self.lookup, self.means)
            self.has_no_plan = answer.infeasible
            if answer.plan is not None:
                self._take(improvement, answer.plan)
        if not (improvement.complete or self.outside or self.has_no_plan or self.budget.over()):
            self.recorder.enter("improving")
            improvement.complete_within(COMPLETING)

    def _take(self, improvement: Improvement, plan: dict[str, Assignment]) -> None:
        """A plan of the model, which walks cannot always hold: a detour over a third state is not theirs."""
        improvement.offer_plan(plan)
        total = cost_of(self.problem, plan.values()).total
        if not improvement.complete or total < improvement.total:
            self.outside = total, plan
            self._tell(plan)

    def _is_for_the_model(self, arrays: Arrays) -> bool:
        return len(self.problem.tasks) <= MIDDLE or self._is_bound_together(arrays)

    def _try_whole(self, improvement: Improvement) -> None:
        tasks = len(self.problem.tasks)
        together = self._is_bound_together(improvement.arrays)
        if tasks > TINY and improvement.complete:
            self.recorder.enter("improving")
            if not together:
                improvement.begin(FIRST_WALK)
            elif improvement.is_project:
                improvement.evolve()
        share = 0.5 if tasks <= SMALL else 0.2
        if tasks <= TINY or together:
            share = CLOSING if improvement.is_project else 1.0
        self._put_whole(improvement, share)

    def _put_whole(self, improvement: Improvement, share: float) -> None:
        if self.recorder.closed or self.budget.over():
            return
        self.recorder.enter("proving")
        plan = plan_of(improvement.arrays, improvement.best) if improvement.complete else None
        floors = {} if improvement.is_project else improvement.floors
        answer = improve_whole(self.lookup, plan, share, self.means, floors)
        self.has_no_plan = plan is None and answer.infeasible
        if answer.plan is not None:
            self._take(improvement, answer.plan)

    def _with_the_model(self, plan: dict[str, Assignment] | None = None) -> dict[str, Assignment] | None:
        """CP-SAT alone, from the plan if one is given, or from one that needs no search if there is one."""
        self.recorder.proved(lower_bound(self.problem, self.lookup, self.budget.over))
        self.recorder.enter("proving")
        plan = self._known() if plan is None else plan
        if plan is None and not self._clashes(()) and not self.budget.over():
            answer = place_needed(self.lookup, self.means)
            self.has_no_plan, plan = answer.infeasible, answer.plan
            if plan is not None:
                self._tell(plan)
        return plan if plan is None or self.budget.over() else self._improved(plan)

    def _improved(self, plan: dict[str, Assignment] | None) -> dict[str, Assignment] | None:
        self.recorder.enter("proving")
        answer = improve_whole(self.lookup, plan, 1.0, self.means)
        self.has_no_plan = plan is None and answer.infeasible
        return plan if answer.plan is None else answer.plan

    def _known(self) -> dict[str, Assignment] | None:
        """The plan to begin with if it stands, or nothing scheduled if nothing must be."""
        if self.start is not None and set(self.start.assignment_by_task) <= set(self.lookup.task):
            given = dict(self.start.assignment_by_task)
            if not self._breaks_a_rule(given):
                self._tell(given)
                return given
        if self.lookup.needed:
            return None
        self._tell({})
        return {}

    def _clashes(self, suspects: Sequence[str]) -> bool:
        """Whether a conflict is found without much search."""
        until = self.budget.seconds + min(LOOK_FOR_CONFLICT * self.budget.seconds_left, WITHOUT_LIMIT)
        found = quick_conflict(
            self.problem, suspects, lambda: self.budget.over() or (self.budget.timed and self.budget.seconds > until)
        )
        self.conflict = found
        return found is not None

    @staticmethod
    def _is_bound_together(arrays: Arrays) -> bool:
        sizes = np.diff(arrays.tables.cluster_first)
        return bool(sizes[sizes > BOUND_TOGETHER].sum() >= BOUND_SHARE * sizes.sum())

    def _tell(self, plan: dict[str, Assignment]) -> None:
        solution = as_solution(self.lookup, plan)
        assert solution.objective is not None
        self.recorder.found(solution.objective.total, {task: place.end for task, place in plan.items()})

    def _breaks_a_rule(self, plan: dict[str, Assignment]) -> bool:
        """That its left-out tasks are not named yet does not matter."""
        return any(violation.rule != "once" for violation in check(self.problem, as_solution(self.lookup, plan)))

    def _conflict(self) -> Conflict | None:
        """The smallest that can be proven in the time left; all that is needed, if that is proven to have no plan.

        Where only rounds count no clock ends the look for it: each question has so much work."""
        begun = self.budget.seconds
        until = begun + GRACE_SECONDS
        if self.conflict is not None:

            def shrunk_enough() -> bool:
                longest = GRACE_SECONDS if self.budget.over() else SHRINK_SECONDS
                return (self.budget.timed or self.budget.told) and self.budget.seconds > begun + longest

            return fewest(self.problem, self.conflict, shrunk_enough)

        def looked_enough() -> bool:
            longest = SEARCH_SECONDS if self.has_no_plan and self.budget.timed else inf
            is_late = self.budget.over() and self.budget.seconds > until and (self.budget.timed or self.budget.told)
            return is_late or self.budget.seconds > begun + longest

        found = find_conflict(self.problem, looked_enough)
        if found is None and self.has_no_plan:
            return everything_needed(self.problem)
        return found
