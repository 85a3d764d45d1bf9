"""What is scheduled and what is still free when: a plan under work, and the kernels that put a task in and take it out.

A row's bits at a level tell the slots where less than that amount is free, so that the slots barred to a mode are the
union of a few rows of bits, 64 slots a word. Devices are kept one by one: in which slots each is used, and in which
it is barred by a use, its turnaround on either side, or a closure.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from .bits import first_after, is_clear, last_before, slots_of
from .calendars import working_end
from .compiled import Flags, Int32s, Ints, Words, kernel
from .digits import less, take
from .packs import Pack
from .tables import NEVER, Tables


@dataclass(frozen=True)
class Profile(Pack):
    """A plan under work; every array changes. Tasks left out have -1 for start, end and mode (over all modes)."""

    free: Words  # (words, digits): of each row, in binary
    bits: Words
    busy: Words  # (words, devices)
    used: Words  # (words, devices), only of those with a turnaround
    start: Ints
    end: Ints
    mode: Ints
    held: Int32s
    # campaigns: first start, last end, tasks present
    first: Ints
    last: Ints
    present: Ints
    total: Ints  # (1,), the objective, with the penalties of what is left out
    # the tasks left out, and where each stands among them
    out: Ints
    out_place: Ints
    out_count: Ints
    # the tasks that end late, likewise; -1 for a place among them of others
    late: Ints
    late_place: Ints
    late_count: Ints
    # the plan as it was last kept, and the tasks touched since
    kept_start: Ints
    kept_mode: Ints
    kept_held: Int32s
    touched: Ints
    touched_count: Ints
    is_touched: Flags
    # of a cluster's tasks, while it is put in
    was_out: Flags
    not_before: Ints
    random: Words  # (1,), the generator's state


def empty_profile(tables: Tables, seed: int) -> Profile:
    """Nothing scheduled, not even what is fixed."""
    tasks, campaigns = len(tables.release), len(tables.campaign_first) - 1
    held = int(tables.held_first[-1])

    def numbers(size: int, value: int = 0) -> Ints:
        return np.full(size, value, dtype=np.int64)

    return Profile(
        free=tables.digits.copy(),
        bits=tables.bits.copy(),
        busy=tables.busy.copy(),
        used=np.zeros_like(tables.busy),
        start=numbers(tasks, -1),
        end=numbers(tasks, -1),
        mode=numbers(tasks, -1),
        held=np.full(held, -1, dtype=np.int32),
        first=numbers(campaigns, NEVER),
        last=numbers(campaigns, -NEVER),
        present=numbers(campaigns),
        total=numbers(1, int(tables.penalty.sum())),
        out=np.arange(tasks, dtype=np.int64),
        out_place=np.arange(tasks, dtype=np.int64),
        out_count=numbers(1, tasks),
        late=numbers(tasks),
        late_place=numbers(tasks, -1),
        late_count=numbers(1),
        kept_start=numbers(tasks, -1),
        kept_mode=numbers(tasks, -1),
        kept_held=np.full(held, -1, dtype=np.int32),
        touched=numbers(tasks),
        touched_count=numbers(1),
        is_touched=np.zeros(tasks, dtype=np.bool_),
        was_out=np.zeros(tasks, dtype=np.bool_),
        not_before=numbers(tasks),
        random=np.array([seed * 2 + 1], dtype=np.uint64),
    )


def copied(profile: Profile) -> Profile:
    """Another that may change by itself."""
    return Profile(**{each.name: getattr(profile, each.name).copy() for each in fields(profile)})


@kernel
def draw(random: Words, below: int) -> int:
    """A number in [0, below), from splitmix64 (Steele, Lea and Flood 2014, OOPSLA)."""
    random[0] += np.uint64(0x9E3779B97F4A7C15)
    word = random[0]
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    word ^= word >> np.uint64(31)
    return np.int64(word >> np.uint64(2)) % below  # type: ignore[return-value]


@kernel
def end_in(tables: Tables, mode: int, start: int) -> int:
    """The end of a mode that starts at `start`; -1 if it cannot pause its way through its calendar from there."""
    if not tables.pauses[mode]:
        return int(start + tables.duration[mode])
    calendar = tables.calendar[mode]
    worked = tables.worked[calendar]
    if start < 0 or start >= tables.horizon or worked[start + 1] == worked[start]:
        return -1
    return working_end(worked, tables.place[calendar], start, tables.duration[mode])


@kernel
def has_moved(tables: Tables, task: int, mode: int, start: int) -> bool:
    """Away from where the baseline has it, if it has."""
    known = tables.baseline_start[task]
    return bool(known >= 0 and (known != start or tables.baseline_mode[task] != mode))


@kernel
def place_cost(tables: Tables, profile: Profile, task: int, mode: int, start: int, end: int) -> int:
    """What the objective grows by, the penalty for leaving it out aside."""
    cost = tables.mode_cost[mode]
    if end > tables.due[task]:
        cost += tables.tardiness[task] * (end - tables.due[task])
    if has_moved(tables, task, mode, start):
        cost += tables.move[task]
    campaign = tables.campaign[task]
    if campaign >= 0:
        if profile.present[campaign] == 0:
            cost += tables.stay * (end - start)
        else:
            first, last = profile.first[campaign], profile.last[campaign]
            cost += tables.stay * (max(last, end) - min(first, start) - (last - first))
    return int(cost)


@kernel
def _count(tables: Tables, profile: Profile, row: int, amount: int, word: int, slots: np.uint64) -> None:
    """Takes `amount` (negative to give back) from a row in some slots of a word; levels of more than one bit aside."""
    first, last = tables.digit_first[row], tables.digit_first[row + 1]
    if first == last:
        profile.bits[tables.level_first[row], word] ^= slots
    else:
        take(profile.free, word, first, last, amount, slots)


@kernel
def _compare(tables: Tables, profile: Profile, row: int, word: int, slots: np.uint64) -> None:
    """Where a row has less than each of its levels, in some slots of a word."""
    first, last = tables.digit_first[row], tables.digit_first[row + 1]
    if first == last:
        return
    for level in range(tables.level_first[row], tables.level_first[row + 1]):
        lacking = less(profile.free, word, first, last, tables.level_amount[level])
        profile.bits[level, word] = profile.bits[level, word] & ~slots | lacking & slots


@kernel
def _hold(tables: Tables, profile: Profile, device: int, row: int, pause: int, start: int, end: int) -> None:
    """Bars a device to other tasks in [start, end) and for its turnaround on both sides."""
    if pause > 0:
        for word in range(start >> 6, ((end - 1) >> 6) + 1):
            profile.used[word, device] |= slots_of(word, start, end)
    low, high = max(start - pause, 0), min(end + pause, tables.horizon)
    for word in range(low >> 6, ((high - 1) >> 6) + 1):
        barred = slots_of(word, low, high) & ~profile.busy[word, device]
        profile.busy[word, device] |= barred
        _count(tables, profile, row, 1, word, barred)


@kernel
def _release(tables: Tables, profile: Profile, device: int, row: int, pause: int, start: int, end: int) -> None:
    """Other uses lie at least a turnaround before and after; what they or a closure bar stays barred."""
    low, high = _barred_by(tables, profile, device, pause, start, end)
    for word in range(low >> 6, ((high - 1) >> 6) + 1):
        barred = slots_of(word, low, high) & ~tables.busy[word, device]
        profile.busy[word, device] &= ~barred
        _count(tables, profile, row, -1, word, barred)


@kernel
def _barred_by(tables: Tables, profile: Profile, device: int, pause: int, start: int, end: int) -> tuple[int, int]:
    """The slots that a use in [start, end), which is over, barred and no other does."""
    if pause == 0:
        return start, end
    for word in range(start >> 6, ((end - 1) >> 6) + 1):
        profile.used[word, device] &= ~slots_of(word, start, end)
    low, high = max(start - pause, 0), min(end + pause, tables.horizon)
    before = last_before(profile.used.T, device, max(start - 2 * pause, 0), start)
    after = first_after(profile.used.T, device, end, min(end + 2 * pause, tables.horizon))
    if before >= 0:
        low = max(low, before + 1 + pause)
    if after >= 0:
        high = min(high, after - pause)
    return low, high


@kernel
def enough_devices(tables: Tables, profile: Profile, mode: int, start: int, end: int) -> bool:
    """Whether each type has as many devices free from start to end as the mode asks for."""
    for demand in range(tables.demand_first[mode], tables.demand_first[mode + 1]):
        kind, missing = tables.demand_type[demand], tables.demand_amount[demand]
        for device in range(tables.device_first[kind], tables.device_first[kind + 1]):
            if is_clear(profile.busy.T, device, start, end):
                missing -= 1
                if missing == 0:
                    break
        if missing > 0:
            return False
    return True


@kernel
def pick_devices(tables: Tables, profile: Profile, task: int, mode: int, start: int, end: int) -> bool:
    """Writes into profile.held the first free ones, counted from a place of the campaign's own, or of the task's if it
    has none.

    So a campaign tends to keep its devices, and use spreads evenly. False if they do not suffice."""
    place = tables.held_first[task]
    for demand in range(tables.demand_first[mode], tables.demand_first[mode + 1]):
        kind, missing = tables.demand_type[demand], tables.demand_amount[demand]
        first = tables.device_first[kind]
        size = tables.device_first[kind + 1] - first
        if size == 0:
            return False
        offset = (tables.campaign[task] if tables.campaign[task] >= 0 else task) % size
        for step in range(size):
            device = first + (step + offset) % size
            if is_clear(profile.busy.T, device, start, end):
                profile.held[place] = device
                place += 1
                missing -= 1
                if missing == 0:
                    break
        if missing > 0:
            return False
    return True


@kernel
def holds_free_devices(tables: Tables, profile: Profile, task: int, mode: int, start: int, end: int) -> bool:
    """Whether profile.held names enough devices for the task, all different, of the right types and free."""
    place = tables.held_first[task]
    for demand in range(tables.demand_first[mode], tables.demand_first[mode + 1]):
        kind, begun = tables.demand_type[demand], place
        for _ in range(tables.demand_amount[demand]):
            device = profile.held[place]
            if not tables.device_first[kind] <= device < tables.device_first[kind + 1]:
                return False
            if not is_clear(profile.busy.T, device, start, end):
                return False
            for other in range(begun, place):
                if profile.held[other] == device:
                    return False
            place += 1
    return True


@kernel
def is_free(tables: Tables, profile: Profile, mode: int, start: int, end: int) -> bool:
    """Whether rows, states, calendar and devices all allow the mode in [start, end); windows and precedences aside."""
    if not tables.usable[mode] or start < 0 or end > tables.horizon or end <= start:
        return False
    for need in range(tables.whole_first[mode], tables.whole_first[mode + 1]):
        if not is_clear(profile.bits, tables.whole[need], start, end):
            return False
    closed = tables.level_amount.shape[0] + tables.calendar[mode]
    for need in range(tables.working_first[mode], tables.working_first[mode + 1]):
        level = tables.working[need]
        for slot in range(start, end):
            word, bit = slot >> 6, np.uint64(1) << np.uint64(slot & 63)
            if profile.bits[level, word] & ~profile.bits[closed, word] & bit:
                return False
    return enough_devices(tables, profile, mode, start, end)


@kernel
def _touch(profile: Profile, task: int) -> None:
    if not profile.is_touched[task]:
        profile.is_touched[task] = True
        profile.touched[profile.touched_count[0]] = task
        profile.touched_count[0] += 1


@kernel
def _change_rows(tables: Tables, profile: Profile, mode: int, start: int, end: int, sign: int) -> None:
    closed = tables.level_amount.shape[0] + tables.calendar[mode]
    for use in range(tables.use_first[mode], tables.use_first[mode + 1]):
        row, amount = tables.use_row[use], sign * tables.use_amount[use]
        low = max(start - tables.use_before[use], 0)
        high = min(end + tables.use_after[use], tables.horizon)
        for word in range(low >> 6, ((high - 1) >> 6) + 1):
            slots = slots_of(word, low, high)
            if tables.use_pauses[use]:
                slots &= ~profile.bits[closed, word]
            _count(tables, profile, row, amount, word, slots)
            _compare(tables, profile, row, word, slots)


@kernel
def _change_devices(tables: Tables, profile: Profile, task: int, mode: int, start: int, end: int, sign: int) -> None:
    place = tables.held_first[task]
    for demand in range(tables.demand_first[mode], tables.demand_first[mode + 1]):
        kind, amount = tables.demand_type[demand], tables.demand_amount[demand]
        row, pause = tables.type_row[kind], tables.turnaround[kind]
        for device in profile.held[place : place + amount]:
            if sign > 0:
                _hold(tables, profile, device, row, pause, start, end)
            else:
                _release(tables, profile, device, row, pause, start, end)
        low, high = max(start - pause, 0), min(end + pause, tables.horizon)
        for word in range(low >> 6, ((high - 1) >> 6) + 1):
            _compare(tables, profile, row, word, slots_of(word, low, high))
        place += amount


@kernel
def insert(tables: Tables, profile: Profile, task: int, mode: int, start: int, end: int) -> None:
    """Puts in a task that is out, where all is free; its devices stand in profile.held."""
    _touch(profile, task)
    profile.total[0] += place_cost(tables, profile, task, mode, start, end) - tables.penalty[task]
    _change_rows(tables, profile, mode, start, end, 1)
    _change_devices(tables, profile, task, mode, start, end, 1)
    profile.start[task], profile.end[task], profile.mode[task] = start, end, mode
    campaign = tables.campaign[task]
    if campaign >= 0:
        profile.present[campaign] += 1
        profile.first[campaign] = min(profile.first[campaign], start)
        profile.last[campaign] = max(profile.last[campaign], end)
    profile.out_count[0] -= 1
    other, place = profile.out[profile.out_count[0]], profile.out_place[task]
    profile.out[place], profile.out_place[other] = other, place
    if end > tables.due[task] and tables.tardiness[task] > 0:
        profile.late[profile.late_count[0]], profile.late_place[task] = task, profile.late_count[0]
        profile.late_count[0] += 1


@kernel
def remove(tables: Tables, profile: Profile, task: int) -> None:
    """Takes out a task that is in."""
    _touch(profile, task)
    mode, start, end = profile.mode[task], profile.start[task], profile.end[task]
    _change_rows(tables, profile, mode, start, end, -1)
    _change_devices(tables, profile, task, mode, start, end, -1)
    profile.start[task] = profile.end[task] = profile.mode[task] = -1
    campaign = tables.campaign[task]
    if campaign >= 0:
        profile.present[campaign] -= 1
        if start == profile.first[campaign] or end == profile.last[campaign]:
            _measure_stay(tables, profile, campaign)
    profile.total[0] += tables.penalty[task] - place_cost(tables, profile, task, mode, start, end)
    profile.out[profile.out_count[0]], profile.out_place[task] = task, profile.out_count[0]
    profile.out_count[0] += 1
    place = profile.late_place[task]
    if place >= 0:
        profile.late_count[0] -= 1
        other = profile.late[profile.late_count[0]]
        profile.late[place], profile.late_place[other] = other, place
        profile.late_place[task] = -1


@kernel
def _measure_stay(tables: Tables, profile: Profile, campaign: int) -> None:
    first, last = NEVER, -NEVER
    for member in range(tables.campaign_first[campaign], tables.campaign_first[campaign + 1]):
        task = tables.campaign_task[member]
        if profile.mode[task] >= 0:
            first, last = min(first, profile.start[task]), max(last, profile.end[task])
    profile.first[campaign], profile.last[campaign] = first, last


@kernel
def keep(tables: Tables, profile: Profile) -> None:
    """The plan as it stands is the one to go back to."""
    for index in range(profile.touched_count[0]):
        task = profile.touched[index]
        profile.is_touched[task] = False
        profile.kept_start[task], profile.kept_mode[task] = profile.start[task], profile.mode[task]
        for place in range(tables.held_first[task], tables.held_first[task + 1]):
            profile.kept_held[place] = profile.held[place]
    profile.touched_count[0] = 0


@kernel
def go_back(tables: Tables, profile: Profile) -> None:
    """Undoes all that was put in or taken out since the last keep."""
    for index in range(profile.touched_count[0]):
        task = profile.touched[index]
        if profile.mode[task] >= 0 and not _is_as_kept(tables, profile, task):
            remove(tables, profile, task)
    for index in range(profile.touched_count[0]):
        task = profile.touched[index]
        mode = profile.kept_mode[task]
        if mode >= 0 and profile.mode[task] < 0:
            for place in range(tables.held_first[task], tables.held_first[task + 1]):
                profile.held[place] = profile.kept_held[place]
            insert(
                tables, profile, task, mode, profile.kept_start[task], end_in(tables, mode, profile.kept_start[task])
            )
    for index in range(profile.touched_count[0]):
        profile.is_touched[profile.touched[index]] = False
    profile.touched_count[0] = 0


@kernel
def _is_as_kept(tables: Tables, profile: Profile, task: int) -> bool:
    if profile.mode[task] != profile.kept_mode[task] or profile.start[task] != profile.kept_start[task]:
        return False
    for place in range(tables.held_first[task], tables.held_first[task + 1]):
        if profile.held[place] != profile.kept_held[place]:
            return False
    return True
