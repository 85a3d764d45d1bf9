"""One test of a campaign: what its procedure brings, what is wished besides, and what it waits for."""

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
    widgets,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from schedtest.booking import overview, submit
from schedtest.booking import request as requests
from schedtest.booking.access import Refused
from schedtest.booking.changing import Changed
from schedtest.booking.overview import Overview, TestView
from schedtest.booking.request import CHANGEABLE, Wishes, choices_for
from schedtest.models.request import TestRequest
from schedtest.web import notices, words
from schedtest.web.campaigns import said, subject_name
from schedtest.web.forms import UNPROCESSABLE, Form
from schedtest.web.manufacturer import manufacturer
from schedtest.web.permission import permitted

Page = str | Response | tuple[str, int]

NUMBER = _l("Write a whole number.")


class Amount(IntegerField):
    """A whole number; nothing is 0."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist and not valuelist[0].strip():
            self.data = 0
            return
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(NUMBER) from error


class WishesForm(Form):
    release_on = DateField(_l("Earliest day"), [Optional()])
    due_on = DateField(_l("Wanted by"), [Optional()])
    deadline_on = DateField(_l("Last day"), [Optional()])
    priority = SelectField(_l("Priority"))
    exclusive = BooleanField(_l("Nobody else on the road meanwhile"))
    routes = SelectMultipleField(
        _l("Roads"),
        coerce=int,
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )
    extra_drivers = Amount(_l("Additional drivers"))
    extra_engineers = Amount(_l("Additional engineers"))
    extra_preparation_h = Amount(_l("Additional preparation"))
    devices = SelectField(_l("Another device"), coerce=int, validate_choice=False)
    amount = Amount(_l("How many"))
    note = TextAreaField(_l("Note for the test engineers"), [Length(max=requests.LONGEST_NOTE)])
    version = HiddenField()

    def refuse(self, refused: Refused) -> None:
        if refused.field == "extra_preparation_min":
            refused.field = "extra_preparation_h"
        super().refuse(refused)


class WaitForm(Form):
    before_id = SelectField(
        _l("Only after"),
        [InputRequired(_l("Choose another test of this campaign."))],
        coerce=int,
        validate_choice=False,
    )
    min_lag_h = Amount(_l("At least"))
    max_lag_h = IntegerField(_l("At most"), [Optional()])

    def refuse(self, refused: Refused) -> None:
        if refused.field in ("min_lag_min", "max_lag_min"):
            refused.field = refused.field.removesuffix("min") + "h"
        super().refuse(refused)


@manufacturer.get("/tests/<int:request_id>")
@permitted("manufacturer")
def test(request_id: int) -> Page:
    shown, view = overview.test(g.sessions, g.actor, request_id, now=g.now)
    return _page(shown, view, _wishes_form(view, filled=True), _wait_form(view, filled=False))


@manufacturer.post("/tests/<int:request_id>")
@permitted("manufacturer")
def save_test(request_id: int) -> Page:
    shown, view = overview.test(g.sessions, g.actor, request_id, now=g.now)
    form = _wishes_form(view, filled=False)
    if form.validate():
        version = int(form.version.data) if (form.version.data or "").isdecimal() else None
        try:
            again = requests.change(g.sessions, g.actor, request_id, _wishes(form), version=version, now=g.now)
        except Changed as changed:
            form.refuse(changed)
            form.version.data = str(view.request.version_id)
        except Refused as refused:
            form.refuse(refused)
        else:
            notices.say(_("Saved. It waits for approval again.") if again else _("Saved."))
            return redirect(url_for(".test", request_id=request_id), 303)
    return _page(shown, view, form, _wait_form(view, filled=False)), UNPROCESSABLE


@manufacturer.post("/tests/<int:request_id>/wait")
@permitted("manufacturer")
def wait_for(request_id: int) -> Page:
    shown, view = overview.test(g.sessions, g.actor, request_id, now=g.now)
    form = _wait_form(view, filled=True)
    if form.validate():
        try:
            requests.wait_for(
                g.sessions,
                g.actor,
                request_id,
                form.before_id.data,
                min_lag_min=60 * (form.min_lag_h.data or 0),
                max_lag_min=None if form.max_lag_h.data is None else 60 * form.max_lag_h.data,
                now=g.now,
            )
            return redirect(url_for(".test", request_id=request_id, _anchor="order"), 303)
        except Refused as refused:
            form.refuse(refused)
    return _page(shown, view, _wishes_form(view, filled=True), form), UNPROCESSABLE


@manufacturer.post("/tests/<int:request_id>/wait-no-longer")
@permitted("manufacturer")
def wait_no_longer(request_id: int) -> Page:
    before = request.form.get("before", 0, type=int)
    requests.wait_no_longer(g.sessions, g.actor, request_id, before, now=g.now)
    notices.say(
        _("It waits no longer."),
        undo_url=url_for(".wait_for", request_id=request_id),
        before_id=before,
        min_lag_h=request.form.get("min_lag_h", 0, type=int),
        max_lag_h=request.form.get("max_lag_h", ""),
    )
    return redirect(url_for(".test", request_id=request_id, _anchor="order"), 303)


@manufacturer.post("/tests/<int:request_id>/withdraw")
@permitted("manufacturer")
def withdraw_test(request_id: int) -> Page:
    shown, view = overview.test(g.sessions, g.actor, request_id, now=g.now)
    reason = request.form.get("reason", "")[:2000]
    submit.withdraw(g.sessions, g.actor, shown.campaign.id, [request_id], reason=reason, now=g.now)
    notices.say(_("%(test)s is withdrawn.", test=_name(view.request)))
    return redirect(url_for(".campaign", campaign_id=shown.campaign.id), 303)


def _page(shown: Overview, view: TestView, form: WishesForm, wait_form: WaitForm) -> str:
    subject = {("test_request", view.request.id): _name(view.request)}
    return render_template(
        "manufacturer/test.html",
        shown=shown,
        view=view,
        test=view.request,
        form=form,
        wait_form=wait_form,
        changeable=view.request.state in CHANGEABLE,
        subjects=subject,
        said=said,
        places_of_modes=overview.place_names(g.sessions, g.actor, [row.mode for row in view.bookings]),
    )


def _wishes_form(view: TestView, *, filled: bool) -> WishesForm:
    """Filled from the test as it stands, or from what was sent."""
    test = view.request
    form = (
        WishesForm(
            formdata=None,
            obj=test,
            version=test.version_id,
            priority=str(test.priority or ""),
            routes=[row.choice for row in test.routes],
            devices=0,
            amount=0,
            extra_preparation_h=test.extra_preparation_min // 60,
        )
        if filled
        else WishesForm()
    )
    form.priority.choices = [
        SelectChoice("", _("As the campaign: %(priority)s", priority=words.PRIORITIES[test.campaign.priority])),
        *(SelectChoice(str(value), word) for value, word in words.PRIORITIES.items()),
    ]
    suitable = choices_for(test.procedure, test.article.category)
    form.routes.choices = [
        SelectChoice(choice, ", ".join(f"{route.code} {route.name}" for route in routes))
        for choice, routes in test.procedure.route_choices.items()
        if choice in suitable
    ]
    form.devices.choices = [
        SelectChoice(0, _("none")),
        *(SelectChoice(row.id, f"{row.name} ({row.code})") for row in view.device_types),
    ]
    return form


def _wait_form(view: TestView, *, filled: bool) -> WaitForm:
    form = WaitForm() if filled else WaitForm(formdata=None)
    form.before_id.choices = [SelectChoice(row.id, _name(row)) for row in view.others]
    return form


def _wishes(form: WishesForm) -> Wishes:
    return Wishes(
        release_on=form.release_on.data,
        due_on=form.due_on.data,
        deadline_on=form.deadline_on.data,
        priority=int(form.priority.data) if form.priority.data else None,
        exclusive=form.exclusive.data,
        routes=frozenset(form.routes.data or ()),
        devices=_devices(form),
        extra_drivers=form.extra_drivers.data or 0,
        extra_engineers=form.extra_engineers.data or 0,
        extra_preparation_min=60 * (form.extra_preparation_h.data or 0),
        note=form.note.data or "",
    )


def _devices(form: WishesForm) -> dict[int, int]:
    """Amounts by type: of those that are there (`device-7`), and one more."""
    amounts = {
        int(name.removeprefix("device-")): request.form.get(name, 0, type=int)
        for name in request.form
        if name.startswith("device-") and name.removeprefix("device-").isdecimal()
    }
    if form.devices.data:
        amounts[form.devices.data] = amounts.get(form.devices.data, 0) + (form.amount.data or 1)
    return amounts


def _name(test: TestRequest) -> str:
    return subject_name(test.procedure.code, test.procedure.name, test.article.label)
