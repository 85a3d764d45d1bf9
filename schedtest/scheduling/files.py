"""Problems and solutions as JSON files, in the forms `schedtest-problem/1` and `schedtest-solution/1`.

Reading gathers every fault of a file before it refuses; fields that are not ours are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from .consistency import faults_of
from .faults import Fault, Faulty
from .json_reader import NOTHING, Gathered, Reader
from .json_text import json_text, parse_json, read_json, write_whole
from .problem import (
    LARGEST,
    Calendar,
    Closure,
    Device,
    DeviceType,
    Fixed,
    Mode,
    Objective,
    Placing,
    Precedence,
    Problem,
    Resource,
    StateResource,
    Task,
    Transition,
    Window,
)
from .solution import Assignment, Conflict, Cost, Progress, Solution, Status, Unscheduled

PROBLEM_FORMAT = "schedtest-problem/1"
SOLUTION_FORMAT = "schedtest-solution/1"


def read_problem(path: Path) -> Problem:
    """Raises Faulty with every fault of the file."""
    return _problem(read_json(path))


def parse_problem(text: str) -> Problem:
    """Raises Faulty with every fault of the text."""
    return _problem(parse_json(text.encode(), "the problem"))


def write_problem(path: Path, problem: Problem) -> None:
    """Whole or not at all. Raises Faulty where there is no place to write."""
    write_whole(path, problem_text(problem))


def read_solution(path: Path) -> Solution:
    """Raises Faulty with every fault of the file; whether the plan stands is for `check` to say."""
    return _solution(read_json(path))


def parse_solution(text: str) -> Solution:
    """Raises Faulty with every fault of the text."""
    return _solution(parse_json(text.encode(), "the solution"))


def write_solution(path: Path, solution: Solution) -> None:
    """Whole or not at all. Raises Faulty where there is no place to write."""
    write_whole(path, solution_text(solution))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedCost(Cost):
    """An objective whose stated total is not the sum of its parts; `check` tells."""

    stated: int

    @property
    def total(self) -> int:
        return self.stated


def _format(file: Reader, expected: str) -> None:
    if file.value and file.value.get("format") != expected:
        file.fault("format", expected, file.value.get("format", NOTHING))


def _problem(value: Any) -> Problem:
    faults = Gathered()
    file = Reader(value, "", faults)
    _format(file, PROBLEM_FORMAT)
    if not file.value:
        raise Faulty(faults or [Fault("the file", "an object with fields", value)])
    parts: dict[str, Any] = {
        "slot_minutes": file.integer("slot_minutes", neutral=1),
        "origin": _origin(file),
        "horizon": file.integer("horizon", neutral=LARGEST),
        "calendars": tuple(_calendars(file)),
        "resources": tuple(map(_resource, file.objects("resources"))),
        "device_types": tuple(map(_device_type, file.objects("device_types"))),
        "devices": tuple(map(_device, file.objects("devices"))),
        "state_resources": tuple(map(_state_resource, file.objects("state_resources"))),
        "tasks": tuple(map(_task, file.objects("tasks", required=True))),
        "precedences": tuple(map(_precedence, file.objects("precedences", named_by=None))),
        "objective": _objective(file),
        "baseline": tuple(_baseline(file)),
    }
    if not faults:
        return Problem(**parts)
    raise Faulty([*faults, *_further_faults(parts, faults)])


def _further_faults(parts: dict[str, Any], faults: Gathered) -> Iterable[Fault]:
    """What else is wrong with a problem of which some fields could not be read, without what follows from those."""
    draft = object.__new__(Problem)
    draft.__dict__.update(parts)
    told = {fault.where for fault in faults}
    further = faults_of(draft, unread=True, ids_known=faults.ids_known)
    return [fault for fault in further if told.isdisjoint(_places_around(fault.where))]


def _places_around(where: str) -> Iterable[str]:
    """The place itself and those that it is part of: a.b.c, a.b, a."""
    steps = where.split(".")
    return accumulate(steps, lambda place, step: f"{place}.{step}")


def _origin(file: Reader) -> datetime:
    text = file.text("origin", neutral="")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        if text:
            file.fault("origin", "an instant like 2026-01-05T00:00:00+03:30", text)
        return datetime(2000, 1, 1, tzinfo=UTC)


def _windows(rows: Iterable[list[int]]) -> tuple[Window, ...]:
    return tuple(Window(*row) for row in rows)


def _calendars(file: Reader) -> Iterable[Calendar]:
    for name, rows in file.rows_by_key("calendars", int, int):
        yield Calendar(id=name, windows=_windows(rows))


def _resource(part: Reader) -> Resource:
    return Resource(
        id=part.id(),
        kind=part.text("kind", neutral="other"),
        capacity=part.integer("capacity"),
        closures=tuple(Closure(*row) for row in part.rows("closures", int, int, int)),
        kept=part.boolean("kept", False),
    )


def _device_type(part: Reader) -> DeviceType:
    return DeviceType(id=part.id(), turnaround=part.integer("turnaround", 0))


def _device(part: Reader) -> Device:
    return Device(
        id=part.id(),
        type=part.text("type"),
        closures=_windows(part.rows("closures", int, int)),
    )


def _state_resource(part: Reader) -> StateResource:
    return StateResource(
        id=part.id(),
        initial=part.optional_text("initial"),
        transitions=tuple(Transition(*row) for row in part.rows("transitions", str, str, int)),
    )


def _task(part: Reader) -> Task:
    return Task(
        id=part.id(),
        modes=tuple(map(_mode, part.objects("modes", required=True))),
        campaign=part.optional_text("campaign"),
        organisation=part.optional_text("organisation"),
        release=part.integer("release", 0),
        due=part.integer("due"),
        deadline=part.optional_integer("deadline"),
        weight=part.integer("weight", 1, neutral=1),
        mandatory=part.boolean("mandatory", False),
        calendar=part.optional_text("calendar"),
        interruptible=part.boolean("interruptible", False),
        fixed=_fixed(part.object("fixed")) if part.has("fixed") else None,
    )


def _fixed(part: Reader) -> Fixed:
    return Fixed(part.integer("start"), part.text("mode"))


def _mode(part: Reader) -> Mode:
    return Mode(
        id=part.id(),
        duration=part.integer("duration", neutral=1),
        route=part.optional_text("route"),
        uses=part.integers_by_key("uses"),
        devices=part.integers_by_key("devices"),
        states=part.texts_by_key("states"),
        cost=part.integer("cost", 0),
        calendar=part.optional_text("calendar"),
    )


def _precedence(part: Reader) -> Precedence:
    return Precedence(
        before=part.text("before"),
        after=part.text("after"),
        min_lag=part.integer("min_lag", 0, neutral=-LARGEST),
        max_lag=part.optional_integer("max_lag"),
        together=part.boolean("together", False),
    )


def _objective(file: Reader) -> Objective:
    if "objective" not in file.value:
        file.fault("objective", "an object", NOTHING)
    part = file.object("objective")
    return Objective(**{name: part.integer(name, 0) for name in _PARTS})


_PARTS = ("unscheduled", "tardiness", "stay", "cost", "move")


def _baseline(file: Reader) -> Iterable[Placing]:
    entries = file.object("baseline")
    for task in entries.value:
        place = entries.object(task)
        yield Placing(task, place.integer("start"), place.text("mode"))


def _solution(value: Any) -> Solution:
    faults = Gathered()
    file = Reader(value, "", faults)
    _format(file, SOLUTION_FORMAT)
    if not file.value:
        raise Faulty(faults or [Fault("the file", "an object with fields", value)])
    solution = Solution(
        status=_status(file),
        objective=_stated_cost(file.object("objective")) if file.has("objective") else None,
        bound=file.optional_integer("bound"),
        assignments=tuple(map(_assignment, file.objects("assignments", named_by="task"))),
        unscheduled=tuple(map(_unscheduled, file.objects("unscheduled", named_by="task"))),
        conflict=_conflict(file.object("conflict")) if file.has("conflict") else None,
        trace=tuple(_trace(file)),
        seconds=file.number("seconds", 0.0),
    )
    if faults:
        raise Faulty(faults)
    return solution


def _status(file: Reader) -> Status:
    text = file.text("status", neutral=Status.UNKNOWN)
    if text in tuple(Status):
        return Status(text)
    file.fault("status", f"one of {', '.join(Status)}", text)
    return Status.UNKNOWN


def _stated_cost(part: Reader) -> Cost:
    parts = {name: part.integer(name) for name in _PARTS}
    total = part.integer("total")
    cost = Cost(**parts)
    return cost if cost.total == total else StatedCost(**parts, stated=total)


def _assignment(part: Reader) -> Assignment:
    devices = part.object("devices")
    return Assignment(
        task=part.text("task"),
        start=part.integer("start"),
        end=part.integer("end"),
        mode=part.text("mode"),
        devices=tuple((type_id, devices.texts(type_id)) for type_id in devices.value),
    )


def _unscheduled(part: Reader) -> Unscheduled:
    return Unscheduled(task=part.text("task"), reason=part.text("reason", ""), blocking=part.texts("blocking"))


def _conflict(part: Reader) -> Conflict:
    return Conflict(tasks=part.texts("tasks"), resources=part.texts("resources"))


def _trace(file: Reader) -> Iterable[Progress]:
    for number, row in enumerate(file.array("trace")):
        if not isinstance(row, list) or len(row) != 3:
            file.fault(f"trace[{number}]", "a list [seconds, total, bound]", row)
            continue
        names = ("seconds", "total", "bound")
        cells = Reader(dict(zip(names, row, strict=True)), f"trace[{number}]", file.faults)
        yield Progress(cells.number("seconds", 0.0), cells.optional_integer("total"), cells.optional_integer("bound"))


def problem_text(problem: Problem) -> str:
    """The problem's JSON; equal problems give equal texts."""
    return json_text(
        {
            "format": PROBLEM_FORMAT,
            "slot_minutes": problem.slot_minutes,
            "origin": problem.origin.isoformat(),
            "horizon": problem.horizon,
            "calendars": {calendar.id: calendar.windows for calendar in problem.calendars},
            "resources": [
                {"id": r.id, "kind": r.kind, "capacity": r.capacity, "closures": r.closures, "kept": r.kept}
                for r in problem.resources
            ],
            "device_types": [{"id": kind.id, "turnaround": kind.turnaround} for kind in problem.device_types],
            "devices": [{"id": d.id, "type": d.type, "closures": d.closures} for d in problem.devices],
            "state_resources": [
                {"id": r.id, "initial": r.initial, "transitions": r.transitions} for r in problem.state_resources
            ],
            "tasks": [_task_fields(task) for task in problem.tasks],
            "precedences": [
                {
                    "before": p.before,
                    "after": p.after,
                    "min_lag": p.min_lag,
                    "max_lag": p.max_lag,
                    "together": p.together,
                }
                for p in problem.precedences
            ],
            "objective": {name: getattr(problem.objective, name) for name in _PARTS},
            "baseline": {p.task: {"start": p.start, "mode": p.mode} for p in problem.baseline},
        }
    )


