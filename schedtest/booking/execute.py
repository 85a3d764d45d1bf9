"""What the worker does with a run: take a snapshot, search, and write the draft; its heart beats meanwhile."""

import gzip
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from schedtest.booking.access import SYSTEM, internal
from schedtest.booking.draft import published_solution, write_draft
from schedtest.booking.institute import read_institute
from schedtest.booking.names import Names
from schedtest.booking.run import MENDING
from schedtest.booking.snapshot import Snapshot, read_situation, take_snapshot
from schedtest.booking.why_not import Ways, ways_in
from schedtest.cluster import Cluster, NoCluster
from schedtest.models.database import Sessions, writing
from schedtest.models.event import Event
from schedtest.models.plan import Part, Placement, Plan, PlanState
from schedtest.models.run import Run, RunState
from schedtest.scheduling.faults import Faulty
from schedtest.scheduling.files import problem_text, solution_text
from schedtest.scheduling.problem import Objective
from schedtest.scheduling.progress import ProgressReport
from schedtest.scheduling.solution import Conflict, Solution
from schedtest.scheduling.stop import Cancelled, First, Seconds

LOG = logging.getLogger(__name__)

BEAT_S = 1.0
STEP_S = 0.1
LEAVING_S = 2.0
WHY_S = 10.0
"""For what would let in the tests that are left out."""
POINTS = 200
"""Points of the trace that are kept while a run goes on."""

STOPPED = "The worker was stopped while this run went on. Repeat the run."
NO_PLAN = "No plan was found in the time given. Repeat the run with more seconds, or with fewer weeks."
NOTHING = (
    "No approved test can begin in these weeks, so there is nothing to plan. Approve requests, or choose other weeks."
)
BROKE_OFF = "The run broke off by a mistake in schedtest itself (%s). The worker's log has the details."
WRONG_NUMBERS = "The catalogue or the requests hold numbers that make no sense together: %s"
CANNOT_STAND = "What is decided cannot stand together: %s. Change one of them, or lift a closure."


NOT_REACHED = "The other machines that plan cannot be reached. Repeat the run once they can: %s"

Helpers = Callable[[], AbstractContextManager[Cluster]]

Point = tuple[float, int | None, int | None]
"""Of a trace: seconds since the search began, the best total, the proven bound."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a plan, in tests; preparations are part of theirs.   days_late: days after the due day, over placed tests."""

    asked: int
    placed: int
    days_late: int


