"""Both engines together against each alone, each pair with several seeds: runs differ by more than the engines do.

python -m benchmarks.engines PROBLEM... [--seconds 60] [--seeds 3] [--workers 2] [--with-neighbourhoods]
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from math import prod
from pathlib import Path

from benchmarks.instances import read_instance
from benchmarks.sides import Outcome, neighbourhoods_alone, ours, walks_alone
from schedtest.scheduling.problem import Problem

SIDES = {"both": ours, "walks": walks_alone, "neighbourhoods": neighbourhoods_alone}


def totals_of(problem: Problem, names: Sequence[str], seconds: float, workers: int, seeds: int) -> dict[str, list[int]]:
    """The objectives of each side with each seed; who comes first changes with the seed."""
    totals: dict[str, list[int]] = {name: [0] * seeds for name in names}
    for seed in range(seeds):
        for place in range(len(names)):
            name = names[(place + seed) % len(names)]
            outcome: Outcome = SIDES[name](problem, seconds, workers, seed)
            assert outcome.total is not None
            totals[name][seed] = outcome.total
    return totals


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
    parser.add_argument("--with-neighbourhoods", action="store_true")
    chosen = parser.parse_args()
    names = list(SIDES) if chosen.with_neighbourhoods else ["both", "walks"]
    ours(read_instance(chosen.problems[0]), 5.0, chosen.workers)  # what is loaded once is no side's to wait for
    print(f"| problem | {' | '.join(names)} | {' | '.join(f'both / {name}' for name in names[1:])} |")
    for path in chosen.problems:
        totals = totals_of(read_instance(path), names, chosen.seconds, chosen.workers, chosen.seeds)
        cells = [", ".join(f"{total:,}" for total in totals[name]) for name in names]
        cells += [ratios(totals["both"], totals[name]) for name in names[1:]]
        print(f"| {path.name.split('.json')[0]} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
