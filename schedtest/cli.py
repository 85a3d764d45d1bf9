"""The command line: a table of commands, each with its arguments and what it does.

Ends with 0 when it worked, 1 when the answer is no, 2 on bad input. What a command needs is imported when it runs.
"""

from __future__ import annotations

import argparse
import gc
import math
import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:
    from schedtest.cluster import Cluster
    from schedtest.scheduling.beside import Beside
    from schedtest.scheduling.problem import Problem
    from schedtest.scheduling.progress import ProgressReport
    from schedtest.scheduling.solution import Solution
    from schedtest.scheduling.stop import Stop

WORKED, NO, BAD_INPUT = 0, 1, 2

CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")


class Command(NamedTuple):
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    chosen = _parser().parse_args(arguments)
    try:
        answer = COMMANDS[chosen.command].run(chosen)
        sys.stdout.flush()
        return answer
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__}: {error}"
        _complain([f"This is a mistake in schedtest itself ({Path(place.filename).name}, line {place.lineno}): {what}"])
        return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="schedtest", description="Books and schedules an automotive test facility.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.arguments(commands.add_parser(name, help=command.help, description=command.help))
    return parser


def _complain(sentences: Iterable[object]) -> None:
    for sentence in sentences:
        print(one_line(str(sentence)), file=sys.stderr)


def one_line(text: str) -> str:
    """With control characters and line ends escaped, so that one message stays one line."""
    return CONTROL.sub(lambda letter: ascii(letter[0])[1:-1], text)


def _read(*wanted: tuple[Path, Callable[[Path], Any]]) -> tuple[Any, ...]:
    """The files as their readers give them; ends the command with every fault of every file."""
    from schedtest.scheduling.faults import Faulty

    read, sentences = [], []
    for path, reader in wanted:
        try:
            read.append(reader(path))
        except Faulty as faulty:
            named = (str(fault) for fault in faulty.faults)
            sentences += [fault if fault.startswith(str(path)) else f"{path}: {fault}" for fault in named]
    if sentences:
        _refuse(sentences)
    return tuple(read)


def _refuse(sentences: Iterable[object]) -> NoReturn:
    _complain(sentences)
    raise SystemExit(BAD_INPUT)


def _solve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("problem", type=Path, metavar="PROBLEM")
    parser.add_argument("-o", dest="output", type=Path, metavar="SOLUTION", required=True)
    parser.add_argument("--seconds", type=_seconds, help="time limit (60, unless --rounds is given)")
    parser.add_argument("--rounds", type=_whole(0, 2**31 - 1), help="limit the work instead of the time")
    parser.add_argument("--workers", type=_whole(1, 256), help="processes (one for each core)")
    parser.add_argument("--seed", type=_whole(0, 2**31 - 1), default=1)
    parser.add_argument("--start", type=Path, metavar="SOLUTION", help="a plan to begin from")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number of 0 or more, found {text}")
    return value


def _whole(least: int, most: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 20 or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"expected a whole number from {least} to {most}, found {text}")
        return int(text)

    return whole


def _solve(chosen: argparse.Namespace) -> int:
    """Plan until the limit, or until told to stop: then too the best plan so far is written."""
    from schedtest.scheduling.stop import Stopwatch

    watch = Stopwatch()
    from schedtest.scheduling.files import read_problem
    from schedtest.scheduling.json_text import must_be_writable

    _, problem = _read((chosen.output, must_be_writable), (chosen.problem, read_problem))
    (start,) = _read((chosen.start, lambda path: _plan_for(problem, path))) if chosen.start else (None,)
    gc.freeze()  # the problem stays to the end: looking through it for garbage would take a tenth of the time

    from schedtest.scheduling.search import solve
    from schedtest.scheduling.stop import Rounds, Seconds

    limits: list[Stop] = [] if chosen.rounds is None else [Rounds(chosen.rounds)]
    if chosen.seconds is not None or not limits:
        limits.append(Seconds((60.0 if chosen.seconds is None else chosen.seconds) - watch.seconds()))
    with _helpers() as cluster:
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
        _refuse([f"SCHEDTEST_DASK: {error}"])


def _plan_until_told(
    chosen: argparse.Namespace, search: Callable[..., Solution], limits: Sequence[Stop], before: Solution | None = None
) -> int:
    """Until a limit or a signal; the best plan by then is written.

    before: a plan that the new one is compared with, test by test.
    """
    from schedtest.scheduling.files import write_solution
    from schedtest.scheduling.solution import Status
    from schedtest.scheduling.stop import Cancelled, First

    told = threading.Event()
    solution = _interruptible(
        told,
        lambda: search(
            stop=First(Cancelled(told.is_set), *limits),
            workers=chosen.workers or len(os.sched_getaffinity(0)),
            seed=chosen.seed,
            progress=_show_progress if sys.stderr.isatty() else None,
        ),
    )
    if sys.stderr.isatty():
        print(file=sys.stderr)
    _read((chosen.output, lambda path: write_solution(path, solution)))
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


