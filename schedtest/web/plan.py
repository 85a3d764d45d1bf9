"""A manager's plan: its versions on the board and as a list, the check, and publishing."""

from datetime import datetime, timedelta

from flask import abort, g, jsonify, redirect, render_template, request, url_for
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from schedtest.booking import board, plans, publish, verdict
from schedtest.booking.access import Refused
from schedtest.booking.board import Bar
from schedtest.booking.changes import Kind
from schedtest.booking.charts import AT_CALIBRATION, OFF_DUTY, OUT_OF_SEASON, Rows
from schedtest.booking.planned import Show
from schedtest.models.plan import Part
from schedtest.models.request import TestRequest
from schedtest.web import notices
from schedtest.web.dates import local
from schedtest.web.forms import UNPROCESSABLE, Form
from schedtest.web.kept import is_fragment
from schedtest.web.listing import Paging
from schedtest.web.manager import manager
from schedtest.web.permission import permitted

Page = str | Response | tuple[str, int]

MANAGERS = ("manager", "administrator")
PAGE_SIZE = 25
ROWS: dict[Rows, LazyString] = {
    Rows.ROUTE: _l("Routes"),
    Rows.SEGMENT: _l("Segments"),
    Rows.SITE: _l("Halls"),
    Rows.TYPE: _l("Device types"),
    Rows.DEVICE: _l("Devices"),
    Rows.CREW: _l("Crews"),
    Rows.CAMPAIGN: _l("Campaigns"),
}
SHOWS: dict[Show, LazyString] = {
    Show.ALL: _l("In the plan"),
    Show.NEW: _l("New"),
    Show.MOVED: _l("Moved"),
    Show.NOT_PLACED: _l("Not placed"),
}
KINDS: dict[Kind, LazyString] = {
    Kind.NEW: _l("New"),
    Kind.MOVED: _l("Moved"),
    Kind.GONE: _l("Gone"),
    Kind.NOT_PLACED: _l("Not placed"),
}
CLOSED = {
    AT_CALIBRATION: _l("At calibration"),
    OUT_OF_SEASON: _l("Out of season"),
    OFF_DUTY: _l("Nobody on duty"),
}


@manager.get("/plan")
@permitted(*MANAGERS)
def plan() -> Page:
    """The newest draft, or what is published."""
    plan_id = plans.current(g.sessions, g.actor)
    if plan_id is None:
        waiting = plans.waiting_without_plan(g.sessions, g.actor)
        return render_template("manager/no_plan.html", waiting=waiting)
    return _plan_page(plan_id)


@manager.get("/plan/<int:plan_id>")
@permitted(*MANAGERS)
def plan_version(plan_id: int) -> Page:
    return _plan_page(plan_id)


def _plan_page(plan_id: int) -> str:
    version = plans.version(g.sessions, g.actor, plan_id)
    show = _chosen(request.args.get("show", ""), version)
    paging = Paging.from_address("when", size=PAGE_SIZE)
    search = request.args.get("q", "")
    rows, total = plans.rows(
        g.sessions,
        g.actor,
        plan_id,
        show=show,
        search=search,
        **paging.asked,
    )
    return render_template(
        "manager/plan.html",
        version=version,
        plan=version.plan,
        versions=plans.versions(g.sessions, g.actor),
        rows=rows,
        total=total,
        show=show,
        shows=SHOWS,
        search=search,
        paging=paging,
        views=[(str(rows_of), str(word)) for rows_of, word in ROWS.items()],
        last_day=_last_day,
    )


def _last_day(ends: datetime) -> datetime:
    """What ends at midnight is of the day before."""
    return ends - timedelta(seconds=1)


def _chosen(text: str, version: plans.Version) -> Show:
    try:
        show = Show(text)
    except ValueError:
        return Show.ALL
    return show if show in version.counts else Show.ALL


@manager.get("/plan/<int:plan_id>/board.json")
@permitted(*MANAGERS)
def board_data(plan_id: int) -> Response:
    """As assets/board/README.md has it."""
    try:
        rows = Rows(request.args.get("rows", Rows.ROUTE))
    except ValueError:
        abort(404)
    found = board.read_board(g.sessions, g.actor, plan_id, rows, now=g.now)
    origin = found.starts
    href = url_for(".plan_test", plan_id=plan_id, request_id=0).removesuffix("0")
    return jsonify(
        {
            "zone": found.zone,
            "starts": local(found.starts).isoformat(),
            "ends": local(found.ends).isoformat(),
            "now": local(g.now).isoformat(),
            "rows": [
                {
                    "id": line.id,
                    "code": line.code,
                    "name": line.name,
                    "group": line.group,
                    "capacity": line.capacity,
                    "load": [[*_minutes(origin, starts, ends), taken] for starts, ends, taken in line.load],
                }
                for line in found.lines
            ],
            "bookings": [_bar(bar, origin, href) for bar in found.bars],
            "closures": [
                {
                    "row": closed.row,
                    **dict(zip(("starts", "ends"), _minutes(origin, closed.starts, closed.ends), strict=True)),
                    "reason": str(CLOSED.get(closed.reason, closed.reason)),
                }
                for closed in found.closed
            ],
            "unplaced": [
                {
                    "id": str(row.request_id),
                    "label": row.procedure,
                    "organisation": row.organisation,
                    "campaign": f"{row.campaign}, {row.article}",
                    "reason": row.reason,
                    "href": f"{href}{row.request_id}",
                }
                for row in found.not_placed
            ],
        }
    )


