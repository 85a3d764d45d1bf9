"""Where a task fits best, and clusters of tasks put in as one."""

from __future__ import annotations

import numpy as np

from .bits import lowest_bit
from .calendars import earliest_working_start, first_working, latest_working_start
from .compiled import Ints, Words, kernel
from .profiles import Profile, draw, end_in, enough_devices, insert, pick_devices, place_cost, remove
from .tables import NEVER, Tables

Place = tuple[int, int, int, int, int]
"""(cost, distance from the target, mode, start, end)"""

DEAR = 2**62
"""Above every cost."""

DEVICE_TRIES = 12
"""Starts tried within one free stretch when devices of a type are free in turn, but not throughout."""

SHIFTS = 8
"""How often a task of a cluster is moved on so that the others can follow."""


@kernel
def window(tables: Tables, profile: Profile, task: int) -> tuple[int, int, int, int]:
    """(low, high, end_low, end_high): bounds on start and end from release, deadline and scheduled neighbours."""
    low, high, end_low, end_high = tables.release[task], NEVER, -NEVER, tables.deadline[task]
    for arc in range(tables.in_first[task], tables.in_first[task + 1]):
        end = profile.end[tables.in_task[arc]]
        if end >= 0:
            low, high = max(low, end + tables.in_min[arc]), min(high, end + tables.in_max[arc])
    for arc in range(tables.out_first[task], tables.out_first[task + 1]):
        start = profile.start[tables.out_task[arc]]
        if start >= 0:
            end_low, end_high = max(end_low, start - tables.out_max[arc]), min(end_high, start - tables.out_min[arc])
    return low, high, end_low, end_high


@kernel
def _barred(tables: Tables, profile: Profile, mode: int, word: int) -> np.uint64:
    """The slots of a word in which the mode cannot be at work, or not even pause."""
    barred = np.uint64(0)
    if tables.pauses[mode]:
        for need in range(tables.working_first[mode], tables.working_first[mode + 1]):
            barred |= profile.bits[tables.working[need], word]
        barred &= ~profile.bits[tables.level_amount.shape[0] + tables.calendar[mode], word]
    for need in range(tables.whole_first[mode], tables.whole_first[mode + 1]):
        barred |= profile.bits[tables.whole[need], word]
    return barred


@kernel
def _starts(tables: Tables, mode: int, free_from: int, free_until: int, high: int) -> tuple[int, int]:
    """First and last start for a mode within a free stretch; the first is beyond the last if there is none."""
    if not tables.pauses[mode]:
        return free_from, min(high, free_until - tables.duration[mode])
    worked, place = tables.worked[tables.calendar[mode]], tables.place[tables.calendar[mode]]
    latest = latest_working_start(worked, place, free_until, tables.duration[mode])
    return first_working(worked, place, free_from), min(high, latest)


@kernel
def _next_start(tables: Tables, mode: int, start: int) -> int:
    if not tables.pauses[mode]:
        return start
    return first_working(tables.worked[tables.calendar[mode]], tables.place[tables.calendar[mode]], start)


@kernel
def _start_by(tables: Tables, mode: int, end: int) -> int:
    """The latest start with which the mode is over by `end`."""
    if not tables.pauses[mode]:
        return int(end - tables.duration[mode])
    calendar = tables.calendar[mode]
    return latest_working_start(tables.worked[calendar], tables.place[calendar], end, tables.duration[mode])


@kernel
def _search(
    tables: Tables,
    profile: Profile,
    task: int,
    mode: int,
    low: int,
    high: int,
    end_high: int,
    target: int,
    rising: int,
    best: Place,
) -> Place:
    """The best of (cost, distance from target, mode, start, end) over all starts of a mode in [low, high] and `best`.

    From start `rising` on, a later start costs no less (the baseline's place aside). The cost is linear between the
    ends of free stretches, those of the campaign, the due date and the baseline's start: only these and the target
    are tried.
    """
    high = min(high, end_high - tables.duration[mode])
    if high < low:
        return best
    campaign, baseline = tables.campaign[task], tables.baseline_start[task]
    corners = (
        NEVER,
        NEVER,
        target,
        baseline if tables.baseline_mode[task] == mode and baseline >= 0 else NEVER,
        _start_by(tables, mode, tables.due[task]),
        _next_start(tables, mode, profile.first[campaign]) if campaign >= 0 and profile.present[campaign] else NEVER,
        _start_by(tables, mode, profile.last[campaign]) if campaign >= 0 and profile.present[campaign] else NEVER,
    )
    stretch = -1
    final = (end_high - 1) >> 6
    for word in range(low >> 6, final + 1):
        barred = _barred(tables, profile, mode, word)
        if word == low >> 6:
            barred |= (np.uint64(1) << np.uint64(low & 63)) - np.uint64(1)
        if word == final and end_high & 63:
            barred |= ~np.uint64(0) << np.uint64(end_high & 63)
        position = 0
        while position < 64:
            if stretch < 0:
                rest = ~barred >> np.uint64(position)
                if rest == 0:
                    break
                position += lowest_bit(rest)
                stretch = word * 64 + position
            rest = barred >> np.uint64(position)
            if rest != 0:
                position += lowest_bit(rest)
            elif word < final:
                break
            else:
                position = 64
            until = min(word * 64 + position, end_high)
            if until - stretch >= tables.duration[mode]:
                first, last = _starts(tables, mode, stretch, until, high)
                if first > high:
                    return best
                if first <= last:
                    if first >= rising and _is_dearer(tables, profile, task, mode, first, target, best):
                        return best
                    best = _best_in_stretch(tables, profile, task, mode, first, last, target, corners, best)
            stretch = -1
        if stretch > high:
            break
    return best


