"""Problems for the tests: builders with defaults, a plain random generator, and small ones for Hypothesis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from hypothesis import strategies as st

from schedtest.scheduling.check import check, cost_of
from schedtest.scheduling.problem import (
    Calendar,
    Closure,
    Device,
    DeviceType,
    Fixed,
    Mode,
    Objective,
    Placing,
    Precedence,
    Problem,
    Resource,
    StateResource,
    Task,
    Transition,
    Window,
)
from schedtest.scheduling.solution import Assignment, Solution, Status, Unscheduled

ORIGIN = datetime(2026, 1, 5, tzinfo=UTC)
PRICES = Objective(unscheduled=1000, tardiness=10, stay=3, cost=1, move=5)


def a_calendar(id: str, *windows: tuple[int, int]) -> Calendar:
    return Calendar(id=id, windows=tuple(Window(*window) for window in windows))


def a_resource(
    id: str, capacity: int = 1, closed: Iterable[tuple[int, int, int]] = (), kept: bool = False, kind: str = "segment"
) -> Resource:
    return Resource(id=id, kind=kind, capacity=capacity, closures=tuple(Closure(*c) for c in closed), kept=kept)


def a_device(id: str, type: str = "robot", closed: Iterable[tuple[int, int]] = ()) -> Device:
    return Device(id=id, type=type, closures=tuple(Window(*window) for window in closed))


def a_state_resource(
    id: str, initial: str | None = None, transitions: Iterable[tuple[str, str, int]] = ()
) -> StateResource:
    return StateResource(id=id, initial=initial, transitions=tuple(Transition(*t) for t in transitions))


def a_mode(
    id: str = "usual",
    duration: int = 1,
    uses: Mapping[str, int] | None = None,
    devices: Mapping[str, int] | None = None,
    states: Mapping[str, str] | None = None,
    **others: Any,
) -> Mode:
    return Mode(
        id=id,
        duration=duration,
        uses=tuple((uses or {}).items()),
        devices=tuple((devices or {}).items()),
        states=tuple((states or {}).items()),
        **others,
    )


def a_task(
    id: str,
    duration: int = 1,
    uses: Mapping[str, int] | None = None,
    devices: Mapping[str, int] | None = None,
    states: Mapping[str, str] | None = None,
    modes: Sequence[Mode] | None = None,
    fixed: tuple[int, str] | None = None,
    due: int = 100,
    **others: Any,
) -> Task:
    """One mode, `usual`, unless modes are given."""
    return Task(
        id=id,
        modes=tuple(modes or [a_mode("usual", duration, uses, devices, states)]),
        fixed=None if fixed is None else Fixed(*fixed),
        due=due,
        **others,
    )


def a_precedence(before: str, after: str, **others: Any) -> Precedence:
    return Precedence(before=before, after=after, **others)


def a_problem(
    *,
    horizon: int = 20,
    device_types: Sequence[DeviceType] = (),
    devices: Sequence[Device] = (),
    objective: Objective = PRICES,
    baseline: Mapping[str, tuple[int, str]] | None = None,
    **others: Any,
) -> Problem:
    """Device types that are not given follow from the devices, without turnaround."""
    known = {device_type.id for device_type in device_types}
    types = dict.fromkeys(device.type for device in devices if device.type not in known)
    return Problem(
        slot_minutes=30,
        origin=ORIGIN,
        horizon=horizon,
        device_types=(*device_types, *(DeviceType(id=name) for name in types)),
        devices=tuple(devices),
        objective=objective,
        baseline=tuple(Placing(task, *place) for task, place in (baseline or {}).items()),
        **{name: tuple(parts) for name, parts in others.items()},
    )


def an_assignment(
    task: str, start: int, end: int, mode: str = "usual", devices: Mapping[str, Iterable[str]] | None = None
) -> Assignment:
    named = tuple((type_id, tuple(names)) for type_id, names in (devices or {}).items())
    return Assignment(task=task, start=start, end=end, mode=mode, devices=named)


def a_plan(problem: Problem, *assignments: Assignment, status: Status = Status.FEASIBLE, **others: Any) -> Solution:
    """A plan with the true objective, in which all that is not assigned is left out."""
    placed = {assignment.task for assignment in assignments}
    known = [a for a in assignments if a.task in problem.task_by_id]
    return Solution(
        **{
            "status": status,
            "objective": cost_of(problem, known),
            "assignments": assignments,
            "unscheduled": tuple(
                Unscheduled(task=task.id, reason="no room") for task in problem.tasks if task.id not in placed
            ),
            **others,
        }
    )


DAY = 48
"""Slots of half an hour."""

FEATURES = frozenset(
    {
        "calendars",
        "interruptible",
        "kept",
        "turnaround",
        "closures",
        "device_closures",
        "lags",
        "together",
        "states",
        "modes",
        "mode_calendars",
        "fixed",
        "baseline",
        "mandatory",
        "campaigns",
        "deadlines",
    }
)

ORGANISATIONS = ("alborz", "damavand", "karun", "sahand", "zagros")


def full_benches(seed: int, benches: int, horizon: int) -> Problem:
    """Tasks that may not be left out and fill every slot of all benches; each may move by a few slots."""
    random = Random(seed)
    tasks = []
    for bench in range(benches):
        start = 0
        while start < horizon:
            duration = min(random.randint(3, 17), horizon - start)
            release, deadline = start - random.randint(0, 9), start + duration + random.randint(0, 9)
            tasks.append(
                a_task(
                    f"{bench} from {start}",
                    duration,
                    {"bench": 1},
                    release=max(0, release),
                    deadline=min(horizon, deadline),
                    mandatory=True,
                )
            )
            start += duration
    return a_problem(horizon=horizon, resources=[a_resource("bench", benches)], tasks=tasks)


def random_problem(seed: int, tests: int, *, features: frozenset[str] = FEATURES, load: float = 1.0) -> Problem:
    """A feasible problem of about `tests` tests and 0.4 preparations to each, in the proportions of a proving ground.

    `load` shortens the horizon: at 1.0 there are 1000 tests to 13 weeks. Same arguments, same problem. Fixed and
    mandatory tasks are drawn so that a plan with all of them exists; what else fits is left to the search.
    """
    return _Ground(Random(seed), tests, features, load).problem()


class _Ground:
    """The draws of one random problem, in order."""

    def __init__(self, random: Random, tests: int, features: frozenset[str], load: float) -> None:
        self.random = random
        self.tests = tests
        self.features = features
        self.days = max(14, round(tests * 91 / 1000 / load))
        self.horizon = self.days * DAY

    def has(self, feature: str, chance: float = 1.0) -> bool:
        return self.random.random() < chance and feature in self.features

    def problem(self) -> Problem:
        self.calendars = self.draw_calendars()
        self.types, self.devices = self.draw_devices()
        self.resources = self.draw_resources()
        self.states = self.draw_states()
        self.routes = [self.random.sample(self.segments, self.random.randint(1, 5)) for _ in range(40)]
        self.tasks: list[Task] = []
        self.precedences: list[Precedence] = []
        while len(self.tests_so_far) < self.tests:
            self.draw_campaign()
        problem = Problem(
            slot_minutes=30,
            origin=ORIGIN,
            horizon=self.horizon,
            calendars=self.calendars,
            resources=tuple(self.resources),
            device_types=self.types,
            devices=self.devices,
            state_resources=self.states,
            tasks=tuple(self.tasks),
            precedences=tuple(self.precedences),
            objective=Objective(unscheduled=1000, tardiness=4, stay=1, cost=1, move=20),
            baseline=tuple(self.draw_baseline()),
        )
        return self.with_decisions(problem)

    @property
    def tests_so_far(self) -> list[Task]:
        return [task for task in self.tasks if not task.id.endswith("-prep")]

    def draw_calendars(self) -> tuple[Calendar, ...]:
        days = range(self.days)
        working = [day for day in days if day % 7 < 5]
        return (
            a_calendar("day", *((day * DAY + 16, day * DAY + 36) for day in working)),
            a_calendar("shifts", *((day * DAY + 12, day * DAY + 44) for day in days if day % 7 < 6)),
            a_calendar(
                "split",
                *(w for day in working for w in ((day * DAY + 16, day * DAY + 24), (day * DAY + 26, day * DAY + 36))),
            ),
            a_calendar("daylight", *((day * DAY + 14, day * DAY + 38) for day in days)),
            a_calendar("dawn", *((day * DAY + 10, day * DAY + 18) for day in days if day % 2)),
            a_calendar("all week", *((day * DAY, (day + 1) * DAY) for day in days)),
        )

    def draw_devices(self) -> tuple[tuple[DeviceType, ...], tuple[Device, ...]]:
        types, devices = [], []
        for kind in range(12):
            turnaround = self.random.randint(0, 4) if self.has("turnaround") else 0
            types.append(DeviceType(id=f"type-{kind}", turnaround=turnaround))
            for number in range(self.random.randint(3, 12)):
                closed = []
                if self.has("device_closures", 0.5):
                    start = self.random.randrange(self.horizon)
                    closed.append((start, start + self.random.randint(1, 7) * DAY))
                devices.append(a_device(f"device-{kind}-{number}", f"type-{kind}", closed))
        return tuple(types), tuple(devices)

    def draw_resources(self) -> list[Resource]:
        resources = []
        for number in range(30):
            resources.append(a_resource(f"segment-{number}", self.random.choice((1, 1, 2, 3)), self.draw_closures(3)))
        for number in range(5):
            kept = number == 0 and self.has("kept")
            resources.append(
                a_resource(f"crew-{number}", self.random.randint(4, 9), self.draw_closures(5), kept, "crew")
            )
        resources.append(a_resource("garage", 6, self.draw_closures(6), self.has("kept"), "other"))
        self.segments = [resource.id for resource in resources if resource.kind == "segment"]
        return resources

    def draw_closures(self, most: int) -> list[tuple[int, int, int]]:
        closures = []
        for _ in range(self.random.randint(0, 2)):
            if self.has("closures"):
                start = self.random.randrange(self.horizon)
                closures.append((start, start + self.random.randint(2, 3 * DAY), self.random.randint(1, most)))
        return closures

    def draw_states(self) -> tuple[StateResource, ...]:
        if "states" not in self.features:
            return ()
        return (
            a_state_resource("surface", "dry", [("dry", "wet", 2), ("wet", "dry", 6)]),
            a_state_resource("ring", None, [("clockwise", "anticlockwise", 1), ("anticlockwise", "clockwise", 1)]),
            a_state_resource("zone"),
        )

    def draw_campaign(self) -> None:
        campaign = f"campaign-{len(self.tasks)}"
        organisation = self.random.choice(ORGANISATIONS)
        articles = [f"{campaign}-article-{number}" for number in range(self.random.randint(1, 3))]
        self.resources += [a_resource(name, 1, (), self.has("kept"), "article") for name in articles]
        release = self.random.randrange(max(1, self.horizon * 7 // 10))
        days = self.random.randint(5, 25)
        before: dict[str, str] = {}
        for _ in range(min(self.random.randint(3, 10), self.tests - len(self.tests_so_far))):
            article = self.random.choice(articles)
            name = f"test-{len(self.tasks)}"
            common: dict[str, Any] = {
                "campaign": campaign if "campaigns" in self.features else None,
                "organisation": organisation,
                "weight": self.random.randint(1, 10),
                "due": release + days * DAY,
                "deadline": self.draw_deadline(release + days * DAY),
            }
            first = name
            if self.has("together", 0.4):
                first = f"{name}-prep"
                self.tasks.append(self.draw_preparation(first, article, release, common))
                self.precedences.append(a_precedence(first, name, min_lag=0, max_lag=3 * DAY, together=True))
            self.tasks.append(self.draw_test(name, article, organisation, release, common))
            if article in before and self.has("lags", 0.6):
                self.precedences.append(self.draw_order(before[article], first))
            before[article] = name

    def draw_deadline(self, due: int) -> int | None:
        return due + self.random.randint(2, 20) * DAY if self.has("deadlines", 0.3) else None

    def draw_order(self, before: str, after: str) -> Precedence:
        return a_precedence(
            before,
            after,
            min_lag=self.random.choice((0, 0, 2, DAY, -2)),
            max_lag=self.random.randint(5, 15) * DAY if self.random.random() < 0.3 else None,
        )

    def draw_preparation(self, name: str, article: str, release: int, common: dict[str, Any]) -> Task:
        uses = {"garage": 1, "crew-0": 1, article: 1}
        interruptible = self.has("interruptible", 0.6)
        longest = 30 if interruptible else 10
        return Task(
            id=name,
            modes=(a_mode("garage", self.random.randint(2, longest), uses, cost=self.random.randint(0, 20)),),
            release=release,
            calendar=self.draw_calendar("split", "day", None),
            interruptible=interruptible,
            **common,
        )

    def draw_test(self, name: str, article: str, organisation: str, release: int, common: dict[str, Any]) -> Task:
        devices = {
            f"type-{self.random.randrange(12)}": self.random.randint(1, 3) for _ in range(self.random.randint(0, 3))
        }
        interruptible = self.has("interruptible", 0.15)
        duration = self.random.randint(1, 40) if interruptible else self.random.randint(1, 16)
        calendar = self.draw_calendar("day", "shifts", "all week", None)
        states: dict[str, str] = {}
        if self.has("states", 0.4):
            states["surface"] = self.random.choice(("wet", "dry"))
        if self.has("states", 0.2):
            states["ring"] = self.random.choice(("clockwise", "anticlockwise"))
        if self.has("states", 0.1):
            states["zone"] = organisation
        modes = []
        for number in range(self.random.randint(1, 3) if "modes" in self.features else 1):
            route = self.random.randrange(len(self.routes))
            uses = dict.fromkeys(self.routes[route], 1)
            uses |= {f"crew-{self.random.randrange(5)}": 1, article: 1}
            modes.append(
                a_mode(
                    f"mode-{number}",
                    duration + number,
                    uses,
                    devices,
                    states,
                    route=f"route-{route}",
                    cost=self.random.randint(0, 100),
                    calendar=self.random.choice(("daylight", "dawn"))
                    if self.has("mode_calendars", 0.15) and duration < 7
                    else None,
                )
            )
        return Task(
            id=name, modes=tuple(modes), release=release, calendar=calendar, interruptible=interruptible, **common
        )

    def draw_calendar(self, *names: str | None) -> str | None:
        return self.random.choice(names) if "calendars" in self.features else None

    def draw_baseline(self) -> list[Placing]:
        """Places of a plan that no longer stands."""
        return [
            Placing(task.id, task.release + self.random.randint(0, 5 * DAY), self.random.choice(task.modes).id)
            for task in self.tasks
            if self.has("baseline", 0.3)
        ]

    def with_decisions(self, problem: Problem) -> Problem:
        """Some tasks that stand alone become fixed or mandatory, each proven to fit by a plan of them all."""
        bound = {p.after for p in problem.precedences} | {p.before for p in problem.precedences if p.together}
        candidates = [task for task in problem.tasks if task.id not in bound]
        self.random.shuffle(candidates)
        chosen: list[Task] = []
        plan: list[Assignment] = []
        for number, candidate in enumerate(candidates[: 4 + self.tests // 50]):
            if "fixed" in self.features and number % 2 == 0:
                task = replace(candidate, release=0)
            elif "mandatory" in self.features:
                task = replace(candidate, mandatory=True)
            else:
                continue
            small = replace(problem, tasks=(*chosen, task), precedences=(), baseline=())
            place = self.place_beside(small, task, plan)
            if place is not None:
                plan.append(place)
                chosen.append(task if task.mandatory else replace(task, fixed=Fixed(place.start, place.mode)))
        decided = {task.id: task for task in chosen}
        return replace(problem, tasks=tuple(decided.get(task.id, task) for task in problem.tasks))

    def place_beside(self, small: Problem, task: Task, plan: list[Assignment]) -> Assignment | None:
        for _ in range(30):
            start = task.release + self.random.randrange(4 * DAY)
            mode = self.random.choice(task.modes)
            devices = {}
            for type_id, amount in mode.devices:
                those = [device.id for device in small.devices if device.type == type_id]
                devices[type_id] = self.random.sample(those, amount)
            for end in self.possible_ends(small, task, mode, start):
                place = an_assignment(task.id, start, end, mode.id, devices)
                if not check(small, a_plan(small, *plan, place)):
                    return place
        return None

    def possible_ends(self, small: Problem, task: Task, mode: Mode, start: int) -> list[int]:
        if not task.interruptible:
            return [start + mode.duration]
        name = task.calendar if mode.calendar is None else mode.calendar
        windows = small.calendar_by_id[name].windows if name else ((0, small.horizon),)
        slots = [slot for begin, end in windows for slot in range(max(begin, start), end)]
        return [slots[mode.duration - 1] + 1] if len(slots) >= mode.duration else []


@st.composite
def small_problems(draw: st.DrawFn, most_tasks: int = 4, longest_horizon: int = 7) -> Problem:
    """Problems small enough for enumeration, in which every feature of the format occurs."""
    horizon = draw(st.integers(2, longest_horizon))
    calendars = [a_calendar(f"c{n}", *draw(windows(horizon))) for n in range(draw(st.integers(0, 2)))]
    resources = [
        a_resource(f"r{n}", draw(st.integers(0, 2)), draw(closures(horizon)), draw(st.booleans()))
        for n in range(draw(st.integers(0, 2)))
    ]
    types = [DeviceType(id=f"d{n}", turnaround=draw(st.integers(0, 2))) for n in range(draw(st.integers(0, 2)))]
    devices = [
        a_device(f"{kind.id}-{n}", kind.id, draw(windows(horizon, most=1)))
        for kind in types
        for n in range(draw(st.integers(0, 2)))
    ]
    states = [
        a_state_resource(
            f"s{n}",
            draw(st.sampled_from((None, "wet", "dry"))),
            [("wet", "dry", draw(st.integers(0, 3))), ("dry", "wet", draw(st.integers(0, 2)))],
        )
        for n in range(draw(st.integers(0, 1)))
    ]
    world = _World(
        horizon, [c.id for c in calendars], [r.id for r in resources], [t.id for t in types], [s.id for s in states]
    )
    tasks = [draw(small_tasks(f"t{n}", world)) for n in range(draw(st.integers(1, most_tasks)))]
    places = {
        task.id: (draw(st.integers(0, horizon)), draw(st.sampled_from(task.modes)).id)
        for task in tasks
        if draw(st.integers(0, 3)) == 0
    }
    coefficient = st.integers(0, 4)
    return a_problem(
        horizon=horizon,
        calendars=calendars,
        resources=resources,
        device_types=types,
        devices=devices,
        state_resources=states,
        tasks=tasks,
        precedences=draw(small_precedences([task.id for task in tasks])),
        objective=Objective(
            unscheduled=draw(st.integers(0, 40)),
            tardiness=draw(coefficient),
            stay=draw(coefficient),
            cost=draw(coefficient),
            move=draw(coefficient),
        ),
        baseline=places,
    )


class _World:
    def __init__(self, horizon: int, calendars: list[str], resources: list[str], types: list[str], states: list[str]):
        self.horizon = horizon
        self.calendars = st.sampled_from((None, *calendars))
        self.resources, self.types, self.states = resources, types, states


@st.composite
def windows(draw: st.DrawFn, horizon: int, most: int = 3) -> list[tuple[int, int]]:
    """Sorted and disjoint; they may touch, and reach beyond the horizon."""
    edges = sorted(draw(st.lists(st.integers(0, horizon + 2), min_size=0, max_size=2 * most)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    return [(start, end) for start, end in pairs if start < end]


@st.composite
def closures(draw: st.DrawFn, horizon: int) -> list[tuple[int, int, int]]:
    """They may overlap, and exceed the capacity."""
    starts = draw(st.lists(st.integers(0, horizon), max_size=2))
    return [(start, start + draw(st.integers(1, 3)), draw(st.integers(0, 3))) for start in starts]


@st.composite
def small_tasks(draw: st.DrawFn, id: str, world: _World) -> Task:
    modes = [
        a_mode(
            f"m{number}",
            draw(st.integers(1, 3)),
            {name: draw(st.integers(0, 2)) for name in world.resources if draw(st.booleans())},
            {name: draw(st.integers(0, 2)) for name in world.types if draw(st.booleans())},
            {name: draw(st.sampled_from(("wet", "dry", "damp"))) for name in world.states if draw(st.booleans())},
            cost=draw(st.integers(0, 5)),
            calendar=draw(world.calendars) if draw(st.integers(0, 3)) == 0 else None,
        )
        for number in range(draw(st.integers(1, 2)))
    ]
    rarely = draw(st.integers(0, 7))
    return a_task(
        id,
        modes=modes,
        fixed=(draw(st.integers(0, world.horizon - 1)), draw(st.sampled_from(modes)).id) if rarely == 0 else None,
        mandatory=rarely == 1,
        campaign=draw(st.sampled_from((None, "a", "b"))),
        organisation=draw(st.sampled_from((None, "alborz"))),
        release=draw(st.integers(0, world.horizon // 2)),
        due=draw(st.integers(0, world.horizon)),
        deadline=draw(st.none() | st.integers(1, world.horizon + 1)),
        weight=draw(st.integers(1, 3)),
        calendar=draw(world.calendars),
        interruptible=draw(st.booleans()),
    )


@st.composite
def small_precedences(draw: st.DrawFn, tasks: list[str]) -> list[Precedence]:
    """From an earlier task to a later one, so that no cycle is impossible."""
    chosen = []
    for later in range(1, len(tasks)):
        for earlier in range(later):
            if draw(st.integers(0, 4)) == 0:
                least = draw(st.integers(-3, 2))
                most = draw(st.none() | st.integers(least, least + 3))
                chosen.append(
                    a_precedence(
                        tasks[earlier], tasks[later], min_lag=least, max_lag=most, together=draw(st.booleans())
                    )
                )
    return chosen
