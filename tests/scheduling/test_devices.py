"""Naming individual devices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.construct import construct
from schedtest.scheduling.devices import name_devices, with_names
from schedtest.scheduling.incumbent import Incumbent, incumbent_of
from schedtest.scheduling.problem import DeviceType, Problem
from schedtest.scheduling.recreate import Engine
from tests.scheduling.plans import a_solution, broken_rules
from tests.scheduling.problems import a_device, a_problem, a_resource, a_task, random_problem


def a_pooled_plan(problem: Problem, *starts: int) -> tuple[Arrays, Incumbent]:
    mode = np.where(np.array(starts) < 0, -1, 0).astype(np.int32)
    return Arrays.of(problem), Incumbent(np.array(starts, dtype=np.int64), mode)


def test_a_device_under_calibration_is_never_named():
    problem = a_problem(
        devices=[a_device("robot-1", closed=[(0, 8)]), a_device("robot-2")],
        tasks=[a_task("lane keeping", 3, devices={"robot": 1})],
    )
    arrays, plan = a_pooled_plan(problem, 5)
    assert name_devices(arrays, plan).devices[0] == (("robot", ("robot-2",)),)


def test_turnaround_needs_a_second_device():
    problem = a_problem(
        device_types=[DeviceType(id="robot", turnaround=2)],
        devices=[a_device("robot-1"), a_device("robot-2")],
        tasks=[a_task("a", 3, devices={"robot": 1}), a_task("b", 3, devices={"robot": 1})],
    )
    arrays, plan = a_pooled_plan(problem, 0, 4)
    names = [naming[0][1] for naming in name_devices(arrays, plan).devices]
    assert sorted(names) == [("robot-1",), ("robot-2",)]


def test_a_campaign_keeps_its_device():
    problem = a_problem(
        devices=[a_device(f"robot-{n}") for n in range(4)],
        tasks=[a_task(f"t{n}", 2, devices={"robot": 1}, campaign="visit") for n in range(3)],
    )
    arrays, plan = a_pooled_plan(problem, 0, 4, 9)
    assert len({naming[0][1] for naming in name_devices(arrays, plan).devices}) == 1


@pytest.mark.parametrize("campaign", [None, "visit {}"])
def test_strangers_take_the_least_used_device(campaign: str | None):
    campaigns = [campaign and campaign.format(n) for n in range(4)]
    problem = a_problem(
        devices=[a_device(f"robot-{n}") for n in range(4)],
        tasks=[a_task(f"t{n}", 2, devices={"robot": 1}, campaign=name) for n, name in enumerate(campaigns)],
    )
    arrays, plan = a_pooled_plan(problem, 0, 4, 9, 12)
    assert len({naming[0][1] for naming in name_devices(arrays, plan).devices}) == 4


def test_without_campaigns_use_is_spread_too_as_the_plan_is_made():
    problem = a_problem(
        horizon=40,
        resources=[a_resource("bench")],
        devices=[a_device(f"robot-{n}") for n in range(4)],
        tasks=[a_task(f"t{n}", 2, {"bench": 1}, devices={"robot": 1}) for n in range(4)],
    )
    assert sorted(construct(Arrays.of(problem)).held) == [0, 1, 2, 3]
    visit = replace(problem, tasks=tuple(replace(task, campaign="visit") for task in problem.tasks))
    assert len(set(construct(Arrays.of(visit)).held)) == 1


def test_a_device_is_exchanged_when_the_last_task_finds_none():
    """The first takes robot-1 in passing; only robot-1 is open long enough for the second."""
    problem = a_problem(
        horizon=20,
        devices=[a_device("robot-1"), a_device("robot-2", closed=[(6, 20)])],
        tasks=[a_task("a", 3, devices={"robot": 1}), a_task("b", 9, devices={"robot": 1})],
    )
    arrays, plan = a_pooled_plan(problem, 0, 2)
    naming = name_devices(arrays, plan)
    assert naming.unnamed == ()
    assert [names[0][1] for names in naming.devices] == [("robot-2",), ("robot-1",)]


def test_what_cannot_be_named_is_told():
    problem = a_problem(
        horizon=10,
        devices=[a_device("robot-1", closed=[(0, 5)]), a_device("robot-2", closed=[(5, 10)])],
        tasks=[a_task("short", 3, devices={"robot": 1}), a_task("long", 6, devices={"robot": 1})],
    )
    arrays, plan = a_pooled_plan(problem, 0, 3)
    assert name_devices(arrays, plan).unnamed == (1,)


def test_names_given_are_kept():
    arrays = Arrays.of(random_problem(11, 60))
    plan = construct(arrays)
    assert np.array_equal(with_names(arrays, plan).held, plan.held)


def test_a_solution_comes_back_as_the_plan_it_was():
    arrays = Arrays.of(random_problem(12, 60))
    plan = construct(arrays)
    again = incumbent_of(arrays, a_solution(arrays, plan))
    assert np.array_equal(again.start, plan.start)
    assert np.array_equal(again.mode, plan.mode)
    assert broken_rules(arrays, again) == []


def test_an_engine_names_what_a_pooled_plan_does_not():
    arrays = Arrays.of(random_problem(13, 60))
    plan = construct(arrays)
    engine = Engine(arrays, Incumbent(plan.start, plan.mode), seed=1)
    assert broken_rules(arrays, engine.best) == []
