"""Which tasks to take out: neighbours in a campaign, on a shared row, or in the way of one left out, late or outermost.

Source of the latter: ejection chains, Glover (1996), Discrete Applied Mathematics 65, 223-253, here of two links.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bits import is_clear
from .compiled import Flags, Ints, Reals, kernel
from .insertion import is_movable, take_out_cluster, window
from .packs import Pack
from .profiles import Profile, draw, end_in, has_moved
from .tables import NEVER, Tables

MOST = 40
"""Clusters taken out at once, but for a whole campaign."""

LOTS = (1, 2, 3, 4, 5, 6, 6, 6, 7, 7, 7, 8)
"""The kinds of ruins but for room for what is left out; those that make room for a task find most."""

NOBODY = NOWHERE = -1

START_TRIES = 12
"""Draws for a start in the open hours of all that a task needs."""


@dataclass(frozen=True)
class Ruins(Pack):
    """The clusters taken out in one round, and how they are to be put back."""

    taken: Ints
    count: Ints  # (1,)
    is_taken: Flags
    urgent: Ints  # (1,), the cluster that room was made for, -1 for none
    queue: Ints
    key: Reals
    floor: Ints
    target: Ints
    near: Ints  # tasks, the nearest first
    distance: Ints
    above: Ints  # by campaign, what it costs above its floor


def no_ruins(tables: Tables) -> Ruins:
    clusters, tasks = len(tables.cluster_first) - 1, len(tables.release)
    return Ruins(
        taken=np.zeros(clusters, dtype=np.int64),
        count=np.zeros(1, dtype=np.int64),
        is_taken=np.zeros(clusters, dtype=np.bool_),
        urgent=np.full(1, -1, dtype=np.int64),
        queue=np.zeros(clusters, dtype=np.int64),
        key=np.zeros(clusters, dtype=np.float64),
        floor=np.full(clusters, -NEVER, dtype=np.int64),
        target=np.zeros(clusters, dtype=np.int64),
        near=np.zeros(tasks + 1, dtype=np.int64),
        distance=np.zeros(tasks + 1, dtype=np.int64),
        above=np.zeros_like(tables.floor),
    )


@kernel
def take_out(tables: Tables, profile: Profile, ruins: Ruins, task: int) -> None:
    """Takes out the task's cluster, or marks it to be tried if it is out already."""
    cluster = tables.cluster[task]
    if ruins.is_taken[cluster]:
        return
    was_out = profile.mode[task] < 0
    if take_out_cluster(tables, profile, cluster) or was_out:
        ruins.is_taken[cluster] = True
        ruins.taken[ruins.count[0]] = cluster
        ruins.target[cluster] = 0
        ruins.count[0] += 1


@kernel
def take_dependants(tables: Tables, profile: Profile, ruins: Ruins) -> bool:
    """Takes out what needs a cluster of this round that is still out; whether there was any."""
    found = False
    index = 0
    while index < ruins.count[0]:
        cluster = ruins.taken[index]
        index += 1
        for member in range(tables.cluster_first[cluster], tables.cluster_first[cluster + 1]):
            task = tables.cluster_task[member]
            if profile.mode[task] >= 0:
                continue
            for arc in range(tables.out_first[task], tables.out_first[task + 1]):
                other = tables.out_task[arc]
                if profile.mode[other] < 0 or not is_movable(tables, other):
                    continue
                found = True
                if ruins.is_taken[tables.cluster[other]]:
                    take_out_cluster(tables, profile, tables.cluster[other])
                    index = 0
                else:
                    take_out(tables, profile, ruins, other)
    return found


@kernel
def some_scheduled(tables: Tables, profile: Profile) -> int:
    """A task that is in and may move; -1 if a few draws find none."""
    movable = tables.movable.shape[0]
    for _ in range(min(8, movable)):
        task = int(tables.movable[draw(profile.random, movable)])
        if profile.mode[task] >= 0:
            return task
    return -1


@kernel
def some_above(tables: Tables, profile: Profile, ruins: Ruins) -> int:
    """As `some_scheduled`, of two the one whose campaign costs more above its floor."""
    one = some_scheduled(tables, profile)
    two = some_scheduled(tables, profile)
    if one < 0 or two < 0 or tables.campaign[one] < 0 or tables.campaign[two] < 0:
        return one
    return two if ruins.above[tables.campaign[two]] > ruins.above[tables.campaign[one]] else one


