"""Serial schedule generation: a full plan in well under a second."""

from __future__ import annotations

from .arrays import Arrays
from .incumbent import Incumbent


class FixedClash(ValueError):
    """The fixed tasks break a rule, alone or together; `tasks` are the numbers of those that found no place."""

    def __init__(self, tasks: tuple[int, ...]) -> None:
        self.tasks = tasks
        super().__init__("the fixed tasks cannot stand together")


def construct(arrays: Arrays, seed: int = 0) -> Incumbent:
    """The best plan of several priority rules; keeps every rule, but may leave out tasks, mandatory ones too
    (`incumbent.missing`). Raises FixedClash."""
    raise NotImplementedError
