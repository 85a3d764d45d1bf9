"""Two plans made one, and the plans that are kept for it."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.crossing import Crossing, clashes, parts_of
from schedtest.scheduling.differences import difference, nothing_placed
from schedtest.scheduling.incumbent import Incumbent, missing
from schedtest.scheduling.pieces import Cross, Walk
from schedtest.scheduling.population import Population
from schedtest.scheduling.problem import Objective
from schedtest.scheduling.recreate import Engine, loaded
from schedtest.scheduling.workbench import SECONDS_A_RUIN, Workbench
from tests.scheduling.plans import broken_rules
from tests.scheduling.problems import a_problem, a_resource, a_task, random_problem


def plan(*starts: int) -> Incumbent:
    start = np.array(starts, dtype=np.int64)
    return Incumbent(start, np.where(start < 0, -1, 0).astype(np.int32))


def children(arrays: Arrays, base: Incumbent, other: Incumbent, count: int = 20) -> list[tuple[int, ...]]:
    """The starts of the children of so many crossings, before anything is planned anew."""
    made = [Crossing(arrays, base, other, seed).child(size=1) for seed in range(count)]
    return [tuple(child.plan.start.tolist()) for child in made if child is not None]


def two_campaigns() -> Arrays:
    """Each of two tasks on a lift of its own, due at once."""
    tasks = [
        a_task(f"{name}{n}", 2, {name: 1}, due=2 + 2 * n, campaign=name) for name in ("left", "right") for n in range(2)
    ]
    return Arrays.of(a_problem(horizon=20, resources=[a_resource("left"), a_resource("right")], tasks=tasks))


def test_a_campaign_that_is_better_in_the_other_plan_is_taken_over_whole():
    made = children(two_campaigns(), plan(0, 2, 9, 12), plan(10, 14, 0, 2))
    assert made
    assert set(made) == {(0, 2, 0, 2)}


def test_what_both_plans_have_alike_is_left_alone():
    assert children(two_campaigns(), plan(0, 2, 9, 12), plan(0, 2, 9, 12)) == []


def test_nothing_comes_of_a_plan_that_has_every_campaign_worse():
    assert children(two_campaigns(), plan(0, 2, 0, 2), plan(0, 3, 4, 6)) == []


def test_what_is_in_the_way_of_a_campaign_taken_over_is_to_be_planned_anew():
    tasks = [a_task(name, 4, {"lift": 1}, due=due, weight=weight) for name, due, weight in (("a", 4, 9), ("b", 8, 1))]
    arrays = Arrays.of(a_problem(horizon=20, resources=[a_resource("lift")], tasks=tasks))
    base, other = plan(4, 0), plan(0, 12)
    found = [Crossing(arrays, base, other, seed).child(size=1) for seed in range(20)]
    displaced = [child for child in found if child is not None and child.plan.start.tolist() == [0, -1]]
    assert displaced
    assert all(1 in child.around for child in displaced)


def test_the_fewer_campaigns_stand_first_and_what_clashes_is_planned_anew_with_what_gave_way():
    """Two of three come from the other plan, and what the third is in the way of gives way to it."""
    tasks = [a_task(name, 2, {on: 1}, due=2) for name, on in (("a", "lift"), ("b", "pit"), ("c", "lift"))]
    arrays = Arrays.of(a_problem(horizon=20, resources=[a_resource("lift"), a_resource("pit")], tasks=tasks))
    base, other = plan(2, 2, 0), plan(0, 0, 2)
    found = [Crossing(arrays, base, other, seed).child(size=2) for seed in range(40)]
    made = {tuple(child.plan.start.tolist()): child for child in found if child is not None}
    assert set(made) == {(0, 2, -1), (2, 0, 0), (-1, 0, 0)}  # a alone, b alone, and both
    assert set(made[-1, 0, 0].around) == {0, 2}


@pytest.mark.parametrize(("others", "is_made"), [(15, True), (25, False)])
def test_where_too_much_would_give_way_there_is_no_child(others: int, is_made: bool):
    tasks = [a_task("long", 30, {"lift": 1}, due=30, weight=9)]
    tasks += [a_task(f"short{n}", 1, {"lift": 1}, due=60) for n in range(others)]
    arrays = Arrays.of(
        a_problem(
            horizon=100, resources=[a_resource("lift")], tasks=tasks, objective=Objective(unscheduled=9999, tardiness=1)
        )
    )
    base, other = plan(60, *range(others)), plan(0, *range(70, 70 + others))
    assert bool(children(arrays, base, other)) == is_made


def test_a_campaign_for_which_too_much_gives_way_is_not_tried_again_and_again():
    """It saves far more than the other one, which nothing gives way to."""
    tasks = [a_task("long", 30, {"lift": 1}, due=30, weight=999), a_task("short", 1, {"pit": 1}, due=1)]
    tasks += [a_task(f"other{n}", 1, {"lift": 1}, due=99) for n in range(25)]
    arrays = Arrays.of(
        a_problem(
            horizon=100,
            resources=[a_resource("lift"), a_resource("pit")],
            tasks=tasks,
            objective=Objective(unscheduled=9999, tardiness=1),
        )
    )
    base, other = plan(25, 1, *range(25)), plan(0, 0, *range(30, 55))
    made = children(arrays, base, other, count=40)
    assert set(made) == {(25, 0, *range(25))}
    assert len(made) > 12


def test_what_the_plan_that_a_campaign_comes_from_leaves_out_does_not_give_way():
    """The other plan has better what is alone, and worse the campaign that it leaves nothing out of."""
    tasks = [a_task("alone", 2, {"lift": 1}, due=2), a_task("heavy", 2, {"pit": 1}, due=2, weight=999, campaign="many")]
    tasks += [a_task(f"light{n}", 1, {"pit": 1}, due=99, campaign="many") for n in range(25)]
    arrays = Arrays.of(
        a_problem(
            horizon=99,
            resources=[a_resource("lift"), a_resource("pit")],
            tasks=tasks,
            objective=Objective(unscheduled=9, tardiness=1),
        )
    )
    base, other = plan(4, 0, *[-1] * 25), plan(0, 40, *range(25))
    assert set(children(arrays, base, other)) == {(0, 0, *[-1] * 25)}


def share_done(arrays: Arrays, base: Incumbent, other: Incumbent) -> float:
    """Of the ruins of a crossing with one child, the most that were made."""
    total, nothing, ruins = Engine(arrays, base, 1).total, difference(base, base), 5000
    bench = Workbench(arrays, lambda: False)
    costs = set()
    for seed in range(10):
        piece = Cross(nothing, difference(base, other), total, seed, 6.0, 1, ruins, 1, timed=False)
        costs.add(bench.do(piece, base).outcome.cost)
    return max(costs) / (ruins * SECONDS_A_RUIN)


def test_a_crossing_is_given_up_when_what_gave_way_finds_no_place():
    tasks = [a_task("a", 4, {"lift": 1}, due=4, deadline=4), a_task("b", 4, {"lift": 1}, due=4, weight=9)]
    arrays = Arrays.of(
        a_problem(
            horizon=8, resources=[a_resource("lift")], tasks=tasks, objective=Objective(unscheduled=9999, tardiness=1)
        )
    )
    assert 0 < share_done(arrays, plan(0, 4), plan(-1, 0)) < 0.3


@pytest.mark.parametrize(("weight", "least", "most"), [(9, 0.3, 0.5), (1, 0.6, 0.8)])
def test_a_crossing_is_given_up_when_it_is_far_behind_and_when_it_is_not_better_past_half_way(
    weight: int, least: float, most: float
):
    """The second task takes the place of the first, which is late then instead of it, at its own weight."""
    tasks = [a_task("a", 4, {"lift": 1}, due=4, weight=weight), a_task("b", 4, {"lift": 1}, due=4)]
    arrays = Arrays.of(a_problem(horizon=20, resources=[a_resource("lift")], tasks=tasks))
    assert least < share_done(arrays, plan(0, 4), plan(4, 0)) < most


def test_nothing_is_crossed_any_more_once_the_search_is_over(monkeypatch):
    arrays = two_campaigns()
    base, other = plan(0, 2, 9, 12), plan(10, 14, 0, 2)
    total = Engine(arrays, base, 1).total
    monkeypatch.setattr(Crossing, "child", lambda *_: pytest.fail("there was a child"))
    piece = Cross(difference(base, base), difference(base, other), total, 1, 6.0, 10, 20, 8, timed=False)
    found = Workbench(arrays, lambda: True).do(piece, base)
    assert (found.plan.start.tolist(), found.outcome.total) == (base.start.tolist(), total)


def test_tasks_clash_where_both_are_more_than_there_is():
    tasks = [a_task(name, 4, {"lift": amount}) for name, amount in (("a", 2), ("b", 1), ("c", 2))]
    arrays = Arrays.of(a_problem(horizon=20, resources=[a_resource("lift", capacity=3)], tasks=tasks))
    after, before = loaded(arrays, plan(0, -1, -1), 1), loaded(arrays, plan(-1, 0, 2), 1)
    assert clashes(arrays.tables, after, before, parts_of(arrays.tables)) == [(0, 2, 1)]


def test_crossing_keeps_every_rule_and_never_costs_more():
    made = better = 0
    for seed in range(40):
        arrays = Arrays.of(random_problem(seed, 14))
        plans = []
        for number in range(2):
            engine = Engine(arrays, nothing_placed(arrays), number)
            engine.run(60, 0.2)
            plans.append((engine.best, engine.total))
        (base, total), (other, _) = plans
        assert not missing(arrays, base)
        assert not missing(arrays, other)
        for draw in range(4):
            made += Crossing(arrays, base, other, draw).child(size=10) is not None
            piece = Cross(difference(other, base), difference(base, other), total, draw, 6.0, 10, 20, 3, timed=False)
            found = Workbench(arrays, lambda: False).do(piece, other)
            better += found.outcome.total < total
            assert found.outcome.total <= total
            assert broken_rules(arrays, found.plan) == []
            assert Engine(arrays, found.plan, 1).total == found.outcome.total
    assert made > 20
    assert better > 10


def test_a_walk_from_nothing_forgets_the_plan_that_goes_along():
    arrays = two_campaigns()
    good = plan(0, 2, 0, 2)
    known = Walk(1, seed=1, since=1.0, until=1.0, ruins=1)
    anew = Walk(2, seed=1, since=1.0, until=1.0, anew=True, ruins=1)
    bench = Workbench(arrays, lambda: False)
    assert bench.do(known, good).outcome.total == Engine(arrays, good, 1).total
    assert bench.do(anew, good).outcome.total > Engine(arrays, good, 1).total


def test_a_new_plan_takes_the_place_of_the_one_most_like_it_if_it_costs_less():
    population = Population()
    for number, (starts, total) in enumerate([((0, 0, 0), 50), ((7, 7, 7), 30)]):
        population.put(number, plan(*starts), total)
    assert population.take(plan(0, 0, 1), 40) == 10  # the dear one, though there is a better one
    assert population.take(plan(7, 7, 8), 35) == 0  # worse than the one that it is like
    random = Random(1)
    pairs = [population.pair(random) for _ in range(40)]
    assert {total for _, _, total in filter(None, pairs)} == {40, 30}
    assert population.varies


def test_plans_that_are_alike_are_not_crossed():
    population = Population()
    assert population.pair(Random(1)) is None
    for number in range(2):
        population.put(number, plan(1, 2), 5)
    assert population.pair(Random(1)) is None
    assert not population.varies
