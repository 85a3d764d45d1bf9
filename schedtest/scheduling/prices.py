"""Prices of the hours of what is asked for too much: what a linear program would pay for more of them, in which the
work of a task may be spread over spans and done in part.

Source: time-indexed formulations of machine scheduling, Dyer and Wolsey (1990), Discrete Applied Mathematics 26,
255-270; duality of the linear program and Lagrangian relaxation, Geoffrion (1974), Mathematical Programming Study 2.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from threading import Thread

import numpy as np
from ortools.linear_solver import pywraplp

from .compiled import Flags, Ints, Reals
from .market import SCALE, Market
from .tables import Tables

POLL_SECONDS = 0.02

LEAST_STEPS = 1000
"""Of the simplex method, and one for each row and column: far more than it takes, unless it goes round in circles."""


def crowded_rows(tables: Tables, market: Market) -> list[int]:
    """Rows of which in some time more is asked than there is, by tasks that need it in every mode and are late, or have
    no place, at any other time."""
    spans = market.spans
    last = _last_in_time(tables, market)
    asked: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for task in range(len(market.first)):
        for row, work in _needed_of(market, task).items():
            asked[row].append((int(market.first[task]), int(last[task]), work))
    found = []
    for row, those in asked.items():
        supply = market.supply[row * spans : (row + 1) * spans]
        if sum(work for _, _, work in those) <= supply.min():
            continue
        by_window = np.zeros((spans, spans), dtype=np.int64)
        for first, until, work in those:
            by_window[first, until] += work
        inside = np.cumsum(np.cumsum(by_window[::-1], axis=0)[::-1], axis=1)
        passed = np.concatenate([[0], np.cumsum(supply)])
        if np.triu(inside - (passed[None, 1:] - passed[:-1, None])).max() > 0:
            found.append(row)
    return found


def columns(market: Market, rows: Sequence[int]) -> int:
    """Ways to place all tasks that may take some of these rows: options times spans."""
    spans = np.repeat(market.last - market.first + 1, np.diff(market.option_first))
    return int(spans[_options_with(market, np.isin(market.need_row, rows))].sum())


def prices_of(tables: Tables, market: Market, rows: Sequence[int], stopped: Callable[[], bool]) -> Ints:
    """(all rows × spans), scaled; 0 for what is not among `rows`. Once stopped, what is known by then."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    supply = {
        (row, span): solver.Constraint(-solver.infinity(), float(market.supply[row * market.spans + span]))
        for row in rows
        for span in range(market.spans)
    }
    takes = np.isin(market.need_row, rows)
    concerned = np.zeros(len(market.first), dtype=np.bool_)
    concerned[np.searchsorted(market.option_first, _options_with(market, takes), side="right") - 1] = True
    for unit, out in enumerate((market.unit_out / SCALE).tolist()):
        tasks = market.unit_task[market.unit_first[unit] : market.unit_first[unit + 1]]
        if not concerned[tasks].any() or stopped():
            continue
        share_out = solver.NumVar(0.0, 0.0 if out < 0 else 1.0, "")
        solver.Objective().SetCoefficient(share_out, max(out, 0.0))
        for task in tasks.tolist():
            all_of_it = solver.Constraint(1.0, 1.0)
            all_of_it.SetCoefficient(share_out, 1.0)
            for span, cost, taken in _places(tables, market, task, takes):
                share = solver.NumVar(0.0, solver.infinity(), "")
                solver.Objective().SetCoefficient(share, cost)
                all_of_it.SetCoefficient(share, 1.0)
                for row, work in taken:
                    supply[row, span].SetCoefficient(share, work)
    prices = np.zeros(market.price.shape[0], dtype=np.int64)
    if _solve(solver, stopped):
        for (row, span), constraint in supply.items():
            prices[row * market.spans + span] = max(0, round(-SCALE * constraint.dual_value()))
    return prices


def _places(
    tables: Tables, market: Market, task: int, takes: Flags
) -> Iterator[tuple[int, float, list[tuple[int, float]]]]:
    """(span, cost, [(row, work)]) of each mode in each span; in the first only where it takes nothing of these rows."""
    for option in range(int(market.option_first[task]), int(market.option_first[task + 1])):
        needs = range(int(market.need_first[option]), int(market.need_first[option + 1]))
        taken = [(int(market.need_row[need]), float(market.need_work[need])) for need in needs if takes[need]]
        costs = _costs(tables, market, task, option).tolist()
        for span, cost in enumerate(costs if taken else costs[:1], int(market.first[task])):
            yield span, cost, taken


def _solve(solver: pywraplp.Solver, stopped: Callable[[], bool]) -> bool:
    """In a side thread, so that it can be stopped from outside. Whether there are prices then."""
    steps = LEAST_STEPS + solver.NumVariables() + solver.NumConstraints()
    solver.SetSolverSpecificParametersAsString(f"max_number_of_iterations: {steps}")
    ended: list[int] = []
    thread = Thread(target=lambda: ended.append(solver.Solve()), daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(POLL_SECONDS)
        if stopped():
            solver.InterruptSolve()
    return ended[0] in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE)


def _options_with(market: Market, takes: Flags) -> Ints:
    """The options that have one of these needs."""
    return np.unique(np.searchsorted(market.need_first, np.flatnonzero(takes), side="right") - 1)


def _costs(tables: Tables, market: Market, task: int, option: int) -> Reals:
    """By span from its first to its last, what the task costs there without prices."""
    kind, first, last = int(market.option_kind[option]), int(market.first[task]), int(market.last[task])
    ends = np.maximum(market.end[task], market.kind_end[kind * market.spans + first : kind * market.spans + last + 1])
    late = np.maximum(0, ends - tables.due[task])
    return np.asarray(market.option_cost[option] / SCALE + float(tables.tardiness[task]) * late)


def _last_in_time(tables: Tables, market: Market) -> Ints:
    """By task, the last span in which it can be at work and costs no more than at its earliest end."""
    last = market.last.copy()
    for task in np.flatnonzero(tables.tardiness > 0).tolist():
        latest = -1
        for option in range(int(market.option_first[task]), int(market.option_first[task + 1])):
            costs = _costs(tables, market, task, option)
            latest = max(latest, int(np.searchsorted(costs, costs[0], side="right")) - 1)
        last[task] = market.first[task] + max(0, latest)
    return last


def _needed_of(market: Market, task: int) -> dict[int, int]:
    """What it takes of rows whatever its mode is."""
    least: dict[int, int] | None = None
    for option in range(int(market.option_first[task]), int(market.option_first[task + 1])):
        needs = slice(int(market.need_first[option]), int(market.need_first[option + 1]))
        work = dict(zip(market.need_row[needs].tolist(), market.need_work[needs].tolist(), strict=True))
        least = work if least is None else {row: min(least[row], work[row]) for row in least if row in work}
    return least or {}