def _repair_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("problem", type=Path, metavar="PROBLEM")
    parser.add_argument("solution", type=Path, metavar="SOLUTION", help="a plan of before the problem changed")
    parser.add_argument("-o", dest="output", type=Path, metavar="SOLUTION2", required=True)
    parser.add_argument("--seconds", type=_seconds, default=15.0, help="time limit (default: %(default)s)")
    parser.add_argument("--workers", type=_whole(1, 256), help="processes (one for each core)")
    parser.add_argument("--seed", type=_whole(0, 2**31 - 1), default=1)


def _repair(chosen: argparse.Namespace) -> int:
    """Mend until the limit, or until told to stop: then too the best plan so far is written."""
    from schedtest.scheduling.stop import Stopwatch

    watch = Stopwatch()
    from schedtest.scheduling.files import read_problem
    from schedtest.scheduling.json_text import must_be_writable

    _, problem = _read((chosen.output, must_be_writable), (chosen.problem, read_problem))
    (plan,) = _read((chosen.solution, lambda path: _plan_for(problem, path)))

    from schedtest.scheduling.repair import repair
    from schedtest.scheduling.stop import Seconds

    limits = [Seconds(chosen.seconds - watch.seconds())]
    return _plan_until_told(chosen, partial(repair, problem, plan), limits, before=plan)


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("problem", type=Path, metavar="PROBLEM")
    parser.add_argument("solution", type=Path, metavar="SOLUTION")
    parser.add_argument("--task", metavar="ID", help="one of the tasks left out (all of them unless given)")
    parser.add_argument("-o", dest="output", type=Path, metavar="REASONS", required=True)


def _explain(chosen: argparse.Namespace) -> int:
    from schedtest.scheduling.answers import write_explanations

    beside = _standing(chosen)
    out = [task.id for task in beside.lookup.problem.tasks if task.id not in beside.plan]
    if chosen.task is not None and chosen.task not in out:
        is_placed = chosen.task in beside.lookup.task
        _refuse(
            [f"--task: expected a task that is left out, found {'one that is placed' if is_placed else chosen.task}"]
        )

    from schedtest.scheduling.explain import Explainer

    explainer = Explainer(beside)
    if chosen.task is None:
        explanations = [explainer.of(task, thorough=False) for task in out]
    else:
        explanations = [explainer.of(chosen.task)]
    _read((chosen.output, lambda path: write_explanations(path, explanations)))
    for explanation in explanations:
        ways = ", or ".join(way.text for way in explanation.ways) or "no single change that was tried lets it in"
        print(one_line(f"{explanation.task}: {'; '.join(cause.text for cause in explanation.causes)}. {ways}."))
    return WORKED


def _recommend_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("problem", type=Path, metavar="PROBLEM")
    parser.add_argument("solution", type=Path, metavar="SOLUTION", help="today's plan, without the campaign's tasks")
    parser.add_argument("--campaign", metavar="ID", required=True)
    parser.add_argument("--best", type=_whole(1, 100), default=1, metavar="K", help="offers for each aim (default: 1)")
    parser.add_argument("-o", dest="output", type=Path, metavar="OFFERS", required=True)


def _recommend(chosen: argparse.Namespace) -> int:
    from schedtest.scheduling.answers import write_offers

    beside = _standing(chosen, chosen.campaign)

    from schedtest.scheduling.recommend import recommend

    try:
        offers = recommend(beside, chosen.campaign, best=chosen.best)
    except ValueError as error:
        _refuse([f"{chosen.solution}: {error}"])
    _read((chosen.output, lambda path: write_offers(path, offers)))
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

    _, problem = _read((chosen.output, must_be_writable), (chosen.problem, read_problem))
    (solution,) = _read((chosen.solution, lambda path: _plan_for(problem, path)))
    asked = {task.id for task in problem.tasks if campaign is not None and task.campaign == campaign}
    if campaign is not None and not asked:
        _refuse([f"--campaign: expected a campaign of the problem, found {campaign}"])
    broken = [
        violation
        for violation in check(problem, solution)
        if violation.rule not in ("objective", "bound") and not asked.issuperset(violation.tasks or ("the whole",))
    ]
    if broken:
        _refuse(f"{chosen.solution}: expected a plan that keeps every rule, found: {violation}" for violation in broken)
    return Beside(Lookup(problem), solution.assignment_by_task)


def _plan_for(problem: Problem, path: Path) -> Solution:
    from schedtest.scheduling.consistency import faults_between
    from schedtest.scheduling.faults import Faulty
    from schedtest.scheduling.files import read_solution

    solution = read_solution(path)
    faults = tuple(faults_between(problem, solution))
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
        together = ", ".join((*solution.conflict.tasks, *solution.conflict.resources))
        return f"{solution.status}: {together} cannot stand together"
    if solution.objective is None:
        return str(solution.status)
    counts = f"{len(solution.assignments)} placed, {len(solution.unscheduled)} left out"
    return f"{solution.status}: total {solution.objective.total}, bound {solution.bound}, {counts}"


