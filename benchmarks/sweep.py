"""Draws problem after problem with every feature of the format, and checks every plan of every engine.

python -m benchmarks.sweep [MINUTES] [FIRST_SEED]      from the project's root; 20 minutes from seed 100 unless given
"""

import sys
import traceback
from itertools import count
from time import monotonic

from schedtest.scheduling.check import check
from tests.scheduling.features import full_problem
from tests.scheduling.sweep import plans_by_engine

SIZES = (20, 20, 60, 20, 60, 200, 20, 60, 20, 600, 20, 60, 200, 20, 60, 1500, 20, 60, 200, 3000)
"""Tests, in turn: small problems have more odd corners to a second."""


def main() -> int:
    given = sys.argv[1:]
    minutes, first = float(given[0]) if given else 20.0, int(given[1]) if len(given) > 1 else 100
    until = monotonic() + 60 * minutes
    problems = plans = bad = 0
    for seed in count(first):
        if monotonic() > until:
            break
        tests = SIZES[seed % len(SIZES)]
        problem = full_problem(seed, tests, load=1.0 + seed % 3)
        problems += 1
        try:
            for engine, solution in plans_by_engine(problem, seed):
                plans += 1
                for violation in check(problem, solution):
                    if violation.rule != "once":
                        bad += 1
                        print(f"seed {seed}, {tests} tests, {engine}: {violation}", flush=True)
        except Exception:
            bad += 1
            print(f"seed {seed}, {tests} tests:", flush=True)
            traceback.print_exc()
    print(f"{problems} problems, {plans} plans, {bad} faults")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
