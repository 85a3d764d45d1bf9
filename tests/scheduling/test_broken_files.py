"""Files broken at random: each is read, or told what is wrong with it; never anything else."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from schedtest.cli import main
from schedtest.scheduling.check import check
from schedtest.scheduling.consistency import faults_between
from schedtest.scheduling.faults import Faulty
from schedtest.scheduling.files import parse_problem, problem_text, read_problem, read_solution, solution_text
from schedtest.scheduling.search import solve
from schedtest.scheduling.stop import Rounds

from .problems import random_problem

PROBLEM = random_problem(1, 6)
PLAN = solve(PROBLEM, stop=Rounds(1))

ODD_VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**62, 2**63, 2**64, -(2**70), 10**300, 0.5, -0.0, 1e308, float("nan"),
    float("inf"), "", " ", "day", "\ud800", "\u0000", "\u202e", "9" * 40, "x" * 5000, [], {}, [[]], [[0, 1]], [[1, 0]],
    [[0, 1, 2**62]], [None], {"": 1}, {"id": None}, [[[[[[]]]]]], {"start": 0, "mode": "mode-0"},
]  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a JSON value with every key or number in it."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inside:
        yield value, key
        yield from places(child)


def damaged(whole: Any, random: Random) -> bytes:
    """The JSON of a value after one to three changes to its parts, and sometimes to its bytes."""
    whole = copy.deepcopy(whole)
    for _ in range(random.randint(1, 3)):
        container, key = random.choice(list(places(whole)))
        change = random.randrange(5)
        if change == 0:
            del container[key]
        elif change == 1 and isinstance(container, list):
            container.insert(key, copy.deepcopy(container[key]))
        elif change == 2:
            other, of = random.choice(list(places(whole)))
            container[key] = copy.deepcopy(other[of])
        elif change == 3 and isinstance(container, dict):
            container[random.choice(["id", "start", "\ud83d", "uses"])] = container.pop(key)
        else:
            container[key] = copy.deepcopy(random.choice(ODD_VALUES))
    data = bytearray(json.dumps(whole).encode())
    for _ in range(random.choice([0, 0, 0, 1, 2])):
        first = random.randrange(len(data) + 1)
        data[first : first + random.randrange(4)] = random.choice([b"", b"\xff", b"\x00", b"{", b'"', b"1e999", b"NaN"])
    return bytes(data[: random.randrange(len(data) + 1)] if random.randrange(12) == 0 else data)


def read_or_told(reader: Callable[[Path], Any], path: Path) -> tuple[Any, list[str]]:
    """What was read, or None and the faults."""
    try:
        return reader(path), []
    except Faulty as faulty:
        return None, [str(fault) for fault in faulty.faults]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_problem_broken_at_random_is_read_or_told_its_faults(seed: int, tmp_path: Path):
    random, whole, path = Random(seed), json.loads(problem_text(PROBLEM)), tmp_path / "problem.json"
    refused = 0
    for _ in range(250):
        path.write_bytes(damaged(whole, random))
        read, told = read_or_told(read_problem, path)
        assert all(": expected " in sentence for sentence in told)
        if read is None:
            assert told
            refused += 1
        else:
            assert parse_problem(problem_text(read)) == read
    assert 100 < refused < 250


@pytest.mark.parametrize("seed", range(4))
def test_a_solution_broken_at_random_is_judged_or_told_its_faults(seed: int, tmp_path: Path):
    random, whole, path = Random(seed), json.loads(solution_text(PLAN)), tmp_path / "solution.json"
    judged = 0
    for _ in range(250):
        path.write_bytes(damaged(whole, random))
        read, told = read_or_told(read_solution, path)
        if read is not None:
            judged += 1
            assert all(str(violation) for violation in check(PROBLEM, read))
            told = [str(fault) for fault in faults_between(PROBLEM, read)]
        assert all(": expected " in sentence for sentence in told)
    assert 10 < judged < 250


def test_what_can_still_be_read_is_planned_or_has_a_conflict():
    random, whole, planned = Random(7), json.loads(problem_text(PROBLEM)), 0
    while planned < 12:
        try:
            problem = parse_problem(damaged(whole, random).decode(errors="replace"))
        except Faulty:
            continue
        solution = solve(problem, stop=Rounds(1))
        if solution.objective is not None:
            assert check(problem, solution) == []
            planned += 1


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def torn_archive(path: Path) -> None:
    path.write_bytes(gzip.compress(problem_text(PROBLEM).encode())[:-20])


NO_PROBLEMS = {
    "loop.json": loop,
    "nowhere.json": lambda path: path.symlink_to("none.json"),
    "folder.json": Path.mkdir,
    "torn.json.gz": torn_archive,
    "plain.json.gz": lambda path: path.write_text(problem_text(PROBLEM)),
    "archive.json": lambda path: path.write_bytes(gzip.compress(problem_text(PROBLEM).encode())),
    "utf16.json": lambda path: path.write_text(problem_text(PROBLEM), encoding="utf-16"),
    "noise.json": lambda path: path.write_bytes(Random(1).randbytes(5000)),
    "mark.json": lambda path: path.write_bytes(b"\xef\xbb\xbf"),
    "empty.json.gz": lambda path: path.write_bytes(b""),
}


@pytest.mark.parametrize("name", NO_PROBLEMS)
def test_what_is_no_problem_is_one_message_and_nothing_is_written(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    NO_PROBLEMS[name](tmp_path / name)
    with pytest.raises(SystemExit) as ended:
        main(["solve", str(tmp_path / name), "-o", str(tmp_path / "new.json")])
    assert ended.value.code == 2
    messages = capsys.readouterr().err.splitlines()
    assert len(messages) == 1
    assert messages[0].startswith(str(tmp_path / name))
    assert ": expected " in messages[0]
    assert [path.name for path in tmp_path.iterdir()] == [name]
