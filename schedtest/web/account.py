"""Signing in and out, one's own settings, and what was typed when a session was lost."""

from zoneinfo import available_timezones

from flask import Blueprint, g, make_response, redirect, render_template, request, session, url_for
from flask.wrappers import Response as FlaskResponse
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_limiter import RequestLimit
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length

from schedtest.booking import accounts, forms
from schedtest.booking.access import Refused
from schedtest.models.user import Language
from schedtest.web import identity, kept, notices, places, throttle
from schedtest.web.forms import UNPROCESSABLE, Form
from schedtest.web.permission import permitted, public

account = Blueprint("account", __name__)

Page = str | Response | tuple[str, int]

EVERY_ROLE = ("manufacturer", "manager", "administrator")
NAMES = {Language.ENGLISH: "English", Language.RUSSIAN: "Русский", Language.PERSIAN: "فارسی"}


class SignInForm(Form):
    email = EmailField(_l("Email"), [InputRequired(_l("Write the email address of your account."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Write your password."))])


class SettingsForm(Form):
    name = StringField(_l("Name"), [InputRequired(_l("Write your name.")), Length(max=100)])
    language = SelectField(
        _l("Language"), choices=[SelectChoice(language.value, NAMES[language]) for language in Language]
    )
    timezone = SelectField(_l("Your time zone"))


class PasswordForm(Form):
    password = PasswordField(_l("Present password"), [InputRequired(_l("Write the password you have now."))])
    new_password = PasswordField(_l("New password"), [InputRequired(_l("Write a new password."))])
    new_password_again = PasswordField(
        _l("New password again"), [EqualTo("new_password", _l("Write the new password a second time, the same."))]
    )


@account.get("/")
@public
def home() -> Response:
    return redirect(places.home_of(g.actor.role) if g.actor else url_for(".sign_in"))


@account.get("/sign-in")
@public
def sign_in() -> Page:
    if g.actor:
        return redirect(_onward())
    return render_template("account/sign_in.html", form=SignInForm(formdata=None), said=_why_here())


def _failed(response: Response) -> bool:
    return response.status_code == UNPROCESSABLE


def _too_many(limit: RequestLimit) -> FlaskResponse:
    form = SignInForm()
    form.form_errors.append(_("Too many attempts. Wait a minute, then try again."))
    return make_response(render_template("account/sign_in.html", form=form, said=None), 429)


@account.post("/sign-in")
@throttle.limiter.limit(throttle.FAILED_BY_ADDRESS, deduct_when=_failed, on_breach=_too_many)
@throttle.limiter.limit(
    throttle.FAILED_BY_ACCOUNT, key_func=throttle.account_named, deduct_when=_failed, on_breach=_too_many
)
@public
def do_sign_in() -> Page:
    form = SignInForm()
    if form.validate():
        user = accounts.authenticate(g.sessions, form.email.data, form.password.data)
        if user is not None:
            identity.remember(user)
            g.actor = identity.SignedIn(user).actor
            return redirect(_onward(), 303)
        form.form_errors.append(_("Email and password do not fit together. Try again; the password is case-sensitive."))
    return render_template("account/sign_in.html", form=form, said=None), UNPROCESSABLE


def sign_in_again() -> tuple[str, int]:
    """The sign-in page had been open for longer than its session: nothing is asked again but the password."""
    form = SignInForm()
    form.form_errors.append(_("This page had waited for long. Write your password and press once more."))
    return render_template("account/sign_in.html", form=form, said=None), UNPROCESSABLE


def _why_here() -> str | None:
    if "stale" in request.args:
        return _("You had been signed out meanwhile. Sign in and go on; what you had typed is kept.")
    if kept.own_path(request.args.get("next")) not in (None, "/"):
        return _("Sign in to see this page.")
    return None


def _onward() -> str:
    """First what had been typed and not sent, then the page that was wanted, then home."""
    if forms.kept(g.sessions, g.actor):
        return url_for(".show_kept")
    wanted = kept.own_path(request.args.get("next"))
    return wanted if wanted and wanted != "/" else places.home_of(g.actor.role)


@account.post("/sign-out")
@permitted(*EVERY_ROLE)
def sign_out() -> Response:
    session.clear()
    response = redirect(url_for(".sign_in"), 303)
    response.headers["Clear-Site-Data"] = '"cache"'  # nobody sees the pages again with the Back button
    return response


@account.get("/settings")
@permitted(*EVERY_ROLE)
def settings() -> Page:
    return _settings_page(_settings_form(), PasswordForm(formdata=None))


@account.post("/settings")
@permitted(*EVERY_ROLE)
def change_settings() -> Page:
    form = _settings_form()
    if not form.validate():
        return _settings_page(form, PasswordForm(formdata=None)), UNPROCESSABLE
    accounts.change_own_settings(
        g.sessions,
        g.actor,
        name=form.name.data.strip(),
        language=Language(form.language.data),
        timezone=form.timezone.data,
        now=g.now,
    )
    notices.say(_("Your settings are saved."))
    return redirect(url_for(".settings"), 303)


@account.post("/settings/password")
@permitted(*EVERY_ROLE)
def change_password() -> Page:
    form = PasswordForm()
    if form.validate():
        try:
            user = accounts.change_own_password(
                g.sessions, g.actor, form.password.data, form.new_password.data, now=g.now
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            identity.remember(user)
            notices.say(_("Your password is changed. You are signed out everywhere else."))
            return redirect(url_for(".settings"), 303)
    return _settings_page(_settings_form(formdata=None), form), UNPROCESSABLE


def _settings_form(**options: object) -> SettingsForm:
    form = SettingsForm(obj=current_user.user, **options)
    form.timezone.choices = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
    return form


def _settings_page(form: SettingsForm, password_form: PasswordForm) -> str:
    return render_template("account/settings.html", form=form, password_form=password_form)


@account.get("/kept")
@permitted(*EVERY_ROLE)
def show_kept() -> Page:
    waiting = forms.kept(g.sessions, g.actor)
    if not waiting:
        return redirect(places.home_of(g.actor.role))
    return render_template("account/kept.html", form=waiting[0], more=len(waiting) - 1)


@account.post("/kept/<int:kept_id>/let-go")
@permitted(*EVERY_ROLE)
def let_go(kept_id: int) -> Response:
    forms.let_go(g.sessions, g.actor, kept_id)
    return redirect(url_for(".show_kept"), 303)
