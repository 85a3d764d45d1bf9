"""Both engines together against walks alone, each pair with several seeds: runs differ by more than the engines do.

python -m benchmarks.engines PROBLEM... [--seconds 60] [--seeds 3] [--workers 2]
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from math import prod
from pathlib import Path

from benchmarks.instances import read_instance
from benchmarks.sides import ours, walks_alone
from schedtest.scheduling.problem import Problem


def totals_of(problem: Problem, seconds: float, workers: int, seeds: int) -> tuple[list[int], list[int]]:
    """The objectives of both and of walks with each seed; who comes first changes with the seed."""
    totals: dict[int, list[int]] = {0: [], 1: []}
    for seed in range(seeds):
        for side in (0, 1) if seed % 2 == 0 else (1, 0):
            outcome = (ours, walks_alone)[side](problem, seconds, workers, seed)
            assert outcome.total is not None
            totals[side].append(outcome.total)
    return totals[0], totals[1]


def ratios(these: Sequence[int], those: Sequence[int]) -> str:
    """The geometric mean of their quotients, and the least and the most of them."""
    quotients = [this / that for this, that in zip(these, those, strict=True)]
    mean = prod(quotients) ** (1 / len(quotients))
    return f"{mean:.3f} ({min(quotients):.3f} to {max(quotients):.3f})"


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("problems", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    ours(read_instance(chosen.problems[0]), 5.0, chosen.workers)  # what is loaded once is no side's to wait for
    print("| problem | both | walks | both / walks |")
    for path in chosen.problems:
        both, walks = totals_of(read_instance(path), chosen.seconds, chosen.workers, chosen.seeds)
        cells = [", ".join(f"{total:,}" for total in totals) for totals in (both, walks)]
        print(f"| {path.name.split('.json')[0]} | {' | '.join(cells)} | {ratios(both, walks)} |", flush=True)


if __name__ == "__main__":
    main()
