"""Machines of a project made level: CP-SAT shares the work of a few of them out anew, again and again.

Where little of the machines' time is idle, how long a project lasts is told by whichever has most to do, and nearly
every change of a plan changes nothing. So what shrinks here is all work after a goal, summed over the machines: large
neighbourhood search (Shaw 1998) towards a common due date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from random import Random

from ortools.sat.python.cp_model import CpModel, IntVar, LinearExpr

from .arrays import Arrays
from .incumbent import Incumbent
from .model.build import Model, build
from .model.lookup import Lookup
from .model.solver import Limits, run
from .neighbourhoods import with_places
from .plans import around
from .project import Project

FEWEST, MOST = 3, 6
"""Machines at a time."""

MOST_TASKS = 40

WORK = 0.2
"""Deterministic seconds of CP-SAT for one change."""


class Levelling:
    """plan: the present one, never longer than the one before; the same arguments give the same plans."""

    def __init__(self, lookup: Lookup, arrays: Arrays, project: Project, plan: Incumbent, seed: int) -> None:
        self.plan = plan
        self._lookup = lookup
        self._arrays = arrays
        self._project = project
        self._random = Random(seed)  # noqa: S311
        self._machines = frozenset(project.way_row.tolist())

    @property
    def length(self) -> int:
        return int((self.plan.start + self._project.duration).max() - self.plan.start.min())

    def step(self, shortest: int, seconds: float | None, stopped: Callable[[], bool]) -> bool:
        """Levels a few machines, one of them still at work `shortest` slots after the project's begin. False if there
        is none, or nothing to share."""
        on = self._tasks_by_machine()
        goal = int(self.plan.start.min()) + shortest
        over = {machine: self._end(tasks) - goal for machine, tasks in on.items() if self._end(tasks) > goal}
        if not over or len(self._machines) < 2:
            return False
        chosen = self._chosen(on, sorted(over))
        freed = sorted(task for machine in chosen for task in on[machine])
        rest, _ = around(self._lookup, self._arrays, self.plan, set(freed))
        tasks = self._arrays.problem.tasks
        model = build(self._lookup, [tasks[task] for task in freed], rest, pooled=True, aimless=True)
        self._aim(model, freed, chosen, goal, sum(over.get(machine, 0) for machine in chosen))
        answer = run(model, Limits(WORK, seconds, seed=self._random.getrandbits(30), stopped=stopped))
        if answer.plan is not None:
            places = {}
            for task in freed:
                place = answer.plan[tasks[task].id]
                places[task] = (
                    place.start,
                    next(way for way, mode in enumerate(tasks[task].modes) if mode.id == place.mode),
                )
            self.plan = with_places(self.plan, self._arrays, places, tuple(freed))
        return True

    def _machine(self, task: int, way: int) -> int | None:
        """None for a task on none of those among which others choose."""
        project = self._project
        first, last = int(project.way_first[task]), int(project.way_first[task + 1])
        if first < last:
            return int(project.way_row[first + way])
        always = project.machine[project.machine_first[task] : project.machine_first[task + 1]].tolist()
        return next((row for row in always if row in self._machines), None)

    def _tasks_by_machine(self) -> dict[int, list[int]]:
        on: dict[int, list[int]] = {machine: [] for machine in sorted(self._machines)}
        for task, way in enumerate(self.plan.mode.tolist()):
            machine = self._machine(task, way)
            if machine is not None:
                on[machine].append(task)
        return on

    def _end(self, tasks: list[int]) -> int:
        return max((int(self.plan.start[task] + self._project.duration[task]) for task in tasks), default=0)

    def _chosen(self, on: dict[int, list[int]], over: list[int]) -> list[int]:
        """One that is over the goal and some others, of few enough tasks."""
        first = self._random.choice(over)
        others = [machine for machine in on if machine != first]
        chosen, tasks = [first], len(on[first])
        for machine in self._random.sample(others, min(len(others), self._random.randint(FEWEST, MOST) - 1)):
            if len(chosen) == 1 or tasks + len(on[machine]) <= MOST_TASKS:
                chosen.append(machine)
                tasks += len(on[machine])
        return chosen

    def _aim(self, model: Model, freed: list[int], chosen: list[int], goal: int, most: int) -> None:
        """On the chosen machines alone, with at most so much after the goal as before, and as little as may be.

        Nothing is told of the present plan: among plans that are equally good another one leads further.
        """
        cp, tasks = model.cp, self._arrays.problem.tasks
        latest = int((self.plan.start + self._project.duration).max())
        over = {machine: cp.new_int_var(0, max(0, latest - goal), "") for machine in chosen}
        work: dict[int, list[LinearExpr]] = defaultdict(list)
        for task in freed:
            one = model.variables.tasks[tasks[task].id]
            cp.add(one.start >= int(self.plan.start.min()))
            cp.add(one.end <= latest)
            for way, mode in enumerate(tasks[task].modes):
                variables = one.chosen(mode.id)
                machine = self._machine(task, way)
                if variables is None or machine is None:
                    continue
                if machine in over:
                    cp.add(over[machine] >= one.end - goal).only_enforce_if(variables.chosen)
                    work[machine].append(mode.duration * variables.chosen)
                else:
                    cp.add(variables.chosen == 0)
        begin = int(self.plan.start.min())
        for machine in chosen:
            cp.add(LinearExpr.sum(work[machine]) <= goal - begin + over[machine])
        _least(cp, list(over.values()), most)


def _least(cp: CpModel, over: list[IntVar], most: int) -> None:
    total = LinearExpr.sum(over)
    cp.add(total <= most)
    cp.minimize(total)