@kernel
def look_above(tables: Tables, profile: Profile, ruins: Ruins) -> None:
    """Counts anew what each campaign costs above its floor."""
    for campaign in range(tables.floor.shape[0]):
        cost = 0
        if profile.present[campaign] > 0:
            cost = tables.stay * (profile.last[campaign] - profile.first[campaign])
        for index in range(tables.campaign_first[campaign], tables.campaign_first[campaign + 1]):
            task = tables.campaign_task[index]
            mode = profile.mode[task]
            if mode < 0:
                cost += tables.penalty[task]
                continue
            cost += tables.mode_cost[mode] + max(0, lateness_cost(tables, profile, task))
            if has_moved(tables, task, mode, profile.start[task]):
                cost += tables.move[task]
        ruins.above[campaign] = cost - tables.floor[campaign]


@kernel
def some_left_out(tables: Tables, profile: Profile) -> int:
    """The dearer of two."""
    one = profile.out[draw(profile.random, profile.out_count[0])]
    two = profile.out[draw(profile.random, profile.out_count[0])]
    return int(two if tables.penalty[two] > tables.penalty[one] else one)


@kernel
def some_late(tables: Tables, profile: Profile) -> int:
    """The dearer of two."""
    one = profile.late[draw(profile.random, profile.late_count[0])]
    two = profile.late[draw(profile.random, profile.late_count[0])]
    return int(two if lateness_cost(tables, profile, two) > lateness_cost(tables, profile, one) else one)


@kernel
def lateness_cost(tables: Tables, profile: Profile, task: int) -> int:
    return int(tables.tardiness[task] * (profile.end[task] - tables.due[task]))


@kernel
def take_nearest(
    tables: Tables, profile: Profile, ruins: Ruins, tasks: Ints, first: int, last: int, start: int, end: int, most: int
) -> None:  # fmt: skip
    """Takes out the `most` of tasks[first:last] that lie nearest to [start, end) in time."""
    found = 0
    for index in range(first, last):
        task = tasks[index]
        if profile.mode[task] < 0 or not is_movable(tables, task):
            continue
        distance = max(0, profile.start[task] - end, start - profile.end[task])
        if found == most and distance >= ruins.distance[found - 1]:
            continue
        place = min(found, most - 1)
        while place > 0 and ruins.distance[place - 1] > distance:
            ruins.distance[place], ruins.near[place] = ruins.distance[place - 1], ruins.near[place - 1]
            place -= 1
        ruins.distance[place], ruins.near[place] = distance, task
        found = min(found + 1, most)
    for index in range(found):
        take_out(tables, profile, ruins, ruins.near[index])


@kernel
def take_around(tables: Tables, profile: Profile, ruins: Ruins, task: int, most: int) -> None:
    """Takes out the neighbours in time on one of the rows that a scheduled task uses."""
    mode = profile.mode[task]
    uses = tables.use_first[mode + 1] - tables.use_first[mode]
    demands = tables.demand_first[mode + 1] - tables.demand_first[mode]
    if uses + demands == 0:
        take_out(tables, profile, ruins, task)
        return
    chosen = draw(profile.random, uses + demands)
    if chosen < uses:
        row = tables.use_row[tables.use_first[mode] + chosen]
    else:
        row = tables.type_row[tables.demand_type[tables.demand_first[mode] + chosen - uses]]
    start, end = profile.start[task], profile.end[task]
    first, last = tables.row_task_first[row], tables.row_task_first[row + 1]
    take_out(tables, profile, ruins, task)
    take_nearest(tables, profile, ruins, tables.row_task, first, last, start, end, most)


@kernel
def take_campaign(tables: Tables, profile: Profile, ruins: Ruins, task: int, most: int) -> None:
    """Takes out the neighbours in time of a scheduled task in its campaign."""
    campaign = tables.campaign[task]
    if campaign < 0:
        take_around(tables, profile, ruins, task, most)
        return
    start, end = profile.start[task], profile.end[task]
    first, last = tables.campaign_first[campaign], tables.campaign_first[campaign + 1]
    take_nearest(tables, profile, ruins, tables.campaign_task, first, last, start, end, most)


