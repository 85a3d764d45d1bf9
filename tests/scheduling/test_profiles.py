"""The arrays and the kernels on them: what is free, where a task may begin, and that all is put back."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace

import numpy as np
import pytest

from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.construct import construct, try_at, with_fixed
from schedtest.scheduling.extent import LONGEST, bytes_over_slots, fits
from schedtest.scheduling.incumbent import end_of
from schedtest.scheduling.insertion import find_place, window
from schedtest.scheduling.problem import DeviceType, Problem
from schedtest.scheduling.profiles import Profile, empty_profile, go_back, keep, remove
from schedtest.scheduling.recreate import loaded
from tests.scheduling.problems import (
    a_calendar,
    a_device,
    a_mode,
    a_precedence,
    a_problem,
    a_resource,
    a_state_resource,
    a_task,
    random_problem,
)


def profile_of(problem: Problem, **placed: int) -> tuple[Arrays, Profile]:
    """Tasks at their starts in their first modes; each must be allowed there.

    A calendar that is open throughout keeps the horizon from being cut where all work can be over.
    """
    whole = a_calendar("whole", (0, problem.horizon))
    arrays = Arrays.of(replace(problem, calendars=(*problem.calendars, whole)))
    profile = empty_profile(arrays.tables, seed=1)
    numbers = {task.id: number for number, task in enumerate(problem.tasks)}
    for task, start in placed.items():
        number = numbers[task]
        assert try_at(arrays.tables, profile, number, int(arrays.tables.mode_first[number]), start), task
    return arrays, profile


def allowed_starts(arrays: Arrays, profile: Profile, task: int) -> list[int]:
    """Every start that try_at allows a task in its first mode; the profile is left as it was."""
    starts = []
    for start in range(arrays.tables.horizon):
        if try_at(arrays.tables, profile, task, int(arrays.tables.mode_first[task]), start):
            starts.append(start)
            remove(arrays.tables, profile, task)
    return starts


def found_place(arrays: Arrays, profile: Profile, task: int, target: int = 0) -> tuple[int, int, int]:
    """(cost, number of the mode, start) of the best place."""
    bounds = window(arrays.tables, profile, task)
    cost, _, mode, start, _ = find_place(arrays.tables, profile, task, *bounds, target)
    return cost, mode - int(arrays.tables.mode_first[task]), start


def test_two_tasks_share_a_resource_only_within_its_capacity():
    problem = a_problem(
        horizon=10,
        resources=[a_resource("road", 3)],
        tasks=[a_task("a", 4, {"road": 2}), a_task("b", 3, {"road": 2}), a_task("c", 3, {"road": 1})],
    )
    arrays, profile = profile_of(problem, a=2)
    assert allowed_starts(arrays, profile, 1) == [6, 7]
    assert allowed_starts(arrays, profile, 2) == list(range(8))


def test_a_closure_above_the_capacity_leaves_nothing_and_breaks_nothing():
    problem = a_problem(horizon=6, resources=[a_resource("road", 2, [(2, 4, 9)])], tasks=[a_task("a", 1, {"road": 1})])
    arrays, profile = profile_of(problem)
    assert allowed_starts(arrays, profile, 0) == [0, 1, 4, 5]


def test_a_task_that_cannot_pause_lies_within_one_working_window():
    problem = a_problem(
        horizon=12,
        calendars=[a_calendar("day", (1, 3), (3, 5), (7, 9), (10, 12))],
        tasks=[a_task("a", 3, calendar="day")],
    )
    arrays, profile = profile_of(problem)
    assert allowed_starts(arrays, profile, 0) == [1, 2]


def test_a_task_that_pauses_ends_when_its_working_slots_have_passed():
    problem = a_problem(
        horizon=12,
        calendars=[a_calendar("day", (1, 4), (6, 8), (10, 11))],
        tasks=[a_task("a", 3, calendar="day", interruptible=True)],
    )
    arrays, profile = profile_of(problem)
    assert [end_of(arrays, 0, 0, start) for start in range(12)] == [
        None, 4, 7, 8, None, None, 11, None, None, None, None, None,
    ]  # fmt: skip
    assert allowed_starts(arrays, profile, 0) == [1, 2, 3, 6]


def test_a_pause_frees_what_is_not_kept():
    calendar = a_calendar("day", (0, 2), (4, 6))
    resources = [a_resource("road"), a_resource("car", kept=True)]
    tasks = [
        a_task("long", 4, {"road": 1, "car": 1}, calendar="day", interruptible=True),
        a_task("on the road", 1, {"road": 1}),
        a_task("in the car", 1, {"car": 1}),
    ]
    arrays, profile = profile_of(a_problem(horizon=8, calendars=[calendar], resources=resources, tasks=tasks), long=0)
    assert allowed_starts(arrays, profile, 1) == [2, 3, 6, 7]
    assert allowed_starts(arrays, profile, 2) == [6, 7]


def test_a_device_rests_for_its_turnaround_on_both_sides_but_not_before_its_closure():
    problem = a_problem(
        horizon=14,
        device_types=[DeviceType(id="robot", turnaround=2)],
        devices=[a_device("robot-1", closed=[(12, 14)])],
        tasks=[a_task("a", 2, devices={"robot": 1}), a_task("b", 2, devices={"robot": 1})],
    )
    arrays, profile = profile_of(problem, a=4)
    assert allowed_starts(arrays, profile, 1) == [0, 8, 9, 10]


def test_what_is_taken_out_between_two_others_leaves_their_turnarounds_and_the_closures_alone():
    """First at 1, last at 11, between them at 6; the device is closed in slot 8 and rests for 3."""
    problem = a_problem(
        horizon=20,
        device_types=[DeviceType(id="robot", turnaround=3)],
        devices=[a_device("robot-1", closed=[(8, 9)])],
        tasks=[a_task(name, 1, devices={"robot": 1}) for name in ("first", "last", "between", "short")],
    )
    arrays, profile = profile_of(problem, first=1, last=11)
    before = allowed_starts(arrays, profile, 3)
    assert before == [5, 6, 7, *range(15, 20)]
    assert try_at(arrays.tables, profile, 2, 2, 6)
    assert allowed_starts(arrays, profile, 3) == list(range(15, 20))
    remove(arrays.tables, profile, 2)
    assert allowed_starts(arrays, profile, 3) == before


def test_two_devices_free_in_turn_do_not_make_one():
    problem = a_problem(
        horizon=4,
        devices=[a_device("robot-1", closed=[(0, 2)]), a_device("robot-2", closed=[(2, 4)])],
        tasks=[a_task("a", 3, devices={"robot": 1})],
    )
    arrays, profile = profile_of(problem)
    assert allowed_starts(arrays, profile, 0) == []


def test_a_change_of_state_takes_its_transition_and_the_initial_state_counts():
    problem = a_problem(
        horizon=16,
        state_resources=[a_state_resource("surface", "dry", [("dry", "wet", 2), ("wet", "dry", 4)])],
        tasks=[
            a_task("rain", 2, states={"surface": "wet"}),
            a_task("more rain", 2, states={"surface": "wet"}),
            a_task("sun", 1, states={"surface": "dry"}),
        ],
    )
    arrays, profile = profile_of(problem, rain=5)
    assert allowed_starts(arrays, profile, 1) == list(range(2, 15))
    assert allowed_starts(arrays, profile, 2) == [0, 1, 2, 11, 12, 13, 14, 15]


def test_lags_bound_a_task_from_both_sides():
    problem = a_problem(
        horizon=20,
        tasks=[a_task("a", 2), a_task("b", 2), a_task("c", 2)],
        precedences=[a_precedence("a", "b", min_lag=-1, max_lag=6), a_precedence("b", "c", min_lag=3)],
    )
    arrays, profile = profile_of(problem, a=2)
    assert allowed_starts(arrays, profile, 1) == list(range(3, 11))
    assert try_at(arrays.tables, profile, 1, 1, 5)
    assert allowed_starts(arrays, profile, 2) == list(range(10, 19))


def test_the_cheapest_place_weighs_mode_lateness_and_stay():
    problem = a_problem(
        horizon=20,
        resources=[a_resource("road", 1, [(0, 6, 1)]), a_resource("track")],
        tasks=[
            a_task(
                "a", modes=[a_mode("road", 2, {"road": 1}, cost=1), a_mode("track", 2, {"track": 1}, cost=40)],
                due=5, campaign="visit",
            ),
            a_task("first", campaign="visit"),
        ],
    )  # fmt: skip
    arrays, profile = profile_of(problem)
    # the road at 6 ends 3 late: 30 + 1 + stay 6; the track at once: 40 + stay 6
    assert found_place(arrays, profile, 0) == (37, 0, 6)
    arrays, profile = profile_of(problem, first=0)
    # with the visit begun at 0, its end moves from 1 to 8: 30 + 1 + 21; on the track to 2: 40 + 3
    assert found_place(arrays, profile, 0) == (43, 1, 0)


def test_of_equal_places_the_one_nearest_to_the_target_is_taken():
    arrays, profile = profile_of(a_problem(horizon=20, tasks=[a_task("a", 2)]))
    assert found_place(arrays, profile, 0, target=7) == (0, 0, 7)


def test_the_baselines_place_is_kept_when_moving_costs():
    arrays, profile = profile_of(a_problem(horizon=20, tasks=[a_task("a", 2)], baseline={"a": (9, "usual")}))
    assert found_place(arrays, profile, 0) == (0, 0, 9)


def test_going_back_restores_every_bit():
    problem = random_problem(3, 40)
    arrays = Arrays.of(problem)
    profile = loaded(arrays, construct(arrays), seed=1)
    names = ("free", "bits", "busy", "used", "start", "end", "mode", "held", "total", "first", "last", "present")
    before = {name: getattr(profile, name).copy() for name in names}
    for task in np.flatnonzero(profile.mode >= 0).tolist()[::2]:
        remove(arrays.tables, profile, task)
    go_back(arrays.tables, profile)
    for name in names:
        assert np.array_equal(getattr(profile, name), before[name]), name


def test_the_late_are_those_that_end_after_they_are_due():
    tasks = [a_task(f"t{n}", 2, {"road": 1}, due=9) for n in range(20)]
    arrays, profile = profile_of(
        a_problem(horizon=40, resources=[a_resource("road")], tasks=tasks), **{f"t{n}": 2 * n for n in range(20)}
    )
    late = set(range(4, 20))
    for task in (7, 2, 19, 4, 0, 12):
        assert set(profile.late[: profile.late_count[0]].tolist()) == late
        remove(arrays.tables, profile, task)
        late.discard(task)
    assert try_at(arrays.tables, profile, 12, 12, 0)
    assert set(profile.late[: profile.late_count[0]].tolist()) == late


def test_taking_everything_out_leaves_the_empty_profile():
    arrays = Arrays.of(random_problem(4, 40))
    profile = loaded(arrays, construct(arrays), seed=1)
    for task in np.flatnonzero(profile.mode >= 0).tolist():
        remove(arrays.tables, profile, task)
    keep(arrays.tables, profile)
    assert not profile.used.any()
    assert np.array_equal(profile.free, arrays.tables.digits)
    for name in ("bits", "busy"):
        assert np.array_equal(getattr(profile, name), getattr(arrays.tables, name)), name
    assert profile.total[0] == arrays.tables.penalty.sum()


def test_arrays_travel_to_other_processes():
    arrays = Arrays.of(random_problem(5, 20))
    travelled = pickle.loads(pickle.dumps(arrays))
    assert np.array_equal(construct(travelled, seed=2).start, construct(arrays, seed=2).start)


def test_a_horizon_too_long_for_arrays_is_told_apart():
    late = a_task("late", 1, release=10**9 - 5, due=10**9)
    early = a_task("early", 1)
    assert fits(a_problem(horizon=10**9, tasks=[early]))
    assert not fits(a_problem(horizon=10**9, tasks=[late]))
    with pytest.raises(ValueError, match="too long"):
        Arrays.of(a_problem(horizon=10**9, tasks=[late]))


def test_amounts_beyond_32_bits_are_told_apart():
    ample = a_problem(resources=[a_resource("road", 2**60)], tasks=[a_task("a", 1, {"road": 5})])
    assert fits(ample)
    arrays, profile = profile_of(ample)
    assert len(allowed_starts(arrays, profile, 0)) == arrays.tables.horizon
    assert not fits(a_problem(resources=[a_resource("road", 2**60)], tasks=[a_task("a", 1, {"road": 2**40})]))


@pytest.mark.parametrize("seed", range(4))
def test_arrays_take_hardly_less_and_never_more_than_was_reckoned(seed):
    arrays, profile = profile_of(random_problem(seed, 60))
    horizon = arrays.tables.horizon
    every = [getattr(pack, each.name) for pack in (arrays.tables, profile) for each in fields(pack)]
    over_slots = [each for each in every if np.ndim(each) == 2 and each.shape[1] >= horizon // 64]
    taken = sum(each.nbytes for each in over_slots)
    reckoned = bytes_over_slots(arrays.problem, horizon)
    assert 0.8 * reckoned < taken <= reckoned + 4 * len(arrays.problem.calendars)  # worked has one slot more


def test_what_would_take_too_much_memory_is_told_apart():
    def with_rows(count: int) -> Problem:
        roads = [a_resource(f"road-{number}", 1) for number in range(count)]
        tasks = [a_task(road.id, 1, {road.id: 1}, release=LONGEST - count - 2) for road in roads]
        return a_problem(horizon=LONGEST, resources=roads, tasks=tasks)

    assert fits(with_rows(110))
    assert not fits(with_rows(130))


def test_fixed_tasks_are_in_from_the_start():
    problem = a_problem(horizon=9, tasks=[a_task("a", 2, fixed=(4, "usual"))])
    arrays = Arrays.of(problem)
    assert with_fixed(arrays, seed=1).start.tolist() == [4]
