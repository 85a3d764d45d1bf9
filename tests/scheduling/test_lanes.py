import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from schedtest.scheduling.arrays import Arrays
from schedtest.scheduling.construct import construct
from schedtest.scheduling.files import write_problem
from schedtest.scheduling.lanes import Here, Processes, WorkersFailed, lanes_for
from schedtest.scheduling.pieces import Breed, Walk
from tests.scheduling.problems import random_problem
from tests.scheduling.test_differences import is_same, never

pytestmark = pytest.mark.slow


def test_processes_that_are_still_starting_can_be_left_at_once() -> None:
    arrays = Arrays.of(random_problem(3, 1500))
    with Processes(arrays, 2) as lanes:
        lanes.wake()
        assert not lanes.awake()


def test_a_killed_process_takes_its_piece_with_it_and_no_more() -> None:
    arrays = Arrays.of(random_problem(3, 60))
    plan, walk = construct(arrays), Walk(0, seed=1, since=0.0, until=1.0, seconds=60.0)
    short = Walk(0, seed=1, since=0.0, until=1.0, ruins=100)
    with Processes(arrays, 1) as lanes:
        lanes.wake()
        assert lanes.submit(0, short, plan).result(timeout=60).outcome.total > 0
        lost = lanes.submit(0, walk, plan)
        time.sleep(0.2)
        os.kill(lanes._lanes[0]._process.pid or 0, signal.SIGKILL)
        with pytest.raises(BrokenExecutor):
            lost.result(timeout=60)
        assert lanes.submit(0, short, plan).result(timeout=60).outcome.total > 0


def test_a_script_whose_workers_cannot_start_is_told_how_to_start_them(tmp_path: Path) -> None:
    """Each worker imports the script, and would plan in its turn."""
    problem, script = tmp_path / "problem.json", tmp_path / "plan.py"
    write_problem(problem, random_problem(3, 200))
    script.write_text(
        "from pathlib import Path\n"
        "from schedtest.scheduling.files import read_problem\n"
        "from schedtest.scheduling.search import solve\n"
        "from schedtest.scheduling.stop import Seconds\n"
        f"solve(read_problem(Path({str(problem)!r})), stop=Seconds(600), workers=2)\n"
    )
    told = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 1
    # what Python says of semaphores may follow: a worker that is ended while it plans in its turn leaves one
    raised = [
        line for line in told.stderr.splitlines() if line.startswith(f"{WorkersFailed.__module__}.WorkersFailed: ")
    ]
    assert len(raised) == 1
    assert 'beneath `if __name__ == "__main__":`' in raised[0]


def test_what_a_piece_raises_in_its_process_is_raised_here() -> None:
    arrays = Arrays.of(random_problem(3, 20))
    with Processes(arrays, 1) as lanes:
        lanes.wake()
        failed = lanes.submit(0, Breed(0, total=1, seed=1, plans=1), construct(arrays))  # it is no project
        with pytest.raises(AssertionError):
            failed.result(timeout=60)


def test_pieces_under_way_hand_in_what_they_have_when_told_to_stop() -> None:
    arrays = Arrays.of(random_problem(3, 60))
    plan, walk = construct(arrays), Walk(0, seed=1, since=0.0, until=1.0, seconds=600.0)
    with Processes(arrays, 1) as lanes:
        lanes.wake()
        under_way = lanes.submit(0, walk, plan)
        lanes.cancel()
        assert under_way.result(timeout=60).outcome.total > 0


def test_a_process_told_to_stop_is_there_for_more_pieces_once_it_is_woken_again() -> None:
    arrays = Arrays.of(random_problem(3, 60))
    plan = construct(arrays)
    with Processes(arrays, 1) as lanes:
        lanes.wake()
        lanes.cancel()
        assert (
            lanes.submit(0, Walk(0, seed=1, since=0.0, until=1.0, ruins=100), plan).result(timeout=60).outcome.cost == 0
        )
        lanes.wake()
        assert (
            lanes.submit(0, Walk(0, seed=1, since=0.0, until=1.0, ruins=100), plan).result(timeout=60).outcome.cost > 0
        )


@pytest.mark.parametrize("elsewhere", [False, True])
def test_plans_travel_as_differences_and_arrive_as_they_were(elsewhere: bool) -> None:
    arrays = Arrays.of(random_problem(3, 60))
    plan = construct(arrays)
    with ThreadPoolExecutor(1) as executor, lanes_for(arrays, 2, executor if elsewhere else None, never) as lanes:
        lanes.wake()
        here = Here(arrays, never)
        for seed in range(6):
            walk = Walk(2 + seed, seed=seed, since=1.0, until=1.0, ruins=3 * 2**seed)
            there, told = lanes.submit(0, walk, plan).result(timeout=60)
            plan, expected = here.submit(0, walk, plan).result()
            assert told == expected
            assert is_same(there, plan)