@kernel
def move_campaign(tables: Tables, profile: Profile, ruins: Ruins, task: int) -> None:
    """Takes out a whole campaign, to begin anew as early as may be or somewhere near its old beginning."""
    campaign = tables.campaign[task]
    if campaign < 0:
        take_around(tables, profile, ruins, task, MOST)
        return
    first, last = tables.campaign_first[campaign], tables.campaign_first[campaign + 1]
    begun, span = profile.first[campaign], profile.last[campaign] - profile.first[campaign]
    target = 0
    if draw(profile.random, 4) > 0:
        target = begun + draw(profile.random, span + 1) - span // 2
    taken = ruins.count[0]
    for index in range(first, last):
        take_out(tables, profile, ruins, tables.campaign_task[index])
    for index in range(taken, ruins.count[0]):
        ruins.target[ruins.taken[index]] = target


@kernel
def make_room(tables: Tables, profile: Profile, ruins: Ruins, task: int, earliest: int, latest: int) -> None:
    """Takes out a task and what is in its way at some start from `earliest` to `latest`, within its bounds."""
    take_out(tables, profile, ruins, task)
    start = clear_place(tables, profile, ruins, task, earliest, latest)
    if start != NOWHERE:
        ruins.target[tables.cluster[task]] = start
        ruins.urgent[0] = tables.cluster[task]


@kernel
def make_room_in_turn(tables: Tables, profile: Profile, ruins: Ruins, task: int, earliest: int, latest: int) -> None:
    """Makes room for a task, and for one of those that give way to it, by its due date."""
    first = ruins.count[0] + 1
    make_room(tables, profile, ruins, task, earliest, latest)
    ejected = ruins.count[0] - first
    if ejected <= 0:
        return
    cluster = ruins.taken[first + draw(profile.random, ejected)]
    other = tables.cluster_task[tables.cluster_first[cluster + 1] - 1]
    clear_place(tables, profile, ruins, other, 0, tables.due[other])


@kernel
def clear_place(tables: Tables, profile: Profile, ruins: Ruins, task: int, earliest: int, latest: int) -> int:
    """Takes out what is in the way of a task that is out, at some start within its bounds; which, or NOWHERE."""
    modes = tables.mode_first[task + 1] - tables.mode_first[task]
    mode = tables.mode_first[task] + draw(profile.random, modes)
    low, high, end_low, end_high = window(tables, profile, task)
    bottom = max(low, end_low - tables.duration[mode], earliest, 0)
    top = min(high, end_high - tables.duration[mode], latest)
    if not tables.usable[mode] or top < bottom:
        return NOWHERE
    for _ in range(START_TRIES):
        start = bottom + draw(profile.random, top - bottom + 1)
        end = end_in(tables, mode, start)
        if end >= 0 and end <= tables.horizon and is_open(tables, mode, start, end):
            break
    else:
        return NOWHERE
    for use in range(tables.use_first[mode], tables.use_first[mode + 1]):
        since, until = start - tables.use_before[use], end + tables.use_after[use]
        clear_row(tables, profile, ruins, tables.use_row[use], tables.use_amount[use], since, until)
    for demand in range(tables.demand_first[mode], tables.demand_first[mode + 1]):
        kind, amount = tables.demand_type[demand], tables.demand_amount[demand]
        clear_row(tables, profile, ruins, tables.type_row[kind], amount, start, end)
    return int(start)


@kernel
def is_open(tables: Tables, mode: int, start: int, end: int) -> bool:
    """Whether the mode could be done from start to end if nothing was scheduled; where it may pause, pauses aside."""
    is_open = True
    for need in range(tables.whole_first[mode], tables.whole_first[mode + 1]):
        is_open &= is_clear(tables.bits, tables.whole[need], start, end)
    return is_open


@kernel
def clear_row(
    tables: Tables, profile: Profile, ruins: Ruins, row: int, amount: int, start: int, end: int
) -> None:  # fmt: skip
    """Takes out tasks that use a row in [start, end), from some of them on, until `amount` of it is free there."""
    first = tables.row_task_first[row]
    count = tables.row_task_first[row + 1] - first
    offset = draw(profile.random, count) if count else 0
    for index in range(count):
        other = tables.row_task[first + (index + offset) % count]
        if profile.mode[other] < 0 or profile.start[other] >= end or profile.end[other] <= start:
            continue
        if not is_movable(tables, other) or ruins.count[0] >= MOST:
            continue
        if not tables.is_state[row] and is_free_in(tables, profile, row, amount, start, end):
            return
        take_out(tables, profile, ruins, other)


@kernel
def is_free_in(tables: Tables, profile: Profile, row: int, amount: int, start: int, end: int) -> bool:
    level = tables.level_first[row]
    while tables.level_amount[level] != amount:
        level += 1
    return is_clear(profile.bits, level, max(start, 0), min(end, tables.horizon))


