"""Random projects: one campaign whose stay shall be short."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np

from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.problem import Objective, Problem, Task
from schedtest.scheduling.project import project_of
from schedtest.scheduling.serial import empty_desk, to_the_left
from tests.scheduling.problems import a_mode, a_precedence, a_problem, a_resource, a_task


def a_project(seed: int, tasks: int = 8, rows: int = 2, latest_release: int = 0) -> Problem:
    """Durations up to 6, capacities up to 5, some lags."""
    random = Random(seed)
    capacities = [random.randint(2, 5) for _ in range(rows)]
    resources = [a_resource(f"crew-{row}", capacity) for row, capacity in enumerate(capacities)]
    return a_problem(
        horizon=200,
        objective=Objective(stay=2),
        resources=resources,
        tasks=[
            a_task(
                f"t{number}",
                random.randint(1, 6),
                {f"crew-{row}": random.randint(0, capacity) for row, capacity in enumerate(capacities)},
                campaign="all",
                mandatory=True,
                due=200,
                release=random.randint(0, latest_release),
            )
            for number in range(tasks)
        ],
        precedences=[
            a_precedence(f"t{before}", f"t{after}", min_lag=random.choice((0, 0, 3)))
            for after in range(tasks)
            for before in range(after)
            if random.random() < 1.5 / tasks
        ],
    )


def bound_together(seed: int, tasks: int, rows: int = 2, latest_release: int = 0) -> Problem:
    """A project with longest lags around the starts that a plan of it has, so that there is one."""
    random = Random(seed)
    problem = a_project(seed, tasks, rows, latest_release)
    arrays = Arrays.of(problem)
    project = project_of(arrays)
    assert project is not None
    desk = empty_desk(project)
    to_the_left(project, desk, np.arange(tasks, dtype=np.int32))
    ends, starts = (desk.start + project.duration).tolist(), desk.start.tolist()
    lags = []
    for precedence in problem.precedences:
        before, after = (int(name.removeprefix("t")) for name in (precedence.before, precedence.after))
        waits = starts[after] - ends[before]
        lags.append(replace(precedence, max_lag=waits + random.randint(0, 2)) if random.random() < 0.7 else precedence)
    for number in range(1, tasks):
        other = random.randrange(number)
        waits = starts[number] - ends[other]
        lags.append(a_precedence(f"t{other}", f"t{number}", min_lag=waits - 4, max_lag=waits + random.randint(0, 3)))
    return replace(problem, precedences=tuple(lags))


def on_machines(seed: int, tasks: int = 7) -> Problem:
    """Each on one of some of the three machines, with some of the two tools."""
    random = Random(seed)
    rows = ["tool-0", "tool-1", *(f"machine-{number}" for number in range(3))]

    def a_test(number: int) -> Task:
        tools = {tool: 1 for tool in rows[:2] if random.random() < 0.4}
        machines, duration = random.sample(rows[2:], random.randint(1, 3)), random.randint(1, 9)
        modes = [a_mode(machine, duration, {machine: 1, **tools}) for machine in machines]
        return a_task(f"t{number}", modes=modes, campaign="all", mandatory=True)

    return a_problem(
        horizon=100,
        objective=Objective(stay=1),
        resources=[a_resource(row) for row in rows],
        tasks=[a_test(number) for number in range(tasks)],
        precedences=[a_precedence("t0", f"t{tasks - 1}", min_lag=random.choice((0, 2)))],
    )


def packed(seed: int, machines: int = 4, each: int = 5, length: int = 200) -> Problem:
    """Tests that fill all machines for just so long, if they are dealt out well; the two shortest need the one tool."""
    random = Random(seed)
    tasks = []
    for _ in range(machines):
        cuts = sorted(random.sample(range(1, length), each - 1))
        tasks += [end - start for start, end in zip([0, *cuts], [*cuts, length], strict=True)]
    random.shuffle(tasks)
    names = [f"machine-{number}" for number in range(machines)]

    def a_test(number: int, duration: int) -> Task:
        tool = {"tool": 1} if duration in sorted(tasks)[:2] else {}
        modes = [a_mode(name, duration, {name: 1, **tool}) for name in names]
        return a_task(f"t{number}", modes=modes, campaign="all", mandatory=True)

    return a_problem(
        horizon=machines * length,
        objective=Objective(stay=1),
        resources=[a_resource(name) for name in ["tool", *names]],
        tasks=[a_test(number, duration) for number, duration in enumerate(tasks)],
    )
