"""Runs of the solver: what an administrator asks of it, sees of it and takes away from it."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer, joinedload, undefer

from schedtest.booking.access import SYSTEM, Actor, NotFound, Refused, allowed, internal
from schedtest.booking.changes import Comparison, compare
from schedtest.booking.names import Names, test_names
from schedtest.models.database import Sessions, writing
from schedtest.models.event import Event
from schedtest.models.facility import Facility
from schedtest.models.plan import LeftOut, Plan, PlanState
from schedtest.models.run import Run, RunState
from schedtest.scheduling.problem import Objective

# A test without a place costs more than one late by a whole quarter, whatever else is weighed.
PRESETS: Mapping[str, Objective] = {
    "on_time": Objective(unscheduled=100_000, tardiness=20, stay=1, cost=1, move=20),
    "short_stays": Objective(unscheduled=100_000, tardiness=4, stay=20, cost=1, move=20),
    "cheapest": Objective(unscheduled=100_000, tardiness=4, stay=1, cost=20, move=20),
    "few_moves": Objective(unscheduled=100_000, tardiness=10, stay=1, cost=1, move=2000),
}
OWN = "own"
"""The preset of a run whose weights were written by hand."""

MENDING = "mending"
"""The preset of a run that begins with the published plan, and plans nothing else."""

MEND_SECONDS = 15

ACTIVE = (RunState.QUEUED, RunState.RUNNING)
SILENT_FOR = timedelta(seconds=30)
LONGEST_WEEKS = 52
LONGEST_SECONDS = 4 * 3600
MOST_WORKERS = 64
LARGEST_SEED = 2**31 - 1
LARGEST_WEIGHT = 10_000_000
LATEST_START = timedelta(days=730)

File = Literal["problem", "solution"]


class WithoutPlace(NamedTuple):
    """ways: what would let it in."""

    name: str
    reason: str
    ways: Sequence[str]


@dataclass(frozen=True, slots=True)
class RunShown:
    """A run with the plan that it made, if any.   left_out: each test that has no place in it.   comparison: with what
    is published, while it is a draft."""

    run: Run
    plan: Plan | None
    left_out: Sequence[WithoutPlace]
    comparison: Comparison | None = None


@allowed("administrator")
def start(
    sessions: Sessions,
    actor: Actor,
    *,
    starts_on: date,
    weeks: int,
    seconds: int,
    preset: str = "on_time",
    weights: Objective | None = None,
    seed: int = 1,
    workers: int = 1,
    now: datetime,
) -> int:
    """Queue a run over whole weeks of the facility's calendar, and return its id.

    weights: instead of the preset's, and then the preset is OWN.   Raises Refused at the field that is wrong, and when
    another run is queued or running.
    """
    chosen = _weights(preset, weights)
    _within("weeks", weeks, 1, LONGEST_WEEKS)
    _within("seconds", seconds, 1, LONGEST_SECONDS)
    _within("workers", workers, 1, MOST_WORKERS)
    _within("seed", seed, 0, LARGEST_SEED)
    fail_stale(sessions, now)
    with writing(sessions, alone=True) as session:
        _check_days(session, starts_on, weeks, now)
        _refuse_second(session)
        run = Run(
            requested_by_id=actor.user_id,
            created_at=now,
            starts_on=starts_on,
            weeks=weeks,
            seconds=seconds,
            preset=preset if weights is None else OWN,
            weights=asdict(chosen),
            seed=seed,
            workers=workers,
        )
        session.add(run)
        session.flush()
        after = {"starts_on": starts_on.isoformat(), "weeks": weeks, "seconds": seconds, "preset": run.preset}
        session.add(Event.of(actor, "run.queued", run, at=now, after=after))
        return run.id


@allowed("manager", "administrator")
def mend(sessions: Sessions, actor: Actor, *, now: datetime) -> int:
    """Queue a short run that mends the published plan after something was closed, and return its id: what can stand
    stands, of the rest as little moves as may be. Raises Refused without a published plan, and when another run is
    queued or running.
    """
    fail_stale(sessions, now)
    with writing(sessions, alone=True) as session:
        published = session.scalar(select(Plan).where(Plan.state == PlanState.PUBLISHED))
        facility = session.scalar(select(Facility))
        if published is None or facility is None or published.ends <= now:
            raise Refused("There is no published plan that goes on. Start a run instead.")
        _refuse_second(session)
        today = now.astimezone(facility.zone).date()
        last = published.ends.astimezone(facility.zone).date()
        run = Run(
            requested_by_id=actor.user_id,
            created_at=now,
            starts_on=today,
            weeks=min(LONGEST_WEEKS, max(1, -(-(last - today).days // 7))),
            seconds=MEND_SECONDS,
            preset=MENDING,
            weights=asdict(PRESETS["few_moves"]),
        )
        session.add(run)
        session.flush()
        session.add(Event.of(actor, "run.queued", run, at=now, after={"preset": MENDING}))
        return run.id


@allowed("administrator")
def repeat(sessions: Sessions, actor: Actor, run_id: int, *, now: datetime) -> int:
    """Queue a run with the same parameters, on the requests and closures as they are now. Raises Refused as `start`."""
    with sessions.begin() as session:
        run = _run(session, run_id)
    if run.preset == MENDING:
        return mend(sessions, actor, now=now)
    return start(
        sessions,
        actor,
        starts_on=run.starts_on,
        weeks=run.weeks,
        seconds=run.seconds,
        preset=run.preset,
        weights=Objective(**run.weights) if run.preset == OWN else None,
        seed=run.seed,
        workers=run.workers,
        now=now,
    )


@allowed("administrator")
def cancel(sessions: Sessions, actor: Actor, run_id: int, *, now: datetime) -> None:
    """Stop a run and keep its best plan so far; one that is queued never begins. Raises Refused once it is over."""
    with writing(sessions) as session:
        run = _run(session, run_id)
        if run.state not in ACTIVE:
            raise Refused("Run %(run)s is over already.", run=run.id)
        if run.cancel_requested:
            return
        run.cancel_requested = True
        if run.state == RunState.QUEUED:
            run.state, run.finished_at = RunState.CANCELLED, now
        session.add(Event.of(actor, "run.cancelled", run, at=now))


@allowed("administrator")
def runs(
    sessions: Sessions,
    actor: Actor,
    *,
    page: int = 1,
    size: int = 50,
    sort: str = "created_at",
    descending: bool = True,
) -> tuple[Sequence[Run], int]:
    """One page of all runs, and how many there are. sort: created_at, placed, days_late, seconds or state."""
    columns = {
        "created_at": Run.id,
        "placed": Run.placed,
        "days_late": Run.days_late,
        "seconds": Run.seconds,
        "state": Run.state,
    }
    column = columns.get(sort, Run.id)
    with sessions.begin() as session:
        total = session.scalar(select(func.count()).select_from(Run)) or 0
        rows = session.scalars(
            select(Run)
            .options(joinedload(Run.requested_by), defer(Run.trace))
            .order_by(column.desc().nulls_last() if descending else column.asc().nulls_last(), Run.id.desc())
            .limit(size)
            .offset((page - 1) * size)
        ).all()
        return rows, total


@allowed("administrator")
def active(sessions: Sessions, actor: Actor) -> Run | None:
    """The run that is queued or running, with who asked for it."""
    with sessions.begin() as session:
        return _active(session)


@allowed("manager", "administrator")
def show(sessions: Sessions, actor: Actor, run_id: int) -> RunShown:
    """Raises NotFound."""
    with sessions.begin() as session:
        run = _run(session, run_id)
        plan = session.scalar(select(Plan).where(Plan.run_id == run_id).options(joinedload(Plan.based_on)))
        if plan is None:
            return RunShown(run, None, ())
        rows = session.scalars(select(LeftOut).where(LeftOut.plan_id == plan.id).order_by(LeftOut.request_id)).all()
        tests, names = (
            test_names(session, [row.request_id for row in rows]),
            Names(session, [text for row in rows for text in (row.reason, *row.ways)]),
        )
        without = [
            WithoutPlace(str(tests[row.request_id]), names.say(row.reason), [names.say(way) for way in row.ways])
            for row in rows
        ]
        return RunShown(run, plan, without, compare(session, plan) if plan.state == PlanState.DRAFT else None)


@allowed("administrator")
def download(sessions: Sessions, actor: Actor, run_id: int, file: File) -> bytes:
    """The problem the run was given or the solution it found, as JSON. Raises NotFound where there is none (yet)."""
    column = Run.problem if file == "problem" else Run.solution
    with sessions.begin() as session:
        run = session.scalar(select(Run).where(Run.id == run_id).options(undefer(column)))
        packed: bytes | None = getattr(run, file) if run else None
    if packed is None:
        raise NotFound(f"{file} of run {run_id}")
    return gzip.decompress(packed)


@internal
def fail_stale(sessions: Sessions, now: datetime) -> list[int]:
    """Runs whose worker has said nothing for SILENT_FOR are failed, by whoever sees it. Returns their ids."""
    silent = Run.state == RunState.RUNNING, Run.heartbeat_at < now - SILENT_FOR
    with sessions.begin() as session:
        if session.scalar(select(Run.id).where(*silent)) is None:
            return []
    with writing(sessions) as session:
        stale = session.scalars(select(Run).where(*silent).with_for_update()).all()
        for run in stale:
            run.state, run.finished_at = RunState.FAILED, now
            run.error = "The worker that did this run fell silent: it was killed, or its machine was. Repeat the run."
            session.add(Event.of(SYSTEM, "run.failed", run, at=now, reason=run.error))
        return [run.id for run in stale]


@internal
def waiting(sessions: Sessions) -> list[int]:
    """Runs that are queued, oldest first: what the queue between pages and worker has lost is found here."""
    with sessions.begin() as session:
        return list(session.scalars(select(Run.id).where(Run.state == RunState.QUEUED).order_by(Run.id)))


def _weights(preset: str, weights: Objective | None) -> Objective:
    if weights is None:
        if preset not in PRESETS:
            raise Refused("Choose what counts most.", field="preset")
        return PRESETS[preset]
    for name, value in asdict(weights).items():
        _within(name, value, 0, LARGEST_WEIGHT)
    if not any(asdict(weights).values()):
        raise Refused("At least one of the weights has to be above 0.", field="unscheduled")
    return weights


def _within(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise Refused("Write a whole number from %(least)s to %(most)s.", field=field, least=least, most=most)


def _check_days(session: Session, starts_on: date, weeks: int, now: datetime) -> None:
    facility = session.scalar(select(Facility))
    if facility is None:
        raise Refused("There is no catalogue yet. Load it first, so that there is something to plan on.")
    today = now.astimezone(facility.zone).date()
    if starts_on + timedelta(weeks=weeks) <= today:
        raise Refused("These weeks are over already. Choose a later first day.", field="starts_on")
    if starts_on > today + LATEST_START:
        raise Refused("Choose a first day within the next two years.", field="starts_on")


def _refuse_second(session: Session) -> None:
    other = _active(session)
    if other is not None:
        raise Refused(
            "Run %(run)s, started by %(name)s, is still going on. Wait for it, or stop it first.",
            run=other.id,
            name=other.requested_by.name,
        )


def _active(session: Session) -> Run | None:
    going_on = select(Run).where(Run.state.in_(ACTIVE)).options(joinedload(Run.requested_by)).order_by(Run.id.desc())
    return session.scalars(going_on).first()


def _run(session: Session, run_id: int) -> Run:
    run = session.get(Run, run_id, options=[joinedload(Run.requested_by)])
    if run is None:
        raise NotFound(f"Run {run_id}")
    return run
