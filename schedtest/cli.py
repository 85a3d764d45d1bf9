"""The command line: a table of commands, each with its arguments and what it does.

Ends with 0 when it worked, 1 when the answer is no, 2 on bad input. What a command needs is imported when it runs.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from schedtest.arguments import BAD_INPUT, NO, WORKED, complain, one_line, read, refuse, seconds, whole_number
from schedtest.planning import (
    explain_arguments,
    recommend_arguments,
    repair_arguments,
    run_explain,
    run_recommend,
    run_repair,
    run_solve,
    solve_arguments,
)


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
        complain([f"This is a mistake in schedtest itself ({Path(place.filename).name}, line {place.lineno}): {what}"])
        return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="schedtest", description="Books and schedules an automotive test facility.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.arguments(commands.add_parser(name, help=command.help, description=command.help))
    return parser


def _check_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("problem", type=Path, metavar="PROBLEM")
    parser.add_argument("solution", type=Path, metavar="SOLUTION")


def _check(chosen: argparse.Namespace) -> int:
    from schedtest.scheduling.check import PARTS, check, cost_of
    from schedtest.scheduling.files import read_problem, read_solution

    problem, solution = read((chosen.problem, read_problem), (chosen.solution, read_solution))
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
    parser.add_argument("--tests", type=whole_number(1, 100_000), required=True, metavar="N")
    parser.add_argument("--weeks", type=whole_number(1, 104), required=True, metavar="W")
    parser.add_argument("--seed", type=whole_number(0, 2**31 - 1), required=True, metavar="N")
    parser.add_argument("--load", type=_load, default=1.0, metavar="X", help="how tightly (default: %(default)s)")
    parser.add_argument("-o", dest="output", type=Path, metavar="PROBLEM", required=True)


def _load(text: str) -> float:
    value = seconds(text)
    if not 0.1 <= value <= 10:
        raise argparse.ArgumentTypeError(f"expected a number from 0.1 to 10, found {text}")
    return value


def _generate(chosen: argparse.Namespace) -> int:
    from schedtest.booking.generate import generate
    from schedtest.scheduling.files import write_problem
    from schedtest.scheduling.json_text import must_be_writable

    read((chosen.output, must_be_writable))
    problem = generate(tests=chosen.tests, weeks=chosen.weeks, seed=chosen.seed, load=chosen.load)
    read((chosen.output, lambda path: write_problem(path, problem)))
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
        refuse([f"{chosen.folder}: expected a folder"])
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
        refuse(faulty.faults)
    except OSError as error:
        refuse([f"{chosen.folder}: expected a folder to write to, found {error.strerror or error}"])
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
    "solve": Command("plan a problem", solve_arguments, run_solve),
    "repair": Command("mend a plan after its problem has changed", repair_arguments, run_repair),
    "explain": Command("say why tasks are left out, and what would let them in", explain_arguments, run_explain),
    "recommend": Command(
        "offer places for a campaign in a plan in which nothing moves", recommend_arguments, run_recommend
    ),
    "check": Command("say whether a plan keeps every rule of its problem", _check_arguments, _check),
    "generate": Command("write a problem drawn from the packaged catalogue", _generate_arguments, _generate),
    "catalogue": Command("load the catalogue from CSV files, or write it to them", _catalogue_arguments, _catalogue),
    "demo": Command("serve the demo institute, pages and worker together", _demo_arguments, _demo),
    "serve": Command("serve the pages", _serve_arguments, _serve),
    "work": Command("do what the pages ask for: runs and mails", lambda parser: None, _work),
}
