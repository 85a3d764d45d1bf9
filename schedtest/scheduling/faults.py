"""What is wrong with a problem, a solution or a file: one fault, one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where it stands, what would be right, and what was found there."""

    where: str
    expected: str
    found: Any = None

    def __str__(self) -> str:
        found = _shortened(self.found)
        return f"{self.where}: expected {self.expected}, found {found}"


class Faulty(ValueError):
    """Raised with every fault at once, so that a file is mended in one go."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type[Faulty], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


def _shortened(found: Any, limit: int = 60) -> str:
    try:
        text = repr(found)
    except ValueError:  # an integer of more digits than Python prints
        text = f"a number of {found.bit_length()} bits"
    return text if len(text) <= limit else text[: limit - 1] + "…"