@kernel
def _is_dearer(
    tables: Tables, profile: Profile, task: int, mode: int, start: int, target: int, best: Place
) -> bool:  # fmt: skip
    """Whether no start from this one on can beat the best, costs rising from here."""
    cost = place_cost(tables, profile, task, mode, start, end_in(tables, mode, start))
    if start <= tables.baseline_start[task]:
        cost -= tables.move[task]
    return cost > best[0] or (cost == best[0] and start - target >= best[1])


@kernel
def _best_in_stretch(
    tables: Tables, profile: Profile, task: int, mode: int, first: int, last: int, target: int,
    corners: tuple[int, int, int, int, int, int, int], best: Place,
) -> Place:  # fmt: skip
    for index in range(7):
        start = first if index == 0 else last if index == 1 else corners[index]
        if start < first or start > last or (index > 0 and start == first):
            continue
        for _ in range(DEVICE_TRIES):
            end = end_in(tables, mode, start)
            if end < 0:
                break
            cost, distance = place_cost(tables, profile, task, mode, start, end), abs(start - target)
            if cost > best[0] or (cost == best[0] and distance >= best[1]):
                break
            if enough_devices(tables, profile, mode, start, end):
                best = (cost, distance, mode, start, end)
                break
            start = _next_start(tables, mode, start + 1)
            if start > last:
                break
    return best


