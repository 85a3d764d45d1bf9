"""Fills the cache of compiled kernels: `python -m schedtest.scheduling.kernels`. No user shall wait for a compiler."""

from __future__ import annotations

from datetime import UTC, datetime

from .arrays import Arrays
from .construct import construct
from .incumbent import end_of
from .problem import Device, DeviceType, Fixed, Mode, Problem, Task
from .recreate import Engine


def compile_kernels() -> None:
    """Plans a problem of two tasks; half a minute the first time, and after any change of a kernel's source."""
    mode = Mode(id="only", duration=1, devices=(("type", 1),))
    problem = Problem(
        slot_minutes=30,
        origin=datetime(2026, 1, 1, tzinfo=UTC),
        horizon=4,
        device_types=(DeviceType(id="type"),),
        devices=(Device(id="device", type="type"),),
        tasks=(
            Task(id="fixed", modes=(mode,), due=4, fixed=Fixed(0, "only")),
            Task(id="free", modes=(mode,), due=4),
        ),
    )
    arrays = Arrays.of(problem)
    incumbent = construct(arrays)
    end_of(arrays, 0, 0, 0)
    Engine(arrays, incumbent, seed=0).run(1)


if __name__ == "__main__":
    compile_kernels()
