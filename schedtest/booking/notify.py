"""Who is told what: mails are written in the transaction of the deed they tell of; the worker sends them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from importlib.resources import files

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.support import NullTranslations, Translations
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from schedtest.models.facility import Facility
from schedtest.models.mail import Mail
from schedtest.models.user import Language, Role, User

HELD_FOR = timedelta(seconds=15)
"""A mail waits so long before it is sent, so that what is undone at once is told to nobody."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and body in English with %(name)s places; translated for each reader.

    A value may be text, a number, a day, an instant, a pair of instants (from, until), a `Said`, or a list of these,
    which becomes one line each.
    """

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence within a letter, translated with it."""

    sentence: str
    values: dict[str, object]


SUBMITTED = Letter(
    "%(organisation)s asks for tests: %(campaign)s",
    "%(actor)s of %(organisation)s has submitted %(count)s tests of the campaign %(campaign)s. It waits for you under"
    " Review.\n\n%(tests)s",
)
ASKED_AGAIN = Letter(
    "%(organisation)s changed what it asks for: %(campaign)s",
    "%(actor)s of %(organisation)s has changed approved tests of the campaign %(campaign)s. They wait for you again"
    " under Review.\n\n%(tests)s",
)
WITHDRAWN = Letter(
    "%(organisation)s withdrew tests: %(campaign)s",
    "%(actor)s of %(organisation)s has withdrawn these tests of the campaign %(campaign)s; their places are free.\n\n"
    "%(tests)s",
)
APPROVED = Letter(
    "Approved: %(campaign)s",
    "%(actor)s has approved these tests of your campaign %(campaign)s. You will be told the dates when they are"
    " planned.\n\n%(tests)s",
)
RETURNED = Letter(
    "Please look again: %(campaign)s",
    "%(actor)s has returned these tests of your campaign %(campaign)s:\n\n%(reason)s\n\nChange what is needed and"
    " submit them again.\n\n%(tests)s",
)
REJECTED = Letter(
    "Rejected: %(campaign)s",
    "%(actor)s has rejected these tests of your campaign %(campaign)s:\n\n%(reason)s\n\n%(tests)s",
)


def tell_organisation(
    session: Session, organisation_id: int, letter: Letter, *, now: datetime, **values: object
) -> list[Mail]:
    """Write the letter to everybody who works for the organisation today."""
    return _write(session, _active(session, User.organisation_id == organisation_id), letter, now, values)


def tell_managers(session: Session, letter: Letter, *, now: datetime, **values: object) -> list[Mail]:
    """Write the letter to every manager of the facility."""
    return _write(session, _active(session, User.role == Role.MANAGER), letter, now, values)


def take_back(session: Session, organisation_id: int, *, written_at: datetime) -> None:
    """Of what was told to the organisation at that instant, whatever has not gone out is not said at all."""
    people = select(User.id).where(User.organisation_id == organisation_id)
    session.execute(delete(Mail).where(Mail.to_user_id.in_(people), Mail.created_at == written_at, Mail.attempts == 0))


def _active(session: Session, condition: object) -> Sequence[User]:
    return session.scalars(select(User).where(condition, User.active).order_by(User.id)).all()  # type: ignore[arg-type]


def _write(
    session: Session, people: Iterable[User], letter: Letter, now: datetime, values: dict[str, object]
) -> list[Mail]:
    mails = []
    zone = session.scalars(select(Facility)).one().zone
    for user in people:
        reader = _Reader(user.language, zone)
        mails.append(
            Mail(
                to_user_id=user.id,
                subject=reader.say(letter.subject, values),
                body=reader.say(letter.body, values),
                created_at=now,
            )
        )
    session.add_all(mails)
    return mails


class _Reader:
    """One reader's language, and the facility's zone."""

    def __init__(self, language: Language, zone: tzinfo) -> None:
        self._locale = Locale.parse(language.value)
        self._zone = zone
        self._translations: NullTranslations = Translations.load(
            str(files("schedtest") / "translations"), [language.value]
        )

    def say(self, sentence: str, values: dict[str, object]) -> str:
        return self._translations.gettext(sentence) % {name: self._word(value) for name, value in values.items()}

    def _word(self, value: object) -> str:
        match value:
            case Said(sentence, values):
                return self.say(sentence, values)
            case (datetime() as starts, datetime() as ends):
                return f"{self._moment(starts)} – {self._end(starts, ends)}"
            case datetime():
                return self._moment(value)
            case date():
                return format_date(value, "EEEE d MMMM y", locale=self._locale)
            case list() | tuple():
                return "\n".join(f"· {self._word(one)}" for one in value)
            case _:
                return str(value)

    def _moment(self, when: datetime) -> str:
        return format_datetime(when, "EEEE d MMMM y, HH:mm", tzinfo=self._zone, locale=self._locale)

    def _end(self, starts: datetime, ends: datetime) -> str:
        if starts.astimezone(self._zone).date() == ends.astimezone(self._zone).date():
            return format_datetime(ends, "HH:mm", tzinfo=self._zone, locale=self._locale)
        return self._moment(ends)
