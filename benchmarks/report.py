"""Tables and plots of what was measured, beside what others published."""

from __future__ import annotations

import csv
import os
import platform
from collections import defaultdict
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.figures import Cell
from benchmarks.measured import Row

OURS = "schedtest"

TITLES = {
    "facility": "Two facility problems",
    "generated": "Generated facility problems: tests, weeks and load",
    "csplib073": "CSPLib 073, test scheduling",
    "rcpsp": "RCPSP: RG300 and J120",
    "mplib1-set3": "MPLIB1 set 3: 24 projects on shared resources",
    "rcpsp-max": "RCPSP/max: lags in cycles",
    "mrcpsp-n0": "MRCPSP: several modes",
}

FIGURES = {
    "answers": "Answers about a plan of facility-3403, once it is loaded",
    "conflicts": "1000 mandatory tests without a plan: what was taken away, and what the conflict names",
    "engines": "Both engines against walks alone, the same seeds",
    "lanes": "Two workers against one: ruins a second of facility-1150, in the median",
    "limits": "What the command takes",
}

Published = dict[tuple[str, str], dict[str, int]]
"""By (work, instance): value by source."""


def write_report(rows: Sequence[Row], cells: Sequence[Cell], folder: Path) -> None:
    if not rows and not cells:
        return
    published = _published()
    lines = ["# Scheduling benchmark", "", f"On {_machine()}. {_versions()}.", ""]
    lines += [
        "Written by `make bench` from measured.csv and figures.csv; how it is measured stands in ../benchmarks.md.",
        "",
    ]
    for work, title in TITLES.items():
        those = [row for row in rows if row.work == work]
        if those:
            lines += [f"## {title}", "", *_table(those, published), ""]
            lines += [f"{sentence}\n" for sentence in _sums(work, those, published)]
            if _plot(work, those, folder):
                lines += [f"![{title}: totals over time]({work}.svg)", ""]
    if _plot_growth([row for row in rows if row.work in ("facility", "generated")], folder):
        lines += ["## Growth with size", "", "![Seconds to the first plan by tasks](growth.svg)", ""]
    for work, title in FIGURES.items():
        those_cells = [cell for cell in cells if cell.work == work]
        if those_cells:
            lines += [f"## {title}", "", *_figures(those_cells), ""]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text("\n".join(lines).rstrip() + "\n")


