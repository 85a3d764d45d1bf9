"""Why a task is left out of a plan: what stands in its way and when; and the changes that let it in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from .beside import Beside
from .extent import fits
from .problem import Task, Window
from .reasons import OF_TASKS, Kind, Reason, Reasons
from .ways import Way, Ways
from .wording import at, count, span


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What stands in the way in slots [start, end). id: a resource, device type, state resource or task; else empty."""

    kind: Kind
    id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    task: str
    causes: tuple[Cause, ...]
    ways: tuple[Way, ...]


class Explainer:
    """Answers for the tasks that one plan leaves out."""

    def __init__(self, beside: Beside) -> None:
        self.beside = beside
        self.problem = beside.lookup.problem
        self._reasons = Reasons(beside.lookup, beside.placed)
        self._ways = Ways(beside)

    def of(self, task_id: str, *, thorough: bool = True, most: int | None = None) -> Explanation:
        """thorough: look for a booking to move even if another change helps. most: so many ways are enough.

        Raises KeyError for an unknown task, ValueError for one that is in the plan.
        """
        task = self.beside.lookup.task[task_id]
        if task_id in self.beside.plan:
            raise ValueError(f"task {task_id} is in the plan")
        group = [self.beside.lookup.task[name] for name in self.beside.those_with(task_id)]
        reasons = {one.id: self._reasons.of(one) for one in group}
        proven = [reason for those in reasons.values() for reason in those if reason.kind not in OF_TASKS]
        things = list(dict.fromkeys(thing for reason in proven for thing in reason.things))
        ways = tuple(islice(self._ways.of(task, group, things, thorough), most)) if fits(self.problem) else ()
        return Explanation(task=task_id, causes=tuple(self._causes(task, group, reasons)), ways=ways)

    def _causes(self, task: Task, group: Sequence[Task], reasons: Mapping[str, Sequence[Reason]]) -> Iterator[Cause]:
        """What stands in its own way; else in the way of those that it needs or goes with; else that all have room,
        but not one after the other."""
        for one in (task, *(one for one in group if one is not task)):
            causes = [reason for reason in reasons[one.id] if reason.kind not in (Kind.NEEDS, Kind.PRICE)]
            if causes:
                for reason in causes:
                    yield from self._causes_of(one, reason)
                return
        others = [one.id for one in group if one is not task]
        if others:
            names = ", ".join(others)
            text = f"it goes with {names}: each has room at times, but no place was found for one after the other"
            start, end = task.release, self.beside.lookup.latest_end(task)
            yield Cause(kind=Kind.ORDER, id=others[0], start=start, end=end, text=text)
        else:
            yield from self._causes_of(task, Reason(Kind.PRICE))

    def _causes_of(self, task: Task, reason: Reason) -> Iterator[Cause]:
        start, end = task.release, self.beside.lookup.latest_end(task)
        if reason.following:
            start = max([start, *(self.beside.placed[name].end for name in reason.following)])
        for thing in reason.things or ("",):
            if reason.kind in (Kind.RESOURCE, Kind.DEVICES):
                yield self._shortage(task, reason, thing, start, end)
            else:
                text = self._text(task, reason, thing, f"between {self._at(start)} and {self._at(end)}")
                yield Cause(kind=reason.kind, id=thing, start=start, end=end, text=text)

    def _shortage(self, task: Task, reason: Reason, thing: str, start: int, end: int) -> Cause:
        """When there is too little of a thing, from the first slot to the last that matter to the task."""
        most, wanted, supply = self._room_for(task, reason.kind, thing)
        blocks = self._reasons.blocks_in(reason.kind, thing, wanted, start, end) or [Window(start, end)]
        first, last = blocks[0][0], blocks[-1][1]
        name = f"of type {thing}" if reason.kind is Kind.DEVICES else f"of {thing}"
        if supply == 1:
            taken = f"{thing} is taken or closed"
        elif most:
            taken = f"all but {most} of {supply} {name} are taken or closed"
        else:
            taken = f"all {supply} {name} are taken or closed"
        text = f"{taken} from {self._at(first)} to {self._at(last)}"
        if len(blocks) > 1:
            shortest = min(mode.duration for mode in task.modes)
            text += f", but for gaps that are too short for its {span(self.problem, shortest)}"
        if reason.taken_by:
            text += f", by {', '.join(reason.taken_by)}"
        if wanted > 1:
            text += f"; {count(wanted, 'is', 'are')} needed"
        limit = "the plan ends" if task.deadline is None else "its deadline is"
        begin = "it can begin" if not reason.following else f"it can follow {', '.join(reason.following)}"
        text += f"; {begin} on {self._at(start)}, {limit} {self._at(end)}"
        return Cause(kind=reason.kind, id=thing, start=first, end=last, text=text)

    def _text(self, task: Task, reason: Reason, thing: str, between: str) -> str:
        if reason.kind is Kind.SUPPLY:
            return f"it needs more of {thing} than there is"
        if reason.kind is Kind.WINDOW:
            shortest = min(mode.duration for mode in task.modes)
            return f"its working time has no room for {span(self.problem, shortest)} {between}"
        if reason.kind is Kind.STATE:
            return f"{thing} is never in the state that it needs for long enough {between}"
        if reason.kind is Kind.TOGETHER:
            return f"{thing} is free at times {between}, but never together with {', '.join(reason.things)}"
        if reason.kind is Kind.ORDER:
            end = self._at(self.beside.placed[thing].end)
            return f"it has to follow {thing}, which ends {end} and leaves it no time"
        return f"nothing that can be proven {between}: it may fit, or the plan is better without it"

    def _room_for(self, task: Task, kind: Kind, thing: str) -> tuple[int, int, int]:
        """(the most that the plan ever leaves of it, what a mode needs and does not find, all there is)"""
        demands = [dict(mode.devices if kind is Kind.DEVICES else mode.uses).get(thing, 0) for mode in task.modes]
        amounts = sorted({amount for amount in demands if amount})
        wanted = next((n for n in amounts if not self._reasons.has_room(task, kind, thing, n)), amounts[-1])
        lookup = self.beside.lookup
        supply = len(lookup.devices[thing]) if kind is Kind.DEVICES else lookup.resource[thing].capacity
        most = next((n for n in range(wanted - 1, 0, -1) if self._reasons.has_room(task, kind, thing, n)), 0)
        return most, wanted, supply

    def _at(self, slot: int) -> str:
        return at(self.problem, slot)
