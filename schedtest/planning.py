"""The commands that plan: solve, repair, explain, recommend. What each needs is imported when it runs."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from schedtest.arguments import NO, WORKED, one_line, read, refuse, seconds, whole_number

if TYPE_CHECKING:
    from schedtest.cluster import Cluster
    from schedtest.scheduling.beside import Beside
    from schedtest.scheduling.problem import Problem
    from schedtest.scheduling.progress import ProgressReport
    from schedtest.scheduling.solution import Solution
    from schedtest.scheduling.stop import Stop


def solve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("problem", type=Path, metavar="PROBLEM")
    parser.add_argument("-o", dest="output", type=Path, metavar="SOLUTION", required=True)
    parser.add_argument("--seconds", type=seconds, help="time limit (60, unless --rounds is given)")
    parser.add_argument("--rounds", type=whole_number(0, 2**31 - 1), help="limit the work instead of the time")
    parser.add_argument("--workers", type=whole_number(1, 256), help="processes (one for each core)")
    parser.add_argument("--seed", type=whole_number(0, 2**31 - 1), default=1)
    parser.add_argument("--start", type=Path, metavar="SOLUTION", help="a plan to begin from")


def run_solve(chosen: argparse.Namespace) -> int:
    """Plan until the limit, or until told to stop: then too the best plan so far is written."""
    from schedtest.scheduling.stop import Stopwatch

    watch = Stopwatch()
    from schedtest.scheduling.files import read_problem
    from schedtest.scheduling.json_text import must_be_writable

    _, problem = read((chosen.output, must_be_writable), (chosen.problem, read_problem))
    (start,) = read((chosen.start, lambda path: _plan_for(problem, path))) if chosen.start else (None,)
    gc.freeze()  # the problem stays to the end: looking through it for garbage would take a tenth of the time

    from schedtest.scheduling.search import solve
    from schedtest.scheduling.stop import Rounds, Seconds

    limits: list[Stop] = [] if chosen.rounds is None else [Rounds(chosen.rounds)]
    if chosen.seconds is not None or not limits:
        limits.append(Seconds((60.0 if chosen.seconds is None else chosen.seconds) - watch.seconds()))
    with _helpers() if chosen.workers != 1 else nullcontext() as cluster:
        if cluster is not None and chosen.workers is None:
            chosen.workers = cluster.threads
        return _plan_until_told(chosen, partial(solve, problem, start=start, executor=cluster), limits)


@contextmanager
def _helpers() -> Iterator[Cluster | None]:
    """The machines that plan for this one, if any are set."""
    from schedtest.settings import dask_address

    address = dask_address()
    if address is None:
        yield None
        return
    from schedtest.cluster import NoCluster, cluster_at

    try:
        with cluster_at(address) as cluster:
            yield cluster
    except NoCluster as error:
        refuse([f"SCHEDTEST_DASK: {error}"])


def _plan_until_told(
    chosen: argparse.Namespace, search: Callable[..., Solution], limits: Sequence[Stop], before: Solution | None = None
) -> int:
    """Until a limit or a signal; the best plan by then is written.

    before: a plan that the new one is compared with, test by test.
    """
    from schedtest.scheduling.files import write_solution
    from schedtest.scheduling.lanes import WorkersFailed
    from schedtest.scheduling.solution import Status
    from schedtest.scheduling.stop import Cancelled, First

    told = threading.Event()

    def work() -> Solution:
        return search(
            stop=First(Cancelled(told.is_set), *limits),
            workers=chosen.workers or len(os.sched_getaffinity(0)),
            seed=chosen.seed,
            progress=_show_progress if sys.stderr.isatty() else None,
        )

    try:
        solution = _interruptible(told, work)
    except WorkersFailed as error:
        refuse([f"{error}; --workers 1 does without"])
    if sys.stderr.isatty():
        print(file=sys.stderr)
    read((chosen.output, lambda path: write_solution(path, solution)))
    print(one_line(_summary(solution)))
    if before is not None and solution.objective is not None:
        for sentence in _changes(before, solution):
            print(one_line(sentence))
    return NO if solution.status is Status.INFEASIBLE else WORKED


def _changes(before: Solution, after: Solution) -> Iterator[str]:
    """What stands elsewhere than before, and what has lost its place; who gets other devices is not told."""
    new = after.assignment_by_task
    for old in before.assignments:
        place = new.get(old.task)
        if place is None:
            yield f"{old.task}: out, was in {old.mode} from {old.start}"
        elif (place.start, place.mode) != (old.start, old.mode):
            yield f"{old.task}: in {place.mode} from {place.start}, was in {old.mode} from {old.start}"


def repair_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("problem", type=Path, metavar="PROBLEM")
    parser.add_argument("solution", type=Path, metavar="SOLUTION", help="a plan of before the problem changed")
    parser.add_argument("-o", dest="output", type=Path, metavar="SOLUTION2", required=True)
    parser.add_argument("--seconds", type=seconds, default=15.0, help="time limit (default: %(default)s)")
    parser.add_argument("--workers", type=whole_number(1, 256), help="processes (one for each core)")
    parser.add_argument("--seed", type=whole_number(0, 2**31 - 1), default=1)


def run_repair(chosen: argparse.Namespace) -> int:
    """Mend until the limit, or until told to stop: then too the best plan so far is written."""
    from schedtest.scheduling.stop import Stopwatch

    watch = Stopwatch()
    from schedtest.scheduling.files import read_problem
    from schedtest.scheduling.json_text import must_be_writable

    _, problem, plan = read(
        (chosen.output, must_be_writable), (chosen.problem, read_problem), (chosen.solution, partial(_plan_for, None))
    )

    from schedtest.scheduling.repair import repair
    from schedtest.scheduling.stop import Seconds

    limits = [Seconds(chosen.seconds - watch.seconds())]
    still = tuple(place for place in plan.assignments if place.task in problem.task_by_id)
    before = replace(plan, assignments=still)
    return _plan_until_told(chosen, partial(repair, problem, plan), limits, before)


def explain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("problem", type=Path, metavar="PROBLEM")
    parser.add_argument("solution", type=Path, metavar="SOLUTION")
    parser.add_argument("--task", metavar="ID", help="one of the tasks left out (all of them unless given)")
    parser.add_argument("-o", dest="output", type=Path, metavar="REASONS", required=True)


def run_explain(chosen: argparse.Namespace) -> int:
    from schedtest.scheduling.answers import write_explanations

    beside = _standing(chosen)
    out = [task.id for task in beside.lookup.problem.tasks if task.id not in beside.plan]
    if chosen.task is not None and chosen.task not in out:
        is_placed = chosen.task in beside.lookup.task
        refuse(
            [f"--task: expected a task that is left out, found {'one that is placed' if is_placed else chosen.task}"]
        )

    from schedtest.scheduling.explain import Explainer

    explainer, explanations = Explainer(beside), []
    asked = out if chosen.task is None else [chosen.task]
    for number, task in enumerate(asked, start=1):
        if sys.stderr.isatty():
            print(f"\r{number} of {len(asked)}\x1b[K", end="", file=sys.stderr, flush=True)
        explanations.append(explainer.of(task, thorough=chosen.task is not None))
    if sys.stderr.isatty():
        print(file=sys.stderr)
    read((chosen.output, lambda path: write_explanations(path, explanations)))
    for explanation in explanations:
        ways = ", or ".join(way.text for way in explanation.ways) or "no single change that was tried lets it in"
        print(one_line(f"{explanation.task}: {'; '.join(cause.text for cause in explanation.causes)}. {ways}."))
    return WORKED


def recommend_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("problem", type=Path, metavar="PROBLEM")
    parser.add_argument("solution", type=Path, metavar="SOLUTION", help="today's plan, without the campaign's tasks")
    parser.add_argument("--campaign", metavar="ID", required=True)
    parser.add_argument(
        "--best", type=whole_number(1, 100), default=1, metavar="K", help="offers for each aim (default: 1)"
    )
    parser.add_argument("-o", dest="output", type=Path, metavar="OFFERS", required=True)


def run_recommend(chosen: argparse.Namespace) -> int:
    from schedtest.scheduling.answers import write_offers

    beside = _standing(chosen, chosen.campaign)

    from schedtest.scheduling.recommend import recommend

    try:
        offers = recommend(beside, chosen.campaign, best=chosen.best)
    except ValueError as error:
        refuse([f"{chosen.solution}: {error}"])
    read((chosen.output, lambda path: write_offers(path, offers)))
    for offer in offers:
        counts = f"{len(offer.assignments)} placed, {len(offer.left_out)} left out"
        print(f"{offer.aim}: finish {offer.finish}, stay {offer.stay}, cost {offer.cost}, late {offer.late}, {counts}")
    return WORKED if offers else NO


def _standing(chosen: argparse.Namespace, campaign: str | None = None) -> Beside:
    """The plan, which must keep every rule; of a campaign's tasks it need say nothing."""
    from schedtest.scheduling.beside import Beside
    from schedtest.scheduling.check import check
    from schedtest.scheduling.files import read_problem
    from schedtest.scheduling.json_text import must_be_writable
    from schedtest.scheduling.model.lookup import Lookup

    _, problem = read((chosen.output, must_be_writable), (chosen.problem, read_problem))
    (solution,) = read((chosen.solution, lambda path: _plan_for(problem, path)))
    asked = {task.id for task in problem.tasks if campaign is not None and task.campaign == campaign}
    if campaign is not None and not asked:
        refuse([f"--campaign: expected a campaign of the problem, found {campaign}"])
    broken = [
        violation
        for violation in check(problem, solution)
        if violation.rule not in ("objective", "bound") and not asked.issuperset(violation.tasks or ("the whole",))
    ]
    if broken:
        refuse(f"{chosen.solution}: expected a plan that keeps every rule, found: {violation}" for violation in broken)
    return Beside(Lookup(problem), solution.assignment_by_task)


