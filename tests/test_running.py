"""What starts together stops together; shown with real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PATIENT = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
)
WITH_HELPER = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PATIENT!r}])"


@contextmanager
def a_parent(*programs: str, stop_within_s: float = 4.0) -> Iterator[subprocess.Popen[str]]:
    """A process that runs the Python programs together."""
    commands = {f"program {i}": [sys.executable, "-c", program] for i, program in enumerate(programs)}
    call = f"run_together({commands!r}, stop_within_s={stop_within_s})"
    code = f"import sys; from schedtest.running import run_together; sys.exit({call})"
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield parent
    finally:
        parent.kill()
        parent.communicate()


def descendants(pid: int) -> set[int]:
    children = {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    return children.union(*(descendants(child) for child in children))


def wait_for_descendants(parent: subprocess.Popen[str], number: int) -> set[int]:
    found: set[int] = set()
    while len(found) < number:
        assert parent.poll() is None, parent.stderr and parent.stderr.read()
        found = descendants(parent.pid)
    return found


def ended(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in "ZX"


def all_end(pids: set[int]) -> bool:
    """True as soon as all have ended, or False after a long wait."""
    give_up = time.monotonic() + 30
    while not all(ended(pid) for pid in pids):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_when_the_parent_is_told_to_stop_its_programs_and_their_helpers_are_gone(told: signal.Signals) -> None:
    with a_parent(PATIENT, WITH_HELPER) as parent:
        pids = wait_for_descendants(parent, 3)
        parent.send_signal(told)
        assert parent.wait(30) == 0
        assert all_end(pids)


def test_a_program_that_will_not_stop_is_ended() -> None:
    with a_parent(STUBBORN, stop_within_s=0.2) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        pids = descendants(parent.pid)
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(30) == 0
        assert all_end(pids)


def test_when_one_program_ends_the_others_are_stopped_and_the_parent_says_which() -> None:
    with a_parent(PATIENT, "raise SystemExit(3)") as parent:
        _, said = parent.communicate(timeout=30)
        assert parent.returncode == 1
        assert "program 1 ended by itself (3)" in said


def test_no_program_outlives_a_parent_that_was_killed() -> None:
    with a_parent(PATIENT, PATIENT) as parent:
        pids = wait_for_descendants(parent, 2)
        parent.kill()
        assert all_end(pids)


def test_the_programs_can_be_interrupted_like_any_other() -> None:
    blocked = "import signal; print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())), flush=True)"
    with a_parent(blocked) as parent:
        said, _ = parent.communicate(timeout=30)
        assert said == "[]\n"


def test_a_command_that_does_not_exist_stops_what_was_started() -> None:
    commands = {"first": [sys.executable, "-c", PATIENT], "second": [f"{os.getcwd()}/no-such-program"]}
    code = f"from schedtest.running import run_together; run_together({commands!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "No such file" in done.stderr
