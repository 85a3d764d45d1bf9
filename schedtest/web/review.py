"""A manager's first page: what waits for a decision, and the decisions."""

from datetime import date

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length

from schedtest.booking import outlook
from schedtest.booking import review as service
from schedtest.booking.access import Refused
from schedtest.booking.review import Remark, Waiting
from schedtest.models.request import TestRequest
from schedtest.web import notices, words
from schedtest.web.dates import day
from schedtest.web.forms import UNPROCESSABLE, Form
from schedtest.web.manager import manager
from schedtest.web.permission import permitted

Page = str | Response | tuple[str, int]

MANAGERS = ("manager", "administrator")
SHORT = {
    "lapsed": _l("last day has gone by"),
    "late": _l("wanted by has gone by"),
    "out_of_season": _l("out of season"),
    "season_ends": _l("wanted by passes the season"),
    "no_vin": _l("VIN missing"),
    "closed": _l("closed to others"),
}


class DecisionForm(Form):
    """tests: their ids.   versions: 'id:version' as they were read."""

    tests = SelectMultipleField(coerce=int, validate_choice=False)
    versions = SelectMultipleField(validate_choice=False)
    campaign = StringField()
    reason = TextAreaField(_l("Reason"), [Length(max=4000, message=_l("Write at most 4000 characters."))])

    @classmethod
    def asking(cls, question: str) -> "DecisionForm":
        """The form as sent, with the reason that belongs to the question: 'return' or 'reject'."""
        form = cls()
        form.reason.data = request.form.get(f"{question}_reason", "")
        return form

    @property
    def seen(self) -> dict[int, int] | None:
        pairs = [text.partition(":") for text in self.versions.data or []]
        found = {
            int(number): int(version) for number, _colon, version in pairs if number.isdecimal() and version.isdecimal()
        }
        return found or None


@manager.get("/review/<int:campaign_id>/outlook")
@permitted(*MANAGERS)
def when_possible(campaign_id: int) -> Page:
    """A part of the page, which asks for it: it takes a second."""
    found = outlook.outlook(g.sessions, g.actor, campaign_id, now=g.now)
    return render_template("manager/outlook.html", outlook=found)


@manager.get("/review")
@permitted(*MANAGERS)
def review() -> Page:
    return _review_page(DecisionForm(formdata=None))


@manager.post("/review/approve")
@permitted(*MANAGERS)
def approve() -> Page:
    """One campaign, some of its tests, or many campaigns at once."""
    form = DecisionForm()
    tests = form.tests.data or []
    try:
        service.approve(g.sessions, g.actor, tests, versions=form.seen, now=g.now)
    except Refused as refused:
        form.refuse(refused)
        return _review_page(form), UNPROCESSABLE
    _say_approved(tests, form.campaign.data or "")
    return redirect(url_for(".review"), 303)


@manager.post("/review/approve-many")
@permitted(*MANAGERS)
def approve_many() -> Page:
    """All tests of the chosen campaigns, as they stand now."""
    chosen = {int(number) for number in request.form.getlist("campaigns") if number.isdecimal()}
    waiting = service.queue(g.sessions, g.actor, now=g.now)
    tests = [test.id for one in waiting if one.campaign.id in chosen for test in one.tests]
    form = DecisionForm(formdata=None)
    try:
        service.approve(g.sessions, g.actor, tests, now=g.now)
    except Refused as refused:
        form.refuse(refused)
        return _review_page(form), UNPROCESSABLE
    _say_approved(tests)
    return redirect(url_for(".review"), 303)


@manager.post("/review/undo")
@permitted(*MANAGERS)
def undo_approval() -> Page:
    tests = [int(number) for number in request.form.get("tests", "").split() if number.isdecimal()]
    service.undo_approval(g.sessions, g.actor, tests, now=g.now)
    return redirect(url_for(".review", campaign=request.form.get("campaign") or None), 303)


@manager.post("/review/return")
@permitted(*MANAGERS)
def send_back() -> Page:
    form = DecisionForm.asking("return")
    if form.validate():
        tests = form.tests.data or []
        try:
            service.send_back(g.sessions, g.actor, tests, reason=form.reason.data or "", versions=form.seen, now=g.now)
        except Refused as refused:
            form.refuse(refused)
        else:
            notices.say(ngettext("%(num)s test is returned.", "%(num)s tests are returned.", len(tests)))
            return redirect(url_for(".review"), 303)
    return _review_page(form, asking="return"), UNPROCESSABLE


@manager.post("/review/reject")
@permitted(*MANAGERS)
def reject() -> Page:
    form = DecisionForm.asking("reject")
    if form.validate():
        tests = form.tests.data or []
        try:
            service.reject(g.sessions, g.actor, tests, reason=form.reason.data or "", versions=form.seen, now=g.now)
        except Refused as refused:
            form.refuse(refused)
        else:
            notices.say(ngettext("%(num)s test is rejected.", "%(num)s tests are rejected.", len(tests)))
            return redirect(url_for(".review"), 303)
    return _review_page(form, asking="reject"), UNPROCESSABLE


def _say_approved(tests: list[int], campaign: str = "") -> None:
    notices.say(
        ngettext("%(num)s test is approved.", "%(num)s tests are approved.", len(tests)),
        undo_url=url_for(".undo_approval"),
        tests=" ".join(str(number) for number in tests),
        campaign=campaign,
    )


def _review_page(form: DecisionForm, asking: str = "") -> str:
    """asking: 'return' or 'reject' when its question is open."""
    waiting = service.queue(g.sessions, g.actor, now=g.now)
    chosen = _chosen(waiting, form.campaign.data or request.args.get("campaign", ""))
    place = waiting.index(chosen) if chosen else 0
    return render_template(
        "manager/review.html",
        waiting=waiting,
        chosen=chosen,
        before=waiting[place - 1] if place else None,
        after=waiting[place + 1] if chosen and place + 1 < len(waiting) else None,
        form=form,
        asking=asking,
        short=SHORT,
        priorities=words.PRIORITIES,
        confidentialities=words.CONFIDENTIALITIES,
        categories=words.CATEGORIES,
        seen=_seen,
        remark_sentence=_remark_sentence,
        wishes_of=_wishes_of,
    )


def _chosen(waiting: list[Waiting], campaign_id: str) -> Waiting | None:
    """The one that is asked for, else the one that waits longest."""
    first = waiting[0] if waiting else None
    return next((one for one in waiting if str(one.campaign.id) == campaign_id), first)


def _seen(waiting: Waiting) -> list[str]:
    return [f"{test.id}:{test.version_id}" for test in waiting.tests]


def _remark_sentence(remark: Remark) -> str:
    values = {name: day(value) if isinstance(value, date) else value for name, value in remark.values.items()}
    return _(remark.sentence, **values)


def _wishes_of(test: TestRequest) -> str:
    """What is asked beyond the procedure, in a few words."""
    devices = sum(row.amount for row in test.devices)
    found = [
        _("alone on the road") if test.exclusive else "",
        ngettext("%(num)s road only", "%(num)s roads only", len(test.routes)) if test.routes else "",
        ngettext("%(num)s more device", "%(num)s more devices", devices) if devices else "",
        ngettext("%(num)s more driver", "%(num)s more drivers", test.extra_drivers) if test.extra_drivers else "",
        ngettext("%(num)s more engineer", "%(num)s more engineers", test.extra_engineers)
        if test.extra_engineers
        else "",
        test.note,
    ]
    return ", ".join(part for part in found if part)