@kernel
def bring_forward(tables: Tables, profile: Profile, ruins: Ruins) -> None:
    """Makes room for a task that is late, somewhere before its place, if it may move."""
    late = some_late(tables, profile)
    if is_movable(tables, late):
        make_room_in_turn(tables, profile, ruins, late, 0, profile.start[late] - 1)


@kernel
def move_inside(tables: Tables, profile: Profile, ruins: Ruins, task: int, most: int) -> None:
    """Makes room for the first or the last of a campaign somewhere within its stay."""
    campaign = tables.campaign[task]
    edge = NOBODY if campaign < 0 else edge_of(tables, profile, campaign, draw(profile.random, 2) == 0)
    if edge < 0:
        take_around(tables, profile, ruins, task, most)
        return
    make_room_in_turn(tables, profile, ruins, edge, profile.first[campaign], profile.last[campaign])


@kernel
def edge_of(tables: Tables, profile: Profile, campaign: int, at_end: bool) -> int:
    """A task with which the campaign begins or ends; NOBODY if it may not move."""
    for index in range(tables.campaign_first[campaign], tables.campaign_first[campaign + 1]):
        task = int(tables.campaign_task[index])
        if profile.mode[task] < 0 or not is_movable(tables, task):
            continue
        if at_end and profile.end[task] == profile.last[campaign]:
            return task
        if not at_end and profile.start[task] == profile.first[campaign]:
            return task
    return NOBODY


@kernel
def take_edges(tables: Tables, profile: Profile, ruins: Ruins, task: int, most: int) -> None:
    """Takes out what begins or ends a campaign, with neighbours of both: only these can shorten its stay."""
    campaign = tables.campaign[task]
    if campaign < 0:
        take_around(tables, profile, ruins, task, most)
        return
    at_end = draw(profile.random, 2) == 0
    edge = edge_of(tables, profile, campaign, at_end)
    if edge < 0:
        return
    inner = some_scheduled(tables, profile)
    for _ in range(3):
        if profile.mode[edge] >= 0:
            take_around(tables, profile, ruins, edge, 1 + most // 3)
    take_campaign_at(
        tables, profile, ruins, campaign, profile.last[campaign] if at_end else profile.first[campaign], most // 2
    )
    if inner >= 0 and profile.mode[inner] >= 0 and tables.campaign[inner] == campaign:
        take_around(tables, profile, ruins, inner, 1 + most // 3)


@kernel
def take_campaign_at(tables: Tables, profile: Profile, ruins: Ruins, campaign: int, time: int, most: int) -> None:
    if most > 0 and profile.present[campaign] > 0:
        first, last = tables.campaign_first[campaign], tables.campaign_first[campaign + 1]
        take_nearest(tables, profile, ruins, tables.campaign_task, first, last, time, time, most)


@kernel
def ruin(tables: Tables, profile: Profile, ruins: Ruins) -> None:
    """Takes out some tasks, in one of several ways."""
    ruins.urgent[0] = -1
    if profile.out_count[0] > 0:
        for _ in range(min(3, profile.out_count[0])):
            take_out(tables, profile, ruins, some_left_out(tables, profile))
        if draw(profile.random, 3) == 0:
            left_out = some_left_out(tables, profile)
            make_room(tables, profile, ruins, left_out, 0, tables.horizon)
            return
    task = some_above(tables, profile, ruins)
    if task < 0:
        return
    kind = LOTS[draw(profile.random, len(LOTS))]
    most = 2 + draw(profile.random, 14)
    if kind == 1:
        take_campaign(tables, profile, ruins, task, most)
    elif kind == 2:
        move_campaign(tables, profile, ruins, task)
    elif kind == 3:
        take_around(tables, profile, ruins, task, most)
    elif kind == 4:
        take_edges(tables, profile, ruins, task, most)
    elif kind == 5:
        start = profile.start[task]
        take_campaign(tables, profile, ruins, task, most)
        other = some_scheduled(tables, profile)
        if other >= 0 and tables.campaign[other] >= 0:
            take_campaign_at(tables, profile, ruins, tables.campaign[other], start, most)
    elif kind == 6 and profile.late_count[0] > 0:
        bring_forward(tables, profile, ruins)
    elif kind == 7:
        move_inside(tables, profile, ruins, task, most)
    else:
        for _ in range(most):
            other = some_scheduled(tables, profile)
            if other >= 0:
                take_out(tables, profile, ruins, other)
