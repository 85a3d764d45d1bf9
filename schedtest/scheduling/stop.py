"""When to stop a search: small criteria that combine. The only clock of the core is the Stopwatch here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from time import monotonic
from typing import NamedTuple, Protocol


class Done(NamedTuple):
    """What a search has spent so far: seconds of wall clock, and rounds, which are pieces of work."""

    seconds: float
    rounds: int


@dataclass(slots=True)
class Stopwatch:
    """Seconds since it was made."""

    clock: Callable[[], float] = monotonic
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()

    def seconds(self) -> float:
        return self.clock() - self.started


class Stop(Protocol):
    """A criterion holds nothing of a search, so one may serve many."""

    def over(self, done: Done) -> bool:
        """Whether to stop now."""

    def seconds_left(self, done: Done) -> float:
        """At most so many more seconds; inf if the clock does not matter."""

    def rounds_left(self, done: Done) -> float:
        """At most so many more rounds; inf if their number does not matter."""


@dataclass(frozen=True, slots=True)
class Seconds:
    limit: float

    def over(self, done: Done) -> bool:
        return done.seconds >= self.limit

    def seconds_left(self, done: Done) -> float:
        return max(0.0, self.limit - done.seconds)

    def rounds_left(self, done: Done) -> float:
        return inf


@dataclass(frozen=True, slots=True)
class Rounds:
    """The work counts, not the time: the same search again gives the same plan."""

    limit: int

    def over(self, done: Done) -> bool:
        return done.rounds >= self.limit

    def seconds_left(self, done: Done) -> float:
        return inf

    def rounds_left(self, done: Done) -> float:
        return max(0, self.limit - done.rounds)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """As soon as `cancelled` says so: any callable, `threading.Event().is_set` for one."""

    cancelled: Callable[[], bool]

    def over(self, done: Done) -> bool:
        return self.cancelled()

    def seconds_left(self, done: Done) -> float:
        return inf

    def rounds_left(self, done: Done) -> float:
        return inf


@dataclass(frozen=True, slots=True, init=False)
class First:
    """The first of several."""

    stops: tuple[Stop, ...]

    def __init__(self, *stops: Stop) -> None:
        object.__setattr__(self, "stops", stops)

    def over(self, done: Done) -> bool:
        return any(stop.over(done) for stop in self.stops)

    def seconds_left(self, done: Done) -> float:
        return min((stop.seconds_left(done) for stop in self.stops), default=inf)

    def rounds_left(self, done: Done) -> float:
        return min((stop.rounds_left(done) for stop in self.stops), default=inf)


WITHOUT_LIMIT = 120.0
"""Seconds that a search without any limit plans for."""


@dataclass(slots=True)
class Budget:
    """What one search has spent of what its stop allows."""

    stop: Stop
    watch: Stopwatch = field(default_factory=Stopwatch)
    rounds: int = 0

    @property
    def seconds(self) -> float:
        return self.watch.seconds()

    @property
    def done(self) -> Done:
        return Done(self.watch.seconds(), self.rounds)

    def over(self) -> bool:
        return self.stop.over(self.done)

    @property
    def seconds_left(self) -> float:
        return self.stop.seconds_left(self.done)

    @property
    def rounds_left(self) -> float:
        return self.stop.rounds_left(self.done)

    @property
    def told(self) -> bool:
        """Whether it is over before its seconds or rounds are."""
        return self.over() and self.seconds_left > 0 and self.rounds_left > 0

    @property
    def timed(self) -> bool:
        """Whether the clock may decide anything; not where rounds alone count."""
        return self.seconds_left < inf or self.rounds_left == inf

    def spent(self) -> float:
        """Share of the seconds or the rounds that is gone, 0 to 1."""
        done, seconds, rounds = self.done, self.seconds_left, self.rounds_left
        if seconds == inf and rounds == inf:
            return min(1.0, done.seconds / WITHOUT_LIMIT)
        of_seconds = 0.0 if seconds == inf else done.seconds / max(done.seconds + seconds, 1e-9)
        of_rounds = 0.0 if rounds == inf else done.rounds / max(done.rounds + rounds, 1)
        return max(of_seconds, of_rounds)
