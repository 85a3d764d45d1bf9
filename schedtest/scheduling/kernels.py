"""Fills the cache of compiled kernels: `python -m schedtest.scheduling.kernels`. No user shall wait for a compiler."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from .arrays import Arrays
from .bounds import least
from .construct import construct
from .evolution import Evolution
from .incumbent import end_of
from .model.lookup import Lookup
from .posting import Posting
from .price_bounds import price_bound
from .problem import Device, DeviceType, Fixed, Mode, Objective, Precedence, Problem, Resource, Task
from .project import project_of
from .recreate import Engine
from .room import Blocks, InTheWay, Windows, has_room
from .shifting import Shifting


def compile_kernels() -> None:
    """Plans two problems of two tasks; half a minute the first time, and after any change of a kernel's source."""
    origin = datetime(2026, 1, 1, tzinfo=UTC)
    mode = Mode(id="only", duration=1, devices=(("type", 1),))
    problem = Problem(
        slot_minutes=30,
        origin=origin,
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
    has_room(Windows.of(None), False, 1, 0, 2, 3, InTheWay.of([Blocks.of([(0, 1)])], [False]))
    on_a_place = Mode(id="only", duration=1, uses=(("place", 1),))
    visit = Problem(
        slot_minutes=30,
        origin=origin,
        horizon=4,
        resources=(Resource(id="place", kind="other", capacity=1),),
        tasks=tuple(Task(id=name, modes=(on_a_place,), campaign="all", due=4, mandatory=True) for name in "ab"),
        objective=Objective(stay=1),
    )
    crowded = replace(visit, tasks=tuple(replace(task, deadline=1, mandatory=False) for task in visit.tasks))
    price_bound(Arrays.of(crowded), least(Lookup(crowded)))
    project = project_of(Arrays.of(visit))
    assert project is not None
    Evolution(project, seed=0).run(200)
    lagged = project_of(Arrays.of(replace(visit, precedences=(Precedence(before="a", after="b", max_lag=1),))))
    assert lagged is not None
    posting = Posting(lagged, seed=0)
    posting.run(9)
    assert posting.start is not None
    Shifting(lagged, posting.start, seed=0).run(1, 1.0)


if __name__ == "__main__":
    compile_kernels()
