"""Devices, and what is closed now and to come: entered and taken back by managers."""

from datetime import UTC, datetime, timedelta

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response
from wtforms import DateTimeLocalField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from schedtest.booking import closing, run
from schedtest.booking import closures as service
from schedtest.booking import devices as of_devices
from schedtest.booking.access import NotFound, Refused
from schedtest.web import notices, row_id
from schedtest.web.dates import facility_zone, local
from schedtest.web.forms import UNPROCESSABLE, Form
from schedtest.web.listing import Paging
from schedtest.web.manager import manager
from schedtest.web.permission import permitted
from schedtest.web.runs import progress_of, queue, shown_run

Page = str | Response | tuple[str, int]

MANAGERS = ("manager", "administrator")
FIRST_YEAR, LAST_YEAR = 2000, 2100
KINDS = {"device": _l("Device"), "segment": _l("Road segment"), "site": _l("Hall"), "crew": _l("Crew")}
EXAMPLES = {"device": "GNS-R-001", "segment": "VDA-01", "site": "CRASH", "crew": "DRV-P1-MORNING"}


def _within_reach(form: Form, field: DateTimeLocalField) -> None:
    if field.data and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
        raise ValidationError(_("Choose a day between %(first)s and %(last)s.", first=FIRST_YEAR, last=LAST_YEAR))


class ClosureForm(Form):
    """Times are the institute's."""

    kind = SelectField(_l("What"), choices=[SelectChoice(kind, word) for kind, word in KINDS.items()])
    code = StringField(_l("Which"), [InputRequired(_l("Write its code."))])
    starts = DateTimeLocalField(_l("From"), [InputRequired(_l("Choose when it closes.")), _within_reach])
    ends = DateTimeLocalField(_l("Until"), [InputRequired(_l("Choose when it opens again.")), _within_reach])
    reason = StringField(_l("Why"))


@manager.get("/devices")
@permitted(*MANAGERS)
def devices() -> Page:
    hour = local(g.now).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    form = ClosureForm(formdata=None, data={"starts": hour, "ends": hour + timedelta(days=1)})
    return _devices_page(form)


@manager.get("/devices/all")
@permitted(*MANAGERS)
def all_devices() -> Page:
    paging = Paging.from_address("code")
    show, search, type_code = (request.args.get(name, "") for name in ("show", "q", "type"))
    rows, total = of_devices.devices(
        g.sessions,
        g.actor,
        search=search,
        type_code=type_code,
        show=show,
        now=g.now,
        **paging.asked,
    )
    away, soon = of_devices.out_of_use(g.sessions, g.actor, now=g.now)
    return render_template(
        "manager/all_devices.html",
        rows=rows,
        total=total,
        paging=paging,
        show=show,
        search=search,
        type_code=type_code,
        types=of_devices.types(g.sessions, g.actor),
        away=away,
        soon=soon,
        due_within_days=of_devices.DUE_WITHIN_DAYS,
    )


@manager.get("/devices/<int:device_id>")
@permitted(*MANAGERS)
def device(device_id: int) -> Page:
    found = of_devices.device(g.sessions, g.actor, device_id, now=g.now)
    return render_template("manager/device.html", view=found, device=found.row.device, row=found.row)


@manager.post("/devices")
@permitted(*MANAGERS)
def close() -> Page:
    form = ClosureForm()
    if form.validate():
        starts, ends = _instant(form.starts.data), _instant(form.ends.data)
        try:
            thing = service.find(g.sessions, g.actor, form.kind.data, form.code.data)
        except NotFound:
            form.refuse(Refused(_none_called(form.kind.data, form.code.data), field="code"))
            return _devices_page(form), UNPROCESSABLE
        try:
            closure_id = closing.close(
                g.sessions, g.actor, thing.kind, thing.id, starts=starts, ends=ends, reason=form.reason.data, now=g.now
            )
        except Refused as refused:
            form.refuse(refused)
            return _devices_page(form), UNPROCESSABLE
        hits = service.hits(g.sessions, g.actor, thing.kind, thing.id, starts=starts, ends=ends, now=g.now)
        notices.say(_closed_sentence(thing.code, len(hits)), undo_url=url_for(".lift", closure_id=closure_id))
        return redirect(url_for(".devices"), 303)
    return _devices_page(form), UNPROCESSABLE


