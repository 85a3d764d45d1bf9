"""Planning on other machines: a Dask scheduler and workers as processes of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import pytest

from schedtest.booking.generate import generate
from schedtest.cli import main
from schedtest.cluster import NoCluster, cluster_at
from schedtest.scheduling.check import check
from schedtest.scheduling.files import read_problem, read_solution, write_problem
from schedtest.scheduling.search import solve
from schedtest.scheduling.stop import Cancelled, First, Seconds

pytestmark = pytest.mark.slow

WORKERS = 2


def dask(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )


def said(process: subprocess.Popen[str], pattern: str) -> str:
    """The first match in what it writes; the rest is read away."""
    assert process.stderr is not None
    for line in process.stderr:
        found = re.search(pattern, line)
        if found:
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return found[1]
    raise AssertionError(f"{process.args} ended without saying {pattern}")


def worker_of(address: str) -> subprocess.Popen[str]:
    return dask("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")


class Running(NamedTuple):
    address: str
    scheduler: subprocess.Popen[str]
    workers: list[subprocess.Popen[str]]


@pytest.fixture
def cluster() -> Iterator[Running]:
    scheduler = dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
    workers: list[subprocess.Popen[str]] = []
    try:
        address = said(scheduler, r"Scheduler at:\s+(tcp://\S+)")
        workers += [worker_of(address) for _ in range(WORKERS)]
        for worker in workers:
            said(worker, r"(Registered to|Starting established connection)")
        yield Running(address, scheduler, workers)
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()
            assert process.stderr is not None
            process.stderr.close()


def test_a_worker_that_is_killed_takes_at_most_its_pieces_with_it(cluster: Running):
    address, _, workers = cluster
    problem = generate(tests=150, weeks=6, seed=3, load=1.2)
    totals: list[tuple[float, int]] = []
    killed = threading.Event()

    def kill_one() -> None:
        os.kill(workers[0].pid, signal.SIGKILL)
        killed.set()

    threading.Timer(7.0, kill_one).start()
    with cluster_at(address) as executor:
        assert executor.threads == WORKERS
        solution = solve(
            problem,
            stop=Seconds(14),
            workers=executor.threads,
            executor=executor,
            progress=lambda report: totals.append((report.seconds, report.total or 0)),
        )
    assert killed.is_set()
    assert check(problem, solution) == []
    assert solution.seconds < 16.5
    first = next(total for _, total in totals if total)
    assert solution.objective is not None
    assert solution.objective.total < first


def test_what_was_sent_is_sent_anew_to_workers_that_come_in_place_of_all_that_had_it(
    cluster: Running,
):
    address, _, workers = cluster
    problem = generate(tests=5, weeks=4, seed=3, load=1.0)
    with cluster_at(address) as executor:
        assert executor.submit(attrgetter("horizon"), problem).result(timeout=30) == problem.horizon
        for worker in workers:
            worker.kill()
        lost = executor.submit(attrgetter("horizon"), problem)
        workers.append(worker_of(address))
        with pytest.raises(BrokenExecutor):
            lost.result(timeout=30)
        said(workers[-1], r"(Registered to|Starting established connection)")
        assert executor.submit(attrgetter("horizon"), problem).result(timeout=30) == problem.horizon


def test_a_search_goes_on_in_its_own_process_when_the_scheduler_is_gone(
    cluster: Running, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("schedtest.cluster.CONNECT_SECONDS", 2.0)  # also for how long the client tries to come back
    problem = generate(tests=150, weeks=6, seed=3, load=1.2)
    with cluster_at(cluster.address) as executor:
        threading.Timer(3.0, cluster.scheduler.kill).start()
        solution = solve(problem, stop=Seconds(16), workers=executor.threads, executor=executor)
    assert check(problem, solution) == []
    assert solution.seconds < 18.5
    assert solution.trace[-1].seconds > 8


def test_nobody_waits_where_no_worker_is_left(cluster: Running):
    """Sending a problem to nobody is given up after some seconds."""
    address, _, workers = cluster
    with cluster_at(address) as executor:
        for worker in workers:
            worker.kill()
        while executor.threads:
            time.sleep(0.1)
        piece = executor.submit(attrgetter("horizon"), generate(tests=5, weeks=4, seed=3, load=1.0))
        assert not piece.done()
        with pytest.raises(BrokenExecutor):
            piece.result(timeout=60)


def test_a_stop_is_heard_within_two_seconds(cluster: Running):
    address = cluster.address
    problem = generate(tests=150, weeks=6, seed=3, load=1.2)
    told = threading.Event()
    threading.Timer(6.0, told.set).start()
    with cluster_at(address) as executor:
        solution = solve(
            problem, stop=First(Cancelled(told.is_set), Seconds(60)), workers=executor.threads, executor=executor
        )
    assert check(problem, solution) == []
    assert solution.seconds < 8.5


def test_the_command_line_plans_on_the_cluster_that_is_set(
    cluster: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    address = cluster.address
    write_problem(tmp_path / "problem.json", generate(tests=40, weeks=4, seed=3, load=1.0))
    code = (
        "import sys\nfrom schedtest.cli import main\n"
        f"sys.exit(main(['solve', {str(tmp_path / 'problem.json')!r}, '-o', {str(tmp_path / 'plan.json')!r},"
        " '--seconds', '8']))"
    )
    monkeypatch.setenv("SCHEDTEST_DASK", address)
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    problem = read_problem(tmp_path / "problem.json")
    assert check(problem, read_solution(tmp_path / "plan.json")) == []


def test_a_cluster_that_does_not_answer_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    nobody = "tcp://127.0.0.1:9"
    with pytest.raises(NoCluster, match="no Dask scheduler answers"), cluster_at(nobody):
        pass
    write_problem(tmp_path / "problem.json", generate(tests=5, weeks=4, seed=3, load=1.0))
    monkeypatch.setenv("SCHEDTEST_DASK", nobody)
    with pytest.raises(SystemExit) as ended:
        main(["solve", str(tmp_path / "problem.json"), "-o", str(tmp_path / "plan.json")])
    assert ended.value.code == 2
    assert "SCHEDTEST_DASK" in capsys.readouterr().err
    assert not (tmp_path / "plan.json").exists()
