"""What lies between two plans."""

from __future__ import annotations

import pickle
from itertools import product

import numpy as np
import pytest

from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.construct import construct
from schedtest.scheduling.differences import applied, difference, nothing_placed
from schedtest.scheduling.incumbent import Incumbent
from tests.scheduling.problems import random_problem


def never() -> bool:
    return False


def is_same(one: Incumbent, other: Incumbent) -> bool:
    if (one.held is None) != (other.held is None):
        return False
    pairs = [(one.start, other.start), (one.mode, other.mode)]
    if one.held is not None and other.held is not None:
        pairs.append((one.held, other.held))
    return all(np.array_equal(left, right) for left, right in pairs)


def any_plan(arrays: Arrays, random: np.random.Generator) -> Incumbent:
    tasks, places = len(arrays.problem.tasks), int(arrays.tables.held_first[-1])
    held = random.integers(-1, 3, places, dtype=np.int32) if random.random() < 0.7 else None
    return Incumbent(random.integers(-1, 3, tasks), random.integers(-1, 2, tasks, dtype=np.int32), held)


@pytest.mark.parametrize("seed", range(30))
def test_a_difference_leads_from_any_plan_to_any_other(seed: int) -> None:
    arrays, random = Arrays.of(random_problem(seed, 12)), np.random.default_rng(seed)
    plans = [nothing_placed(arrays), any_plan(arrays, random), any_plan(arrays, random)]
    for before, after in product(plans, plans):
        assert is_same(applied(arrays, before, difference(before, after)), after)


def test_of_a_plan_that_hardly_differs_hardly_anything_travels():
    arrays = Arrays.of(random_problem(3, 400))
    plan = construct(arrays)
    assert plan.held is not None
    start = plan.start.copy()
    start[:3] += 1
    change = difference(plan, Incumbent(start, plan.mode, plan.held))
    assert change.tasks.tolist() == [0, 1, 2]
    assert change.places is not None
    assert not len(change.places)
    assert len(pickle.dumps(change)) < len(pickle.dumps(plan)) / 10
