"""The command as people call it: a process with arguments, files, an exit code, and never a traceback."""

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from schedtest.scheduling.files import problem_text, solution_text
from schedtest.scheduling.solution import Status

from .scheduling.problems import a_plan, a_precedence, a_problem, a_resource, a_task, an_assignment

COMMAND = Path(sys.executable).with_name("schedtest")

SMALL = a_problem(
    resources=[a_resource("oval")],
    tasks=[a_task("brake", 3, {"oval": 1}, due=2), a_task("coast-down", 4, {"oval": 1})],
    precedences=[a_precedence("brake", "coast-down")],
)


def schedtest(*arguments: object, folder: Path, **others) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [COMMAND, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=120, check=False, **others
    )
    assert "Traceback" not in done.stderr + done.stdout
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "problem.json").write_text(problem_text(SMALL))
    return tmp_path


def test_help_names_the_commands_without_loading_the_solver(folder: Path):
    done = schedtest("--help", folder=folder)
    assert done.returncode == 0
    assert "check" in done.stdout
    loaded = (
        "import sys, schedtest.cli; print([m for m in ('numpy', 'ortools', 'flask', 'sqlalchemy') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("arguments", [(), ("dance",), ("check",), ("check", "a", "b", "c"), ("check", "--fast")])
def test_wrong_arguments_are_bad_input(folder: Path, arguments):
    done = schedtest(*arguments, folder=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")


def test_check_prints_the_parts_of_the_objective_of_a_plan_that_stands(folder: Path):
    plan = a_plan(SMALL, an_assignment("brake", 0, 3), an_assignment("coast-down", 3, 7))
    (folder / "solution.json").write_text(solution_text(plan))
    done = schedtest("check", "problem.json", "solution.json", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["total 10", "unscheduled 0", "tardiness 10", "stay 0", "cost 0", "move 0"]


def test_check_prints_a_line_for_each_violation(folder: Path):
    plan = a_plan(SMALL, an_assignment("brake", 0, 3), an_assignment("coast-down", 2, 6))
    (folder / "solution.json").write_text(solution_text(plan).replace('"total": 10', '"total": 11'))
    done = schedtest("check", "problem.json", "solution.json", folder=folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == [
        "Task coast-down starts -1 slots after the end of brake, 0 are the least.",
        "Resource oval has 1 units, but 2 are used or closed during slots 2 to 3, by brake, coast-down.",
        "The objective's total is stated as 11, but is 10.",
    ]


def test_a_violation_stays_one_line_whatever_the_ids(folder: Path):
    odd = a_problem(tasks=[a_task("two\nlines \u2028 \x1b[31m", mandatory=True)])
    (folder / "odd.json").write_text(problem_text(odd))
    (folder / "solution.json").write_text(solution_text(a_plan(odd)))
    done = schedtest("check", "odd.json", "solution.json", folder=folder)
    assert done.stdout == "Task two\\nlines \\u2028 \\x1b[31m is mandatory, but not placed.\n"


def test_a_plan_that_does_not_exist_is_not_confirmed(folder: Path):
    (folder / "solution.json").write_text(solution_text(a_plan(SMALL, status=Status.UNKNOWN)))
    assert schedtest("check", "problem.json", "solution.json", folder=folder).returncode == 1


def test_both_files_are_read_before_either_is_refused(folder: Path):
    (folder / "solution.json").write_text("{}")
    (folder / "problem.json").write_text("{")
    done = schedtest("check", "problem.json", "solution.json", folder=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split(":")[0].split(",")[0] for line in done.stderr.splitlines()] == ["problem.json", "solution.json"]


def test_output_that_nobody_reads_is_no_accident(folder: Path):
    plan = a_plan(SMALL)
    (folder / "solution.json").write_text(solution_text(plan))
    done = subprocess.run(
        f"{COMMAND} check problem.json solution.json | true",
        shell=True,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


def bad(change) -> str:
    """The small problem's text after `change` to its fields."""
    fields = json.loads(problem_text(SMALL))
    change(fields)
    return json.dumps(fields)


def mode(fields: dict) -> dict:
    return fields["tasks"][0]["modes"][0]


BAD_FILES = {
    "a wrong type": bad(lambda p: p.update(horizon="20")),
    "a boolean for a number": bad(lambda p: p["tasks"][0].update(due=True)),
    "an unknown id": bad(lambda p: mode(p).update(uses={"ovel": 1})),
    "a length below 1": bad(lambda p: mode(p).update(duration=0)),
    "a cycle": bad(lambda p: p["precedences"].append({"before": "coast-down", "after": "brake"})),
    "a fixed start off the horizon": bad(lambda p: p["tasks"][0].update(fixed={"start": 20, "mode": "usual"})),
    "windows out of order": bad(lambda p: p.update(calendars={"day": [[8, 12], [0, 4]]})),
    "a huge number": bad(lambda p: p["tasks"][0].update(due=10**4200)),
    "a huger number": bad(lambda p: p).replace('"due": 2', '"due": ' + "1" * 10_000),
    "NaN": bad(lambda p: p.update(horizon=float("nan"))),
    "deep nesting": '{"format": ' + "[" * 100_000,
    "deep nesting, closed": '{"format": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "truncated JSON": problem_text(SMALL)[:-30],
    "nothing at all": "",
    "half a surrogate pair": bad(lambda p: p["tasks"][0].update(campaign="\ud800")),
    "no UTC offset": bad(lambda p: p.update(origin="2026-01-05T00:00:00")),
}  # fmt: skip


@pytest.mark.parametrize("text", BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_problem_is_one_message_and_nothing_is_written(folder: Path, text):
    (folder / "bad.json").write_text(text)
    (folder / "solution.json").write_text(solution_text(a_plan(SMALL)))
    for words in BAD_PROBLEM_COMMANDS:
        done = schedtest(*words, folder=folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith("bad.json")
        assert ": expected " in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["bad.json", "problem.json", "solution.json"]


BAD_PROBLEM_COMMANDS = [("check", "bad.json", "solution.json")]


def test_a_file_with_many_faults_has_a_message_for_each(folder: Path):
    text = bad(lambda p: (p.update(horizon="20"), mode(p).update(duration=0, uses={"ovel": 1})))
    (folder / "bad.json").write_text(text)
    done = schedtest("check", "bad.json", "problem.json", folder=folder)
    assert done.stderr.splitlines() == [
        "bad.json: horizon: expected an integer, found '20'",
        "bad.json: tasks.brake.modes.usual.duration: expected 1 or more, found 0",
        "bad.json: tasks.brake.modes.usual.uses: expected the id of a resource, found 'ovel'",
        "problem.json: format: expected schedtest-solution/1, found 'schedtest-problem/1'",
        "problem.json: status: expected a string, found nothing",
        "problem.json: objective.total: expected an integer, found nothing",
    ]


@pytest.mark.parametrize("name", [".", "none.json", "none/none.json", "x" * 300, "a\tb"])
def test_what_is_no_readable_file_is_bad_input(folder: Path, name):
    done = schedtest("check", name, "problem.json", folder=folder)
    assert done.returncode == 2
    assert "expected a file that can be read" in done.stderr.splitlines()[0]


def test_the_catalogue_is_loaded_and_exported_as_it_was(folder: Path):
    shipped = Path(str(files("schedtest.catalogue") / "nami"))
    environment = os.environ | {"SCHEDTEST_INSTANCE": str(folder / "instance")}
    loaded = schedtest("catalogue", "load", shipped, folder=folder, env=environment)
    assert (loaded.returncode, loaded.stderr) == (0, "")
    assert schedtest("catalogue", "export", "out", folder=folder, env=environment).returncode == 0
    for path in shipped.glob("*.csv"):
        assert (folder / "out" / path.name).read_text() == path.read_text()


def test_a_catalogue_that_is_not_there_is_one_message(folder: Path):
    done = schedtest("catalogue", "load", "nowhere", folder=folder)
    assert (done.returncode, done.stderr) == (2, "nowhere: expected a folder\n")
