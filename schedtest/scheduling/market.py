"""What is asked of resources and device types and what there is of them, in spans of equal length; and what a plan
costs at the least when hours have a price. Each campaign takes what is best for it alone at these prices, and what all
hours are worth is paid back.

Any prices prove a bound, which is told in integers.
Source: Lagrangian relaxation of resources, Christofides, Alvarez-Valdes and Tamarit (1987), EJOR 29(3), 262-273.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .arrays import Arrays, ragged
from .bounds import Least
from .campaign_bounds import Whole
from .compiled import Flags, Ints, kernel
from .packs import Pack
from .tables import Tables

SCALE = 1024
"""Prices and costs are multiples of 1/1024."""

MOST_SPANS = 100
"""Spans of equal length into which the horizon is cut: days, or several of them, where it is so long."""

LARGEST = 2**60
"""Of sums that must fit into 64 bits."""

NEEDED = -1

_NOTHING = np.zeros(0, dtype=np.int64)


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
    option_kind: Ints
    kind_end: Ints  # (kinds × spans), the earliest end of a mode of that kind of whose work some lies in the span
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


def market_of(arrays: Arrays, known: Least, most_spans: int = MOST_SPANS) -> Market | None:
    """None if nothing is asked of anything, or the numbers are too large for exact sums."""
    tables = arrays.tables
    if SCALE * _most(arrays) > LARGEST:
        return None
    spans, length = _spans(tables.horizon, arrays.problem.slot_minutes, most_spans)
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
    option_kind, kinds = _kinds(tables, every)
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
        option_kind=option_kind,
        kind_end=np.concatenate([_ends(tables, kind, spans, length) for kind in kinds] or [_NOTHING]),
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


def _spans(horizon: int, slot_minutes: int, most: int) -> tuple[int, int]:
    """How many, and how many slots each has."""
    length, day = -(-horizon // most), 24 * 60 // slot_minutes
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


Kind = tuple[int, int, bool]
"""What tells when a mode can end: its calendar, its duration, and whether it pauses."""


def _kinds(tables: Tables, modes: Sequence[int]) -> tuple[Ints, list[Kind]]:
    """By mode its kind's number, and the kinds."""
    kinds = [(int(tables.calendar[mode]), int(tables.duration[mode]), bool(tables.pauses[mode])) for mode in modes]
    number = {kind: index for index, kind in enumerate(dict.fromkeys(kinds))}
    return np.array([number[kind] for kind in kinds], dtype=np.int64), list(number)


def _ends(tables: Tables, kind: Kind, spans: int, length: int) -> Ints:
    """By span, the earliest end of whatever has some of its work in it: all of it where nothing can be at work before
    and after the span begins, a slot elsewhere."""
    (calendar, duration, pauses), horizon = kind, tables.horizon
    is_open = np.ones(horizon, dtype=np.bool_) if calendar < 0 else np.diff(tables.worked[calendar]) > 0
    begins = length * np.arange(spans)
    slot = _next(is_open)[begins] + 1
    if pauses:
        return np.minimum(slot, horizon)
    closing = _next(~is_open)[:horizon]
    whole = _next(is_open & (closing - np.arange(horizon) >= duration))[begins] + duration
    is_split = (begins == 0) | ~is_open[begins] | ~is_open[begins - 1]
    return np.minimum(np.where(is_split, whole, slot), horizon)


def _next(those: Flags) -> Ints:
    """By slot, the first of those from it on; the horizon if there is none, as for the horizon itself."""
    horizon = len(those)
    slots = np.append(np.where(those, np.arange(horizon), horizon), horizon)
    return np.minimum.accumulate(slots[::-1])[::-1]


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


def dearest(market: Market) -> int:
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
            end = market.kind_end[market.option_kind[option] * market.spans + span]
            late = max(market.end[task], end) - tables.due[task]
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
