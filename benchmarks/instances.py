"""Public scheduling instances as problems: the makespan is the stay of one campaign of mandatory tasks.

Read are CSPLib 073 (.pl), RCPSP in Patterson's format (.rcp), RCPSP/max in ProGen's (.sch) and MiniZinc's (.dzn),
MRCPSP in MiniZinc's (.dzn), MPLIB's projects that share resources (.txt), and our own (.json, .json.gz).
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from schedtest.scheduling.files import parse_problem
from schedtest.scheduling.problem import Mode, Objective, Precedence, Problem, Resource, Task

ORIGIN = datetime(2027, 1, 4, tzinfo=UTC)


def read_instance(path: Path) -> Problem:
    """Raises ValueError for a format that is not known."""
    if path.name.endswith(".json.gz"):
        return parse_problem(gzip.decompress(path.read_bytes()).decode())
    text = path.read_text()
    if path.suffix == ".json":
        return parse_problem(text)
    if path.suffix == ".pl":
        return _test_scheduling(text)
    if path.suffix == ".rcp":
        return _patterson(text)
    if path.suffix == ".sch":
        return _progen_max(text)
    if path.suffix == ".txt":
        return _mplib(text)
    if path.suffix == ".dzn":
        return _minizinc_lags(text) if "dcons" in text else _minizinc_modes(text)
    raise ValueError(f"{path}: expected an instance in a known format")


def instance_name(path: Path) -> str:
    return path.name.split(".")[0]


def _makespan(
    horizon: int, capacities: dict[str, int], tasks: Sequence[Task], precedences: Sequence[Precedence]
) -> Problem:
    return Problem(
        slot_minutes=1,
        origin=ORIGIN,
        horizon=horizon,
        resources=tuple(
            Resource(id=name, kind="other", capacity=capacity) for name, capacity in sorted(capacities.items())
        ),
        tasks=tuple(tasks),
        precedences=tuple(precedences),
        objective=Objective(stay=1),
    )


def _task(name: str, modes: Sequence[Mode], release: int = 0) -> Task:
    return Task(id=name, campaign="all", release=release, due=2**40, mandatory=True, modes=tuple(modes))


def _mode(name: str, duration: int, uses: Sequence[tuple[str, int]]) -> Mode:
    return Mode(id=name, duration=duration, uses=tuple((what, amount) for what, amount in uses if amount))


def _numbered(amounts: Sequence[int]) -> list[tuple[str, int]]:
    return [(f"r{number}", amount) for number, amount in enumerate(amounts)]


def _test_scheduling(text: str) -> Problem:
    """test(name, duration, machines or none for any, resources, …); every machine and resource serves one at a time."""
    machines = re.findall(r"embedded_board\(\s*'(\w+)'", text)
    tasks, capacities = [], dict.fromkeys(machines, 1)
    for name, duration, able, held in re.findall(r"\btest\(\s*'(\w+)',\s*(\d+),\s*\[(.*?)\],\s*\[(.*?)\]", text):
        resources = re.findall(r"\w+", held)
        capacities |= dict.fromkeys(resources, 1)
        modes = [
            _mode(machine, int(duration), [(machine, 1), *((resource, 1) for resource in resources)])
            for machine in re.findall(r"\w+", able) or machines
        ]
        tasks.append(_task(name, modes))
    return _makespan(sum(task.modes[0].duration for task in tasks), capacities, tasks, [])


class _Numbers(Iterator[int]):
    """The numbers of a text, one after the other."""

    def __init__(self, text: str) -> None:
        self._rest = iter(re.findall(r"-?\d+", text))

    def __next__(self) -> int:
        return int(next(self._rest))

    def take(self, count: int) -> list[int]:
        return [next(self) for _ in range(count)]


def _patterson(text: str) -> Problem:
    """Activities, resources; capacities; then for each activity its duration, uses and successors. Those without
    a duration are the source and the sink."""
    numbers = _Numbers(text)
    activities, resources = numbers.take(2)
    capacities = numbers.take(resources)
    durations, uses, successors = [], [], []
    for _ in range(activities):
        durations.append(next(numbers))
        uses.append(numbers.take(resources))
        successors.append([number - 1 for number in numbers.take(next(numbers))])
    return _project(durations, uses, successors, capacities, [0] * activities)


def _mplib(text: str) -> Problem:
    """Projects; resources; capacities; for each project its size, release and a line to pass over, then its activities:
    duration, uses, number of successors, these as project:activity."""
    lines = iter([line.split() for line in text.splitlines() if line.strip()])
    projects, resources = int(next(lines)[0]), int(next(lines)[0])
    capacities = [int(word) for word in next(lines)]
    number: dict[str, int] = {}
    durations: list[int] = []
    uses, named, releases = [], [], []
    for project in range(1, projects + 1):
        size, release = (int(word) for word in next(lines)[:2])
        next(lines)
        for activity in range(1, size + 1):
            words = next(lines)
            number[f"{project}:{activity}"] = len(durations)
            durations.append(int(words[0]))
            uses.append([int(word) for word in words[1 : 1 + resources]])
            named.append(words[2 + resources : 2 + resources + int(words[1 + resources])])
            releases.append(release)
    successors = [[number[name] for name in names] for names in named]
    return _project(durations, uses, successors, capacities, releases)


def _project(
    durations: Sequence[int],
    uses: Sequence[Sequence[int]],
    successors: Sequence[Sequence[int]],
    capacities: Sequence[int],
    releases: Sequence[int],
) -> Problem:
    """Activities without a duration are left away; what follows them follows what they follow."""

    def following(activity: int) -> set[int]:
        found, pending = set(), list(successors[activity])
        while pending:
            other = pending.pop()
            if durations[other]:
                found.add(other)
            else:
                pending += successors[other]
        return found

    real = [activity for activity, duration in enumerate(durations) if duration]
    tasks = [
        _task(str(activity + 1), [_mode("only", durations[activity], _numbered(uses[activity]))], releases[activity])
        for activity in real
    ]
    precedences = [
        Precedence(before=str(activity + 1), after=str(other + 1))
        for activity in real
        for other in sorted(following(activity))
    ]
    return _makespan(sum(durations) + max(releases), dict(_numbered(capacities)), tasks, precedences)


Lag = tuple[int, int, int]
"""(before, slots, after): start(after) is at least start(before) + slots, which may be negative."""


def _with_lags(
    durations: dict[int, int], uses: dict[int, list[int]], capacities: Sequence[int], lags: Sequence[Lag]
) -> Problem:
    horizon = sum(durations.values()) + sum(max(0, slots) for _, slots, _ in lags)
    tasks = [
        _task(str(activity), [_mode("only", duration, _numbered(uses[activity]))])
        for activity, duration in durations.items()
    ]
    precedences = [
        Precedence(before=str(before), after=str(after), min_lag=slots - durations[before])
        if slots >= 0
        else Precedence(before=str(after), after=str(before), min_lag=-horizon, max_lag=-slots - durations[after])
        for before, slots, after in lags
    ]
    return _makespan(horizon, dict(_numbered(capacities)), tasks, precedences)


def _progen_max(text: str) -> Problem:
    """n and the number of resources; a line for each of 0 to n + 1: number, modes, successors and [lags]; then number,
    mode, duration and uses; at last the capacities. 0 and n + 1 are source and sink."""
    rows = [[int(number) for number in re.findall(r"-?\d+", line)] for line in text.splitlines() if line.strip()]
    activities, resources = rows[0][:2]
    lags: list[Lag] = []
    for row in rows[1 : activities + 3]:
        count = row[2]
        lags += [(row[0], slots, after) for after, slots in zip(row[3 : 3 + count], row[3 + count :], strict=True)]
    work = {row[0]: row for row in rows[activities + 3 : 2 * activities + 5] if 0 < row[0] <= activities}
    return _with_lags(
        {activity: row[2] for activity, row in work.items()},
        {activity: row[3 : 3 + resources] for activity, row in work.items()},
        rows[2 * activities + 5][:resources],
        [lag for lag in lags if lag[0] in work and lag[2] in work],
    )


def _field(text: str, name: str) -> str:
    found = re.search(rf"\b{name}\s*=\s*(.*?);", text, re.DOTALL)
    if found is None:
        raise ValueError(f"expected a field {name}")
    return found[1]


def _integers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"-?\d+", text)]


def _table(text: str) -> list[list[int]]:
    return [numbers for row in text.split("|") if (numbers := _integers(row))]


def _sets(text: str) -> list[list[int]]:
    return [_integers(members) for members in re.findall(r"\{(.*?)\}", text)]


def _minizinc_lags(text: str) -> Problem:
    durations = dict(enumerate(_integers(_field(text, "dur")), start=1))
    of_resources = _table(_field(text, "rr"))
    lags = [(before, slots, after) for before, slots, after in _table(_field(text, "dcons"))]
    uses = {activity: [row[activity - 1] for row in of_resources] for activity in durations}
    return _with_lags(durations, uses, _integers(_field(text, "rcap")), lags)


def _minizinc_modes(text: str) -> Problem:
    durations, of_resources = _integers(_field(text, "dur")), _table(_field(text, "rreq"))
    tasks = [
        _task(
            str(number),
            [_mode(str(way), durations[way - 1], _numbered([row[way - 1] for row in of_resources])) for way in ways],
        )
        for number, ways in enumerate(_sets(_field(text, "modes")), start=1)
    ]
    precedences = [
        Precedence(before=str(before), after=str(after))
        for before, others in enumerate(_sets(_field(text, "succ")), start=1)
        for after in others
    ]
    longest = sum(max(mode.duration for mode in task.modes) for task in tasks)
    return _makespan(longest, dict(_numbered(_integers(_field(text, "rcap")))), tasks, precedences)
