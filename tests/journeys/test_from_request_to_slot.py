"""The whole story for two manufacturers that must not see each other: asked, approved, planned, published, told."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from schedtest.models import Booking, Part, Procedure
from schedtest.models.database import Sessions
from schedtest.settings import Settings
from tests.browser import sign_in
from tests.pages import PEOPLE
from tests.servers import free_port
from tests.web.asking import actor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_S = 150
"""Mails go out once a minute."""


class Letterbox:
    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[attr-defined]
        return "250 OK"

    def to(self, who: str) -> list[EmailMessage]:
        return [letter for letter in self.letters if PEOPLE[who][0] in str(letter["To"])]


@pytest.fixture
def letterbox() -> Iterator[tuple[Letterbox, str]]:
    box = Letterbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


@pytest.fixture
def letters(app: Flask, settings: Settings, letterbox: tuple[Letterbox, str]) -> Iterator[Letterbox]:
    """What arrives by mail, with a worker at work and all clocks showing the time."""
    app.config["CLOCK"] = lambda: datetime.now(UTC)
    box, smtp = letterbox
    environment = {
        **os.environ,
        "SCHEDTEST_INSTANCE": str(settings.instance),
        "SCHEDTEST_DATABASE": settings.database,
        "SCHEDTEST_QUEUE": settings.queue,
        "SCHEDTEST_SMTP": smtp,
    }
    worker = subprocess.Popen([sys.executable, "-c", "from schedtest.cli import main; main(['work'])"], env=environment)
    yield box
    worker.terminate()
    worker.wait(20)


def test_two_manufacturers_get_their_slots_and_see_nothing_of_each_other(
    page: Page, sessions: Sessions, letters: Letterbox
) -> None:
    page.set_default_timeout(30_000)
    ask_and_submit(page, "manufacturer", campaign="Tara facelift", vehicle="Tara 1", make="IKCO")
    ask_and_submit(page, "other manufacturer", campaign="Shahin mirrors", vehicle="Shahin 1", make="SAIPA")

    come_as(page, "manager")
    for _ in range(2):
        page.get_by_role("button", name="Approve", exact=True).click()
        expect(page.get_by_text("2 tests are approved")).to_be_visible()
    expect(page.get_by_text("Nothing waits for you").first).to_be_visible()

    come_as(page, "administrator")
    page.goto("/runs/new")
    page.get_by_label("Weeks").fill("6")
    page.get_by_label("Time to search").fill("3")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Every test has a place")).to_be_visible(timeout=120_000)

    come_as(page, "manager")
    page.get_by_role("link", name="Plan").first.click()
    page.get_by_role("link", name="Compare and publish").click()
    expect(page.get_by_text("All rules hold")).to_be_visible()
    page.get_by_role("button", name="Publish and tell 2 organisations").click()
    expect(page.get_by_text("Version 1 is published")).to_be_visible()

    for who, own, others in (
        ("manufacturer", "Tara", ("Shahin", "SAIPA")),
        ("other manufacturer", "Shahin", ("Tara", "IKCO", "Iran Khodro")),
    ):
        see_own_slots_only(page, sessions, who, own, others)
        read_own_mail_only(letters, who, own, others)


def come_as(page: Page, who: str) -> None:
    page.wait_for_load_state("networkidle")  # an answer still on its way would bring the old session back
    page.goto("about:blank")
    page.context.clear_cookies()
    sign_in(page, who)


def ask_and_submit(page: Page, who: str, *, campaign: str, vehicle: str, make: str) -> None:
    come_as(page, who)
    page.get_by_role("link", name="New campaign").first.click()
    page.get_by_label("Name").fill(campaign)
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/vehicles")
    page.get_by_label("Name").fill(vehicle)
    page.get_by_label("Make").fill(make)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("link", name=vehicle)).to_be_visible()
    page.get_by_role("link", name="Go on to the tests").click()
    for test in ("T22 Field of view", "T41 Lamps fitted"):
        with page.expect_response(lambda response: response.request.method == "POST"):
            page.get_by_label(test).first.check()
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/when")
    in_days = datetime.now(UTC).date()
    page.get_by_label("Earliest day").fill((in_days + timedelta(days=7)).isoformat())
    page.get_by_label("Wanted by").fill((in_days + timedelta(days=35)).isoformat())
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("2 tests are submitted")).to_be_visible()


def see_own_slots_only(page: Page, sessions: Sessions, who: str, own: str, others: tuple[str, ...]) -> None:
    come_as(page, who)
    page.get_by_role("link", name=re.compile(own)).first.click()
    expect(page.get_by_role("link", name="T22 Field of view").first).to_be_visible()
    ours = page.url
    first_days = set()
    with sessions.begin() as session:
        for booking in session.scalars(select(Booking).where(Booking.part == Part.TEST)):
            request, procedure = booking.request, session.get_one(Procedure, booking.request.procedure_id)
            is_own = request.campaign.organisation_id == actor(sessions, who).organisation_id
            status = page.request.get(f"/tests/{request.id}").status
            assert status == (200 if is_own else 404)
            if is_own:
                first_days.add((procedure.name, booking.starts.date()))
    assert len(first_days) == 2
    for address in (ours, "/campaigns", "/vehicles", *(f"/calendar?from={day}" for _, day in sorted(first_days))):
        page.goto(address)
        text = page.locator("body").inner_text()
        assert not [word for word in others if word in text]
    for name, day in first_days:
        page.goto(f"/calendar?from={day}")
        expect(page.get_by_role("link", name=re.compile(re.escape(name))).first).to_be_visible()


def read_own_mail_only(letters: Letterbox, who: str, own: str, others: tuple[str, ...]) -> None:
    """Of the approval, and of the slots."""
    give_up = time.monotonic() + PATIENCE_S
    while len(letters.to(who)) < 2:
        assert time.monotonic() < give_up, [str(letter["Subject"]) for letter in letters.letters]
        time.sleep(0.5)
    texts = [str(letter["Subject"]) + letter.get_content() for letter in letters.to(who)]
    assert all(own in text for text in texts)
    assert not [word for word in others for text in texts if word in text]