def figures_of(snapshot: Snapshot, ends: Mapping[str, int]) -> Figures:
    """ends: by task id, the slot in which it ends; those left out are missing."""
    tests = [task for name, task in snapshot.problem.task_by_id.items() if snapshot.wanted[name].part == Part.TEST]
    slots_a_day = timedelta(days=1) // snapshot.slots.length
    late = (max(0, ends[task.id] - task.due) for task in tests if task.id in ends and task.due is not None)
    return Figures(
        asked=len(tests),
        placed=sum(task.id in ends for task in tests),
        days_late=sum(-(-slots // slots_a_day) for slots in late),
    )


@internal
def execute(
    sessions: Sessions,
    run_id: int,
    *,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
    helpers: Helpers | None = None,
) -> None:
    """Do a queued run to its end; one that is not queued (any more) is left alone, so it may be asked for twice.

    stopping: whether the worker has to end; then the run is failed at once. A run that somebody else has failed
    meanwhile writes nothing more.   helpers: other machines that plan.
    """
    if not _begin(sessions, run_id, clock()):
        return
    search = _Search(sessions, run_id, clock, helpers)
    search.start()
    beaten_at = -BEAT_S
    while search.is_alive():
        search.join(STEP_S)
        if stopping():
            search.stopped.set()
            _fail(sessions, run_id, STOPPED, clock())
            search.join(LEAVING_S)
            return
        if time.monotonic() - beaten_at >= BEAT_S:
            beaten_at = time.monotonic()
            if not _beat(sessions, run_id, search, clock()):
                search.stopped.set()
                return
    if search.error is not None:
        _fail(sessions, run_id, _reason_of(search.error), clock())
    else:
        _end(sessions, run_id, search, clock())


class _Search(threading.Thread):
    """Snapshot and search, beside the heart. What it has found so far is read from outside at any time."""

    def __init__(self, sessions: Sessions, run_id: int, clock: Callable[[], datetime], helpers: Helpers | None) -> None:
        super().__init__(name=f"run {run_id}", daemon=True)
        self.stopped = threading.Event()
        self.report: ProgressReport | None = None
        self.trace: list[Point] = []
        self.snapshot: Snapshot | None = None
        self.solution: Solution | None = None
        self.ways: Ways = {}
        self.error: Exception | None = None
        self._sessions = sessions
        self._run_id = run_id
        self._clock = clock
        self._helpers = helpers

    def run(self) -> None:
        try:
            self._run()
        except Exception as error:
            LOG.exception("run %s broke off", self._run_id)
            self.error = error

    def _run(self) -> None:
        with self._sessions.begin() as session:
            run = session.get_one(Run, self._run_id)
            mends = run.preset == MENDING
            situation = read_situation(
                session,
                read_institute(session),
                starts_on=run.starts_on,
                weeks=run.weeks,
                now=self._clock(),
                only=_published_requests(session) if mends else None,
            )
            snapshot = take_snapshot(situation, Objective(**run.weights))
            standing = published_solution(session, snapshot) if mends else None
        packed = gzip.compress(problem_text(snapshot.problem).encode())
        with writing(self._sessions) as session:
            session.execute(update(Run).where(Run.id == self._run_id).values(problem=packed))
        self.snapshot = snapshot
        if not snapshot.wanted:
            return
        from schedtest.scheduling.search import solve  # seconds and a hundred megabytes, for the worker alone

        stop = First(Cancelled(self.stopped.is_set), Seconds(run.seconds))
        with self._helpers() if self._helpers else nullcontext() as cluster:
            self.solution = solve(
                snapshot.problem,
                stop=stop,
                workers=run.workers if cluster is None else cluster.threads,
                seed=run.seed,
                start=standing,
                progress=self._take_report,
                executor=cluster,
            )
        until = time.monotonic() + WHY_S
        try:
            self.ways = ways_in(snapshot, self.solution, lambda: self.stopped.is_set() or time.monotonic() > until)
        except Exception:  # a plan is not lost for want of an explanation
            LOG.exception("run %s: what would let in the tests left out was not found", self._run_id)

    def _take_report(self, report: ProgressReport) -> None:
        point = (round(report.seconds, 1), report.total, report.bound)
        if report.total is not None and (not self.trace or self.trace[-1][1:] != point[1:]):
            self.trace.append(point)
        self.report = report


def _published_requests(session: Session) -> set[int]:
    published = select(Plan.id).where(Plan.state == PlanState.PUBLISHED).scalar_subquery()
    return set(session.scalars(select(Placement.request_id).where(Placement.plan_id == published)))


def _begin(sessions: Sessions, run_id: int, now: datetime) -> bool:
    queued = update(Run).where(Run.id == run_id, Run.state == RunState.QUEUED)
    taken = queued.values(state=RunState.RUNNING, started_at=now, heartbeat_at=now, phase="reading")
    try:
        with writing(sessions) as session:
            return session.execute(taken.returning(Run.id)).scalar() is not None
    except IntegrityError:
        LOG.info("run %s waits: another one is going on", run_id)
        return False


def _beat(sessions: Sessions, run_id: int, search: _Search, now: datetime) -> bool:
    """Write how far it is, and hear whether it is to stop. False when the run is ours no longer."""
    told: dict[str, Any] = {"heartbeat_at": now}
    if search.report is not None and search.snapshot is not None:
        report, figures = search.report, figures_of(search.snapshot, search.report.ends)
        told |= {"phase": report.phase, "total": report.total, "bound": report.bound, "asked": figures.asked}
        told |= {"trace": thinned(search.trace)}
        if report.total is not None:
            told |= {"placed": figures.placed, "days_late": figures.days_late}
    ours = update(Run).where(Run.id == run_id, Run.state == RunState.RUNNING)
    try:
        with writing(sessions) as session:
            cancelled = session.execute(ours.values(**told).returning(Run.cancel_requested)).scalar()
    except OperationalError:
        LOG.warning("run %s: the database did not take a heartbeat", run_id, exc_info=True)
        return True
    if cancelled:
        search.stopped.set()
    return cancelled is not None


def thinned(trace: Iterable[Point], points: int = POINTS) -> list[Point]:
    """At most so many: the first, and the last of each equal part of the time after it."""
    rows = list(trace)
    if len(rows) <= points:
        return rows
    first, last = rows[0][0], rows[-1][0]
    length = (last - first) / (points - 2) or 1.0
    parts = {int((row[0] - first) / length): row for row in rows[1:]}
    return [rows[0], *parts.values()]


def _end(sessions: Sessions, run_id: int, search: _Search, now: datetime) -> None:
    """Keep what was found and make it a draft, in one transaction, if the run is still ours."""
    snapshot, solution = search.snapshot, search.solution
    assert snapshot is not None
    with writing(sessions) as session:
        run = _ours(session, run_id)
        if run is None:
            return
        run.finished_at, run.phase = now, ""
        figures = figures_of(snapshot, {} if solution is None else {one.task: one.end for one in solution.assignments})
        run.asked, run.state = figures.asked, RunState.FAILED
        if solution is None:
            run.error = NOTHING
        elif solution.objective is None:
            run.solution = gzip.compress(solution_text(solution).encode())
            run.error = NO_PLAN if solution.conflict is None else CANNOT_STAND % _in_words(session, solution.conflict)
        else:
            run.state = RunState.FINISHED
            run.solution = gzip.compress(solution_text(solution).encode())
            run.placed, run.days_late = figures.placed, figures.days_late
            run.total, run.bound = solution.objective.total, solution.bound
            run.trace = thinned((round(row.seconds, 1), row.total, row.bound) for row in solution.trace)
            write_draft(session, run, snapshot, solution, search.ways)
        if run.cancel_requested:
            run.state, run.error = RunState.CANCELLED, ""
        after = {"placed": run.placed, "asked": run.asked, "days_late": run.days_late}
        session.add(Event.of(SYSTEM, f"run.{run.state}", run, at=now, after=after, reason=run.error))


def _fail(sessions: Sessions, run_id: int, reason: str, now: datetime) -> None:
    with writing(sessions) as session:
        run = _ours(session, run_id)
        if run is not None:
            run.state, run.finished_at, run.phase, run.error = RunState.FAILED, now, "", reason
            session.add(Event.of(SYSTEM, "run.failed", run, at=now, reason=reason))


def _ours(session: Session, run_id: int) -> Run | None:
    """The run, held until the transaction ends; None once somebody else has ended it."""
    run = session.scalar(select(Run).where(Run.id == run_id).with_for_update())
    return run if run is not None and run.state == RunState.RUNNING else None


def _reason_of(error: Exception) -> str:
    if isinstance(error, Faulty):
        return WRONG_NUMBERS % "; ".join(str(fault) for fault in error.faults[:3])
    if isinstance(error, NoCluster):
        return NOT_REACHED % error
    return BROKE_OFF % type(error).__name__


def _in_words(session: Session, conflict: Conflict) -> str:
    ids = (*conflict.tasks, *conflict.resources)
    names = Names(session, ids)
    return ", ".join(names.of(name) for name in ids)
