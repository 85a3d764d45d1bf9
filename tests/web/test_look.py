"""What the shell looks like, in screenshots; the gallery holds one of everything that pages are made of."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from playwright.sync_api import Page, expect
from sqlalchemy import update
from wtforms import BooleanField, DateField, DecimalField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice

from schedtest.models import Language, User
from schedtest.models.database import Sessions, writing
from schedtest.web import notices, places
from schedtest.web.forms import Form
from schedtest.web.listing import Paging
from schedtest.web.permission import permitted
from schedtest.web.states import LOOKS
from tests.browser import check_accessible, screenshot, sign_in
from tests.pages import NOW

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

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