def _check_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("problem", type=Path, metavar="PROBLEM")
    parser.add_argument("solution", type=Path, metavar="SOLUTION")


def _check(chosen: argparse.Namespace) -> int:
    from schedtest.scheduling.check import PARTS, check, cost_of
    from schedtest.scheduling.files import read_problem, read_solution

    problem, solution = _read((chosen.problem, read_problem), (chosen.solution, read_solution))
    violations = check(problem, solution)
    for violation in violations:
        print(one_line(str(violation)))
    if violations:
        return NO
    cost = cost_of(problem, solution.assignments)
    for part in ("total", *PARTS):
        print(f"{part} {getattr(cost, part)}")
    return WORKED


def _generate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tests", type=_whole(1, 100_000), required=True, metavar="N")
    parser.add_argument("--weeks", type=_whole(1, 104), required=True, metavar="W")
    parser.add_argument("--seed", type=_whole(0, 2**31 - 1), required=True, metavar="N")
    parser.add_argument("--load", type=_load, default=1.0, metavar="X", help="how tightly (default: %(default)s)")
    parser.add_argument("-o", dest="output", type=Path, metavar="PROBLEM", required=True)


def _load(text: str) -> float:
    value = _seconds(text)
    if not 0.1 <= value <= 10:
        raise argparse.ArgumentTypeError(f"expected a number from 0.1 to 10, found {text}")
    return value


def _generate(chosen: argparse.Namespace) -> int:
    from schedtest.booking.generate import generate
    from schedtest.scheduling.files import write_problem
    from schedtest.scheduling.json_text import must_be_writable

    _read((chosen.output, must_be_writable))
    problem = generate(tests=chosen.tests, weeks=chosen.weeks, seed=chosen.seed, load=chosen.load)
    _read((chosen.output, lambda path: write_problem(path, problem)))
    print(f"{chosen.tests} tests, {len(problem.tasks)} tasks over {problem.horizon} slots")
    return WORKED


def _catalogue_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("load", "export"))
    parser.add_argument("folder", type=Path, metavar="DIR")


def _catalogue(chosen: argparse.Namespace) -> int:
    from schedtest.booking.access import SYSTEM
    from schedtest.booking.catalogue import Faulty, export, load
    from schedtest.models.database import open_sessions, upgrade
    from schedtest.settings import Settings

    if chosen.action == "load" and not chosen.folder.is_dir():
        _refuse([f"{chosen.folder}: expected a folder"])
    database = Settings.from_environment().database
    upgrade(database)
    sessions = open_sessions(database)
    try:
        if chosen.action == "load":
            loaded = load(sessions, SYSTEM, chosen.folder, datetime.now(UTC))
            print(f"{loaded.rows} rows: {loaded.added} added, {loaded.changed} changed, {loaded.removed} removed")
        else:
            export(sessions, SYSTEM, chosen.folder)
    except Faulty as faulty:
        _refuse(faulty.faults)
    except OSError as error:
        _refuse([f"{chosen.folder}: expected a folder to write to, found {error.strerror or error}"])
    return WORKED


def _serve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")


def _serve(chosen: argparse.Namespace) -> int:
    from schedtest.settings import Settings
    from schedtest.web.serve import serve

    return serve(Settings.from_environment(), host=chosen.host, port=chosen.port)


def _work(chosen: argparse.Namespace) -> int:
    from schedtest.settings import Settings
    from schedtest.worker import work

    return work(Settings.from_environment())


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    _serve_arguments(parser)
    parser.add_argument("--reset", action="store_true", help="start over with fresh data")
    parser.add_argument("--today", type=_day, metavar="YYYY-MM-DD", help="make it as if it were begun on this day")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a day as in 2027-01-31, found {text}") from None


def _demo(chosen: argparse.Namespace) -> int:
    from schedtest.demo import run_demo
    from schedtest.settings import Settings

    settings = Settings.from_environment()
    return run_demo(settings, host=chosen.host, port=chosen.port, reset=chosen.reset, today=chosen.today)


COMMANDS = {
    "solve": Command("plan a problem", _solve_arguments, _solve),
    "repair": Command("mend a plan after its problem has changed", _repair_arguments, _repair),
    "explain": Command("say why tasks are left out, and what would let them in", _explain_arguments, _explain),
    "recommend": Command(
        "offer places for a campaign in a plan in which nothing moves", _recommend_arguments, _recommend
    ),
    "check": Command("say whether a plan keeps every rule of its problem", _check_arguments, _check),
    "generate": Command("write a problem drawn from the packaged catalogue", _generate_arguments, _generate),
    "catalogue": Command("load the catalogue from CSV files, or write it to them", _catalogue_arguments, _catalogue),
    "demo": Command("serve the demo institute, pages and worker together", _demo_arguments, _demo),
    "serve": Command("serve the pages", _serve_arguments, _serve),
    "work": Command("do what the pages ask for: runs and mails", lambda parser: None, _work),
}
