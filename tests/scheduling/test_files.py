"""What is read is what was written, and a file that breaks the format is told every fault at once."""

import copy
import json
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedtest.scheduling.check import check
from schedtest.scheduling.faults import Faulty
from schedtest.scheduling.files import (
    parse_problem,
    parse_solution,
    problem_text,
    read_problem,
    read_solution,
    solution_text,
    write_problem,
    write_solution,
)
from schedtest.scheduling.problem import Problem
from schedtest.scheduling.solution import Conflict, Cost, Progress, Solution, Status

from .problems import (
    a_calendar,
    a_device,
    a_mode,
    a_plan,
    a_precedence,
    a_problem,
    a_resource,
    a_state_resource,
    a_task,
    an_assignment,
    random_problem,
    small_problems,
)

WHOLE = a_problem(
    calendars=[a_calendar("day", (0, 4), (8, 12))],
    resources=[a_resource("oval", 2, closed=[(3, 5, 1)])],
    devices=[a_device("robot-1", closed=[(1, 2)])],
    state_resources=[a_state_resource("surface", "dry", [("dry", "wet", 2)])],
    tasks=[
        a_task("soak", 2, {"oval": 1}, {"robot": 1}, {"surface": "wet"}, calendar="day", fixed=(8, "usual")),
        a_task("test", modes=[a_mode("one", 2, {"oval": 2}), a_mode("two", 3, calendar="day")]),
    ],
    precedences=[a_precedence("soak", "test", min_lag=1, max_lag=4, together=True)],
    baseline={"soak": (8, "usual")},
)


ROBOT = {"id": "robot-1", "type": "robot"}


def faults(problem: dict | str) -> list[str]:
    text = problem if isinstance(problem, str) else json.dumps(problem)
    with pytest.raises(Faulty) as raised:
        parse_problem(text)
    return [str(fault) for fault in raised.value.faults]


def changed(*path_and_value: object, of: Problem = WHOLE) -> dict:
    """The problem's JSON with one value put, or, where the value is `...`, removed."""
    *path, last, value = path_and_value
    whole = json.loads(problem_text(of))
    place = whole
    for step in path:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return whole


@given(small_problems())
@settings(max_examples=60, deadline=None)
def test_a_problem_is_read_as_it_was_written(problem):
    assert parse_problem(problem_text(problem)) == problem


def test_a_large_problem_is_read_as_it_was_written(tmp_path: Path):
    problem = random_problem(4, 100)
    for name in ("problem.json", "problem.json.gz"):
        write_problem(tmp_path / name, problem)
        assert read_problem(tmp_path / name) == problem


def test_a_solution_is_read_as_it_was_written(tmp_path: Path):
    plan = a_plan(
        WHOLE,
        an_assignment("soak", 8, 10, devices={"robot": ["robot-1"]}),
        bound=12,
        trace=(Progress(0.5, None, 3), Progress(1.25, 2000, 12)),
        seconds=1.5,
    )
    none = Solution(status=Status.INFEASIBLE, conflict=Conflict(tasks=("soak",), resources=("oval",)))
    for solution in (plan, none):
        write_solution(tmp_path / "solution.json", solution)
        assert read_solution(tmp_path / "solution.json") == solution


def test_a_stated_total_that_is_not_the_sum_reaches_the_checker():
    plan = a_plan(WHOLE)
    text = solution_text(plan).replace(f'"total": {plan.objective.total}', '"total": 7')
    stated = parse_solution(text)
    assert isinstance(stated.objective, Cost)
    assert "The objective's total is stated as 7, but is 2000." in map(str, check(WHOLE, stated))


def test_what_has_a_default_may_be_missing():
    parsed = parse_problem(
        '{"format": "schedtest-problem/1", "slot_minutes": 30, "origin": "2026-01-05T00:00:00+03:30", "horizon": 9,'
        ' "tasks": [{"id": "t", "due": 3, "modes": [{"id": "m", "duration": 1}]}], "objective": {}}'
    )
    assert parsed.tasks[0].weight == 1
    assert parsed.precedences == ()


def test_fields_that_are_not_ours_are_passed_over():
    assert parse_problem(json.dumps(changed("colour", {"deep": [1.5, None]}))) == WHOLE
    assert parse_problem(json.dumps(changed("tasks", 0, "note", "hand with care"))) == WHOLE


