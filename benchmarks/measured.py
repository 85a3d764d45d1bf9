"""Measurements in a CSV file, one row for each problem and side."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.rows import read_rows, write_rows
from benchmarks.sides import Outcome


class Row(NamedTuple):
    """One measurement. total, bound: None for none. curve: (seconds, total) at each improvement."""

    work: str
    instance: str
    tasks: int
    side: str
    limit: float
    workers: int
    status: str
    total: int | None
    bound: int | None
    left_out: int
    seconds: float
    day: str
    curve: tuple[tuple[float, int], ...]


class Measured:
    """The last measurement of each side of each problem in each time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self) -> list[Row]:
        return [_row(values) for values in read_rows(self._path)]

    def keep(
        self, work: str, instance: str, tasks: int, side: str, limit: float, workers: int, outcome: Outcome
    ) -> None:
        day = datetime.now(UTC).date().isoformat()
        status, total, bound, left_out, seconds, curve = outcome
        row = Row(
            work, instance, tasks, side, limit, workers, status, total, bound, left_out, round(seconds, 1), day, curve
        )
        others = [old for old in self.rows() if _key(old) != _key(row)]
        every = sorted([*others, row], key=_key)
        curves = (" ".join(f"{at:.1f}:{total}" for at, total in each.curve) for each in every)
        write_rows(self._path, Row._fields, ([*each[:-1], curve] for each, curve in zip(every, curves, strict=True)))


def _key(row: Row) -> tuple[str, str, float, str]:
    return row.work, row.instance, row.limit, row.side


def _row(values: dict[str, str]) -> Row:
    points = [point.split(":") for point in values["curve"].split()]
    return Row(
        work=values["work"],
        instance=values["instance"],
        tasks=int(values["tasks"]),
        side=values["side"],
        limit=float(values["limit"]),
        workers=int(values["workers"]),
        status=values["status"],
        total=int(values["total"]) if values["total"] else None,
        bound=int(values["bound"]) if values["bound"] else None,
        left_out=int(values["left_out"]),
        seconds=float(values["seconds"]),
        day=values["day"],
        curve=tuple((float(at), int(total)) for at, total in points),
    )
