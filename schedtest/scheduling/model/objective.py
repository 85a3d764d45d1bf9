"""The objective: an expression of the freed tasks, and what the rest costs whatever they do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ortools.sat.python.cp_model import CpModel, IntVar, LinearExpr

from .lookup import Lookup, Placed
from .variables import Linear, TaskVariables, Variables


def objective(
    model: CpModel, lookup: Lookup, made: Variables, rest: dict[str, Placed], floors: Mapping[str, int]
) -> tuple[list[Linear], int]:
    """Terms of the sum to be minimised, and a constant: together they are the total of the whole plan.

    The stay of a campaign that has freed tasks is wholly in the terms. What is neither freed nor placed is left out.
    floors: what campaigns cost at the least, of which all tasks are freed: each is one variable then, so that the sum
    of its least values is a bound at once.
    """
    weights = lookup.problem.objective
    parts: dict[str | None, list[Linear]] = defaultdict(list)
    for one in made.tasks.values():
        own = parts[one.task.campaign]
        own.append(-weights.unscheduled * one.task.weight * one.present)
        own += _tardiness(model, lookup, one)
        own += [weights.cost * mode.mode.cost * mode.chosen for mode in one.modes if weights.cost * mode.mode.cost]
        own += _move(model, lookup, one)
    constant = weights.unscheduled * sum(task.weight for task in lookup.problem.tasks if task.id not in rest)
    constant += sum(_cost(lookup, placed) for placed in rest.values())
    if weights.stay:
        stays, settled = _stays(model, lookup, made, rest)
        for name, stay in stays.items():
            parts[name].append(weights.stay * stay)
        constant += weights.stay * settled
    terms: list[Linear] = []
    for campaign, own in parts.items():
        if campaign is None or campaign not in floors:
            terms += own
        else:
            terms.append(_cost_of(model, lookup, campaign, own, floors[campaign]))
    return terms, constant


def _cost_of(model: CpModel, lookup: Lookup, campaign: str, terms: list[Linear], floor: int) -> IntVar:
    """What it costs less than if all of it were left out, as a variable."""
    weights, tasks = lookup.problem.objective, lookup.campaigns[campaign]
    left_out = weights.unscheduled * sum(task.weight for task in tasks)
    most = weights.stay * lookup.problem.horizon
    for task in tasks:
        most += weights.cost * max(mode.cost for mode in task.modes) + weights.move * task.weight
        most += weights.tardiness * task.weight * max(0, lookup.latest_end(task) - task.due)
    cost = model.new_int_var(floor - left_out, max(floor - left_out, most), f"{campaign} costs")
    model.add(cost == LinearExpr.sum(terms))
    return cost


def _tardiness(model: CpModel, lookup: Lookup, one: TaskVariables) -> list[Linear]:
    coefficient = lookup.problem.objective.tardiness * one.task.weight
    latest = lookup.latest_end(one.task)
    if not coefficient or latest <= one.task.due:
        return []
    late = model.new_int_var(0, latest - one.task.due, f"{one.task.id} late")
    model.add(late >= one.end - one.task.due).only_enforce_if(one.present)
    return [coefficient * late]


def _move(model: CpModel, lookup: Lookup, one: TaskVariables) -> list[Linear]:
    coefficient = lookup.problem.objective.move * one.task.weight
    place = lookup.baseline.get(one.task.id)
    if not coefficient or place is None:
        return []
    mode = one.chosen(place.mode)
    if mode is None:
        return [coefficient * one.present]
    same = model.new_bool_var(f"{one.task.id} stays")
    model.add(one.start == place.start).only_enforce_if(same)
    model.add_implication(same, mode.chosen)
    return [coefficient * one.present, -coefficient * same]


def _cost(lookup: Lookup, placed: Placed) -> int:
    """What a placed task costs but for its campaign's stay."""
    weights, task = lookup.problem.objective, placed.task
    total = weights.tardiness * task.weight * max(0, placed.end - task.due) + weights.cost * placed.mode.cost
    place = lookup.baseline.get(task.id)
    if place is not None and (place.start, place.mode) != (placed.start, placed.mode.id):
        total += weights.move * task.weight
    return total


def _stays(model: CpModel, lookup: Lookup, made: Variables, rest: dict[str, Placed]) -> tuple[dict[str, Linear], int]:
    """Last end − first start of each campaign with freed tasks, and the sum of all others'."""
    freed: dict[str, list[TaskVariables]] = defaultdict(list)
    for one in made.tasks.values():
        if one.task.campaign is not None:
            freed[one.task.campaign].append(one)
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for placed in rest.values():
        campaign = placed.task.campaign
        if campaign is not None:
            first[campaign] = min(first.get(campaign, placed.start), placed.start)
            last[campaign] = max(last.get(campaign, placed.end), placed.end)
    stays = {name: _stay(model, lookup, name, ones, first.get(name), last.get(name)) for name, ones in freed.items()}
    return stays, sum(last[name] - first[name] for name in first if name not in freed)


def _stay(
    model: CpModel, lookup: Lookup, name: str, ones: list[TaskVariables], first: int | None, last: int | None
) -> Linear:
    is_all = len(ones) == len(lookup.problem.tasks) and lookup.is_timeless
    latest = 0 if is_all else lookup.problem.horizon if first is None else first
    begin = model.new_int_var(0, latest, f"{name} begins")
    finish = model.new_int_var(0 if last is None else last, lookup.problem.horizon, f"{name} ends")
    for one in ones:
        model.add(begin <= one.start).only_enforce_if(one.present)
        model.add(finish >= one.end).only_enforce_if(one.present)
    stay = model.new_int_var(0, lookup.problem.horizon, f"{name} stays")
    model.add(stay >= finish - begin)
    for one in ones:
        shortest = min(length for mode in one.modes for _, length in mode.lengths)
        model.add(stay >= shortest).only_enforce_if(one.present)
    return LinearExpr.sum([stay])
