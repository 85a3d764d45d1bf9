"""Which tasks are freed together."""

from __future__ import annotations

from random import Random

import numpy as np

from schedtest.scheduling.allocation import CROSS, FRUITLESS, REGION, WALK, Allocation
from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.incumbent import Incumbent
from schedtest.scheduling.neighbourhoods import KINDS, Choice, View, by_lateness, by_route, by_state_change
from tests.scheduling.problems import a_problem, a_resource, a_state_resource, a_task


def test_a_late_task_is_freed_mostly_with_those_on_its_most_crowded_resource():
    crowd = [a_task(f"drive {n}", 2, {"driver": 1}) for n in range(10)]
    others = [a_task(f"talk {n}", 2, {"engineers": 1}) for n in range(10)]
    late = a_task("late", 2, {"driver": 1, "engineers": 1}, due=4)
    problem = a_problem(
        horizon=40, resources=[a_resource("driver"), a_resource("engineers", 30)], tasks=[*crowd, *others, late]
    )
    arrays = Arrays.of(problem)
    starts = [*range(0, 20, 2), *range(0, 20, 2), 20]
    view = View(arrays, Incumbent(np.array(starts), np.zeros(len(starts), dtype=np.int32)))
    random, drivers = Random(1), 0
    for _ in range(100):
        task, *freed = by_lateness(Choice(arrays), view, 8, random)
        assert task == 20
        assert len(freed) == 7
        assert all(other < 10 for other in freed) or all(other >= 10 for other in freed)
        drivers += freed[0] < 10
    assert drivers > 80


def test_of_a_crowd_the_late_ones_are_freed_first():
    tasks = [a_task(f"t{n}", 2, {"driver": 1}, due=4 if n >= 6 else 40, weight=10**n) for n in range(10)]
    arrays = Arrays.of(a_problem(horizon=40, resources=[a_resource("driver")], tasks=tasks))
    view = View(arrays, Incumbent(np.arange(0, 20, 2), np.zeros(10, dtype=np.int32)))
    assert set(by_lateness(Choice(arrays), view, 4, Random(1))) == {6, 7, 8, 9}


def test_around_a_change_of_state_tasks_of_both_states_are_freed():
    tasks = [a_task(f"t{n}", 2, states={"road": "wet" if n in (5, 6) else "dry"}) for n in range(12)]
    arrays = Arrays.of(a_problem(horizon=40, state_resources=[a_state_resource("road")], tasks=tasks))
    view = View(arrays, Incumbent(np.arange(0, 24, 2), np.zeros(12, dtype=np.int32)))
    for seed in range(20):
        freed = by_state_change(Choice(arrays), view, 4, Random(seed))
        assert len(freed) == 4
        assert {5, 6} & set(freed)
        assert {3, 4, 7, 8} & set(freed)


def test_tasks_on_any_segment_of_a_route_are_freed_together():
    roads = {"oval": 1}, {"lane": 1}, {"oval": 1, "lane": 1}, {"ring": 1}, {}
    tasks = [a_task(f"t{n}", 2, {"crew": 1, **roads[n % 5]}) for n in range(20)]
    resources = [*(a_resource(name) for name in ("oval", "lane", "ring")), a_resource("crew", kind="crew")]
    arrays = Arrays.of(a_problem(horizon=40, resources=resources, tasks=tasks))
    view = View(arrays, Incumbent(np.arange(0, 40, 2), np.zeros(20, dtype=np.int32)))
    freed = [frozenset(by_route(Choice(arrays), view, 20, Random(seed))) for seed in range(60)]
    assert set(freed) == {
        frozenset(n for n in range(20) if n % 5 in (0, 2)),
        frozenset(n for n in range(20) if n % 5 in (1, 2)),
        frozenset(n for n in range(20) if n % 5 in (0, 1, 2)),
        frozenset(n for n in range(20) if n % 5 == 3),
    }


def test_where_no_state_changes_nothing_is_freed_for_it():
    tasks = [a_task(f"t{n}", 2, states={"road": "wet"}) for n in range(4)]
    arrays = Arrays.of(a_problem(horizon=40, state_resources=[a_state_resource("road")], tasks=tasks))
    view = View(arrays, Incumbent(np.arange(0, 8, 2), np.zeros(4, dtype=np.int32)))
    assert by_state_change(Choice(arrays), view, 4, Random(1)) == []


def test_a_kind_that_has_long_earned_nothing_has_no_more_turns_than_others():
    arrays = Arrays.of(a_problem(horizon=40, tasks=[a_task("t", 2)]))
    allocation = Allocation(Choice(arrays), Random(1))
    for kind in (WALK, CROSS, REGION, *KINDS):
        allocation.started(kind)
        allocation.learn(kind, 1000 if kind == WALK else 0, cost=2.0, closed=False)
    assert [allocation.draw() for _ in range(100)].count(WALK) > 50
    for _ in range(FRUITLESS):
        allocation.learn(WALK, 0, cost=2.0, closed=False)
    assert [allocation.draw() for _ in range(100)].count(WALK) < 25


def test_neighbourhoods_that_are_searched_to_the_end_grow_and_others_shrink():
    tasks = [a_task(f"t{n}", 2) for n in range(200)]
    arrays = Arrays.of(a_problem(horizon=400, tasks=tasks))
    view = View(arrays, Incumbent(np.arange(0, 400, 2), np.zeros(200, dtype=np.int32)))
    allocation, sizes = Allocation(Choice(arrays), Random(1)), []
    for closed in (True, False, False):
        sizes.append(len(allocation.free("random", view)))
        for _ in range(5):
            allocation.learn("random", 0, cost=1.0, closed=closed)
    first, grown, shrunk = sizes
    assert shrunk < first < grown
