"""The command as people call it: a process with arguments, files, an exit code, and never a traceback."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from schedtest.scheduling.files import problem_text, read_solution, solution_text
from schedtest.scheduling.problem import Problem
from schedtest.scheduling.solution import Solution, Status

from .scheduling.problems import a_plan, a_precedence, a_problem, a_resource, a_task, an_assignment, random_problem

pytestmark = pytest.mark.slow

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


WRONG_ARGUMENTS = [
    (),
    ("dance",),
    ("check",),
    ("check", "a", "b", "c"),
    ("check", "--fast"),
    ("solve", "problem.json"),
    *(
        ("solve", "problem.json", "-o", "solution.json", option, value)
        for option, values in {
            "--seconds": ("nan", "-1", "inf", "soon", ""),
            "--rounds": ("-1", "1.5", "9" * 30),
            "--workers": ("0", "-2", "100000"),
            "--seed": ("-1", "x", "²"),
        }.items()
        for value in values
    ),
]


@pytest.mark.parametrize("arguments", WRONG_ARGUMENTS, ids=" ".join)
def test_wrong_arguments_are_bad_input(folder: Path, arguments):
    done = schedtest(*arguments, folder=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")
    assert [path.name for path in folder.iterdir()] == ["problem.json"]


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


BAD_PROBLEM_COMMANDS = [("check", "bad.json", "solution.json"), ("solve", "bad.json", "-o", "new.json")]


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


def solved(folder: Path, problem: Problem, *options: object, **others) -> tuple[int, Solution]:
    """The exit code and what was written, which is always confirmed by `check` if it is a plan."""
    (folder / "problem.json").write_text(problem_text(problem))
    done = schedtest("solve", "problem.json", "-o", "solution.json", *options, folder=folder, **others)
    assert done.stderr == ""
    solution = read_solution(folder / "solution.json")
    if solution.assignments:
        assert schedtest("check", "problem.json", "solution.json", folder=folder).returncode == 0
    return done.returncode, solution


def test_what_is_solved_stands(folder: Path):
    code, solution = solved(folder, SMALL, "--seconds", 20)
    assert (code, solution.status, solution.objective.total) == (0, Status.OPTIMAL, 10)


def test_no_tasks_at_all_are_planned_at_once(folder: Path):
    code, solution = solved(folder, a_problem())
    assert (code, solution.status, solution.objective.total, solution.bound) == (0, Status.OPTIMAL, 0, 0)


def test_two_tasks_fixed_on_one_road_are_the_conflict_and_nobody_else(folder: Path):
    others = [a_task(f"other-{number}", 2, {"oval": 1, "crew": 1}) for number in range(30)]
    fixed = [a_task(name, 4, {"oval": 1, "crew": 1}, fixed=(start, "usual")) for name, start in (("a", 3), ("b", 5))]
    problem = a_problem(
        horizon=200, resources=[a_resource("oval"), a_resource("crew", 9)], tasks=[*others[:15], *fixed, *others[15:]]
    )
    code, solution = solved(folder, problem, "--seconds", 20)
    assert (code, solution.status) == (1, Status.INFEASIBLE)
    assert sorted(solution.conflict.tasks) == ["a", "b"]
    assert solution.conflict.resources == ("oval",)


def test_a_task_that_alone_has_no_place_is_said_to_have_none(folder: Path):
    (folder / "problem.json").write_text(
        problem_text(a_problem(tasks=[a_task("drive", 5, deadline=4, mandatory=True)]))
    )
    done = schedtest("solve", "problem.json", "-o", "solution.json", folder=folder)
    assert (done.returncode, done.stdout) == (1, "infeasible: drive has no place\n")


def test_the_same_rounds_give_the_same_file_but_for_the_times(folder: Path):
    problem = random_problem(3, 60)
    (folder / "problem.json").write_text(problem_text(problem))
    written = []
    for name in ("one.json", "two.json"):
        options = ("--rounds", 20, "--workers", 1, "--seed", 5)
        assert schedtest("solve", "problem.json", "-o", name, *options, folder=folder).returncode == 0
        solution = read_solution(folder / name)
        trace = tuple(row._replace(seconds=0.0) for row in solution.trace)
        written.append(solution_text(replace(solution, seconds=0.0, trace=trace)))
    assert written[0] == written[1]


def test_a_limit_that_runs_out_is_never_called_infeasible(folder: Path):
    code, solution = solved(folder, random_problem(5, 800), "--seconds", 0.05)
    assert code == 0
    assert solution.status in (Status.UNKNOWN, Status.FEASIBLE)


def test_a_plan_to_start_from_is_taken_up(folder: Path):
    problem = random_problem(6, 40)
    _, first = solved(folder, problem, "--rounds", 30, "--workers", 1)
    (folder / "start.json").write_text(solution_text(first))
    _, second = solved(folder, problem, "--rounds", 1, "--workers", 1, "--start", "start.json")
    assert second.objective.total <= first.objective.total


def test_a_start_that_belongs_to_another_problem_is_bad_input(folder: Path):
    other = a_problem(tasks=[a_task("ghost"), a_task("brake")])
    start = a_plan(other, an_assignment("ghost", 0, 1), an_assignment("brake", 0, 1, devices={"robot": ["r"]}))
    (folder / "start.json").write_text(
        solution_text(start).replace(
            '"brake", "start": 0, "end": 1, "mode": "usual"', '"brake", "start": 0, "end": 1, "mode": "x"'
        )
    )
    done = schedtest("solve", "problem.json", "-o", "solution.json", "--start", "start.json", folder=folder)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "start.json: assignments.ghost: expected the id of a task, found 'ghost'",
        "start.json: assignments.brake.mode: expected one of the task's modes, found 'x'",
        "start.json: assignments.brake.devices.robot: expected the id of a device, found 'r'",
    ]


@pytest.mark.parametrize("output", ["none/solution.json", ".", "problem.json/solution.json"])
def test_where_there_is_no_place_to_write_no_work_is_done(folder: Path, output):
    (folder / "problem.json").write_text(problem_text(random_problem(7, 300)))
    done = schedtest("solve", "problem.json", "-o", output, "--seconds", 10_000, folder=folder)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "expected a place to write" in done.stderr
    assert [path.name for path in folder.iterdir()] == ["problem.json"]


@pytest.mark.parametrize("tell", [lambda pid: os.killpg(pid, signal.SIGINT), lambda pid: os.kill(pid, signal.SIGTERM)])
def test_a_search_told_to_stop_writes_the_best_plan_so_far(folder: Path, tell):
    (folder / "problem.json").write_text(problem_text(random_problem(8, 200)))
    command = [COMMAND, "solve", "problem.json", "-o", "solution.json", "--seconds", "10000"]
    terminal, stderr = pty.openpty()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=stderr, text=True, start_new_session=True
    )
    os.close(stderr)
    shown = ""
    while "improving" not in shown:
        shown += os.read(terminal, 1000).decode()
    tell(process.pid)
    output, _ = process.communicate(timeout=100)
    os.close(terminal)
    assert process.returncode == 0
    assert output.startswith("feasible: total ")
    assert schedtest("check", "problem.json", "solution.json", folder=folder).returncode == 0


VISIT = a_problem(
    horizon=100,
    resources=[a_resource("oval", closed=[(20, 100, 1)])],
    tasks=[
        a_task("stands", 12, {"oval": 1}),
        a_task("asked", 4, {"oval": 1}, campaign="visit"),
        a_task("too long", 9, {"oval": 1}, deadline=20),
    ],
)


@pytest.fixture
def visit(tmp_path: Path) -> Path:
    (tmp_path / "problem.json").write_text(problem_text(VISIT))
    (tmp_path / "plan.json").write_text(solution_text(a_plan(VISIT, an_assignment("stands", 0, 12))))
    return tmp_path


@pytest.mark.slow
def test_offers_for_a_campaign_are_written(visit: Path):
    done = schedtest("recommend", "problem.json", "plan.json", "--campaign", "visit", "-o", "offers.json", folder=visit)
    assert (done.returncode, done.stderr) == (0, "")
    offers = json.loads((visit / "offers.json").read_text())
    assert [offer["aim"] for offer in offers] == ["earliest", "cheapest", "shortest"]
    assert offers[0] == {
        "aim": "earliest", "finish": 16, "stay": 4, "cost": 0, "late": 0, "left_out": [],
        "assignments": [{"task": "asked", "start": 12, "end": 16, "mode": "usual", "devices": {}}],
    }  # fmt: skip


@pytest.mark.slow
def test_further_offers_begin_a_day_later_and_none_at_all_is_a_no(visit: Path):
    asked = "recommend", "problem.json", "plan.json", "--campaign", "visit", "-o", "offers.json"
    tasks = tuple(replace(task, deadline=None) for task in VISIT.tasks)
    roomy = replace(VISIT, horizon=200, resources=(a_resource("oval"),), tasks=tasks)
    (visit / "problem.json").write_text(problem_text(roomy))
    assert schedtest(*asked, "--best", "2", folder=visit).returncode == 0
    offers = json.loads((visit / "offers.json").read_text())
    starts = [offer["assignments"][0]["start"] for offer in offers if offer["aim"] == "earliest"]
    assert starts == [12, 12 + 48]
    closed = replace(VISIT, resources=(a_resource("oval", closed=[(12, 100, 1)]),))
    (visit / "problem.json").write_text(problem_text(closed))
    assert schedtest(*asked, folder=visit).returncode == 1
    assert json.loads((visit / "offers.json").read_text()) == []


@pytest.mark.slow
def test_offers_are_refused_for_what_cannot_be_asked(visit: Path):
    done = schedtest("recommend", "problem.json", "plan.json", "--campaign", "none", "-o", "offers.json", folder=visit)
    assert (done.returncode, done.stderr) == (2, "--campaign: expected a campaign of the problem, found none\n")
    broken = a_plan(VISIT, an_assignment("stands", 18, 30))
    (visit / "plan.json").write_text(solution_text(broken))
    done = schedtest("recommend", "problem.json", "plan.json", "--campaign", "visit", "-o", "offers.json", folder=visit)
    assert done.returncode == 2
    assert "plan.json: expected a plan that keeps every rule" in done.stderr
    assert not (visit / "offers.json").exists()


@pytest.mark.slow
def test_the_reasons_of_what_is_left_out_are_written_with_ways_in(visit: Path):
    done = schedtest("explain", "problem.json", "plan.json", "-o", "why.json", folder=visit)
    assert (done.returncode, done.stderr) == (0, "")
    asked, too_long = json.loads((visit / "why.json").read_text())
    assert asked["ways"][0]["change"] == {"kind": "none"}
    assert [(reason["kind"], reason["id"], reason["from"], reason["to"]) for reason in too_long["reasons"]] == [
        ("resource", "oval", 0, 12)
    ]
    assert all(way["verified"] for way in too_long["ways"])
    assert schedtest("explain", "problem.json", "plan.json", "--task", "asked", "-o", "w.json", folder=visit).stdout
    done = schedtest("explain", "problem.json", "plan.json", "--task", "stands", "-o", "w.json", folder=visit)
    assert done.stderr == "--task: expected a task that is left out, found one that is placed\n"


@pytest.mark.slow
def test_reasons_are_written_though_nobody_reads_what_is_printed(visit: Path):
    here, there = os.pipe()
    os.close(here)
    command = [COMMAND, "explain", "problem.json", "plan.json", "-o", "why.json"]
    done = subprocess.run(command, cwd=visit, stdout=there, stderr=subprocess.PIPE, text=True, check=False)
    os.close(there)
    assert done.stderr == ""
    assert len(json.loads((visit / "why.json").read_text())) == 2


@pytest.mark.slow
def test_a_plan_is_mended_for_a_changed_problem(visit: Path):
    (visit / "plan.json").write_text(solution_text(a_plan(VISIT, an_assignment("stands", 8, 20))))
    changed = replace(VISIT, tasks=VISIT.tasks[:2], resources=(a_resource("oval", closed=[(18, 100, 1)]),))
    (visit / "problem.json").write_text(problem_text(changed))
    done = schedtest("repair", "problem.json", "plan.json", "-o", "mended.json", "--seconds", "20", folder=visit)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^stands: in \w+ from \d+, was in \w+ from 8$", done.stdout, re.MULTILINE)
    assert schedtest("check", "problem.json", "mended.json", folder=visit).returncode == 0
    twice = a_plan(VISIT, an_assignment("stands", 8, 20), an_assignment("stands", 0, 12))
    (visit / "plan.json").write_text(solution_text(twice))
    done = schedtest("repair", "problem.json", "plan.json", "-o", "mended.json", folder=visit)
    assert (done.returncode, done.stderr) == (
        2, "plan.json: assignments.stands: expected each task once, found '2 times'\n"
    )  # fmt: skip