def test_a_byte_order_mark_is_no_fault(tmp_path: Path):
    path = tmp_path / "problem.json"
    path.write_text("\ufeff" + problem_text(WHOLE), encoding="utf-8")
    assert read_problem(path) == WHOLE


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("format", "schedtest-problem/2"), "format: expected schedtest-problem/1, found 'schedtest-problem/2'"),
        (("horizon", ...), "horizon: expected an integer, found nothing"),
        (("horizon", "20"), "horizon: expected an integer, found '20'"),
        (("horizon", True), "horizon: expected an integer, found True"),
        (("horizon", 20.0), "horizon: expected an integer, found 20.0"),
        (("horizon", None), "horizon: expected an integer, found None"),
        (("horizon", -1), "horizon: expected 0 or more, found -1"),
        (("origin", "soon"), "origin: expected an instant like 2026-01-05T00:00:00+03:30, found 'soon'"),
        (
            ("origin", "2026-01-05T00:00:00"),
            "origin: expected an instant with its UTC offset, found '2026-01-05T00:00:00'",
        ),
        (("origin", 5), "origin: expected a string, found 5"),
        (("slot_minutes", 0), "slot_minutes: expected 1 or more, found 0"),
        (("objective", ...), "objective: expected an object, found nothing"),
        (("objective", "stay", -1), "objective.stay: expected 0 or more, found -1"),
        (("tasks", ...), "tasks: expected a list, found nothing"),
        (("tasks", {}), "tasks: expected a list, found {}"),
        (("tasks", 0, 7), "tasks[0]: expected an object, found 7"),
        (("tasks", 0, "id", ...), "tasks[0].id: expected a string, found nothing"),
        (("tasks", 0, "due", ...), "tasks.soak.due: expected an integer, found nothing"),
        (("tasks", 0, "weight", 0), "tasks.soak.weight: expected 1 or more, found 0"),
        (("tasks", 0, "mandatory", 1), "tasks.soak.mandatory: expected true or false, found 1"),
        (
            ("tasks", 0, "calendar", "night"),
            "tasks.soak.calendar: expected the id of a calendar, or null, found 'night'",
        ),
        (("tasks", 1, "modes", []), "tasks.test.modes: expected one mode or more, found []"),
        (("tasks", 1, "modes", ...), "tasks.test.modes: expected a list, found nothing"),
        (("tasks", 1, "modes", 0, "duration", 0), "tasks.test.modes.one.duration: expected 1 or more, found 0"),
        (("tasks", 1, "modes", 0, "duration", -3), "tasks.test.modes.one.duration: expected 1 or more, found -3"),
        (("tasks", 1, "modes", 0, "uses", []), "tasks.test.modes.one.uses: expected an object, found []"),
        (
            ("tasks", 1, "modes", 0, "uses", {"oval": "2"}),
            "tasks.test.modes.one.uses.oval: expected an integer, found '2'",
        ),
        (
            ("tasks", 1, "modes", 0, "uses", {"ovel": 1}),
            "tasks.test.modes.one.uses: expected the id of a resource, found 'ovel'",
        ),
        (
            ("tasks", 0, "modes", 0, "devices", {"x": 1}),
            "tasks.soak.modes.usual.devices: expected the id of a device type, found 'x'",
        ),
        (
            ("tasks", 0, "modes", 0, "states", {"x": "wet"}),
            "tasks.soak.modes.usual.states: expected the id of a state resource, found 'x'",
        ),
        (
            ("tasks", 0, "fixed", "start", 20),
            "tasks.soak.fixed.start: expected 0 or more and below the horizon 20, found 20",
        ),
        (
            ("tasks", 0, "fixed", "start", -1),
            "tasks.soak.fixed.start: expected 0 or more and below the horizon 20, found -1",
        ),
        (("tasks", 0, "fixed", "mode", "x"), "tasks.soak.fixed.mode: expected one of the task's modes, found 'x'"),
        (("tasks", 0, "fixed", 5), "tasks.soak.fixed: expected an object, found 5"),
        (("devices", [ROBOT, ROBOT]), "devices.robot-1: expected each id once, found '2 times'"),
        (
            ("calendars", "day", [[8, 12], [0, 4]]),
            "calendars.day[1]: expected windows sorted and disjoint, found [0, 4]",
        ),
        (
            ("calendars", "day", [[0, 4], [3, 9]]),
            "calendars.day[1]: expected windows sorted and disjoint, found [3, 9]",
        ),
        (("calendars", "day", [[4, 4]]), "calendars.day[0]: expected 0 <= start < end, found [4, 4]"),
        (("calendars", "day", [[1]]), "calendars.day[0]: expected a list [integer, integer], found [1]"),
        (("calendars", "day", 3), "calendars.day: expected a list, found 3"),
        (
            ("resources", 0, "kind", "road"),
            "resources.oval.kind: expected one of segment, crew, article, other, found 'road'",
        ),
        (
            ("resources", 0, "closures", [[5, 3, 1]]),
            "resources.oval.closures[0]: expected 0 <= start < end, found [5, 3, 1]",
        ),
        (("devices", 0, "type", "drone"), "devices.robot-1.type: expected the id of a device type, found 'drone'"),
        (("precedences", 0, "after", "x"), "precedences[0].after: expected the id of a task, found 'x'"),
        (("precedences", 0, "after", 4), "precedences[0].after: expected a string, found 4"),
        (("precedences", 0, "after", "soak"), "precedences[0]: expected two different tasks, found 'soak'"),
        (("baseline", "soak", "mode", "x"), "baseline.soak.mode: expected one of the task's modes, found 'x'"),
        (("baseline", {"x": {"start": 1, "mode": "m"}}), "baseline.x: expected the id of a task, found 'x'"),
        (
            ("tasks", 0, "campaign", "\ud800"),
            "tasks.soak.campaign: expected whole characters, no half of a surrogate pair, found '\\ud800'",
        ),
    ],
)
def test_each_thing_that_is_wrong_is_told_in_one_sentence(change, sentence):
    assert faults(changed(*change)) == [sentence]