def _task_fields(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "campaign": task.campaign,
        "organisation": task.organisation,
        "release": task.release,
        "due": task.due,
        "deadline": task.deadline,
        "weight": task.weight,
        "mandatory": task.mandatory,
        "calendar": task.calendar,
        "interruptible": task.interruptible,
        "modes": [_mode_fields(mode) for mode in task.modes],
        "fixed": None if task.fixed is None else {"start": task.fixed.start, "mode": task.fixed.mode},
    }


def _mode_fields(mode: Mode) -> dict[str, Any]:
    return {
        "id": mode.id,
        "route": mode.route,
        "duration": mode.duration,
        "uses": dict(mode.uses),
        "devices": dict(mode.devices),
        "states": dict(mode.states),
        "cost": mode.cost,
        "calendar": mode.calendar,
    }


def solution_text(solution: Solution) -> str:
    """The solution's JSON."""
    cost, conflict = solution.objective, solution.conflict
    parts = ("total", *_PARTS)
    return json_text(
        {
            "format": SOLUTION_FORMAT,
            "status": solution.status,
            "objective": None if cost is None else {name: getattr(cost, name) for name in parts},
            "bound": solution.bound,
            "assignments": [assignment_fields(assignment) for assignment in solution.assignments],
            "unscheduled": [{"task": u.task, "reason": u.reason, "blocking": u.blocking} for u in solution.unscheduled],
            "conflict": None if conflict is None else {"tasks": conflict.tasks, "resources": conflict.resources},
            "trace": solution.trace,
            "seconds": solution.seconds,
        }
    )


def assignment_fields(assignment: Assignment) -> dict[str, Any]:
    return {
        "task": assignment.task,
        "start": assignment.start,
        "end": assignment.end,
        "mode": assignment.mode,
        "devices": dict(assignment.devices),
    }
