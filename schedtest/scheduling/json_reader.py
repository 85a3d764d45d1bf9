"""Typed fields out of JSON values. What is not as it should be becomes a fault and a neutral value stands in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from .faults import Fault
from .json_text import JsonObject, Literal

NOTHING = Literal("nothing")
TOO_LARGE = 2**62


class Gathered(list[Fault]):
    """The faults of a whole file so far."""

    ids_known = True
    """False once an id, or a part that has one, could not be read."""


class Reader:
    """One JSON object, where it stands, and the faults found so far. A field is required unless it has a default."""

    def __init__(self, value: Any, where: str, faults: Gathered) -> None:
        self.where = where
        self.faults = faults
        self.value: dict[str, Any] = value if isinstance(value, dict) else {}
        self.told = False
        for key in value.repeated if isinstance(value, JsonObject) else ():
            self.fault("", "each field once", key)
        if not isinstance(value, dict):
            self.fault("", "an object", value)
            self.told = True

    def place(self, name: str) -> str:
        return f"{self.where}.{name}" if self.where and name else self.where or name or "the file"

    def fault(self, name: str, expected: str, found: Any) -> None:
        if not self.told:
            self.faults.append(Fault(self.place(name), expected, found))

    def has(self, name: str) -> bool:
        return self.value.get(name) is not None

    def integer(self, name: str, default: int | None = None, neutral: int = 0) -> int:
        if default is not None and name not in self.value:
            return default
        return self._integer(self.value.get(name, NOTHING), name, neutral)

    def optional_integer(self, name: str) -> int | None:
        return self.integer(name) if self.has(name) else None

    def id(self) -> str:
        before = len(self.faults)
        text = self.text("id", neutral=self.where)
        self.faults.ids_known &= len(self.faults) == before
        return text

    def text(self, name: str, default: str | None = None, neutral: str = "") -> str:
        if default is not None and name not in self.value:
            return default
        return self._text(self.value.get(name, NOTHING), name, neutral)

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if self.has(name) else None

    def boolean(self, name: str, default: bool) -> bool:
        value = self.value.get(name, default)
        if isinstance(value, bool):
            return value
        self.fault(name, "true or false", value)
        return default

    def number(self, name: str, default: float) -> float:
        return self._number(self.value.get(name, default), name)

    def array(self, name: str, required: bool = False) -> list[Any]:
        if name not in self.value and not required:
            return []
        value = self.value.get(name, NOTHING)
        if isinstance(value, list):
            return value
        self.fault(name, "a list", value)
        return []

    def object(self, name: str) -> Reader:
        """An object that may be absent: then it is empty."""
        return Reader(self.value.get(name, {}), self.place(name), self.faults)

    def objects(self, name: str, required: bool = False, named_by: str | None = "id") -> Iterator[Reader]:
        """Those of a list, each called by its id where it has one."""
        self.faults.ids_known &= isinstance(self.value.get(name, None if required else []), list)
        for number, value in enumerate(self.array(name, required)):
            id = value.get(named_by) if isinstance(value, dict) and named_by else None
            label = f"{name}.{id}" if type(id) is str else f"{name}[{number}]"
            if isinstance(value, dict):
                yield Reader(value, self.place(label), self.faults)
            else:
                self.faults.ids_known = False
                self.fault(label, "an object", value)

    def rows(self, name: str, *kinds: type) -> list[list[Any]]:
        """The rows of a list, each a list of integers and strings as `kinds` says."""
        return self._rows(self.array(name), name, kinds)

    def rows_by_key(self, name: str, *kinds: type) -> Iterator[tuple[str, list[list[Any]]]]:
        """An object of such lists, each under its id."""
        entries = self.object(name)
        self.faults.ids_known &= isinstance(self.value.get(name, {}), dict)
        for key, value in entries.value.items():
            entries._text(key, key, "")
            if isinstance(value, list):
                yield key, entries._rows(value, key, kinds)
            else:
                entries.fault(key, "a list", value)
                yield key, []

    def integers_by_key(self, name: str) -> tuple[tuple[str, int], ...]:
        entries = self.object(name)
        return tuple((key, entries._integer(value, key, 0)) for key, value in entries.value.items())

    def texts_by_key(self, name: str) -> tuple[tuple[str, str], ...]:
        entries = self.object(name)
        return tuple((key, entries._text(value, key, "")) for key, value in entries.value.items())

    def texts(self, name: str) -> tuple[str, ...]:
        values = self.array(name)
        return tuple(self._text(value, f"{name}[{number}]", "") for number, value in enumerate(values))

    def _rows(self, values: list[Any], name: str, kinds: tuple[type, ...]) -> list[list[Any]]:
        rows = []
        for number, row in enumerate(values):
            place = f"{name}[{number}]"
            if isinstance(row, list) and len(row) == len(kinds):
                before = len(self.faults)
                read = [self._cell(cell, kind, place) for cell, kind in zip(row, kinds, strict=True)]
                if len(self.faults) == before:
                    rows.append(read)
            else:
                what = ", ".join("integer" if kind is int else "string" for kind in kinds)
                self.fault(place, f"a list [{what}]", row)
        return rows

    def _cell(self, value: Any, kind: type, place: str) -> Any:
        return self._integer(value, place, 0) if kind is int else self._text(value, place, "")

    def _integer(self, value: Any, name: str, neutral: int) -> int:
        if type(value) is int:
            return value
        huge = isinstance(value, Literal) and value.lstrip("-").isdigit()
        self.fault(name, f"an integer within {TOO_LARGE}" if huge else "an integer", value)
        return neutral

    def _text(self, value: Any, name: str, neutral: str) -> str:
        if type(value) is str:
            if value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value):
                return value
            self.fault(ascii(name)[1:-1], "whole characters, no half of a surrogate pair", Literal(ascii(value)))
        else:
            self.fault(name, "a string", value)
        return neutral

    def _number(self, value: Any, name: str) -> float:
        if type(value) in (int, float):
            return float(value) if abs(value) <= TOO_LARGE else self._not_a_number(value, name)
        try:
            number = float(value) if isinstance(value, Literal) else math.nan
        except ValueError:
            number = math.nan
        return number if math.isfinite(number) else self._not_a_number(value, name)

    def _not_a_number(self, value: Any, name: str) -> float:
        self.fault(name, "a finite number", value)
        return 0.0
