import os
import signal
import time
from concurrent.futures import BrokenExecutor

import pytest

from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.construct import construct
from schedtest.scheduling.lanes import Processes
from schedtest.scheduling.pieces import Walk
from tests.scheduling.problems import random_problem

pytestmark = pytest.mark.slow


def test_processes_that_are_still_starting_can_be_left_at_once() -> None:
    arrays = Arrays.of(random_problem(3, 1500))
    with Processes(arrays, 2) as lanes:
        assert not lanes.awake()


def test_a_killed_process_takes_its_piece_with_it_and_no_more() -> None:
    arrays = Arrays.of(random_problem(3, 60))
    walk = Walk(0, construct(arrays), seed=1, since=0.0, until=1.0, seconds=60.0)
    short = Walk(0, construct(arrays), seed=1, since=0.0, until=1.0, ruins=100)
    with Processes(arrays, 1) as lanes:
        assert lanes.submit(0, short).result(timeout=60).total > 0
        lost = lanes.submit(0, walk)
        time.sleep(0.2)
        os.kill(lanes._lanes[0]._process.pid or 0, signal.SIGKILL)
        with pytest.raises(BrokenExecutor):
            lost.result(timeout=60)
        assert lanes.submit(0, short).result(timeout=60).total > 0


def test_what_a_piece_raises_in_its_process_is_raised_here() -> None:
    arrays = Arrays.of(random_problem(3, 20))
    with Processes(arrays, 1) as lanes, pytest.raises(AttributeError):
        lanes.submit(0, "no piece").result(timeout=60)  # type: ignore[arg-type]


def test_pieces_under_way_hand_in_what_they_have_when_told_to_stop() -> None:
    arrays = Arrays.of(random_problem(3, 60))
    walk = Walk(0, construct(arrays), seed=1, since=0.0, until=1.0, seconds=600.0)
    with Processes(arrays, 1) as lanes:
        under_way = lanes.submit(0, walk)
        lanes.cancel()
        assert under_way.result(timeout=60).total > 0
