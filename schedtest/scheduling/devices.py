"""Pools of devices to individual devices."""

from __future__ import annotations

from dataclasses import dataclass

from .arrays import Arrays
from .incumbent import Incumbent


@dataclass(frozen=True, slots=True)
class Naming:
    """devices: by task number, ((type, (device, …)), …) as in Assignment.   unnamed: tasks for which none were left."""

    devices: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]
    unnamed: tuple[int, ...]


def name_devices(arrays: Arrays, incumbent: Incumbent) -> Naming:
    """Names every scheduled task's devices; keeps those that the incumbent names already (a plan of the compiled engine
    is always named in full)."""
    raise NotImplementedError
