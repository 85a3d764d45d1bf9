"""Mails in a real SMTP conversation: sent once, tried again, given up, and never to a closed account."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from schedtest.booking import post
from schedtest.booking.access import SYSTEM
from schedtest.models import Mail
from schedtest.models.database import Sessions, writing
from tests.rows import MONDAY, a_user
from tests.servers import free_port

SENDER = "plan@institute.example"
LATER = MONDAY + timedelta(minutes=1)


class Letterbox:
    """Keeps what it is given; refuses everything while `full`."""

    def __init__(self) -> None:
        self.full = False
        self.letters: list[Message] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        if self.full:
            return "452 The letterbox is full"
        self.letters.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[attr-defined]
        return "250 OK"


@pytest.fixture
def letterbox() -> Iterator[tuple[Letterbox, str]]:
    box = Letterbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


def write(sessions: Sessions, **of_user: object) -> int:
    with writing(sessions) as session:
        user = a_user(session, email="leila@ikco.example", **of_user)
        mail = Mail(to_user_id=user.id, subject="Booked: Tara «Иран»", body="Tuesday, 08:00.\n", created_at=MONDAY)
        session.add(mail)
        session.flush()
        return mail.id


def mail(sessions: Sessions, mail_id: int) -> Mail:
    with sessions.begin() as session:
        return session.scalars(select(Mail).where(Mail.id == mail_id)).one()


def test_a_mail_is_sent_once(sessions: Sessions, letterbox: tuple[Letterbox, str]) -> None:
    box, server = letterbox
    written = write(sessions)
    assert post.send_mails(sessions, server=server, sender=SENDER, now=LATER) == 1
    assert post.send_mails(sessions, server=server, sender=SENDER, now=LATER + timedelta(days=2)) == 0
    [letter] = box.letters
    assert (letter["To"], letter["From"], letter["Subject"]) == ("leila@ikco.example", SENDER, "Booked: Tara «Иран»")
    assert "Tuesday, 08:00." in letter.get_content()  # type: ignore[attr-defined]
    assert mail(sessions, written).sent_at == LATER


def test_a_mail_is_held_for_a_moment_so_that_what_is_undone_is_told_to_nobody(
    sessions: Sessions, letterbox: tuple[Letterbox, str]
) -> None:
    write(sessions)
    assert post.send_mails(sessions, server=letterbox[1], sender=SENDER, now=MONDAY + timedelta(seconds=5)) == 0


def test_a_mail_that_is_not_taken_is_tried_again_with_growing_pauses(
    sessions: Sessions, letterbox: tuple[Letterbox, str]
) -> None:
    box, server = letterbox
    box.full = True
    written = write(sessions)
    for attempt, pause in enumerate(post.PAUSES, 1):
        post.send_mails(sessions, server=server, sender=SENDER, now=MONDAY + pause - timedelta(seconds=1))
        assert mail(sessions, written).attempts == attempt - 1
        post.send_mails(sessions, server=server, sender=SENDER, now=MONDAY + pause)
        assert mail(sessions, written).attempts == attempt
        assert "452 The letterbox is full" in mail(sessions, written).error
    assert post.is_given_up(mail(sessions, written))
    box.full = False
    assert post.try_again(sessions, SYSTEM) == 1
    assert post.send_mails(sessions, server=server, sender=SENDER, now=MONDAY + timedelta(days=3)) == 1


def test_a_server_that_is_not_there_counts_as_an_attempt(sessions: Sessions) -> None:
    written = write(sessions)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, but nobody listens
        server = f"smtp://127.0.0.1:{nobody.getsockname()[1]}"
        assert post.send_mails(sessions, server=server, sender=SENDER, now=LATER) == 0
    assert mail(sessions, written).attempts == 1
    assert mail(sessions, written).error


def test_nobody_whose_account_is_closed_gets_mail(sessions: Sessions, letterbox: tuple[Letterbox, str]) -> None:
    write(sessions, active=False)
    assert post.send_mails(sessions, server=letterbox[1], sender=SENDER, now=LATER) == 0
    assert letterbox[0].letters == []
