"""Figures other than totals, in a CSV file: one line for each cell of a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.rows import read_rows, write_rows


class Cell(NamedTuple):
    work: str
    row: str
    column: str
    value: str
    day: str


class Figures:
    """The last of each row of each work."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def cells(self) -> list[Cell]:
        return [Cell(**values) for values in read_rows(self._path)]

    def keep(self, work: str, row: str, values: Mapping[str, str]) -> None:
        day = datetime.now(UTC).date().isoformat()
        others = [cell for cell in self.cells() if (cell.work, cell.row) != (work, row)]
        new = [Cell(work, row, column, value, day) for column, value in values.items()]
        write_rows(self._path, Cell._fields, [*others, *new])