@manager.post("/devices/closures/<int:closure_id>/lift")
@permitted(*MANAGERS)
def lift(closure_id: int) -> Response:
    lifted = closing.lift(g.sessions, g.actor, closure_id, now=g.now)
    notices.say(
        _("The closure is taken back."),
        undo_url=url_for(".close_again"),
        what=lifted.kind,
        thing=lifted.thing_id,
        starts=lifted.starts.isoformat(),
        ends=lifted.ends.isoformat(),
        reason=lifted.reason,
    )
    return redirect(url_for(".devices"), 303)


@manager.post("/devices/closures/again")
@permitted(*MANAGERS)
def close_again() -> Response:
    """Undo the taking back."""
    fields = request.form
    try:
        starts, ends = datetime.fromisoformat(fields["starts"]), datetime.fromisoformat(fields["ends"])
        thing_id = int(fields["thing"])
    except (KeyError, ValueError) as error:
        raise NotFound("closure") from error
    if starts.tzinfo is None or ends.tzinfo is None or not 0 < thing_id <= row_id.LARGEST:
        raise NotFound("closure")
    closing.close(
        g.sessions, g.actor, fields["what"], thing_id, starts=starts, ends=ends, reason=fields["reason"], now=g.now
    )
    return redirect(url_for(".devices"), 303)


@manager.post("/devices/mend")
@permitted(*MANAGERS)
def mend() -> Response:
    """A short run that plans the booked tests around what is closed."""
    try:
        run_id = run.mend(g.sessions, g.actor, now=g.now)
    except Refused as refused:
        notices.say(str(refused))
        return redirect(url_for(".devices"), 303)
    queue().ask_to_execute(run_id)
    return redirect(url_for(".mending", run_id=run_id), 303)


@manager.get("/plan/mending/<int:run_id>")
@permitted(*MANAGERS)
def mending(run_id: int) -> Page:
    """How far it is; once there is a draft, that."""
    shown = run.show(g.sessions, g.actor, run_id)
    if shown.plan is not None and shown.run.state not in run.ACTIVE:
        return redirect(url_for(".plan_version", plan_id=shown.plan.id), 303)
    return render_template("manager/mending.html", **shown_run(run_id))


@manager.get("/plan/mending/<int:run_id>/progress")
@permitted(*MANAGERS)
def mending_progress(run_id: int) -> Response:
    return progress_of(shown_run(run_id))


def _devices_page(form: ClosureForm) -> str:
    paging = Paging.from_address("starts")
    kind, search = request.args.get("kind", ""), request.args.get("q", "")
    rows, total = service.closures(
        g.sessions,
        g.actor,
        kind=kind,
        search=search,
        now=g.now,
        **paging.asked,
    )
    return render_template(
        "manager/devices.html",
        rows=rows,
        total=total,
        paging=paging,
        kind=kind,
        kinds=KINDS,
        examples=EXAMPLES,
        search=search,
        form=form,
        hits=sum(len(row.hits) for row in rows),
        now=g.now,
    )


def _instant(naive: datetime) -> datetime:
    return naive.replace(tzinfo=facility_zone()).astimezone(UTC)


def _none_called(kind: str, code: str) -> str:
    near = service.suggestions(g.sessions, g.actor, kind, code)
    if near:
        return _("There is none called so. Do you mean %(codes)s?", codes=", ".join(thing.code for thing in near[:5]))
    return _("There is none called so. Write its code, such as %(code)s.", code=EXAMPLES[kind])


def _closed_sentence(code: str, hits: int) -> str:
    if not hits:
        return _("%(code)s is closed. No booked test stands on it.", code=code)
    return ngettext(
        "%(code)s is closed. %(num)s booked test stands on it: the next run plans around it.",
        "%(code)s is closed. %(num)s booked tests stand on it: the next run plans around it.",
        hits,
        code=code,
    )
