"""Accounts and organisations, for administrators."""

import secrets

from flask import g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import EmailField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from schedtest.booking import accounts
from schedtest.booking.access import Refused
from schedtest.models.user import Role
from schedtest.web import notices, places
from schedtest.web.admin import admin
from schedtest.web.forms import UNPROCESSABLE, Form
from schedtest.web.permission import permitted

Page = str | Response | tuple[str, int]


class PersonForm(Form):
    name = StringField(_l("Name"), [InputRequired(_l("Write the person's name.")), Length(max=100)])
    email = EmailField(_l("Email"), [InputRequired(_l("Write the person's email address."))])
    role = SelectField(
        _l("Role"), choices=[SelectChoice(role.value, label) for role, label in places.ROLE_WORDS.items()]
    )
    organisation_id = SelectField(_l("Organisation"))


class OrganisationForm(Form):
    name = StringField(_l("Name"), [InputRequired(_l("Write the organisation's name.")), Length(max=100)])
    country = StringField(
        _l("Country"), [Length(2, 2, _l("Write the country's code of two letters, such as IR.")), InputRequired()]
    )


@admin.get("/people")
@permitted("administrator")
def people() -> Page:
    everybody = accounts.people(g.sessions, g.actor)
    return render_template("admin/people.html", people=everybody, open_accounts=sum(one.active for one in everybody))


@admin.get("/people/new")
@permitted("administrator")
def new_person() -> Page:
    return _person_page(_person_form(formdata=None))


@admin.post("/people/new")
@permitted("administrator")
def create_person() -> Page:
    """The password is shown once, on the page that answers, and never again."""
    form = _person_form()
    if form.validate():
        password = _new_password()
        try:
            user = accounts.create_user(
                g.sessions,
                g.actor,
                email=form.email.data,
                name=form.name.data,
                password=password,
                role=Role(form.role.data),
                organisation_id=int(form.organisation_id.data) if form.organisation_id.data else None,
                now=g.now,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            title = _("%(name)s has an account", name=user.name)
            return render_template("admin/password_shown.html", title=title, owner=user, password=password)
    return _person_page(form), UNPROCESSABLE


def _new_password() -> str:
    return secrets.token_urlsafe(12)


def _person_form(**options: object) -> PersonForm:
    form = PersonForm(**options)
    form.organisation_id.choices = [
        SelectChoice("", _("none: the institute's own")),
        *(SelectChoice(str(one.id), one.name) for one in accounts.organisations(g.sessions, g.actor)),
    ]
    return form


def _person_page(form: PersonForm) -> str:
    return render_template("admin/new_person.html", form=form)


@admin.get("/people/organisations/new")
@permitted("administrator")
def new_organisation() -> Page:
    return render_template("admin/new_organisation.html", form=OrganisationForm(formdata=None))


@admin.post("/people/organisations/new")
@permitted("administrator")
def create_organisation() -> Page:
    form = OrganisationForm()
    if form.validate():
        try:
            accounts.create_organisation(g.sessions, g.actor, name=form.name.data, country=form.country.data, now=g.now)
        except Refused as refused:
            form.refuse(refused)
        else:
            notices.say(_("%(name)s may now have accounts.", name=form.name.data))
            return redirect(url_for(".new_person"), 303)
    return render_template("admin/new_organisation.html", form=form), UNPROCESSABLE


@admin.get("/people/<int:user_id>/password")
@permitted("administrator")
def new_password(user_id: int) -> Page:
    owner = accounts.person(g.sessions, g.actor, user_id)
    return render_template("admin/new_password.html", owner=owner)


@admin.post("/people/<int:user_id>/password")
@permitted("administrator")
def give_new_password(user_id: int) -> Page:
    """For who has forgotten theirs. It is shown once, on the page that answers, and never again."""
    password = _new_password()
    owner = accounts.reset_password(g.sessions, g.actor, user_id, password, now=g.now)
    title = _("%(name)s has a new password", name=owner.name)
    return render_template("admin/password_shown.html", title=title, owner=owner, password=password)


@admin.post("/people/<int:user_id>/close")
@permitted("administrator")
def close_account(user_id: int) -> Response:
    accounts.deactivate(g.sessions, g.actor, user_id, now=g.now)
    notices.say(_("The account is closed and signed out."), undo_url=url_for(".open_account", user_id=user_id))
    return redirect(url_for(".people"), 303)


@admin.post("/people/<int:user_id>/open")
@permitted("administrator")
def open_account(user_id: int) -> Response:
    accounts.reactivate(g.sessions, g.actor, user_id, now=g.now)
    notices.say(_("The account is open again."))
    return redirect(url_for(".people"), 303)
