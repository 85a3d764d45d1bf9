"""What a plan costs at the least because tasks compete: where more is asked of a resource or a device type than there
is, its hours have a price. Each campaign takes what is best for it alone at these prices, and what all hours are worth
is paid back.

Any prices prove a bound; good ones are found step by step, and the bound is told in integers.
Sources: Lagrangian relaxation of resources, Christofides, Alvarez-Valdes and Tamarit (1987), EJOR 29(3), 262-273; steps
by subgradients, Held, Wolfe and Crowder (1974), Mathematical Programming 6, 62-88.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .arrays import Arrays, ragged
from .bounds import Least, least
from .campaign_bounds import Whole
from .compiled import Ints, Reals, kernel
from .model.lookup import Lookup
from .packs import Pack
from .stop import Stopwatch
from .tables import Tables

SCALE = 1024
"""Prices and costs are multiples of 1/1024."""

MOST_SPANS = 100
"""Spans of equal length into which the horizon is cut: days, or several of them, where it is so long."""

LARGEST = 2**60
"""Of sums that must fit into 64 bits."""

STEPS, WORK = 300, 5 * 10**8
"""Steps at most, and what they may take together, in places looked at."""

PATIENCE = 6
"""Steps without a better bound after which one goes back to the best prices, and half as far."""

FIRST, FARTHER, NEAREST = 0.25, 1.5, 1e-4
"""How far a step aims above the best bound: at first, as a share of what lies between it and the plan's total; how much
farther after a good step; and the share of the bound below which it is not worth while."""

NEEDED = -1


@dataclass(frozen=True)
class Market(Pack):
    """What is asked and what there is. Groups (campaigns, and single units without one) hold units (tasks that stand or
    fall together), these hold tasks. Costs are scaled."""

    spans: int
    length: int  # slots in a span
    group_first: Ints  # units of a group
    group_stay: Ints  # cost of the stay when none of its tasks is left out
    group_whole: Ints  # what all costs then at the least without prices
    unit_first: Ints
    unit_task: Ints
    unit_out: Ints  # cost of leaving it out; NEEDED if it may not be
    first: Ints  # by task, the first and the last span in which it can be at work
    last: Ints
    end: Ints  # by task, the earliest
    option_first: Ints  # modes of a task, in what it takes of rows
    option_cost: Ints
    need_first: Ints
    need_row: Ints
    need_work: Ints  # amount × slots
    supply: Ints  # (rows × spans), amount × slots
    # what is best at the prices
    price: Ints
    used: Ints
    inside: Ints  # by task
    option: Ints
    span: Ints
    is_in: Ints  # by unit


class Bounds(NamedTuple):
    """What no plan goes below. campaigns: what each costs at the least. apart: what is proven of campaigns and tasks
    one by one, added up. total: of the problem, which prices may have raised."""

    campaigns: dict[str, int]
    apart: int
    total: int


def bounds_of(
    lookup: Lookup, arrays: Arrays, total: int | None, stopped: Callable[[], bool], seconds: float | None
) -> Bounds:
    """total: of a plan that lacks nothing, if one is known. seconds: for a look for prices after all that needs none;
    None for as long as it takes."""
    known, watch = least(lookup, stopped), Stopwatch()

    def enough() -> bool:
        return stopped() or (seconds is not None and watch.seconds() > seconds)

    apart = known.total
    better = apart if total is None or stopped() else price_bound(arrays, known, total, enough)
    return Bounds(known.campaigns, apart, better)


def price_bound(arrays: Arrays, known: Least, total: int, stopped: Callable[[], bool] = lambda: False) -> int:
    """No plan's total is below it. total: of some plan; the nearer to the best, the better the steps."""
    market = market_of(arrays, known)
    stretches = [] if market is None else _crowded(market)
    if market is None or not stretches:
        return known.total
    supply = _sums(market.supply, stretches)
    highest, weight = _dearest(market) // SCALE, 1.0 / np.maximum(supply, 1.0)
    price = best_price = np.zeros(len(stretches))
    best, aim, since = float(known.total), FIRST * (total - known.total), 0
    for _ in range(_steps(market)):
        if stopped() or aim <= NEAREST * best:
            break
        value = _answer(arrays, market, stretches, price) / SCALE
        if value > best:
            aim *= FARTHER if value >= best + aim / 2 else 1
            best, best_price, since = value, price, 0
        else:
            since += 1
        if since >= PATIENCE:
            aim, price, since = aim / 2, best_price, 0
        slope = _sums(market.used, stretches) - supply
        slope[(price <= 0) & (slope < 0)] = 0.0
        length = float(slope @ (slope * weight))
        if length == 0:
            break
        price = np.clip(price + (best + aim - value) / length * slope * weight, 0.0, highest)
    return max(known.total, min(total, -(-_answer(arrays, market, stretches, best_price) // SCALE)))


def _answer(arrays: Arrays, market: Market, stretches: Sequence[slice], prices: Reals) -> int:
    """Scaled, and exact for these prices, however they were found."""
    market.price[:] = 0
    for stretch, price in zip(stretches, prices.tolist(), strict=True):
        market.price[stretch] = round(SCALE * price)
    return int(best_answer(arrays.tables, market))


def _sums(values: Ints, stretches: Sequence[slice]) -> Reals:
    return np.array([values[stretch].sum() for stretch in stretches], dtype=np.float64)


def _crowded(market: Market) -> list[slice]:
    """For each row of which more is asked than there is, the places (row × spans + span) from one span to another
    between which most is asked too much, counting tasks that need it in every mode and have no other time."""
    spans = market.spans
    asked: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for task in range(len(market.first)):
        for row, work in _needed_of(market, task).items():
            asked[row].append((int(market.first[task]), int(market.last[task]), work))
    found = []
    for row, those in asked.items():
        supply = market.supply[row * spans : (row + 1) * spans]
        if sum(work for _, _, work in those) <= supply.min():
            continue
        by_window = np.zeros((spans, spans), dtype=np.int64)
        for first, last, work in those:
            by_window[first, last] += work
        inside = np.cumsum(np.cumsum(by_window[::-1], axis=0)[::-1], axis=1)
        until = np.concatenate([[0], np.cumsum(supply)])
        excess = np.triu(inside - (until[None, 1:] - until[:-1, None]))
        first, last = divmod(int(excess.argmax()), spans)
        if excess[first, last] > 0:
            found.append(slice(row * spans + first, row * spans + last + 1))
    return found


def _needed_of(market: Market, task: int) -> dict[int, int]:
    """What it takes of rows whatever its mode is."""
    least: dict[int, int] | None = None
    for option in range(int(market.option_first[task]), int(market.option_first[task + 1])):
        needs = slice(int(market.need_first[option]), int(market.need_first[option + 1]))
        work = dict(zip(market.need_row[needs].tolist(), market.need_work[needs].tolist(), strict=True))
        least = work if least is None else {row: min(least[row], work[row]) for row in least if row in work}
    return least or {}


def _steps(market: Market) -> int:
    """As many as take about the same time at any size."""
    options, needs = np.diff(market.option_first), np.diff(market.need_first)
    spans = np.repeat(market.last - market.first + 1, options)
    return min(STEPS, max(10, WORK // max(1, int((spans * (1 + needs)).sum()))))


def market_of(arrays: Arrays, known: Least) -> Market | None:
    """None if nothing is asked of anything, or the numbers are too large for exact sums."""
    tables = arrays.tables
    if SCALE * _most(arrays) > LARGEST:
        return None
    spans, length = _spans(tables.horizon, arrays.problem.slot_minutes)
    ends = [known.ends[task.id] for task in arrays.problem.tasks]
    modes = [[] if end is None else _modes(tables, task) for task, end in enumerate(ends)]
    option_first, every = ragged(modes)
    needs = [_needs(tables, mode) for mode in every]
    need_first, need = ragged(needs)
    groups = _groups(arrays)
    wholes = [known.wholes.get(campaign or "") or Whole(0, 0) for campaign, _ in groups]
    group_first, units = ragged(list(groups.values()))
    unit_first, unit_task = ragged(units)
    supply = _supply(tables, every, needs, spans, length)
    first, last = _windows(arrays, known, length)
    market = Market(
        spans=spans,
        length=length,
        group_first=group_first,
        group_stay=SCALE * arrays.tables.stay * np.array([whole.stay for whole in wholes], dtype=np.int64),
        group_whole=SCALE * np.array([whole.cost for whole in wholes], dtype=np.int64),
        unit_first=unit_first,
        unit_task=np.array(unit_task, dtype=np.int64),
        unit_out=np.array([_cost_of_leaving_out(arrays, unit) for unit in units], dtype=np.int64),
        first=first,
        last=last,
        end=np.array([0 if end is None else end for end in ends], dtype=np.int64),
        option_first=option_first,
        option_cost=tables.mode_cost[np.array(every, dtype=np.int64)] * SCALE,
        need_first=need_first,
        need_row=np.array([row for row, _ in need], dtype=np.int64),
        need_work=np.array([work for _, work in need], dtype=np.int64),
        supply=supply.reshape(-1),
        price=np.zeros(supply.size, dtype=np.int64),
        used=np.zeros(supply.size, dtype=np.int64),
        inside=np.zeros(len(ends), dtype=np.int64),
        option=np.zeros(len(ends), dtype=np.int64),
        span=np.zeros(len(ends), dtype=np.int64),
        is_in=np.zeros(len(units), dtype=np.int64),
    )
    return market if need else None


def _spans(horizon: int, slot_minutes: int) -> tuple[int, int]:
    """How many, and how many slots each has."""
    length, day = -(-horizon // MOST_SPANS), 24 * 60 // slot_minutes
    if 2 * length > day:
        length = -(-length // day) * day
    return -(-horizon // length), length


def _modes(tables: Tables, task: int) -> list[int]:
    those = range(int(tables.mode_first[task]), int(tables.mode_first[task + 1]))
    return [mode for mode in those if tables.usable[mode] and tables.fixed_mode[task] in (-1, mode)]


def _needs(tables: Tables, mode: int) -> list[tuple[int, int]]:
    """(row, amount × slots) of the resources and device types that a mode takes."""
    uses = slice(int(tables.use_first[mode]), int(tables.use_first[mode + 1]))
    demands = slice(int(tables.demand_first[mode]), int(tables.demand_first[mode + 1]))
    rows = [*tables.use_row[uses].tolist(), *tables.type_row[tables.demand_type[demands]].tolist()]
    amounts = [*tables.use_amount[uses].tolist(), *tables.demand_amount[demands].tolist()]
    slots = int(tables.duration[mode])
    return [(row, amount * slots) for row, amount in zip(rows, amounts, strict=True) if not tables.is_state[row]]


Group = tuple[str | None, int]
"""A campaign and -1, or nothing and a cluster."""


def _groups(arrays: Arrays) -> dict[Group, list[list[int]]]:
    """The units that each group holds."""
    groups: dict[Group, dict[int, list[int]]] = {}
    for number, task in enumerate(arrays.problem.tasks):
        cluster = int(arrays.tables.cluster[number])
        group = (None, cluster) if task.campaign is None else (task.campaign, -1)
        groups.setdefault(group, {}).setdefault(cluster, []).append(number)
    return {group: list(units.values()) for group, units in groups.items()}


def _supply(
    tables: Tables, modes: Sequence[int], needs: Sequence[Sequence[tuple[int, int]]], spans: int, length: int
) -> Ints:
    """(rows, spans): amount × slots in the hours of whatever uses the row."""
    calendars: dict[int, set[int]] = defaultdict(set)
    for mode, those in zip(modes, needs, strict=True):
        for row, _ in those:
            calendars[row].add(int(tables.calendar[mode]))
    supply = np.zeros((len(tables.free), spans), dtype=np.int64)
    for row, named in calendars.items():
        free = np.zeros(spans * length, dtype=np.int64)
        free[: tables.horizon] = np.maximum(tables.free[row], 0)
        if -1 not in named:
            is_open = np.diff(tables.worked[sorted(named)], axis=1).any(axis=0)
            free[: tables.horizon] *= is_open
        supply[row] = free.reshape(spans, length).sum(axis=1)
    return supply


def _windows(arrays: Arrays, known: Least, length: int) -> tuple[Ints, Ints]:
    """By task, the first and the last span in which it can be at work."""
    tables = arrays.tables
    start = np.where(tables.fixed_start >= 0, tables.fixed_start, tables.release)
    number = known.lookup.number
    for precedence in arrays.problem.precedences:
        before, after = known.ends[precedence.before], number[precedence.after]
        if before is not None:
            start[after] = max(start[after], before + precedence.min_lag)
    ends = np.array([known.ends[task.id] or 0 for task in arrays.problem.tasks], dtype=np.int64)
    latest = np.where(tables.fixed_start >= 0, ends, tables.deadline)
    first = np.clip(start, 0, tables.horizon - 1) // length
    last = np.clip(latest - 1, 0, tables.horizon - 1) // length
    return first.astype(np.int64), np.maximum(first, last).astype(np.int64)


def _cost_of_leaving_out(arrays: Arrays, unit: Sequence[int]) -> int:
    """NEEDED if it may not be."""
    if any(arrays.needed[task] for task in unit):
        return NEEDED
    return SCALE * int(arrays.tables.penalty[unit].sum())


def _most(arrays: Arrays) -> int:
    """What a plan can cost, but for tasks that may not be left out and are."""
    tables, campaigns = arrays.tables, len(arrays.tables.campaign_first) - 1
    out = [cost for cost, must in zip(tables.penalty.tolist(), arrays.needed, strict=True) if not must]
    late = tables.horizon * sum(tables.tardiness.tolist())
    return int(sum(out) + late + sum(tables.mode_cost.tolist()) + tables.stay * tables.horizon * campaigns)


def _dearest(market: Market) -> int:
    """The highest scaled price with which all sums stay exact."""
    return LARGEST // (1 + int(market.need_work.sum()) + int(market.supply.sum()))


@kernel
def best_answer(tables: Tables, market: Market) -> int:
    """The least that all groups pay together at the prices, less what all hours are worth; scaled. What they take is
    added up in market.used."""
    market.used[:] = 0
    value = np.int64(0)
    for group in range(market.group_first.shape[0] - 1):
        value += _best_of_group(tables, market, group)
    for place in range(market.price.shape[0]):
        value -= market.price[place] * market.supply[place]
    return value  # type: ignore[return-value]


@kernel
def _best_of_group(tables: Tables, market: Market, group: int) -> int:
    """All units in, and the stay; or each as is best for it, but one at least out."""
    whole, apart, extra, odd = market.group_stay[group], np.int64(0), np.int64(-1), -1
    for unit in range(market.group_first[group], market.group_first[group + 1]):
        inside, out = _best_of_unit(tables, market, unit), market.unit_out[unit]
        has_place = inside >= 0
        market.is_in[unit] = has_place and (out < 0 or inside <= out)
        whole = whole + inside if whole >= 0 and has_place else np.int64(-1)
        apart += inside if market.is_in[unit] else out * (out > 0)
        if out >= 0:
            loss = out - inside if market.is_in[unit] else np.int64(0)
            if extra < 0 or loss < extra:
                extra = loss
                odd = unit
    if whole >= 0:
        whole = max(whole, market.group_whole[group])
    if whole >= 0 and (extra < 0 or whole <= apart + extra):
        for unit in range(market.group_first[group], market.group_first[group + 1]):
            _use(market, unit)
        return int(whole)
    for unit in range(market.group_first[group], market.group_first[group + 1]):
        if market.is_in[unit] and unit != odd:
            _use(market, unit)
    return int(apart + extra * (extra > 0))


@kernel
def _best_of_unit(tables: Tables, market: Market, unit: int) -> int:
    """What its tasks pay when all of them are in; -1 if one of them has no place."""
    total = np.int64(0)
    for index in range(market.unit_first[unit], market.unit_first[unit + 1]):
        task = market.unit_task[index]
        if market.option_first[task] == market.option_first[task + 1]:
            return -1
        _find_best(tables, market, task)
        total += market.inside[task]
    return int(total)


@kernel
def _find_best(tables: Tables, market: Market, task: int) -> None:
    """The mode and the span in which its work, its lateness and its mode cost least together.

    A task at work in several spans pays a mean of theirs for its hours, and is as late as in the last."""
    best = np.int64(-1)
    for option in range(market.option_first[task], market.option_first[task + 1]):
        for span in range(market.first[task], market.last[task] + 1):
            late = max(market.end[task], span * market.length + 1) - tables.due[task]
            cost = market.option_cost[option] + (SCALE * tables.tardiness[task] * late if late > 0 else 0)
            if best >= 0 and cost >= best:
                break
            for need in range(market.need_first[option], market.need_first[option + 1]):
                cost += market.need_work[need] * market.price[market.need_row[need] * market.spans + span]
            if best < 0 or cost < best:
                best = cost
                market.option[task], market.span[task] = option, span
    market.inside[task] = best


@kernel
def _use(market: Market, unit: int) -> None:
    for index in range(market.unit_first[unit], market.unit_first[unit + 1]):
        task = market.unit_task[index]
        option, span = market.option[task], market.span[task]
        for need in range(market.need_first[option], market.need_first[option + 1]):
            market.used[market.need_row[need] * market.spans + span] += market.need_work[need]