def test_every_fault_of_a_file_is_told_at_once():
    problem = changed("horizon", "long")
    problem["calendars"]["day"] = [[8, 12], [0, 4]]
    problem["tasks"][0]["modes"][0]["duration"] = 0
    problem["tasks"][1]["calendar"] = "night"
    problem["resources"][0]["capacity"] = -1
    problem["precedences"].append({"before": "test", "after": "soak"})
    assert faults(problem) == [
        "horizon: expected an integer, found 'long'",
        "calendars.day[1]: expected windows sorted and disjoint, found [0, 4]",
        "resources.oval.capacity: expected 0 or more, found -1",
        "tasks.soak.modes.usual.duration: expected 1 or more, found 0",
        "tasks.test.calendar: expected the id of a calendar, or null, found 'night'",
        "precedences: expected min_lags and durations of a cycle that add up to 0 or less, found ['soak', 'test']",
    ]


def test_each_cycle_that_can_never_be_met_is_a_fault_of_its_own():
    tasks = [a_task(name) for name in "abcd"]
    problem = a_problem(tasks=tasks, precedences=[a_precedence("a", "b"), a_precedence("c", "d", min_lag=-2)])
    problem = json.loads(problem_text(problem))
    problem["precedences"] += [{"before": "b", "after": "a", "min_lag": -1}, {"before": "d", "after": "c"}]
    assert faults(problem) == [
        "precedences: expected min_lags and durations of a cycle that add up to 0 or less, found ['a', 'b']"
    ]
    problem["precedences"][3]["min_lag"] = 1
    assert len(faults(problem)) == 2


def test_a_cycle_that_can_be_met_is_no_fault():
    lags = [a_precedence("a", "b", min_lag=-1), a_precedence("b", "a", min_lag=-1)]
    assert parse_problem(problem_text(a_problem(tasks=[a_task("a"), a_task("b")], precedences=lags)))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (("tasks", 0, "due", 2**62 + 1), "tasks.soak.due"),
        (("tasks", 0, "release", 10**400), "tasks.soak.release"),
        (("tasks", 0, "weight", 2**60), "objective.unscheduled"),
        (("tasks", 0, "modes", 0, "duration", 2**63), "tasks.soak.modes.usual.duration"),
        (("tasks", 0, "modes", 0, "cost", 2**63), "tasks.soak.modes.usual.cost"),
        (("tasks", 0, "modes", 0, "uses", {"oval": 2**62}), "resources.oval"),
        (("resources", 0, "closures", [[0, 2**63, 1]]), "resources.oval.closures[0]"),
        (("precedences", 0, "min_lag", -(2**63)), "precedences[0].min_lag"),
        (("objective", "tardiness", 2**61), "objective.tardiness"),
        (("horizon", 2**62), "objective.tardiness"),
        (("baseline", "soak", "start", 2**70), "baseline.soak.start"),
    ],
)
def test_what_could_exceed_64_bits_is_a_fault_that_names_the_field(change, where):
    assert any(fault.startswith(f"{where}: expected ") for fault in faults(changed(*change)))


def test_a_number_of_five_thousand_digits_is_a_fault_like_any_other():
    text = problem_text(WHOLE).replace('"horizon": 20', '"horizon": ' + "9" * 5000)
    (fault,) = faults(text)
    assert fault.startswith("horizon: expected an integer within 4611686018427387904, found 999")
    assert len(fault) < 150


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e5", "20.5"])
def test_a_number_that_is_no_integer_is_a_fault(literal):
    assert faults(problem_text(WHOLE).replace('"horizon": 20', f'"horizon": {literal}')) == [
        f"horizon: expected an integer, found {literal}"
    ]


