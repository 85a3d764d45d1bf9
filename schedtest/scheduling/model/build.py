"""The CP-SAT model of some tasks around a fixed rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ortools.sat.python.cp_model import CpModel, LinearExpr

from ..problem import Task, Window
from ..solution import Assignment
from .constraints import (
    DeviceClass,
    add_capacities,
    add_named_devices,
    add_pooled_devices,
    add_precedences,
    add_states,
)
from .lookup import Lookup, Placed
from .objective import objective
from .variables import Linear, Variables, variables


@dataclass(slots=True)
class Model:
    """total = terms + constant is the whole plan's objective. classes: empty where devices are pooled."""

    cp: CpModel
    lookup: Lookup
    variables: Variables
    terms: Linear
    constant: int
    classes: dict[str, list[DeviceClass]]


def build(
    lookup: Lookup,
    freed: Sequence[Task],
    rest: Mapping[str, Placed],
    *,
    pooled: bool = False,
    near: Mapping[str, Window] = MappingProxyType({}),
    aimless: bool = False,
    floors: Mapping[str, int] = MappingProxyType({}),
    stopped: Callable[[], bool] = lambda: False,
) -> Model:
    """The freed tasks, around the rest, which stays where it is; all other tasks are left out.

    Exact, but for the devices when `pooled`: then a plan may name too few. near: by task, the
    slots in which it may start (default: any). aimless: without an objective, to ask only whether there is a plan.
    floors: by campaign that is freed as a whole, what it costs at the least.
    Raises Stopped.
    """
    cp = CpModel()
    placed = dict(rest)
    made = variables(cp, lookup, freed, lookup.needed, near, stopped)
    if made.shut:
        cp.add_bool_or([])
    add_precedences(cp, lookup, made, placed)
    add_capacities(cp, lookup, made, placed)
    classes: dict[str, list[DeviceClass]] = {}
    if pooled:
        add_pooled_devices(cp, lookup, made, placed)
    else:
        classes = add_named_devices(cp, lookup, made, placed, stopped)
    add_states(cp, lookup, made, placed, stopped)
    terms: list[Linear] = []
    constant = 0
    if not aimless:
        terms, constant = objective(cp, lookup, made, placed, floors)
        cp.minimize(LinearExpr.sum(terms))
    return Model(cp, lookup, made, LinearExpr.sum(terms), constant, classes)


def hint(model: Model, plan: Iterable[Assignment]) -> None:
    """Start the search from a plan of the freed tasks."""
    places = {assignment.task: assignment for assignment in plan}
    for name, one in model.variables.tasks.items():
        place = places.get(name)
        if len(one.present.proto.domain) and one.present.proto.domain[0] == 0:
            model.cp.add_hint(one.present, place is not None)
        if place is not None:
            model.cp.add_hint(one.start, place.start)
            model.cp.add_hint(one.end, place.end)
        for mode in one.modes:
            chosen = place is not None and mode.mode.id == place.mode
            if mode.chosen is not one.present:
                model.cp.add_hint(mode.chosen, chosen)
            for (literal, _), piece in zip(mode.lengths, mode.pieces, strict=False):
                if literal is not mode.chosen:
                    model.cp.add_hint(
                        literal, chosen and place is not None and piece.first <= place.start <= piece.last
                    )
