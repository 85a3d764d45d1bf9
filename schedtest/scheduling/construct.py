"""Serial schedule generation: a full plan in well under a second."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .arrays import Arrays
from .compiled import Flags, Int32s, Ints, kernel
from .devices import with_names
from .incumbent import Incumbent
from .insertion import DEAR, put_all, window
from .profiles import Profile, copied, empty_profile, end_in, holds_free_devices, insert, is_free, keep, pick_devices
from .tables import NEVER, Tables


class FixedClash(ValueError):
    """No way was found to let all fixed tasks stand; `tasks` are the numbers of those that found no place.

    Not a proof where devices must be named cleverly, or a detour over a third state is shorter than the transition.
    """

    def __init__(self, tasks: tuple[int, ...]) -> None:
        self.tasks = tasks
        super().__init__("no way was found to let the fixed tasks stand together")


def construct(arrays: Arrays, seed: int = 0, stopped: Callable[[], bool] = lambda: False) -> Incumbent:
    """The best plan of several priority rules; keeps every rule, but may leave out tasks, mandatory ones too
    (`incumbent.missing`). Once stopped, of those rules that had their turn, the first at least. Raises FixedClash.

    Source: serial schedule generation and its priority rules, Kolisch (1996), EJOR 90(2), 320-333.
    """
    best: Profile | None = None
    fixed = with_fixed(arrays, seed)
    for priorities in priority_rules(arrays.tables, seed):
        profile = copied(fixed)
        fill(arrays.tables, profile, priorities)
        if best is None or profile.total[0] < best.total[0]:
            best = profile
        if stopped():
            break
    assert best is not None
    return plan_of(arrays, best)


def with_fixed(arrays: Arrays, seed: int) -> Profile:
    """A profile with the fixed tasks in their places. Raises FixedClash."""
    tables = arrays.tables
    profile = empty_profile(tables, seed)
    is_fixed = tables.fixed_start >= 0
    mode = np.where(is_fixed, tables.fixed_mode - tables.mode_first[:-1], -1).astype(np.int32)
    clashing = put_plan(arrays, profile, Incumbent(tables.fixed_start, mode))
    if clashing:
        raise FixedClash(clashing)
    keep(tables, profile)
    return profile


def put_plan(arrays: Arrays, profile: Profile, plan: Incumbent) -> tuple[int, ...]:
    """Inserts the tasks of a plan that are out at their places, by start; returns those that some rule keeps out."""
    tables = arrays.tables
    named = plan if names_all(tables, plan) else with_names(arrays, plan)
    assert named.held is not None
    placed = np.flatnonzero((plan.start >= 0) & (profile.mode < 0))
    queue = placed[np.argsort(plan.start[placed], kind="stable")]
    is_refused = np.zeros(len(queue), dtype=np.bool_)
    put_at(tables, profile, queue, plan.start, plan.mode, named.held, is_refused)
    return tuple(queue[is_refused].tolist())


def names_all(tables: Tables, plan: Incumbent) -> bool:
    """Whether the plan names as many devices for each of its tasks as its mode asks for."""
    if plan.held is None:
        return False
    placed = np.flatnonzero(plan.start >= 0)
    mode = tables.mode_first[placed] + plan.mode[placed]
    asked = np.append(0, np.cumsum(tables.demand_amount))
    named = np.append(0, np.cumsum(plan.held >= 0))
    wanted = asked[tables.demand_first[mode + 1]] - asked[tables.demand_first[mode]]
    return bool((named[tables.held_first[placed + 1]] - named[tables.held_first[placed]] >= wanted).all())


@kernel
def put_at(
    tables: Tables, profile: Profile, queue: Ints, start: Ints, mode: Int32s, held: Int32s, is_refused: Flags
) -> None:  # fmt: skip
    """Inserts the tasks of the queue at their places, and tells of each whether some rule keeps it out."""
    for index in range(queue.shape[0]):
        task = queue[index]
        for place in range(tables.held_first[task], tables.held_first[task + 1]):
            profile.held[place] = held[place]
        is_refused[index] = not try_at(tables, profile, task, tables.mode_first[task] + mode[task], start[task])


@kernel
def try_at(tables: Tables, profile: Profile, task: int, mode: int, start: int) -> bool:
    """Inserts a task at a given place if every rule allows it, among the tasks that are in. It keeps the devices that
    profile.held names for it, if they are free."""
    low, high, end_low, end_high = window(tables, profile, task)
    end = end_in(tables, mode, start)
    if not low <= start <= high or not max(end_low, start + 1) <= end <= end_high:
        return False
    if not is_free(tables, profile, mode, start, end):
        return False
    if not holds_free_devices(tables, profile, task, mode, start, end) and not pick_devices(
        tables, profile, task, mode, start, end
    ):
        return False
    insert(tables, profile, task, mode, start, end)
    return True


def fill(tables: Tables, profile: Profile, priorities: Ints) -> None:
    """Inserts what is out, clusters in the order of the smallest priority among their tasks."""
    clusters = len(tables.cluster_first) - 1
    if clusters == 0:
        return
    urgency = np.minimum.reduceat(priorities[tables.cluster_task], tables.cluster_first[:-1])
    queue = np.argsort(urgency, kind="stable")
    floors, targets = np.full(clusters, -NEVER, dtype=np.int64), np.zeros(clusters, dtype=np.int64)
    put_all(tables, profile, queue, clusters, floors, targets, DEAR)
    keep(tables, profile)


def priority_rules(tables: Tables, seed: int) -> list[Ints]:
    """A number for each task by each rule, the smallest first: its place in the baseline, release, latest start, due,
    campaign by release with the longest first, longest first, and a random order."""
    tasks = len(tables.release)
    shortest = np.array([tables.duration[a:b].min() for a, b in _pairs(tables.mode_first)], dtype=np.int64)
    behind = _work_behind(tables, shortest)
    campaign_release = np.full(len(tables.campaign_first), NEVER, dtype=np.int64)
    np.minimum.at(campaign_release, tables.campaign, tables.release)
    visit = campaign_release[tables.campaign]
    random = np.random.default_rng(seed)
    in_baseline = np.where(tables.baseline_start >= 0, tables.baseline_start, NEVER)
    rules = [
        np.lexsort((tables.due, tables.release, in_baseline)),
        np.lexsort((-behind, tables.release)),
        np.lexsort((tables.release, np.minimum(tables.due, tables.deadline) - behind)),
        np.lexsort((-behind, tables.due)),
        np.lexsort((-behind, tables.campaign, visit)),
        np.lexsort((tables.release, -behind)),
        np.lexsort((-behind, -tables.tardiness)),
        random.permutation(tasks),
    ]
    return [np.argsort(order).astype(np.int64) for order in rules]


def _pairs(first: Ints) -> list[tuple[int, int]]:
    return list(zip(first[:-1].tolist(), first[1:].tolist(), strict=True))


def _work_behind(tables: Tables, shortest: Ints) -> Ints:
    """The longest chain of durations and lags from each task on, itself included; cycles are followed 50 times."""
    before = np.repeat(np.arange(len(shortest)), np.diff(tables.out_first))
    behind = shortest.copy()
    for _ in range(50):
        longer = behind.copy()
        np.maximum.at(longer, before, shortest[before] + np.maximum(tables.out_min, 0) + behind[tables.out_task])
        if (longer == behind).all():
            break
        behind = longer
    return behind


def plan_of(arrays: Arrays, profile: Profile) -> Incumbent:
    mode = np.where(profile.mode >= 0, profile.mode - arrays.tables.mode_first[:-1], -1).astype(np.int32)
    return Incumbent(profile.start.copy(), mode, profile.held.copy())
