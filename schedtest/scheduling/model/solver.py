"""Solving a model: in a side thread, so that it can be stopped from outside, and with proofs told from mere plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Thread

from ortools.sat.python import cp_model

from ..solution import Assignment
from .build import Model

POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Limits:
    """work: CP-SAT's deterministic seconds, the same on every machine. seconds: wall clock, None for no such limit."""

    work: float
    seconds: float | None = None
    workers: int = 1
    seed: int = 0
    stopped: Callable[[], bool] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """plan: the freed tasks' places, those left out missing; None if none was found.

    bound: proven for the total of the whole plan. closed: whether nothing better exists, or nothing at all.
    """

    plan: dict[str, Assignment] | None
    total: int | None
    bound: int | None
    closed: bool
    work: float

    @property
    def infeasible(self) -> bool:
        return self.closed and self.plan is None


def run(
    model: Model,
    limits: Limits,
    *,
    better_than: int | None = None,
    on_plan: Callable[[int, int, Mapping[str, int]], None] | None = None,
) -> Answer:
    """better_than: look only for totals below it; then `infeasible` says that there is none.

    on_plan: told the total, the bound and the tasks' ends at each improvement, on a foreign thread.
    """
    if better_than is not None:
        model.cp.add(model.terms <= better_than - 1 - model.constant)
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers = limits.workers
    parameters.random_seed = limits.seed % 2**31
    parameters.max_deterministic_time = limits.work
    parameters.catch_sigint_signal = False
    if limits.seconds is not None:
        parameters.max_time_in_seconds = max(limits.seconds, 0.001)
    status = _solve(solver, model, limits.stopped, _Watcher(model, on_plan) if on_plan else None)
    work = float(solver.response_proto.deterministic_time)
    if status == cp_model.INFEASIBLE:
        return Answer(None, None, None, True, work)
    bound = None
    if status != cp_model.MODEL_INVALID and model.cp.has_objective() and not _has_not_begun(solver, status):
        bound = model.constant + _integer(solver.best_objective_bound)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer(None, None, bound, False, work)
    total = model.constant + int(solver.value(model.terms))
    closed = status == cp_model.OPTIMAL
    return Answer(_places(model, solver), total, total if closed else bound, closed, work)


def _has_not_begun(solver: cp_model.CpSolver, status: cp_model.CpSolverStatus) -> bool:
    """Stopped while it still prepared the model, CP-SAT tells a bound of 0, which proves nothing."""
    return status == cp_model.UNKNOWN and solver.best_objective_bound == 0


def _integer(bound: float) -> int:
    """CP-SAT tells its bound as a float, which holds integers exactly up to 2^53 only: then rounded down."""
    whole = round(bound)
    return whole if abs(whole) < 2**52 else whole - abs(whole) // 2**50


def _solve(
    solver: cp_model.CpSolver, model: Model, stopped: Callable[[], bool] | None, watcher: _Watcher | None
) -> cp_model.CpSolverStatus:
    found: list[cp_model.CpSolverStatus] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            found.append(solver.solve(model.cp, watcher))
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(POLL_SECONDS)
        if stopped is not None and stopped():
            solver.stop_search()
    if failed:
        raise failed[0]
    return found[0]


class _Watcher(cp_model.CpSolverSolutionCallback):
    def __init__(self, model: Model, on_plan: Callable[[int, int, Mapping[str, int]], None]) -> None:
        super().__init__()
        self._model = model
        self._on_plan = on_plan

    def on_solution_callback(self) -> None:
        constant, tasks = self._model.constant, self._model.variables.tasks
        ends = {name: int(self.value(one.end)) for name, one in tasks.items() if self.boolean_value(one.present)}
        total = constant + int(self.value(self._model.terms))
        self._on_plan(total, constant + _integer(self.best_objective_bound), ends)


def _places(model: Model, solver: cp_model.CpSolver) -> dict[str, Assignment]:
    chosen: list[tuple[Assignment, str]] = []
    for name, one in model.variables.tasks.items():
        if not solver.boolean_value(one.present):
            continue
        mode = next(mode.mode for mode in one.modes if solver.boolean_value(mode.chosen))
        start, end = int(solver.value(one.start)), int(solver.value(one.end))
        chosen.append((Assignment(task=name, start=start, end=end, mode=mode.id), mode.id))
    named = _named(model, solver, [assignment for assignment, _ in chosen])
    return {
        assignment.task: Assignment(
            task=assignment.task,
            start=assignment.start,
            end=assignment.end,
            mode=assignment.mode,
            devices=tuple(named.get(assignment.task, {}).items()),
        )
        for assignment, _ in chosen
    }


def _named(model: Model, solver: cp_model.CpSolver, chosen: list[Assignment]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Devices of each class handed out in order of start, those free for longest first."""
    named: dict[str, dict[str, list[str]]] = {}
    for name, classes in model.classes.items():
        turnaround = model.lookup.turnaround[name]
        for kind in classes:
            free_from = {device.id: -turnaround for device in kind.devices}
            for place in sorted(chosen, key=lambda place: (place.start, place.task)):
                taken = kind.taken.get((place.task, place.mode))
                amount = 0 if taken is None else int(solver.value(taken))
                free = [device for device, slot in free_from.items() if slot + turnaround <= place.start]
                for device in sorted(free, key=lambda device: free_from[device])[:amount]:
                    free_from[device] = place.end
                    named.setdefault(place.task, {}).setdefault(name, []).append(device)
    return {task: {name: tuple(sorted(those)) for name, those in types.items()} for task, types in named.items()}