def _bar(bar: Bar, origin: datetime, href: str) -> dict[str, object]:
    starts, ends = _minutes(origin, bar.starts, bar.ends)
    return {
        "id": _board_id(bar.request_id, bar.part),
        "row": bar.row,
        "starts": starts,
        "ends": ends,
        "pieces": [_minutes(origin, *piece) for piece in bar.pieces] if bar.pieces else None,
        "label": bar.label,
        "organisation": bar.organisation,
        "campaign": bar.campaign,
        "state": bar.state,
        "kind": str(bar.part),
        "fixed": bar.fixed,
        "was": _minutes(origin, *bar.was) if bar.was else None,
        "href": f"{href}{bar.request_id}",
    }


def _board_id(request_id: int, part: str = Part.TEST) -> str:
    return str(request_id) if part == Part.TEST else f"{request_id}p"


def _minutes(origin: datetime, starts: datetime, ends: datetime) -> list[int]:
    return [round((when - origin).total_seconds() / 60) for when in (starts, ends)]


@manager.get("/plan/<int:plan_id>/tests/<int:request_id>")
@permitted(*MANAGERS)
def plan_test(plan_id: int, request_id: int) -> Page:
    """Everything about one test's place: beside the board, or a page of its own."""
    found = plans.placed(g.sessions, g.actor, plan_id, request_id)
    is_beside = is_fragment()
    return render_template(
        "manager/plan_test_facts.html" if is_beside else "manager/plan_test.html",
        placed=found,
        test=found.request,
        plan=found.plan,
        is_beside=is_beside,
        people=_people_of(found.request),
        rows=_rows_with(found),
        board_id=_board_id,
    )


def _rows_with(placed: plans.Placed) -> Rows:
    """Rows of the board on which the test is to be seen."""
    test = placed.places.get(Part.TEST)
    return Rows.ROUTE if test is None or test.routes else Rows.SITE


def _people_of(test: TestRequest) -> str:
    """'1 driver, 2 engineers, 1 technician to prepare'"""
    drivers = test.procedure.drivers + test.extra_drivers
    engineers = test.procedure.engineers + test.extra_engineers
    technicians = test.procedure.technicians if test.procedure.preparation_min + test.extra_preparation_min else 0
    words = [
        ngettext("%(num)s driver", "%(num)s drivers", drivers) if drivers else "",
        ngettext("%(num)s engineer", "%(num)s engineers", engineers) if engineers else "",
        ngettext("%(num)s technician to prepare", "%(num)s technicians to prepare", technicians) if technicians else "",
    ]
    return ", ".join(word for word in words if word)


@manager.get("/plan/<int:plan_id>/check")
@permitted(*MANAGERS)
def check_plan(plan_id: int) -> Page:
    """The draft against everything as it is now: a part of the pages that show it."""
    try:
        found = verdict.verdict(g.sessions, g.actor, plan_id, now=g.now)
    except Refused as refused:
        return render_template("manager/plan_check.html", refused=refused)
    return render_template("manager/plan_check.html", refused=None, verdict=found)


@manager.get("/plan/<int:plan_id>/publish")
@permitted(*MANAGERS)
def compare_plan(plan_id: int) -> Page:
    return _compare_page(plan_id, Form(formdata=None))


@manager.post("/plan/<int:plan_id>/publish")
@permitted(*MANAGERS)
def publish_plan(plan_id: int) -> Page:
    try:
        number = publish.publish(g.sessions, g.actor, plan_id, now=g.now)
    except Refused as refused:
        form = Form()
        form.refuse(refused)
        return _compare_page(plan_id, form), UNPROCESSABLE
    notices.say(_("Version %(number)s is published.", number=number))
    return redirect(url_for(".plan"), 303)


def _compare_page(plan_id: int, form: Form) -> str:
    preview = publish.preview(g.sessions, g.actor, plan_id)
    paging = Paging.from_address("when")
    chosen = request.args.get("show", "")
    kinds = {kind: len(preview.comparison.of(kind)) for kind in Kind}
    changes = [change for change in preview.comparison.changes if not chosen or change.kind == chosen]
    if paging.sort == "whose":
        changes.sort(key=lambda change: (change.test.organisation, change.test.campaign), reverse=paging.descending)
    elif paging.sort == "test":
        changes.sort(key=lambda change: change.test.procedure, reverse=paging.descending)
    elif paging.descending:
        changes.reverse()
    first = paging.first() - 1
    return render_template(
        "manager/publish.html",
        preview=preview,
        comparison=preview.comparison,
        form=form,
        kinds=kinds,
        words=KINDS,
        chosen=chosen,
        changes=changes[first : first + paging.size],
        total=len(changes),
        paging=paging,
    )


@manager.post("/plan/<int:plan_id>/discard")
@permitted(*MANAGERS)
def discard_plan(plan_id: int) -> Response:
    number = publish.discard(g.sessions, g.actor, plan_id, now=g.now)
    notices.say(_("Draft %(number)s is discarded.", number=number), undo_url=url_for(".take_up_plan", plan_id=plan_id))
    return redirect(url_for(".plan"), 303)


@manager.post("/plan/<int:plan_id>/take-up")
@permitted(*MANAGERS)
def take_up_plan(plan_id: int) -> Response:
    publish.take_up(g.sessions, g.actor, plan_id, now=g.now)
    return redirect(url_for(".plan_version", plan_id=plan_id), 303)
