"""Where one process of the search spends its time: compiled kernels, CP-SAT, or Python around them.

python -m benchmarks.where_time_goes PROBLEM [SECONDS]      60 unless given
"""

import sys
from collections import defaultdict
from cProfile import Profile
from operator import itemgetter
from pathlib import Path

from numba.core.dispatcher import Dispatcher

from benchmarks.instances import read_instance
from benchmarks.sides import SEED
from schedtest.scheduling.search import solve
from schedtest.scheduling.stop import Seconds

WAITING = "<method 'acquire' of '_thread.lock' objects>"
"""CP-SAT works in a thread of its own, for which the search waits."""


def kernels() -> dict[tuple[str, int], str]:
    """By file and line of all that is compiled: its name."""
    return {
        (found.py_func.__code__.co_filename, found.py_func.__code__.co_firstlineno): found.py_func.__name__
        for name, module in list(sys.modules.items())
        if name.startswith("schedtest.scheduling")
        for found in vars(module).values()
        if isinstance(found, Dispatcher)
    }


def main() -> None:
    problem = read_instance(Path(sys.argv[1]))
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    profile = Profile()
    solution = profile.runcall(solve, problem, stop=Seconds(seconds), workers=1, seed=SEED)
    compiled, spent = kernels(), defaultdict[str, float](float)
    for entry in profile.getstats():
        code = entry.code
        if isinstance(code, str):
            spent["CP-SAT" if code == WAITING else "Python: built in"] += entry.inlinetime
        elif (code.co_filename, code.co_firstlineno) in compiled:
            spent[f"kernel {compiled[code.co_filename, code.co_firstlineno]}"] += entry.inlinetime
        else:
            path = Path(code.co_filename)
            spent[f"Python: {path.name}" if "schedtest" in path.parts else "Python: libraries"] += entry.inlinetime
    whole = sum(spent.values())
    print(f"{whole:.1f} s, total {solution.objective.total if solution.objective else None}")
    for what, took in sorted(spent.items(), key=itemgetter(1), reverse=True)[:15]:
        print(f"{100 * took / whole:5.1f} %  {what}")


if __name__ == "__main__":
    main()
