"""Machines of a project made level."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.evolution import Evolution
from schedtest.scheduling.incumbent import Incumbent
from schedtest.scheduling.levelling import Levelling
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.pieces import Level
from schedtest.scheduling.problem import Problem
from schedtest.scheduling.project import project_of
from schedtest.scheduling.workbench import Workbench
from tests.scheduling.plans import broken_rules
from tests.scheduling.projects import on_machines, packed


def never() -> bool:
    return False


def a_levelling(problem: Problem, seed: int, plans: int = 20) -> Levelling:
    """From a plan that evolution finds soon."""
    arrays = Arrays.of(problem)
    project = project_of(arrays)
    assert project is not None
    evolution = Evolution(project, seed)
    evolution.run(plans)
    plan = Incumbent(evolution.best_start.copy(), evolution.best_way.copy())
    return Levelling(Lookup(problem), arrays, project, plan, seed)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_every_step_keeps_the_rules_and_no_plan_is_longer_than_the_one_before(seed: int):
    problem = on_machines(seed, 12)
    levelling = a_levelling(problem, seed, plans=1)
    for _ in range(4):
        before = levelling.length
        levelling.step(1, None, never)
        assert levelling.length <= before
        assert broken_rules(Arrays.of(problem), levelling.plan) == []


@pytest.mark.parametrize("seed", range(4))
def test_full_machines_become_more_level_than_evolution_alone_makes_them(seed: int):
    problem = packed(seed, machines=8, each=4, length=1000)
    evolved = a_levelling(problem, seed, plans=5000)
    levelling = a_levelling(problem, seed, plans=50)
    for _ in range(30):
        levelling.step(1000, None, never)
    assert 1000 <= levelling.length < evolved.length


def test_at_its_goal_nothing_is_left_to_do():
    levelling = a_levelling(packed(1), seed=1)
    assert not levelling.step(levelling.length, None, never)


def test_the_same_seed_gives_the_same_levelled_plans():
    one, other = (a_levelling(packed(2), seed=3) for _ in range(2))
    for _ in range(5):
        one.step(200, None, never)
        other.step(200, None, never)
    assert (one.plan.start == other.plan.start).all()
    assert (one.plan.mode == other.plan.mode).all()


def test_a_piece_goes_on_where_the_one_before_ended_unless_a_better_plan_came_from_elsewhere():
    problem = packed(5, machines=8, each=4, length=1000)
    bench = Workbench(Arrays.of(problem), never)
    begun = a_levelling(problem, seed=5, plans=5)
    better, first = bench.do(Level(1, begun.length, 1000, seed=1, changes=4), begun.plan)
    assert first.total < begun.length
    again = bench.do(Level(1, begun.length, begun.length, seed=2, changes=1), begun.plan)
    assert again.outcome.total == first.total
    bench.do(Level(2, begun.length, begun.length, seed=1, changes=1), begun.plan)
    elsewhere = bench.do(Level(2, first.total, first.total, seed=2, changes=1), better)
    assert elsewhere.outcome.total == first.total
