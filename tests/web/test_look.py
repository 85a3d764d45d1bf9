"""What the shell looks like, in screenshots; the gallery holds one of everything that pages are made of."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, redirect, render_template_string, request
from playwright.sync_api import Page, expect
from sqlalchemy import update
from wtforms import BooleanField, DateField, DecimalField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice

from schedtest.booking.access import Refused
from schedtest.models import Language, User
from schedtest.models.database import Sessions, writing
from schedtest.web import notices, places
from schedtest.web.forms import Form
from schedtest.web.listing import Paging
from schedtest.web.permission import permitted
from schedtest.web.states import LOOKS
from tests.browser import check_accessible, screenshot, sign_in
from tests.pages import NOW, PASSWORD

pytestmark = pytest.mark.browser

GALLERY = Path(__file__).parent / "gallery.html"
ROWS = [
    ("T06 ESC, sine with dwell", "Iran Khodro", "booked", 2, 6),
    ("T01 Brakes, type 0", "SAIPA", "submitted", 26, 4),
    ("T12 Pass-by noise", "Crouse", "not_placed", 50, 9.5),
    ("T20 Durability, mixed roads", "Iran Khodro", "under_way", 60, 52),
]


class GalleryForm(Form):
    reason = TextAreaField("Reason")
    kind = SelectField("Kind", choices=[SelectChoice("repair", "Repair"), SelectChoice("other", "Other")])
    hours = DecimalField("Takes", places=1)
    wanted_on = DateField("Wanted on")
    exclusive = BooleanField("Nobody else on the road")
    use = RadioField("Use", choices=[SelectChoice("shared", "Shared"), SelectChoice("exclusive", "Exclusive")])


@pytest.fixture
def gallery(app: Flask) -> None:
    for place in places.ADMINISTRATOR + places.MANAGER:  # the bar as it is when all places are built
        if place.endpoint not in app.view_functions:
            view = permitted("manager", "administrator")(lambda: "")
            app.add_url_rule(f"/gallery/{place.endpoint}", place.endpoint, view)

    @app.get("/gallery")
    @permitted("manager", "administrator")
    def show() -> str:
        form = GalleryForm(data={"kind": "repair", "use": "shared"})
        form.reason.errors = ["Write what has to change, so that the organisation can do it."]
        form.form_errors.append("This request was taken back meanwhile.")
        rows = [
            (test, maker, state, NOW + timedelta(hours=start), NOW + timedelta(hours=start + length))
            for test, maker, state, start, length in ROWS
        ]
        notices.say("The campaign Tara facelift is approved.", undo_url="/settings", campaign=1)
        return render_template_string(
            GALLERY.read_text(), form=form, rows=rows, all_states=LOOKS, paging=Paging.from_address("when")
        )


def test_everything_pages_are_made_of(page: Page, gallery: None) -> None:
    sign_in(page, "administrator")
    page.goto("/gallery")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    screenshot(page, "gallery")
    check_accessible(page)


def test_right_to_left(page: Page, gallery: None, sessions: Sessions) -> None:
    with writing(sessions) as session:
        session.execute(update(User).values(language=Language.PERSIAN))
    sign_in(page, "manager")
    page.goto("/gallery")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    screenshot(page, "gallery-right-to-left")


def test_the_account_pages(page: Page) -> None:
    page.goto("/sign-in")
    screenshot(page, "sign-in")
    check_accessible(page)
    page.get_by_role("button", name="Sign in").click()
    screenshot(page, "sign-in-faults")
    check_accessible(page)
    sign_in(page, "manufacturer")
    page.goto("/settings")
    screenshot(page, "settings")
    page.locator(".topbar .menu summary").click()
    screenshot(page, "settings-menu")
    check_accessible(page)
    page.goto("/nowhere")
    screenshot(page, "trouble")
    check_accessible(page)


def test_the_theme_is_chosen_and_stays(page: Page) -> None:
    sign_in(page, "manufacturer")
    page.locator(".topbar .menu summary").click()
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 21, 27)"
    page.goto("/settings")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 21, 27)"


def test_what_was_said_can_be_undone_and_closed(page: Page, gallery: None) -> None:
    sign_in(page, "manager")
    page.goto("/gallery")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("Tara facelift is approved")).to_have_count(0)
    page.goto("/gallery")
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(re.compile("/settings"))


def test_a_list_is_walked_by_keyboard(page: Page, gallery: None) -> None:
    sign_in(page, "manager")
    page.goto("/gallery")
    page.keyboard.press("/")
    expect(page.get_by_label("Find")).to_be_focused()
    page.get_by_role("link", name="T06 ESC, sine with dwell").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#2$"))


def test_a_part_of_a_page_that_fails_says_so_at_the_foot(page: Page, app: Flask) -> None:
    @app.get("/parts")
    @permitted("manager")
    def parts() -> str:
        return render_template_string(
            '{% extends "base.html" %}{% block title %}Parts{% endblock %}{% block content %}'
            '<button hx-post="/refused" hx-target="#here">Refused</button>'
            '<button hx-post="/done" hx-target="#here">Done</button><p id="here">before</p>{% endblock %}'
        )

    @app.post("/refused")
    @permitted("manager")
    def refused() -> str:
        raise Refused("The road is closed until Thursday.")

    @app.post("/done")
    @permitted("manager")
    def done() -> str:
        notices.say("The closure is entered.")
        return "after"

    sign_in(page, "manager")
    page.goto("/parts")
    page.get_by_role("button", name="Refused").click()
    expect(page.get_by_role("alert")).to_contain_text("The road is closed until Thursday.")
    expect(page.locator("#here")).to_have_text("before")
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#here")).to_have_text("after")
    expect(page.locator("#toasts")).to_contain_text("The closure is entered.")


def test_after_lunch_the_text_is_still_there(page: Page, app: Flask) -> None:
    sent = []

    @app.get("/write")
    @permitted("manufacturer")
    def write() -> str:
        return render_template_string(
            '{% extends "base.html" %}{% block title %}Write{% endblock %}{% block content %}'
            '<form method="post">{{ form_keys() }}<label>Note <textarea name="note"></textarea></label>'
            "<button>Send</button></form>{% endblock %}"
        )

    @app.post("/write")
    @permitted("manufacturer")
    def written() -> object:
        sent.append(request.form["note"])
        return redirect("/settings", 303)

    sign_in(page, "manufacturer")
    page.goto("/write")
    page.get_by_label("Note").fill("The brakes squeal.\nOn the wet lane, too.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Send").click()
    page.get_by_label("Email").fill("leila@ikco.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="What you typed is here")).to_be_visible()
    screenshot(page, "kept")
    check_accessible(page)
    page.get_by_role("button", name="Send it now").dblclick()
    expect(page).to_have_url(re.compile("/settings"))
    assert sent == ["The brakes squeal.\r\nOn the wet lane, too."]
