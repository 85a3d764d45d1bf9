"""A lower bound is proven: no plan is ever below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random
from time import sleep

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schedtest.scheduling import price_bounds
from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.bounds import Least, least, lower_bound
from schedtest.scheduling.differences import nothing_placed
from schedtest.scheduling.market import SCALE, best_answer, market_of
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.pieces import Bound, Proof
from schedtest.scheduling.price_bounds import Bounds, bounds_of, price_bound
from schedtest.scheduling.problem import Objective, Precedence, Problem, Task
from schedtest.scheduling.proofs import Proofs
from schedtest.scheduling.workbench import Workbench

from .oracle import optimum
from .problems import a_calendar, a_mode, a_precedence, a_problem, a_resource, a_task, small_problems


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_problems())
def test_no_plan_is_below_the_bound(problem: Problem):
    best = optimum(problem)
    if best is not None:
        assert lower_bound(problem) <= best[0]


def with_prices(problem: Problem) -> int:
    return price_bound(Arrays.of(problem), least(Lookup(problem)))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_problems())
def test_no_plan_is_below_the_bound_by_prices(problem: Problem):
    best = optimum(problem)
    if best is not None:
        assert lower_bound(problem) <= with_prices(problem) <= best[0]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_problems(), st.randoms(use_true_random=False))
def test_any_prices_prove_a_bound(problem: Problem, random: Random):
    best, arrays = optimum(problem), Arrays.of(problem)
    market = market_of(arrays, least(Lookup(problem)), most_spans=random.choice((1, 2, 3, 5, 100)))
    if best is not None and market is not None:
        for _ in range(5):
            some = random.choice((1, 3, 10))
            market.price[:] = [random.randrange(50 * SCALE) if random.random() < some / 10 else 0 for _ in market.price]
            assert best_answer(arrays.tables, market) <= SCALE * best[0]


def with_proofs(problem: Problem) -> int:
    """Each campaign looked at once."""
    arrays, lookup = Arrays.of(problem), Lookup(problem)
    bench = Workbench(arrays, lambda: False)
    known = bench.do(Bound(total=10**9, seconds=1.0), nothing_placed(arrays)).outcome.bounds
    assert known is not None
    proofs = Proofs(lookup, known)
    looked_at: set[str] = set()
    while (name := proofs.next(dict.fromkeys(lookup.campaigns, 10**9))) is not None and name not in looked_at:
        looked_at.add(name)
        own = tuple(lookup.number[task.id] for task in lookup.campaigns[name])
        outcome = bench.do(Proof(name, own, total=0, seed=1, work=1.0), nothing_placed(arrays)).outcome
        proofs.ended(name, outcome.bound, outcome.closed, outcome.cost)
    return proofs.total


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(small_problems())
def test_no_plan_is_below_what_is_proven_of_its_campaigns(problem: Problem):
    best = optimum(problem)
    if best is not None:
        assert lower_bound(problem) <= with_proofs(problem) <= best[0]


def test_the_campaign_with_most_to_prove_for_its_time_is_looked_at_next_and_none_twice_at_once():
    problem = a_problem(resources=[], tasks=[a_task("a", campaign="dear"), a_task("b", campaign="cheap")])
    lookup = Lookup(problem)
    proofs = Proofs(lookup, Bounds(total=0, apart=0, campaigns=dict.fromkeys(lookup.campaigns, 0)))
    costs = {"dear": 300, "cheap": 100}
    assert (proofs.next(costs), proofs.next(costs), proofs.next(costs)) == ("dear", "cheap", None)
    for name in costs:
        proofs.ended(name, None, closed=False, cost=0.5)
    assert proofs.next(costs) == "dear"
    proofs.ended("dear", 10, closed=False, cost=0.5)
    assert proofs.next(costs) == "dear"
    proofs.ended("dear", 10, closed=False, cost=0.5)
    assert proofs.next(costs) == "cheap"
    proofs.ended("cheap", 20, closed=True, cost=0.5)
    assert (proofs.next(costs), proofs.next(costs)) == ("dear", None)


def test_the_less_proofs_prove_the_less_time_they_get():
    problem = a_problem(resources=[], tasks=[a_task("a", campaign="one")])
    lookup = Lookup(problem)
    proofs = Proofs(lookup, Bounds(total=0, apart=0, campaigns={"one": 0}))
    shares = [proofs.usefulness]
    for bound, cost in ((None, 1.0), (5, 1.0), (5, 4.0)):
        proofs.ended("one", bound, closed=False, cost=cost)
        shares.append(proofs.usefulness)
    assert shares[0] == 1
    assert shares[1] < shares[0]
    assert shares[2] > shares[1]
    assert shares[3] < shares[1]


def test_a_campaign_alone_may_cost_more_than_its_work():
    """One of two tests must be over before the road closes, and the other waits until it is open again."""
    problem = a_problem(
        horizon=40,
        objective=Objective(unscheduled=1000, stay=1),
        resources=[a_resource("road", closed=[(4, 10, 1)])],
        tasks=[a_task(f"{visit}{n}", 3, {"road": 1}, campaign=visit, deadline=14) for visit in "ab" for n in (1, 2)],
    )
    assert lower_bound(problem) == 2 * 6
    assert with_proofs(problem) == 2 * 12


def test_without_prices_nothing_is_lost():
    problem = a_visit(*((f"t{n}", 5, {"crew": 2}) for n in range(5)), capacity=3)
    arrays = Arrays.of(problem)
    market = market_of(arrays, least(Lookup(problem)))
    assert market is not None
    assert best_answer(arrays.tables, market) == SCALE * lower_bound(problem) == SCALE * 25


def six_where_three_find_room() -> Problem:
    """Of those that do not three are cheap."""
    return a_problem(
        horizon=20,
        objective=Objective(unscheduled=100),
        resources=[a_resource("pit", closed=[(5, 10, 1)])],
        tasks=[a_task(f"t{n}", 5, {"pit": 1}, weight=1 + n % 2) for n in range(6)],
    )


def test_what_there_are_no_hours_for_is_left_out():
    assert lower_bound(six_where_three_find_room()) == 0
    assert with_prices(six_where_three_find_room()) == 300


def test_prices_have_their_time_however_long_what_needs_none_took(monkeypatch: pytest.MonkeyPatch):
    def slow(lookup: Lookup, stopped: Callable[[], bool]) -> Least:
        sleep(0.6)
        return least(lookup, stopped)

    monkeypatch.setattr(price_bounds, "least", slow)
    problem = six_where_three_find_room()
    assert bounds_of(Lookup(problem), Arrays.of(problem), lambda: False, seconds=0.5).total == 300


def five_that_are_due_at_once(duration: int = 4) -> Problem:
    """In turn those of 4 slots are late by 0, 4, 8, 12 and 16. Where they are shorter nobody works in the last of four
    slots."""
    return a_problem(
        horizon=20,
        objective=Objective(unscheduled=1000, tardiness=1),
        resources=[a_resource("pit")],
        calendars=[a_calendar("shift", *((4 * n, 4 * n + duration) for n in range(5)))],
        tasks=[a_task(f"t{n}", duration, {"pit": 1}, due=4, calendar="shift") for n in range(5)],
    )


def test_what_has_to_wait_for_its_turn_is_late():
    """Each counts as late as its slots are in the mean."""
    assert lower_bound(five_that_are_due_at_once()) == 0
    assert with_prices(five_that_are_due_at_once()) == 2.5 + 6.5 + 10.5 + 14.5


def test_what_fits_into_no_rest_of_a_window_is_late_with_all_of_its_work(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(price_bounds, "MOST_SPANS", 5)
    assert with_prices(five_that_are_due_at_once(duration=3)) == 0 + 3 + 7 + 11 + 15


def test_work_that_goes_on_from_one_span_into_the_next_is_no_later_for_that(monkeypatch: pytest.MonkeyPatch):
    problem = a_problem(
        horizon=12,
        objective=Objective(unscheduled=1000, tardiness=1),
        resources=[a_resource("pit", closed=[(0, 2, 1)])],
        tasks=[a_task(name, 4, {"pit": 1}, due=6) for name in "ab"],
    )
    monkeypatch.setattr(price_bounds, "MOST_SPANS", 3)
    assert with_prices(problem) == 2  # one and a half, rounded up; 4 with slots for spans


def test_fewer_longer_spans_prove_less_and_nothing_wrong(monkeypatch: pytest.MonkeyPatch):
    exact = with_prices(five_that_are_due_at_once())
    monkeypatch.setattr(price_bounds, "MOST_COLUMNS", 50)
    monkeypatch.setattr(price_bounds, "FEWEST_SPANS", 2)
    assert 0 < with_prices(five_that_are_due_at_once()) < exact


def test_a_look_for_prices_that_is_stopped_proves_what_is_known_without():
    problem = six_where_three_find_room()
    assert price_bound(Arrays.of(problem), least(Lookup(problem)), stopped=lambda: True) == 0


def test_what_must_be_done_by_a_day_competes_only_until_then():
    problem = a_problem(
        horizon=400,
        objective=Objective(unscheduled=100),
        resources=[a_resource("pit")],
        tasks=[a_task(f"t{n}", 4, {"pit": 1}, deadline=8) for n in range(5)],
    )
    assert with_prices(problem) == 300


def test_numbers_too_large_for_exact_sums_have_no_prices():
    tasks = [a_task(f"t{n}", 5, {"pit": 1}) for n in range(6)]
    problem = a_problem(horizon=20, objective=Objective(unscheduled=10**15), resources=[a_resource("pit")], tasks=tasks)
    assert market_of(Arrays.of(problem), least(Lookup(problem))) is None
    assert with_prices(problem) == 0


def test_a_preparation_is_left_out_with_its_test():
    problem = a_problem(
        horizon=8,
        objective=Objective(unscheduled=100),
        resources=[a_resource("pit")],
        tasks=[
            *(a_task(f"preparation-{n}", 1) for n in range(4)),
            *(a_task(f"test-{n}", 4, {"pit": 1}) for n in range(4)),
        ],
        precedences=[a_precedence(f"preparation-{n}", f"test-{n}", together=True) for n in range(4)],
    )
    assert with_prices(problem) == 450  # 9 of 16 slots lack, and four of them cost a test and its preparation


def test_precedences_and_calendars_push_the_bound():
    problem = a_problem(
        objective=Objective(unscheduled=1000, tardiness=1),
        calendars=[a_calendar("day", (0, 2), (10, 14))],
        tasks=[a_task("first", 2, due=0, calendar="day"), a_task("second", 3, due=0, calendar="day")],
        precedences=[a_precedence("first", "second")],
    )
    assert lower_bound(problem) == 2 + 13


def test_a_campaign_stays_as_long_as_its_article_is_at_work():
    problem = a_problem(
        objective=Objective(unscheduled=1000, stay=1),
        calendars=[a_calendar("day", (0, 4), (10, 14))],
        resources=[a_resource("car", kind="article")],
        tasks=[a_task(f"test-{n}", 2, {"car": 1}, campaign="visit", calendar="day") for n in range(3)],
    )
    assert lower_bound(problem) == 12


def a_visit_by_day(*tasks: Task, windows: Sequence[tuple[int, int]], arcs: Sequence[Precedence] = ()) -> Problem:
    return a_problem(
        horizon=60,
        objective=Objective(unscheduled=10_000, stay=1, tardiness=1),
        calendars=[a_calendar("day", *windows)],
        resources=[a_resource("car", kind="article", kept=True), a_resource("van", kind="article")],
        tasks=tasks,
        precedences=arcs,
    )


DAYS = [(0, 4), (10, 14), (20, 24), (30, 34)]


def test_the_shortest_stay_may_end_with_a_window():
    tests = [a_task(f"test-{n}", 1, {"car": 1}, campaign="visit", calendar="day", due=60) for n in range(7)]
    assert lower_bound(a_visit_by_day(*tests[:2], windows=[(0, 6), (8, 9)])) == 2
    assert lower_bound(a_visit_by_day(*tests, windows=[(0, 6), (8, 9)])) == 9
    assert lower_bound(a_visit_by_day(*tests[:4], windows=[(0, 1), (5, 8)])) == 8


def test_a_task_that_pauses_may_hold_its_article_all_night():
    drive = a_task("drive", 6, {"car": 1}, campaign="visit", calendar="day", interruptible=True, due=60)
    night = [a_task(f"night-{n}", 3, {"car": 1}, campaign="visit", due=60) for n in range(2)]
    kept = a_visit_by_day(drive, *night, windows=DAYS)
    assert lower_bound(kept) == 12 + 6  # nobody works on the car in the six hours from 4 to 10
    given_back = replace(kept, resources=(a_resource("car", kind="article"), *kept.resources[1:]))
    assert lower_bound(given_back) == 12


def test_a_visit_that_waits_for_quieter_weeks_is_late():
    tests = [a_task(f"test-{n}", 4, {"car": 1}, campaign="visit", calendar="day", due=15) for n in range(2)]
    visit = a_visit_by_day(*tests, windows=[(0, 4), (20, 24), (26, 30)])
    assert lower_bound(visit) == 24 + 9 == optimum(visit)[0]  # rather than 10 slots of stay, and 9 + 15 late


def test_an_article_waits_for_what_comes_before_its_work():
    tests = [a_task(f"test-{n}", 4, {"car": 1}, campaign="visit", calendar="day", due=60) for n in range(3)]
    first = a_task("first", 17, {"van": 1}, campaign="visit", due=60)
    arcs = [a_precedence("first", f"test-{n}") for n in (1, 2)]
    visit = a_visit_by_day(*tests, first, windows=DAYS, arcs=arcs)
    assert lower_bound(visit) == 17 + 14 == optimum(visit)[0]


def test_what_comes_after_an_articles_work_waits_for_it():
    tests = [a_task(f"test-{n}", 2, {"car": 1}, campaign="visit", calendar="day", due=60) for n in range(4)]
    last = a_task("last", 3, {"van": 1}, campaign="visit", due=60)
    arcs = [a_precedence(f"test-{n}", "last") for n in (1, 2, 3)]
    visit = a_visit_by_day(*tests, last, windows=DAYS, arcs=arcs)
    assert lower_bound(visit) == 12 + 3 == optimum(visit)[0]


def test_a_visit_that_waits_for_another_is_late():
    first = a_task("first", 5, {"van": 1}, campaign="other", due=60)
    test = a_task("test", 3, {"car": 1}, campaign="visit", due=0)
    visits = a_visit_by_day(first, test, windows=DAYS, arcs=[a_precedence("first", "test")])
    assert lower_bound(visits) == 5 + 3 + 8 == optimum(visits)[0]


def test_a_visit_with_no_time_for_all_its_tests_leaves_one_out():
    tests = [a_task(f"test-{n}", 3, {"car": 1}, campaign="visit", calendar="day", deadline=13) for n in range(2)]
    visit = a_visit_by_day(*tests, windows=[(0, 4), (12, 16)])
    assert lower_bound(visit) >= 10_000


def test_a_horizon_of_too_many_slots_leaves_the_work_alone_to_reckon_with(monkeypatch: pytest.MonkeyPatch):
    tests = [a_task(f"test-{n}", 3, {"car": 1}, campaign="visit", calendar="day", due=2) for n in range(2)]
    visit = a_visit_by_day(*tests, windows=DAYS)
    assert lower_bound(visit) == 12 + 1 + 10
    monkeypatch.setattr("schedtest.scheduling.campaign_bounds.MOST_SLOTS", 0)
    assert lower_bound(visit) == 6 + 1 + 1


def a_visit(*tasks: tuple[str, int, dict[str, int]], capacity: int, chain: Sequence[str] = ()) -> Problem:
    return a_problem(
        horizon=60,
        objective=Objective(unscheduled=1000, stay=1),
        resources=[a_resource("crew", capacity), a_resource("road", 2)],
        tasks=[a_task(name, duration, uses, campaign="visit") for name, duration, uses in tasks],
        precedences=[a_precedence(before, after, min_lag=2) for before, after in pairwise(chain)],
    )


def test_a_campaign_stays_as_long_as_its_longest_chain():
    visit = a_visit(("a", 3, {}), ("b", 4, {}), ("c", 5, {}), ("d", 1, {}), capacity=1, chain="abc")
    assert lower_bound(visit) == 3 + 2 + 4 + 2 + 5


def test_a_campaign_stays_as_long_as_its_crew_has_work():
    work = [(f"t{n}", 5, {"crew": 2}) for n in range(5)]
    assert lower_bound(a_visit(*work, capacity=3)) == 25
    assert lower_bound(a_visit(*work, capacity=4)) == 13


def test_what_must_come_before_and_after_the_crews_work_is_added_to_it():
    work = [(f"t{n}", 5, {"crew": 1}) for n in range(4)]
    visit = a_visit(("early", 3, {}), *work, ("late", 6, {}), capacity=2)
    arcs = [a_precedence("early", f"t{n}") for n in range(4)] + [a_precedence(f"t{n}", "late") for n in range(4)]
    assert lower_bound(replace(visit, precedences=tuple(arcs))) == 3 + 10 + 6


def test_tasks_that_share_something_two_by_two_take_turns():
    visit = a_visit(("a", 4, {"crew": 1, "road": 1}), ("b", 5, {"crew": 1}), ("c", 6, {"road": 2}), capacity=1)
    assert lower_bound(visit) == 4 + 6
    assert (
        lower_bound(replace(visit, tasks=(*visit.tasks[:2], a_task("c", 6, {"road": 2, "crew": 1}, campaign="visit"))))
        == 15
    )


def test_machines_of_which_any_will_do_have_so_much_time_together():
    machines = [a_resource(f"machine-{n}") for n in range(3)]
    either = [a_mode(machine.id, 5, {machine.id: 1}) for machine in machines]
    tasks = [a_task(f"t{n}", modes=either, campaign="visit") for n in range(7)]
    problem = a_problem(horizon=60, objective=Objective(unscheduled=1000, stay=1), resources=machines, tasks=tasks)
    assert lower_bound(problem) == 12  # 35 slots of work on 3 machines


def test_a_task_that_can_have_no_place_counts_as_left_out():
    problem = a_problem(objective=Objective(unscheduled=7), tasks=[a_task("drive", 5, deadline=4, weight=3)])
    assert lower_bound(problem) == 21
