"""What `schedtest solve` takes: memory of all of its processes together, and how long it goes on once told to stop.

python -m benchmarks.limits PROBLEM [--seconds 60] [--stops 10 20 30]
"""

from __future__ import annotations

import signal
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

from schedtest.scheduling.files import read_solution
from schedtest.scheduling.stop import Stopwatch

LOOK_SECONDS = 0.5

KIB, MIB = 2**10, 2**20

SESSION = 3
"""Where /proc/PID/stat has the session, counted from behind the name."""


def most_memory(problem: Path, seconds: float) -> float:
    """MiB at the most of all processes of one run: proportional set sizes, so that what they share counts once."""
    most = 0
    with TemporaryDirectory() as folder:
        process = _started(problem, Path(folder) / "plan.json", seconds)
        while process.poll() is None:
            most = max(most, sum(map(_proportional_set, _session(process.pid))))
            sleep(LOOK_SECONDS)
        assert process.returncode == 0, process.returncode
    return most / MIB


def seconds_to_stop(problem: Path, after: float) -> float:
    """From Ctrl-C so many seconds after the start until the command is over; its plan is there then."""
    with TemporaryDirectory() as folder:
        plan = Path(folder) / "plan.json"
        process = _started(problem, plan, 10 * after)
        sleep(after)
        watch = Stopwatch()
        process.send_signal(signal.SIGINT)
        process.wait()
        spent = watch.seconds()
        assert read_solution(plan).assignments, process.returncode
    return spent


def _started(problem: Path, plan: Path, seconds: float) -> subprocess.Popen[bytes]:
    command = Path(sys.executable).with_name("schedtest")
    options = ["-o", str(plan), "--seconds", f"{seconds}", "--workers", "2"]
    return subprocess.Popen(  # noqa: S603
        [str(command), "solve", str(problem), *options], stdout=subprocess.DEVNULL, start_new_session=True
    )


def _session(number: int) -> Iterator[Path]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[SESSION]) == number:
            yield stat.parent


def _proportional_set(process: Path) -> int:
    """Bytes; 0 once it has ended."""
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * KIB for line in lines if line.startswith("Pss:"))


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("problem", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--stops", type=float, nargs="+", default=[10.0, 20.0, 30.0])
    chosen = parser.parse_args()
    print(f"{most_memory(chosen.problem, chosen.seconds):,.0f} MiB")
    for after in chosen.stops:
        print(
            f"told to stop after {after:.0f} s: over {seconds_to_stop(chosen.problem, after):.1f} s later", flush=True
        )


if __name__ == "__main__":
    main()