@kernel
def find_place(
    tables: Tables, profile: Profile, task: int, low: int, high: int, end_low: int, end_high: int, target: int
) -> Place:
    """(cost, distance, mode, start, end) of the cheapest place within the bounds, the nearest to `target` of equals.

    mode is -1 if there is none. Exact over all modes and starts, but where devices are free in turn only.
    """
    best: Place = (np.int64(DEAR), np.int64(NEVER), np.int64(-1), np.int64(-1), np.int64(-1))  # type: ignore[assignment]
    end_high = min(end_high, tables.horizon)
    campaign = tables.campaign[task]
    begun = NEVER if campaign < 0 or profile.present[campaign] == 0 else profile.first[campaign]
    for mode in range(tables.mode_first[task], tables.mode_first[task + 1]):
        if not tables.usable[mode] or tables.mode_cost[mode] > best[0]:
            continue
        bottom = max(low, 0)
        if tables.pauses[mode]:
            calendar = tables.calendar[mode]
            earliest = earliest_working_start(
                tables.worked[calendar], tables.place[calendar], end_low, tables.duration[mode]
            )
            if end_low > 0:
                bottom = max(bottom, earliest)
        else:
            bottom = max(bottom, end_low - tables.duration[mode])
        if begun == NEVER or begun <= bottom:
            best = _search(tables, profile, task, mode, bottom, high, end_high, target, bottom, best)
            continue
        best = _search(tables, profile, task, mode, begun, high, end_high, target, begun, best)
        if tables.stay > 0 and best[0] < DEAR:
            bottom = max(bottom, begun - (best[0] - tables.mode_cost[mode]) // tables.stay)
        best = _search(tables, profile, task, mode, bottom, min(high, begun - 1), end_high, target, begun, best)
    return best


@kernel
def put(tables: Tables, profile: Profile, task: int, mode: int, start: int, end: int) -> bool:
    """Names devices and inserts; False if the devices do not suffice."""
    if not pick_devices(tables, profile, task, mode, start, end):
        return False
    insert(tables, profile, task, mode, start, end)
    return True


@kernel
def is_ready(tables: Tables, profile: Profile, cluster: int) -> bool:
    """Whether every task that the cluster needs is scheduled."""
    for member in range(tables.cluster_first[cluster], tables.cluster_first[cluster + 1]):
        task = tables.cluster_task[member]
        for arc in range(tables.in_first[task], tables.in_first[task + 1]):
            other = tables.in_task[arc]
            if profile.mode[other] < 0 and tables.cluster[other] != cluster:
                return False
    return True


@kernel
def put_cluster(tables: Tables, profile: Profile, cluster: int, floor: int, target: int) -> bool:
    """Inserts the tasks of a ready cluster that are out, each at its cheapest place; all or none.

    floor: the earliest start of the first.   target: where it goes among places of equal cost.
    When one is too late for one before it, that one is moved on by what lacks, SHIFTS times at most.
    Leaves the cluster out too if that is cheaper.
    """
    first, last = tables.cluster_first[cluster], tables.cluster_first[cluster + 1]
    before = profile.total[0]
    for member in range(first, last):
        task = tables.cluster_task[member]
        profile.was_out[task] = profile.mode[task] < 0
        profile.not_before[task] = 0
    for _ in range(SHIFTS):
        leader, blamed, lacking = -1, -1, 0
        for member in range(first, last):
            task = tables.cluster_task[member]
            if not profile.was_out[task]:
                continue
            low, high, end_low, end_high = window(tables, profile, task)
            low = max(low, profile.not_before[task], floor if leader < 0 else 0)
            aim = target if leader < 0 else low
            _, _, mode, start, end = find_place(tables, profile, task, low, high, end_low, end_high, aim)
            if mode >= 0 and put(tables, profile, task, mode, start, end):
                leader = task if leader < 0 else leader
                continue
            if leader >= 0:
                latest = tables.deadline[task]
                _, _, mode, start, end = find_place(tables, profile, task, low, latest, end_low, latest, low)
                if mode >= 0:
                    lacking = max(1, start - high, end - end_high)
                    blamed = hurrying(tables, profile, task, leader)
            break
        else:
            if profile.total[0] <= before:
                return True
        if blamed >= 0:
            profile.not_before[blamed] = profile.start[blamed] + lacking
        _take_back(tables, profile, cluster)
        if lacking == 0:
            return False
    return False


@kernel
def hurrying(tables: Tables, profile: Profile, task: int, otherwise: int) -> int:
    """Of the tasks put in with it, the one that it must follow soonest; `otherwise` if none says how soon."""
    found, soonest = otherwise, NEVER
    for arc in range(tables.in_first[task], tables.in_first[task + 1]):
        other = tables.in_task[arc]
        if profile.mode[other] < 0 or not profile.was_out[other] or tables.in_max[arc] == NEVER:
            continue
        latest = profile.end[other] + tables.in_max[arc]
        if latest < soonest and tables.cluster[other] == tables.cluster[task]:
            found, soonest = int(other), latest
    return found


@kernel
def _take_back(tables: Tables, profile: Profile, cluster: int) -> None:
    for member in range(tables.cluster_first[cluster], tables.cluster_first[cluster + 1]):
        task = tables.cluster_task[member]
        if profile.was_out[task] and profile.mode[task] >= 0:
            remove(tables, profile, task)


@kernel
def is_movable(tables: Tables, task: int) -> bool:
    return bool(tables.fixed_start[task] < 0)


@kernel
def put_all(tables: Tables, profile: Profile, queue: Ints, count: int, floors: Ints, targets: Ints, most: int) -> bool:
    """Inserts the clusters of queue[:count] in order, those that need others once these are in.

    What finds no place stays out, with all that needs it. Gives up, and returns False, as soon as the total exceeds
    `most` even if all the rest of them cost the least that they can."""
    pending, hope = count, np.int64(0)
    for index in range(count):
        hope += _hope(tables, profile, queue[index])
    while pending:
        left = 0
        for index in range(pending):
            cluster = queue[index]
            if not is_ready(tables, profile, cluster):
                queue[left] = cluster
                left += 1
                continue
            before = _hope(tables, profile, cluster)
            put_cluster(tables, profile, cluster, floors[cluster], targets[cluster])
            hope += _hope(tables, profile, cluster) - before
            if profile.total[0] - hope > most:
                return False
        if left == pending:
            return True
        pending = left
    return True


@kernel
def _hope(tables: Tables, profile: Profile, cluster: int) -> int:
    """What the total can fall by at most when its tasks that are out are put in."""
    hope = np.int64(0)
    for member in range(tables.cluster_first[cluster], tables.cluster_first[cluster + 1]):
        task = tables.cluster_task[member]
        if profile.mode[task] < 0 and tables.penalty[task] > tables.least[task]:
            hope += tables.penalty[task] - tables.least[task]
    return hope  # type: ignore[return-value]


@kernel
def take_out_cluster(tables: Tables, profile: Profile, cluster: int) -> bool:
    """Removes the scheduled tasks of a cluster but the fixed ones; whether there was any."""
    found = False
    for member in range(tables.cluster_first[cluster], tables.cluster_first[cluster + 1]):
        task = tables.cluster_task[member]
        if profile.mode[task] >= 0 and is_movable(tables, task):
            remove(tables, profile, task)
            found = True
    return found


@kernel
def shuffle(random: Words, items: Ints, count: int) -> None:
    for index in range(count - 1, 0, -1):
        other = draw(random, index + 1)
        items[index], items[other] = items[other], items[index]