def _published() -> Published:
    found: Published = defaultdict(dict)
    with (Path(__file__).parent / "published.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            found[row["work"], row["instance"]][row["source"]] = int(row["value"])
    return found


def _machine() -> str:
    names = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    return f"{len(os.sched_getaffinity(0))} cores of a shared machine ({names[0]})"


def _versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for name in ("ortools", "numba", "numpy", "pyjobshop"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def _table(rows: Sequence[Row], published: Published) -> list[str]:
    sides = list(dict.fromkeys(row.side for row in sorted(rows, key=lambda row: (row.side != OURS, row.side))))
    sources = list(dict.fromkeys(name for row in rows for name in published.get((row.work, row.instance), {})))
    head = ["instance", "tasks", *sides, "bound", "seconds", *(f"published: {source}" for source in sources)]
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    by_problem: dict[tuple[str, float], dict[str, Row]] = defaultdict(dict)
    for row in rows:
        by_problem[row.instance, row.limit][row.side] = row
    for (instance, limit), found in by_problem.items():
        known = published.get((rows[0].work, instance), {})
        own = found.get(OURS)
        cells = [instance, f"{next(iter(found.values())).tasks:,}", *(_cell(found.get(side)) for side in sides)]
        cells += ["–" if own is None or own.bound is None else f"{own.bound:,}"]
        cells += [f"– of {limit:.0f}" if own is None else f"{own.seconds:.0f} of {limit:.0f}"]
        lines.append("| " + " | ".join([*cells, *(f"{known[s]:,}" if s in known else "–" for s in sources)]) + " |")
    return lines


def _figures(cells: Sequence[Cell]) -> list[str]:
    """A table with a line for each row, and the day."""
    values: dict[str, dict[str, str]] = defaultdict(dict)
    for cell in cells:
        values[cell.row] |= {cell.column: cell.value, "day": cell.day}
    columns = list(dict.fromkeys(column for row in values.values() for column in row if column != "day"))
    lines = ["| | " + " | ".join([*columns, "day"]) + " |", "|---|" + "---:|" * (len(columns) + 1)]
    for name, row in values.items():
        lines.append(f"| {name} | " + " | ".join([*(row.get(column, "") for column in columns), row["day"]]) + " |")
    return lines


def _cell(row: Row | None) -> str:
    if row is None:
        return "–"
    if row.total is None:
        return "infeasible" if row.status == "infeasible" else "no plan"
    left_out = f" ({row.left_out} left out)" if row.left_out else ""
    return f"{row.total:,}{' proven' if row.status == 'optimal' else ''}{left_out}"


def _sums(work: str, rows: Sequence[Row], published: Published) -> list[str]:
    """Mean gaps to each published source, ours with the most time, and how often we are below, equal, above it and the
    other sides, where these had as long."""
    own: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.limit):
        if row.side == OURS and row.total is not None:
            own[row.instance].append(row)
    pairs: dict[str, list[tuple[Row, int]]] = defaultdict(list)
    for instance, those in own.items():
        for source, value in published.get((work, instance), {}).items():
            pairs[f"published {source}"].append((those[-1], value))
    for row in rows:
        as_long = [one for one in own[row.instance] if one.limit <= row.limit]
        if row.side != OURS and row.total is not None and as_long:
            pairs[f"{row.side} in {row.limit:.0f} s"].append((as_long[-1], row.total))
    sentences = []
    for name, compared in pairs.items():
        gaps = [(one.total or 0) / value - 1 for one, value in compared if value]
        signs = [sum(gap < 0 for gap in gaps), sum(gap == 0 for gap in gaps), sum(gap > 0 for gap in gaps)]
        mean = 100 * sum(gaps) / max(1, len(gaps))
        sentences.append(f"Against {name}: {signs[0]} lower, {signs[1]} equal, {signs[2]} higher; mean {mean:+.2f} %.")
    return sentences


def _plot_growth(rows: Sequence[Row], folder: Path) -> bool:
    """Seconds from the problem in memory to its first plan, by tasks; False where there is nothing to draw with."""
    fastest: dict[int, float] = {}  # the first of a run loads the compiled code too
    for row in rows:
        if row.side == "construct":
            fastest[row.tasks] = min(row.seconds, fastest.get(row.tasks, row.seconds))
    points = sorted(fastest.items())
    path = folder / "growth.svg"
    try:
        pyplot = _pyplot("growth")
    except ModuleNotFoundError:
        return path.exists()
    if len(points) < 2:
        return False
    figure, axes = pyplot.subplots(figsize=(8, 4.5))
    axes.plot([tasks for tasks, _ in points], [seconds for _, seconds in points], marker="o")
    axes.set_xlabel("tasks")
    axes.set_ylabel("seconds to the arrays and the best of the priority rules")
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.grid(visible=True, alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return True


def _pyplot(salt: str) -> Any:
    """Drawing to SVG, the same file for the same picture. Raises ModuleNotFoundError."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = salt
    from matplotlib import pyplot

    return pyplot


def _plot(work: str, rows: Sequence[Row], folder: Path) -> bool:
    """Totals over time of each instance, over the best found; False where there is nothing to draw, or nothing to draw
    with."""
    curves = [row for row in rows if len(row.curve) > 1]
    if not curves:
        return False
    try:
        pyplot = _pyplot(work)
    except ModuleNotFoundError:
        return (folder / f"{work}.svg").exists()
    figure, axes = pyplot.subplots(figsize=(8, 4.5))
    best: dict[str, int] = {}
    for row in rows:
        if row.total is not None:
            best[row.instance] = min(row.total, best.get(row.instance, row.total))
    sides = list(dict.fromkeys(row.side for row in curves))
    for row in curves:
        if not best.get(row.instance):
            continue
        at = [max(0.1, point[0]) for point in row.curve] + [row.seconds]
        over = [100 * (point[1] / best[row.instance] - 1) for point in row.curve]
        colour = f"C{sides.index(row.side)}"
        axes.step(at, [*over, over[-1]], where="post", color=colour, alpha=0.6, linewidth=1)
    for number, side in enumerate(sides):
        axes.plot([], [], color=f"C{number}", label=side)
    axes.set_xscale("log")
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("seconds")
    axes.set_ylabel("% above the best found")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(folder / f"{work}.svg", metadata={"Date": None})
    pyplot.close(figure)
    return True
