"""Plans of problems of every size, with every feature of the format at once, keep every rule."""

from __future__ import annotations

import pytest

from schedtest.scheduling.check import check
from schedtest.scheduling.problem import Problem
from schedtest.scheduling.solution import Solution
from tests.scheduling.features import features_met, features_of, full_problem
from tests.scheduling.problems import FEATURES
from tests.scheduling.sweep import plans_by_engine

SIZES = [(20, 1), (20, 2), (60, 1), (60, 2), (200, 1), (200, 2), (600, 2), (1500, 1), (3000, 2)]
"""Tests, and the seed; the load is twice as high where the seed is odd."""

ALL_IN_ONE_PLAN = 60
"""Tests from which every plan is sure to meet every feature."""


def broken(problem: Problem, solution: Solution) -> list[str]:
    """What check says; plans of one engine alone do not list what they leave out."""
    return [str(violation) for violation in check(problem, solution) if violation.rule != "once"]


@pytest.mark.slow
@pytest.mark.parametrize(("tests", "seed"), SIZES)
def test_every_plan_of_either_engine_keeps_every_rule_with_every_feature(tests: int, seed: int):
    problem = full_problem(seed, tests, load=1.0 + seed % 2)
    assert features_of(problem) == FEATURES
    made = set()
    for engine, solution in plans_by_engine(problem, seed):
        made.add(engine)
        assert broken(problem, solution) == []
        if tests >= ALL_IN_ONE_PLAN:
            assert features_met(problem, solution) == FEATURES
    assert {"search", "ruin and recreate", "neighbourhoods"} <= made
