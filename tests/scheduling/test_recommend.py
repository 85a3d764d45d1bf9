import pytest

from schedtest.scheduling.beside import Beside
from schedtest.scheduling.check import check
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.plans import as_solution
from schedtest.scheduling.problem import DeviceType, Problem
from schedtest.scheduling.recommend import Aim, Offer, recommend
from schedtest.scheduling.search import solve
from schedtest.scheduling.solution import Assignment
from schedtest.scheduling.stop import Rounds
from tests.scheduling.problems import (
    a_calendar,
    a_device,
    a_mode,
    a_precedence,
    a_problem,
    a_resource,
    a_state_resource,
    a_task,
    an_assignment,
    random_problem,
)


def beside(problem: Problem, *assignments: Assignment) -> Beside:
    return Beside(Lookup(problem), {assignment.task: assignment for assignment in assignments})


def by_aim(offers: list[Offer]) -> dict[Aim, Offer]:
    return {offer.aim: offer for offer in offers}


def test_each_aim_gets_the_places_that_are_best_for_it() -> None:
    modes = [a_mode("dear", 2, {"oval": 1}, cost=9), a_mode("cheap", 2, {"hall": 1}, cost=1)]
    problem = a_problem(
        horizon=40,
        resources=[a_resource("oval"), a_resource("hall", closed=[(0, 20, 1)])],
        tasks=[
            a_task("first", modes=modes, campaign="visit", due=1),
            a_task("second", modes=modes, campaign="visit", due=30),
            a_task("other", 2, {"oval": 1}),
        ],
    )
    offers = by_aim(recommend(beside(problem, an_assignment("other", 2, 4)), "visit"))
    earliest, cheapest, shortest = (offers[aim] for aim in Aim)
    assert (earliest.finish, earliest.stay, earliest.cost, earliest.late) == (6, 6, 18, 1)
    assert (cheapest.cost, cheapest.finish) == (2, 24)
    assert (shortest.stay, shortest.finish) == (2, 22)
    assert not any(offer.left_out for offer in offers.values())


def test_what_stands_in_the_plan_is_in_the_way_with_all_that_it_takes() -> None:
    problem = a_problem(
        horizon=30,
        calendars=[a_calendar("day", (0, 20))],
        resources=[a_resource("lane", 2)],
        device_types=[DeviceType(id="robot", turnaround=2)],
        devices=[a_device("one"), a_device("two", closed=[(0, 12)])],
        state_resources=[a_state_resource("surface", transitions=[("wet", "dry", 3)])],
        tasks=[
            a_task("stands", 4, {"lane": 1}, {"robot": 1}, {"surface": "wet"}),
            a_task("asked", 3, {"lane": 1}, {"robot": 1}, {"surface": "dry"}, campaign="visit", calendar="day"),
        ],
    )
    stands = an_assignment("stands", 1, 5, devices={"robot": ["one"]})
    [offer, *_] = recommend(beside(problem, stands), "visit")
    [place] = offer.assignments
    assert (place.start, place.devices) == (8, (("robot", ("one",)),))  # wet until 5, dry from 8, one free from 7


def test_the_order_with_what_stands_is_kept() -> None:
    problem = a_problem(
        horizon=30,
        tasks=[a_task("before", 2), a_task("asked", 2, campaign="visit"), a_task("after", 2)],
        precedences=[a_precedence("before", "asked", min_lag=1), a_precedence("asked", "after")],
    )
    [offer, *_] = recommend(beside(problem, an_assignment("before", 3, 5)), "visit")
    assert offer.assignments[0].start == 6


def test_more_offers_begin_on_later_days() -> None:
    problem = a_problem(
        horizon=400, resources=[a_resource("oval")], tasks=[a_task("asked", 2, {"oval": 1}, campaign="visit")]
    )
    offers = [offer for offer in recommend(beside(problem), "visit", best=3) if offer.aim is Aim.EARLIEST]
    assert [offer.assignments[0].start for offer in offers] == [0, 48, 96]


def test_what_fits_nowhere_is_named() -> None:
    problem = a_problem(
        horizon=10,
        resources=[a_resource("oval", closed=[(3, 10, 1)])],
        tasks=[a_task(name, 2, {"oval": 1}, campaign="visit") for name in ("one", "two")],
    )
    [offer, *_] = recommend(beside(problem), "visit")
    assert len(offer.assignments) == len(offer.left_out) == 1


def test_a_campaign_that_is_in_the_plan_or_unknown_is_refused() -> None:
    problem = a_problem(tasks=[a_task("asked", campaign="visit")])
    with pytest.raises(KeyError):
        recommend(beside(problem), "nobody's")
    with pytest.raises(ValueError, match="in the plan already"):
        recommend(beside(problem, an_assignment("asked", 0, 1)), "visit")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 9))
def test_every_offer_keeps_every_rule_of_the_whole_plan(seed: int) -> None:
    problem = random_problem(seed, 80)
    plan = dict(solve(problem, stop=Rounds(3), seed=seed).assignment_by_task)
    for campaign in list(dict.fromkeys(task.campaign for task in problem.tasks if task.campaign))[:4]:
        own = {task.id for task in problem.tasks if task.campaign == campaign}
        if any(task.fixed for task in problem.tasks if task.id in own):
            continue
        needing = {p.after for p in problem.precedences if p.before in own and p.after not in own}
        rest = {name: place for name, place in plan.items() if name not in own | needing}
        asked = Beside(Lookup(problem), rest)
        if any(set(asked.those_with(name)) - own for name in own):
            continue
        for offer in recommend(asked, campaign, best=2):
            whole = {**rest, **{place.task: place for place in offer.assignments}}
            broken = check(problem, as_solution(Lookup(problem), whole))
            assert {violation.rule for violation in broken} <= {"once", "mandatory"}