def test_a_field_that_stands_twice_is_a_fault():
    text = problem_text(WHOLE)
    assert faults(text.replace('"horizon": 20', '"horizon": 20, "horizon": 21')) == [
        "the file: expected each field once, found 'horizon'"
    ]
    assert faults(text.replace('{"oval": 2}', '{"oval": 2, "oval": 1}')) == [
        "tasks.test.modes.one.uses: expected each field once, found 'oval'"
    ]


def test_a_truncated_file_is_told_with_line_and_column():
    text = problem_text(WHOLE)
    (fault,) = faults(text[: text.index('"horizon"') + 9])
    assert fault == "the problem, line 5, column 11: expected JSON (Expecting ':' delimiter), found the end of the file"


@pytest.mark.parametrize("text", ["", "[]", "null", "7", '"problem"', "{}", "{]", "[" * 200_000, '{"a":' * 100_000])
def test_what_is_no_object_with_fields_is_one_fault(text):
    assert len(faults(text)) == 1


def test_every_truncation_is_told_and_never_an_accident():
    text = problem_text(WHOLE)
    for length in range(len(text) - 2):
        assert len(faults(text[:length])) == 1


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_stands_in_a_field_the_file_is_read_or_told_its_faults(data):
    whole = json.loads(problem_text(WHOLE))
    place: object = whole
    while isinstance(place, dict | list) and place:
        parent, keys = place, list(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        place = parent[key]
        if data.draw(st.booleans()):
            break
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from((2**63, -(2**70), 0.5)),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=5,
    )
    parent[key] = data.draw(anything)
    before = copy.deepcopy(whole)
    try:
        problem = parse_problem(json.dumps(whole))
    except Faulty:
        pass
    else:
        assert parse_problem(problem_text(problem)) == problem
    assert whole == before


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_no_bytes_are_an_accident(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("bytes") / "solution.json"
    path.write_bytes(data)
    with pytest.raises(Faulty):
        read_solution(path)


def test_a_text_in_another_encoding_is_told(tmp_path: Path):
    path = tmp_path / "problem.json"
    path.write_bytes(problem_text(WHOLE).replace("soak", "замер").encode("cp1251"))
    with pytest.raises(Faulty, match="expected text in UTF-8, found byte 0xe7 at position"):
        read_problem(path)


def test_what_cannot_be_read_is_told(tmp_path: Path):
    (tmp_path / "cut.json.gz").write_bytes(b"\x1f\x8b\x08\x00 not whole")
    for path, reason in (
        (tmp_path, "a folder"),
        (tmp_path / "none.json", "No such file or directory"),
        (tmp_path / ("x" * 300), "File name too long"),
        (tmp_path / "cut.json.gz", ""),
    ):
        with pytest.raises(Faulty, match=f"expected a file that can be read, found {reason}"):
            read_problem(path)


@pytest.mark.parametrize("place", ["none/solution.json", ".", "file/solution.json"])
def test_where_there_is_no_place_to_write_nothing_is_written(tmp_path: Path, place):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Faulty, match="expected a place to write"):
        write_problem(tmp_path / place, WHOLE)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_leaves_the_old_file_as_it_was():
    with pytest.raises(Faulty, match="expected a place to write, found No space left on device"):
        write_problem(Path("/dev/full"), WHOLE)
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_a_file_is_replaced_as_a_whole_through_a_link(tmp_path: Path):
    (tmp_path / "link.json").symlink_to("problem.json")
    (tmp_path / "problem.json").write_text("old")
    write_problem(tmp_path / "link.json", WHOLE)
    assert read_problem(tmp_path / "problem.json") == WHOLE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.json", "problem.json"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"status": "good"}, "status: expected one of optimal, feasible, infeasible, unknown, found 'good'"),
        ({"bound": 1.5}, "bound: expected an integer, found 1.5"),
        ({"objective": {"total": 1}}, "objective.unscheduled: expected an integer, found nothing"),
        ({"assignments": [{"task": "t", "start": True}]}, "assignments.t.start: expected an integer, found True"),
        ({"assignments": {}}, "assignments: expected a list, found {}"),
        ({"unscheduled": [3]}, "unscheduled[0]: expected an object, found 3"),
        ({"unscheduled": [{"task": "t", "blocking": "oval"}]}, "unscheduled.t.blocking: expected a list, found 'oval'"),
        ({"seconds": "long"}, "seconds: expected a finite number, found 'long'"),
        ({"trace": [[0.5, 1]]}, "trace[0]: expected a list [seconds, total, bound], found [0.5, 1]"),
    ],
)
def test_a_solution_that_breaks_the_format_is_told(change, sentence):
    fields = json.loads(solution_text(a_plan(WHOLE))) | change
    with pytest.raises(Faulty) as raised:
        parse_solution(json.dumps(fields))
    assert sentence in [str(fault) for fault in raised.value.faults]
