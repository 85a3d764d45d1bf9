"""The variables of each freed task: whether it is scheduled, in which mode, when, and when its modes work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ortools.sat.python.cp_model import CpModel, Domain, IntervalVar, IntVar, LinearExpr

from ..problem import Mode, Task, Window
from .hours import Piece, pauses
from .lookup import Lookup

Linear = LinearExpr | int

T = TypeVar("T")


@dataclass(slots=True)
class ModeVariables:
    """chosen: literal.   span: from start to end, of that length.   spells: when it works; the span if it never pauses.

    lengths: ((literal, slots), …), of which one holds when the mode is chosen: end − start.
    """

    mode: Mode
    chosen: IntVar
    length: Linear
    span: IntervalVar
    spells: tuple[IntervalVar, ...]
    lengths: tuple[tuple[IntVar, int], ...]
    pieces: tuple[Piece, ...] = ()


@dataclass(slots=True)
class TaskVariables:
    """A task's start and end mean nothing while it is not present. modes: only those in which it could ever be."""

    task: Task
    present: IntVar
    start: IntVar
    end: IntVar
    span: IntervalVar
    modes: list[ModeVariables]

    def chosen(self, mode_id: str) -> ModeVariables | None:
        return next((one for one in self.modes if one.mode.id == mode_id), None)


@dataclass(slots=True)
class Variables:
    """tasks: the freed tasks in the problem's order. shut: those that cannot be in any mode, though they must."""

    tasks: dict[str, TaskVariables] = field(default_factory=dict)
    shut: list[str] = field(default_factory=list)

    def modes(self) -> Iterator[tuple[TaskVariables, ModeVariables]]:
        for one in self.tasks.values():
            for mode in one.modes:
                yield one, mode


class Stopped(Exception):
    """Somebody does not wait for a model to be built to its end."""


def until(stopped: Callable[[], bool], items: Iterable[T]) -> Iterator[T]:
    """The items. Raises Stopped as soon as `stopped` says so."""
    for item in items:
        if stopped():
            raise Stopped
        yield item


def variables(
    model: CpModel,
    lookup: Lookup,
    freed: Sequence[Task],
    needed: frozenset[str],
    near: Mapping[str, Window],
    stopped: Callable[[], bool],
) -> Variables:
    """Variables of the freed tasks; those in `needed` may not be left out, those in `near` must start there."""
    made = Variables()
    for task in until(stopped, freed):
        starts = near.get(task.id, Window(0, lookup.problem.horizon))
        ways = [(mode, list(_within(starts, lookup.starts(task, mode)))) for mode in lookup.possible_modes(task)]
        ways = [(mode, ranges) for mode, ranges in ways if ranges]
        if ways:
            made.tasks[task.id] = _task(model, lookup, task, ways, task.id in needed, starts)
        elif task.id in needed:
            made.shut.append(task.id)
    return made


