"""The problems of each work: public ones from a folder, and generated ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.instances import instance_name, read_instance
from schedtest.booking.generate import generate
from schedtest.scheduling.problem import Problem

GENERATED = (
    (1000, 13, 0.7),
    (1000, 13, 1.6),
    (2000, 26, 0.7),
    (3000, 26, 0.7),
    (3000, 13, 1.0),
    (6000, 26, 1.0),
    (10_000, 26, 1.0),
)
"""(tests, weeks, load); from easy to overfull."""

FORMATS = {".pl", ".rcp", ".sch", ".dzn", ".txt", ".json", ".gz"}


def problems(folder: Path, work: str, wanted: str | None = None) -> Iterator[tuple[str, Problem]]:
    """With their names; only the one that is wanted, if one is. A folder that is missing is told and passed over."""
    if work == "generated":
        for tests, weeks, load in GENERATED:
            name = f"{tests}-{weeks}w-{load}"
            if wanted in (None, name):
                yield name, generate(tests=tests, weeks=weeks, seed=1, load=load)
        return
    if not (folder / work).is_dir():
        print(f"{folder / work}: no such folder, so {work} is not measured", file=sys.stderr)
        return
    for path in sorted((folder / work).iterdir()):
        if path.suffix in FORMATS and not path.name.startswith("LICENSE") and wanted in (None, instance_name(path)):
            yield instance_name(path), read_instance(path)


def facility(folder: Path, name: str) -> Problem | None:
    """One of the two; None where it is missing, which is told."""
    return next((problem for _, problem in problems(folder, "facility", name)), None)
