"""What is wrong with the catalogue's files: one fault, one sentence."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """Where it stands, what would be right, and what was found there. line: 1 is the header."""

    file: str
    line: int | None
    column: str | None
    expected: str
    found: str

    def __str__(self) -> str:
        line = "" if self.line is None else f", line {self.line}"
        column = "" if self.column is None else f", column {self.column}"
        return f"{self.file}{line}{column}: expected {self.expected}, found {self.found}"


class Faulty(ValueError):
    """Raised with every fault at once, so that the files are mended in one go."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def shortened(text: str, limit: int = 60) -> str:
    """As it is quoted in a fault."""
    return f"'{text}'" if len(text) <= limit else f"'{text[:limit]}…'"
