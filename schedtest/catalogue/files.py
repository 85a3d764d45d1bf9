"""The catalogue's files, read with every fault at once, and written always in the same form."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .checks import faults_of
from .faults import Fault, Faulty, shortened
from .tables import TABLES, Column, Table

LARGEST_FILE = 50_000_000
DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Row:
    """values: by column, as its kind reads them."""

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The rows of every table, without fault."""

    tables: Mapping[str, tuple[Row, ...]]

    def values(self, table: str) -> list[Mapping[str, Any]]:
        return [row.values for row in self.tables[table]]


@dataclass
class _Reading:
    """One table as far as it could be read. broken: some rows are unknown, so nothing is said of who names them."""

    table: Table
    rows: list[Row] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    broken: bool = False

    def fault(self, line: int | None, column: str | None, expected: str, found: str) -> None:
        self.faults.append(Fault(self.table.file, line, column, expected, found))


def read(folder: Path) -> Catalogue:
    """The catalogue in the folder. Raises Faulty with all that is wrong in all of its files."""
    if not folder.is_dir():
        raise Faulty([Fault(str(folder), None, None, "a folder with the catalogue's files", "none")])
    readings = {table.name: _read_table(table, folder) for table in TABLES}
    for reading in readings.values():
        _check_names(reading, readings)
    faults = [fault for reading in readings.values() for fault in reading.faults]
    catalogue = Catalogue({name: tuple(reading.rows) for name, reading in readings.items()})
    if not faults:
        faults = list(faults_of(catalogue.tables))
    if faults:
        raise Faulty(faults)
    return catalogue


def write(folder: Path, tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """The files of these rows (by table, values by column), in an order and form that depend on nothing else."""
    texts = {table.file: _text_of(table, tables[table.name]) for table in TABLES}
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        (folder / file).write_bytes(text.encode())


def _text_of(table: Table, rows: Iterable[Mapping[str, Any]]) -> str:
    kinds = {column.name: column.kind for column in table.columns}
    written = [{name: kind.write(row[name]) for name, kind in kinds.items()} for row in rows]
    written.sort(key=lambda cells: [cells[name] for name in table.key])
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(kinds), lineterminator="\n")
    writer.writeheader()
    writer.writerows(written)
    return text.getvalue()


def _read_table(table: Table, folder: Path) -> _Reading:
    reading = _Reading(table)
    text = _decoded(reading, folder / table.file)
    if text is None:
        reading.broken = True
        return reading
    try:
        _read_rows(reading, text)
    except csv.Error as error:
        reading.broken = True
        reading.fault(None, None, "lines of cells with every quotation mark closed", str(error))
    return reading


def _decoded(reading: _Reading, path: Path) -> str | None:
    """The file's text, or None after a fault."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            reading.fault(None, None, f"a file of at most {LARGEST_FILE // 1_000_000} MB", "a larger one")
            return None
        data = path.read_bytes()
    except OSError as error:
        reading.fault(None, None, "a file that can be read", error.strerror or str(error))
        return None
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        reading.fault(
            None,
            None,
            "text in UTF-8 (in a spreadsheet, save the file as 'CSV UTF-8')",
            "another encoding, such as windows-1251",
        )
        return None
    return text


def _read_rows(reading: _Reading, text: str) -> None:
    lines = _lines(text)
    header_line, header = next(lines, (1, []))
    columns = _columns(reading, header_line, header)
    if columns is None:
        reading.broken = True
        return
    seen: dict[tuple[str, ...], dict[tuple[str, ...], int]] = {}
    for line, cells in lines:
        if len(cells) != len(columns):
            reading.broken = True
            reading.fault(line, None, f"{len(columns)} cells as in the header", f"{len(cells)}")
            continue
        texts = {column.name: cell for column, cell in zip(columns, cells, strict=True)}
        reading.codes.add(texts[reading.table.key[0]])
        _check_unique(reading, line, texts, seen)
        values = {column.name: _value(reading, line, column, texts[column.name]) for column in reading.table.columns}
        reading.rows.append(Row(line, values))


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """(number of its first line, cells) for every row that is not empty. Raises csv.Error."""
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        row = next(reader, None)
        if row is None:
            return
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield line, cells


def _columns(reading: _Reading, line: int, header: list[str]) -> list[Column] | None:
    """The columns in the file's order, or None after faults."""
    known = {column.name: column for column in reading.table.columns}
    sound = True
    for number, name in enumerate(header):
        if name not in known:
            sound = False
            reading.fault(line, shortened(name), f"no columns but {', '.join(known)}", "it")
        elif name in header[:number]:
            sound = False
            reading.fault(line, name, "each column once", "it again")
    for name in known:
        if name not in header:
            sound = False
            reading.fault(line, name, "this column", "none")
    return [known[name] for name in header] if sound else None


def _value(reading: _Reading, line: int, column: Column, text: str) -> Any:
    try:
        return column.kind.read(text)
    except ValueError:
        reading.fault(line, column.name, column.kind.expected, shortened(text) if text else "nothing")
        return None


def _check_unique(
    reading: _Reading, line: int, texts: Mapping[str, str], seen: dict[tuple[str, ...], dict[tuple[str, ...], int]]
) -> None:
    for names in (reading.table.key, *((name,) for name in reading.table.alone)):
        key = tuple(texts[name] for name in names)
        earlier = seen.setdefault(names, {}).setdefault(key, line)
        if earlier != line:
            reading.fault(
                line,
                " ".join(names),
                f"each {' '.join(names)} once",
                f"{shortened(' '.join(key).strip())} as in line {earlier}",
            )


def _check_names(reading: _Reading, readings: Mapping[str, _Reading]) -> None:
    """Whatever a row names stands in the other file."""
    for column in reading.table.columns:
        if column.refers is None or readings[column.refers].broken:
            continue
        known = readings[column.refers].codes
        for row in reading.rows:
            value = row.values[column.name]
            for code in () if value is None else column.kind.codes(value):
                if code not in known:
                    reading.fault(
                        row.line, column.name, f"a code from {readings[column.refers].table.file}", shortened(code)
                    )
