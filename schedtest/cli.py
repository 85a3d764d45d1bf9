"""The command line: a table of commands, each with its arguments and what it does.

Ends with 0 when it worked, 1 when the answer is no, 2 on bad input. What a command needs is imported when it runs.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

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
        return COMMANDS[chosen.command].run(chosen)
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


COMMANDS = {
    "check": Command("say whether a plan keeps every rule of its problem", _check_arguments, _check),
    "catalogue": Command("load the catalogue from CSV files, or write it to them", _catalogue_arguments, _catalogue),
}