def _plan_for(problem: Problem | None, path: Path) -> Solution:
    """Of the problem; of one that has changed since if None."""
    from schedtest.scheduling.consistency import faults_between, faults_within
    from schedtest.scheduling.faults import Faulty
    from schedtest.scheduling.files import read_solution

    solution = read_solution(path)
    faults = tuple(faults_within(solution) if problem is None else faults_between(problem, solution))
    if faults:
        raise Faulty(faults)
    return solution


def _interruptible(told: threading.Event, work: Callable[[], Solution]) -> Solution:
    """Work in a second thread, so that a signal is heard at once: the first asks for the end, the second ends all."""

    def tell(number: int, _frame: object) -> None:
        told.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, tell)
    with ThreadPoolExecutor(1, initializer=_deafen) as side:
        planned = side.submit(work)
        while not wait([planned], timeout=0.2).done:
            pass
        return planned.result()


def _deafen() -> None:
    """A terminal's Ctrl-C reaches the whole group; processes started from this thread leave it to us."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _show_progress(report: ProgressReport) -> None:
    """One line, written over and over; only a terminal gets it."""
    so_far = f"{report.seconds:7.1f} s  {report.phase}: {report.placed} of {report.asked} placed"
    print(f"\r{so_far}, total {report.total}, bound {report.bound}\x1b[K", end="", file=sys.stderr, flush=True)


def _summary(solution: Solution) -> str:
    if solution.conflict is not None:
        together = (*solution.conflict.tasks, *solution.conflict.resources)
        fails = "has no place" if len(together) == 1 else "cannot stand together"
        return f"{solution.status}: {', '.join(together)} {fails}"
    if solution.objective is None:
        return str(solution.status)
    counts = f"{len(solution.assignments)} placed, {len(solution.unscheduled)} left out"
    return f"{solution.status}: total {solution.objective.total}, bound {solution.bound}, {counts}"
