"""Sending the mails that the deeds have written, and trying again where the mail server does not take one."""

import logging
import smtplib
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import unquote, urlsplit

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from schedtest.booking.access import Actor, allowed, internal
from schedtest.booking.notify import HELD_FOR
from schedtest.models.database import Sessions, writing
from schedtest.models.mail import Mail
from schedtest.models.user import User

LOG = logging.getLogger(__name__)

PAUSES = (
    HELD_FOR,
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(days=1),
)
"""How old a mail has to be for its first, second … attempt; after the last it is given up."""

AT_ONCE = 200
ANSWER_WITHIN_S = 20


@internal
def send_mails(sessions: Sessions, *, server: str, sender: str, now: datetime) -> int:
    """Send what is due to people whose accounts are open today; returns how many the server took.

    server: smtp://[name:password@]host[:port]; with a name STARTTLS is used. An attempt is counted before it is made,
    so that no mail is tried for ever. No transaction is open while the server is spoken to.
    """
    due = _due(sessions, now)
    if not due:
        return 0
    try:
        connection = _connect(server)
    except (OSError, smtplib.SMTPException) as error:
        for mail in due:
            if _take(sessions, mail):
                _note(sessions, mail.id, error=_words(error))
        LOG.warning("the mail server does not answer: %s", _words(error))
        return 0
    with connection:
        return sum(_send(sessions, connection, mail, sender, now) for mail in due)


@allowed("administrator")
def unsent(sessions: Sessions, actor: Actor, *, page: int = 1, size: int = 50) -> tuple[Sequence[Mail], int]:
    """One page of the mails that wait or were given up, oldest first, and how many there are."""
    waiting = Mail.sent_at.is_(None)
    with sessions.begin() as session:
        total = session.scalar(select(func.count()).select_from(Mail).where(waiting)) or 0
        rows = select(Mail).where(waiting).options(joinedload(Mail.to_user)).order_by(Mail.id)
        return session.scalars(rows.limit(size).offset((page - 1) * size)).all(), total


@allowed("administrator")
def try_again(sessions: Sessions, actor: Actor) -> int:
    """Let all unsent mails be tried afresh, the given-up ones too; returns how many there are."""
    with writing(sessions) as session:
        fresh = update(Mail).where(Mail.sent_at.is_(None)).values(attempts=0, error="").returning(Mail.id)
        return len(session.scalars(fresh).all())


def is_given_up(mail: Mail) -> bool:
    return mail.sent_at is None and mail.attempts >= len(PAUSES)


def _due(sessions: Sessions, now: datetime) -> Sequence[Mail]:
    old_enough = [
        (Mail.attempts == attempts) & (Mail.created_at <= now - pause) for attempts, pause in enumerate(PAUSES)
    ]
    condition = old_enough[0]
    for further in old_enough[1:]:
        condition |= further
    with sessions.begin() as session:
        return session.scalars(
            select(Mail)
            .join(Mail.to_user)
            .where(Mail.sent_at.is_(None), User.active, condition)
            .options(joinedload(Mail.to_user))
            .order_by(Mail.id)
            .limit(AT_ONCE)
        ).all()


def _take(sessions: Sessions, mail: Mail) -> bool:
    """Count the attempt. Of two workers only one gets the mail, and none does once it was taken back."""
    mine = update(Mail).where(Mail.id == mail.id, Mail.attempts == mail.attempts, Mail.sent_at.is_(None))
    with writing(sessions) as session:
        return session.scalar(mine.values(attempts=mail.attempts + 1).returning(Mail.id)) is not None


def _send(sessions: Sessions, connection: smtplib.SMTP, mail: Mail, sender: str, now: datetime) -> bool:
    if not _take(sessions, mail):
        return False
    try:
        connection.send_message(_message(mail, sender, now))
    except (OSError, smtplib.SMTPException) as error:
        LOG.warning("mail %s was not taken: %s", mail.id, _words(error))
        _note(sessions, mail.id, error=_words(error))
        return False
    _note(sessions, mail.id, sent_at=now, error="")
    return True


def _note(sessions: Sessions, mail_id: int, **values: object) -> None:
    with writing(sessions) as session:
        session.execute(update(Mail).where(Mail.id == mail_id).values(**values))


def _message(mail: Mail, sender: str, now: datetime) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail.to_user.email
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(idstring=f"mail-{mail.id}", domain=sender.rpartition("@")[2] or None)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message


def _connect(server: str) -> smtplib.SMTP:
    where = urlsplit(server)
    connection = smtplib.SMTP(where.hostname or "localhost", where.port or 25, timeout=ANSWER_WITHIN_S)
    if where.username:
        try:
            connection.starttls()
            connection.login(unquote(where.username), unquote(where.password or ""))
        except BaseException:
            connection.close()
            raise
    return connection


def _words(error: Exception) -> str:
    """What the server answered, or why it could not be asked."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _answer(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _answer(code: int, said: bytes | str) -> str:
    return f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
