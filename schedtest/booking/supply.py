"""What the institute has, as the core's resources: roads, sites, crews, articles, devices and states."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from itertools import pairwise, permutations

from schedtest.booking.institute import Institute
from schedtest.booking.opening import Opening, in_season, instant
from schedtest.booking.slots import Slots
from schedtest.booking.ways import OPEN_ZONE, article_id, crew_id, zone_id
from schedtest.models.closure import Closure
from schedtest.models.crew import Crew
from schedtest.models.request import TestRequest
from schedtest.models.route import Use
from schedtest.models.state import StateResource
from schedtest.scheduling import problem as core


def resources_of(
    institute: Institute,
    opening: Opening,
    slots: Slots,
    closures: Sequence[Closure],
    requests: Iterable[TestRequest],
    staffed: Iterable[tuple[int, int, Mapping[str, int]]],
) -> Iterator[core.Resource]:
    """Every renewable resource. A place or an article that waits through a pause is kept: nobody else gets it.

    staffed: start, end and uses of each piece of decided work.
    """
    for segment in institute.segments:
        closed = _closed(slots, [row for row in closures if row.segment_id == segment.id], segment.capacity)
        yield core.Resource(id=segment.code, kind="segment", capacity=segment.capacity, closures=closed)
    for route in institute.routes:
        if route.use == Use.SHARED:
            yield core.Resource(id=route.code, kind="other", capacity=route.max_vehicles)
    for site in institute.sites:
        closed = _closed(slots, [row for row in closures if row.site_id == site.id], site.capacity)
        yield core.Resource(id=site.code, kind="other", capacity=site.capacity, closures=closed, kept=True)
    yield from crews_of(institute.crews, opening, slots, closures, staffed)
    for article in dict.fromkeys(article_id(request) for request in requests):
        yield core.Resource(id=article, kind="article", capacity=1, kept=True)


def _closed(slots: Slots, closures: Iterable[Closure], amount: int) -> tuple[core.Closure, ...]:
    """Closed for all while any of the closures lasts."""
    touched = sorted(window for row in closures for window in slots.touched(row.starts, row.ends))
    joined: list[tuple[int, int]] = []
    for start, end in touched:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(core.Closure(start, end, amount) for start, end in joined)


def crews_of(
    crews: Sequence[Crew],
    opening: Opening,
    slots: Slots,
    closures: Sequence[Closure],
    staffed: Iterable[tuple[int, int, Mapping[str, int]]] = (),
) -> Iterator[core.Resource]:
    """Crews of one kind and permit as one: as many people as ever are on duty, less those off duty.

    Decided work stands: for it there are people, whatever the rota has come to say since.
    """
    staffed = list(staffed)
    shifts: dict[str, list[Crew]] = defaultdict(list)
    for crew in crews:
        shifts[crew_id(crew.kind, crew.permit)].append(crew)
    for name, group in shifts.items():
        on_duty = [0] * slots.horizon
        for crew in group:
            for start, end in slots.within(opening.of_calendar(crew.calendar)):
                for slot in range(start, end):
                    on_duty[slot] += crew.people
            for row in closures:
                if row.crew_id == crew.id:
                    for start, end in slots.touched(row.starts, row.ends):
                        for slot in range(start, end):
                            on_duty[slot] = max(0, on_duty[slot] - crew.people)
        for slot, people in _decided_people(name, staffed).items():
            on_duty[slot] = max(on_duty[slot], people)
        capacity = max(on_duty, default=0)
        yield core.Resource(id=name, kind="crew", capacity=capacity, closures=tuple(_missing(on_duty, capacity)))


def _decided_people(name: str, staffed: Iterable[tuple[int, int, Mapping[str, int]]]) -> Mapping[int, int]:
    """By slot: how many of a crew decided work takes."""
    people: Counter[int] = Counter()
    for start, end, uses in staffed:
        if uses.get(name):
            people.update(dict.fromkeys(range(start, end), uses[name]))
    return people


def _missing(on_duty: Sequence[int], capacity: int) -> Iterator[core.Closure]:
    start = 0
    for slot in range(1, len(on_duty) + 1):
        if slot == len(on_duty) or on_duty[slot] != on_duty[start]:
            if on_duty[start] < capacity:
                yield core.Closure(start, slot, capacity - on_duty[start])
            start = slot


def device_types_of(institute: Institute, slots: Slots) -> Iterator[core.DeviceType]:
    for device_type in institute.device_types:
        yield core.DeviceType(id=device_type.code, turnaround=slots.count(device_type.turnaround_min))


def devices_of(
    institute: Institute, slots: Slots, closures: Sequence[Closure], held: Mapping[int, Iterable[tuple[int, int]]]
) -> Iterator[core.Device]:
    """Each device with the days it is at calibration and whatever else takes it away.

    held: by device, start and end of decided work: it is on a vehicle then, and between vehicles before and after.
    """
    zone = institute.facility.zone
    first, last = slots.origin.astimezone(zone).date(), slots.ends.astimezone(zone).date()
    away: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in closures:
        if row.device_id is not None:
            away[row.device_id].append((row.starts, row.ends))
    for device_type in institute.device_types:
        turnaround = slots.count(device_type.turnaround_min)
        for device in device_type.devices:
            on_vehicles = (
                (max(0, start - turnaround), min(slots.horizon, end + turnaround))
                for start, end in held.get(device.id, ())
            )
            calibrations = (
                (instant(leaves, time(), zone), instant(back, time(), zone))
                for leaves, back in device.calibrations(first, last)
            )
            touched = (
                window for starts, ends in (*calibrations, *away[device.id]) for window in slots.touched(starts, ends)
            )
            closed = sorted(core.Window(*window) for window in (*touched, *on_vehicles))
            yield core.Device(id=device.code, type=device_type.code, closures=tuple(closed))


def state_resources_of(
    institute: Institute, slots: Slots, requests: Iterable[TestRequest]
) -> Iterator[core.StateResource]:
    """Surfaces, directions and basins, and each confidential zone under whoever holds it.

    The core has one length for a change whatever the day, so it gets the longest that occurs within the horizon.
    """
    for row in institute.state_resources:
        yield core.StateResource(id=row.code, initial=row.initial, transitions=tuple(_changes(institute, slots, row)))
    holders = dict.fromkeys(f"organisation {request.campaign.organisation_id}" for request in requests)
    for zone in institute.zones:
        if zone.confidential:
            sweep = slots.count(zone.sweep_min)
            pairs = permutations((OPEN_ZONE, *holders), 2)
            changes = tuple(core.Transition(before, after, sweep) for before, after in pairs) if sweep else ()
            yield core.StateResource(id=zone_id(zone.code), transitions=changes)


def as_decided(
    state_resources: Iterable[core.StateResource], standing: Iterable[tuple[int, int, Mapping[str, str]]]
) -> tuple[list[core.StateResource], dict[tuple[str, str], str]]:
    """The state resources, so that what is decided stands, and {(resource, state): the decided tasks' name for it}.

    standing: start, end and states of each decided task.
    A change has one length, the longest of the horizon; decided tasks lie in its first days, where it may take less. A
    state that one of them would then reach too late gets a second name for them alone, reached as soon as it was.
    """
    uses: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for start, end, states in standing:
        for resource_id, state in states.items():
            uses[resource_id].append((start, end, state))
    resources, names = [], {}
    for resource in state_resources:
        lengths = {(change.before, change.after): change.slots for change in resource.transitions}
        gaps = {pair: gap for pair, gap in _gaps(uses[resource.id]).items() if 0 <= gap < lengths.get(pair, 0)}
        for after in sorted({after for _, after in gaps}):
            name = f"{after} as decided"
            names[resource.id, after] = name
            same = {}
            for (before, following), slots in lengths.items():
                if following == after:
                    same[before, name] = gaps.get((before, after), slots)
                if before == after:
                    same[name, following] = slots
            lengths |= same
        changes = (core.Transition(before, after, slots) for (before, after), slots in lengths.items())
        resources.append(replace(resource, transitions=tuple(changes)) if gaps else resource)
    return resources, names


def _gaps(uses: Sequence[tuple[int, int, str]]) -> dict[tuple[str, str], int]:
    """By states before and after: the shortest time from one use to the next."""
    gaps: dict[tuple[str, str], int] = {}
    for (_, end, before), (start, _, after) in pairwise(sorted(uses)):
        if before != after:
            gaps[before, after] = min(start - end, gaps.get((before, after), start - end))
    return gaps


def _changes(institute: Institute, slots: Slots, row: StateResource) -> Iterator[core.Transition]:
    zone = institute.facility.zone
    days = [slots.origin.astimezone(zone).date(), slots.ends.astimezone(zone).date()]
    longest: dict[tuple[str, str], int] = {}
    for change in row.changes:
        if change.season is None and any(
            other.season is not None
            and (other.before, other.after) == (change.before, change.after)
            and all(in_season(other.season, day) for day in days)
            for other in row.changes
        ):
            continue
        if change.season is None or any(in_season(change.season, day) for day in days):
            pair = change.before, change.after
            longest[pair] = max(longest.get(pair, 0), slots.count(change.minutes))
    for (before, after), length in sorted(longest.items()):
        if length:
            yield core.Transition(before, after, length)
