from pathlib import Path

import pytest

from schedtest.booking.generate import generate
from schedtest.cli import main
from schedtest.scheduling.check import check
from schedtest.scheduling.consistency import faults_of
from schedtest.scheduling.files import problem_text, read_problem
from schedtest.scheduling.search import solve
from schedtest.scheduling.stop import Seconds

pytestmark = pytest.mark.slow


def write(path: Path, *, seed: int, load: str = "1.0") -> bytes:
    arguments = ["--tests", "30", "--weeks", "6", "--seed", str(seed), "--load", load, "-o", str(path)]
    assert main(["generate", *arguments]) == 0
    return path.read_bytes()


def test_the_same_call_gives_the_same_file(tmp_path: Path) -> None:
    assert write(tmp_path / "one.json", seed=7) == write(tmp_path / "other.json", seed=7)


def test_another_seed_and_another_load_give_other_files(tmp_path: Path) -> None:
    usual = write(tmp_path / "usual.json", seed=7)
    assert write(tmp_path / "seed.json", seed=8) != usual
    assert write(tmp_path / "load.json", seed=7, load="3.0") != usual


@pytest.mark.parametrize(("tests", "weeks", "load"), [(1, 1, 1.0), (20, 2, 1.0), (60, 4, 3.0), (120, 40, 0.5)])
def test_a_generated_problem_has_as_many_tests_as_asked_and_no_fault(tests: int, weeks: int, load: float) -> None:
    problem = generate(tests=tests, weeks=weeks, seed=3, load=load)
    assert sum(task.id.endswith(" test") for task in problem.tasks) == tests
    assert list(faults_of(problem)) == []


def test_a_generated_problem_reads_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    written = write(path, seed=2)
    assert problem_text(read_problem(path)).encode() == written


@pytest.mark.parametrize(("tests", "weeks", "load"), [(0, 1, 1.0), (1, 0, 1.0), (1, 1, 0.0)])
def test_nothing_to_draw_is_refused(tests: int, weeks: int, load: float) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        generate(tests=tests, weeks=weeks, seed=1, load=load)


@pytest.mark.slow
def test_at_a_usual_load_every_test_gets_a_place_by_the_rules() -> None:
    problem = generate(tests=150, weeks=8, seed=5)
    solution = solve(problem, stop=Seconds(20), workers=2, seed=1)
    assert check(problem, solution) == []
    assert solution.unscheduled == ()
