"""How long `recommend` takes for each of the largest campaigns beside the rest of a plan, once that is loaded.

python -m benchmarks.offers PROBLEM SOLUTION [CAMPAIGNS]      the 20 largest unless given
"""

import gc
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median, quantiles

from schedtest.scheduling.beside import Beside
from schedtest.scheduling.files import read_problem, read_solution
from schedtest.scheduling.model.lookup import Lookup
from schedtest.scheduling.recommend import Offer, recommend
from schedtest.scheduling.solution import Solution


def _of(lookup: Lookup, solution: Solution, campaign: str) -> tuple[list[Offer], float]:
    rest = {
        name: place for name, place in solution.assignment_by_task.items() if lookup.task[name].campaign != campaign
    }
    beside = Beside(lookup, rest)
    started = time.perf_counter()
    return recommend(beside, campaign), time.perf_counter() - started


def main() -> None:
    problem, solution = read_problem(Path(sys.argv[1])), read_solution(Path(sys.argv[2]))
    most = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    lookup, sizes = Lookup(problem), Counter(task.campaign for task in problem.tasks if task.campaign)
    _of(lookup, solution, next(iter(sizes)))  # loads the kernels
    gc.collect()
    gc.freeze()  # as the server does
    durations, left_out = [], 0
    for campaign, _ in sizes.most_common(most):
        offers, seconds = _of(lookup, solution, campaign)
        durations.append(seconds)
        left_out += sum(len(offer.left_out) for offer in offers)
    p95 = quantiles(durations, n=20)[-1]
    largest = sizes.most_common(1)[0][1]
    print(f"{most} campaigns of up to {largest} tasks beside {len(problem.tasks)}: ", end="")
    print(f"p50 {median(durations):.2f} s, p95 {p95:.2f} s, {left_out} tasks left out")


if __name__ == "__main__":
    main()