def _within(window: Window, ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What of ranges, both ends included, lies in the window."""
    for first, last in ranges:
        if first < window.end and last >= window.start:
            yield max(first, window.start), min(last, window.end - 1)


def _task(
    model: CpModel,
    lookup: Lookup,
    task: Task,
    ways: list[tuple[Mode, list[tuple[int, int]]]],
    is_needed: bool,
    near: Window,
) -> TaskVariables:
    every = Domain.from_intervals([list(span) for _, starts in ways for span in starts])
    first, last = every.min(), every.max()
    present = model.new_constant(1) if is_needed else model.new_bool_var(f"{task.id} present")
    start = model.new_int_var_from_domain(every, f"{task.id} start")
    end = model.new_int_var(first, max(last, lookup.latest_end(task)), f"{task.id} end")
    modes = []
    for mode, starts in ways:
        chosen = present if len(ways) == 1 else model.new_bool_var(f"{task.id} in {mode.id}")
        if len(ways) > 1:
            model.add_linear_expression_in_domain(
                start, Domain.from_intervals([list(span) for span in starts])
            ).only_enforce_if(chosen)
        if pauses(task, mode):
            modes.append(_pausing(model, lookup, task, mode, chosen, start, end, near))
        else:
            span = model.new_optional_interval_var(start, mode.duration, end, chosen, f"{task.id} in {mode.id}")
            modes.append(ModeVariables(mode, chosen, mode.duration, span, (span,), ((chosen, mode.duration),)))
    if len(ways) > 1:
        model.add(sum(one.chosen for one in modes) == present)
    span = modes[0].span
    if len(modes) > 1:
        length = _length(model, [one for mode in modes for one in mode.lengths])
        span = model.new_optional_interval_var(start, length, end, present, task.id)
    return TaskVariables(task, present, start, end, span, modes)


def _pausing(
    model: CpModel,
    lookup: Lookup,
    task: Task,
    mode: Mode,
    chosen: IntVar,
    start: IntVar,
    end: IntVar,
    near: Window,
) -> ModeVariables:
    """One literal a piece; over a piece, end − start and the windows between are fixed."""
    name = f"{task.id} in {mode.id}"
    pieces = [
        piece._replace(first=first, last=last)
        for piece in lookup.pieces(task, mode)
        for first, last in _within(near, [(piece.first, piece.last)])
    ]
    literals = [chosen] if len(pieces) == 1 else [model.new_bool_var(f"{name} from {p.first}") for p in pieces]
    for piece, literal in zip(pieces, literals, strict=True):
        model.add_linear_constraint(start, piece.first, piece.last).only_enforce_if(literal)
        model.add(end - start == piece.length).only_enforce_if(literal)
    if len(pieces) > 1:
        model.add(sum(literals) == chosen)
    lengths = tuple((literal, piece.length) for piece, literal in zip(pieces, literals, strict=True))
    length = _length(model, lengths)
    span = model.new_optional_interval_var(start, length, end, chosen, name)
    found = ModeVariables(mode, chosen, length, span, (span,), lengths, tuple(pieces))
    if any(len(piece.windows) > 1 for piece in pieces) and any(
        amount and not lookup.resource[resource].kept for resource, amount in mode.uses
    ):
        found.spells = _spells(model, name, pieces, literals, found, start, end)
    return found


def _length(model: CpModel, lengths: Sequence[tuple[IntVar, int]]) -> IntVar:
    """Slots of the one literal that holds; any number while none does."""
    slots = [length for _, length in lengths]
    length = model.new_int_var(min(slots), max(slots), "")
    excess = LinearExpr.sum([literal * (one - min(slots)) for literal, one in lengths])
    model.add(length == min(slots) + excess)
    return length


def _spells(
    model: CpModel,
    name: str,
    pieces: list[Piece],
    literals: list[IntVar],
    mode: ModeVariables,
    start: IntVar,
    end: IntVar,
) -> tuple[IntervalVar, ...]:
    """The work in the first window, in the last one where that is another, and in each window between."""
    first_end = model.new_int_var(pieces[0].first, max(piece.last + piece.length for piece in pieces), "")
    last_start = model.new_int_var(
        min(piece.windows[-1].start for piece in pieces), max(piece.windows[-1].start for piece in pieces), ""
    )
    between: dict[Window, list[IntVar]] = {}
    for piece, literal in zip(pieces, literals, strict=True):
        if len(piece.windows) == 1:
            model.add(first_end == end).only_enforce_if(literal)
        else:
            model.add(first_end == piece.windows[0].end).only_enforce_if(literal)
            model.add(last_start == piece.windows[-1].start).only_enforce_if(literal)
        for window in piece.windows[1:-1]:
            between.setdefault(window, []).append(literal)
    split = [literal for piece, literal in zip(pieces, literals, strict=True) if len(piece.windows) > 1]
    later = _any(model, split, mode.chosen, len(split) == len(literals))
    longest = max(piece.windows[0].end - piece.windows[0].start for piece in pieces)
    spells = [
        model.new_optional_interval_var(
            start, model.new_int_var(1, longest, ""), first_end, mode.chosen, f"{name}: first"
        ),
        model.new_optional_interval_var(
            last_start, model.new_int_var(0, mode.mode.duration, ""), end, later, f"{name}: last"
        ),
    ]
    for window, those in between.items():
        literal = _any(model, those, mode.chosen, False)
        spells.append(
            model.new_optional_fixed_size_interval_var(window.start, window.end - window.start, literal, name)
        )
    return tuple(spells)


def _any(model: CpModel, literals: list[IntVar], all_of_them: IntVar, complete: bool) -> IntVar:
    """A literal that holds exactly when one of them does; at most one can."""
    if complete:
        return all_of_them
    if len(literals) == 1:
        return literals[0]
    literal = model.new_bool_var("")
    model.add(sum(literals) == literal)
    return literal
