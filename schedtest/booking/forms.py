"""Forms as they were sent: done once however often they are pressed, and kept when the session was lost."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from schedtest.booking.access import Actor, NotFound, internal
from schedtest.models.database import Sessions, writing
from schedtest.models.form import KeptForm, SentForm

REMEMBERED = timedelta(days=7)
KEPT = timedelta(days=30)
KEPT_AT_ONCE = 5

Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Sent:
    """What is known of a key. first: ours to do now.   location: where the earlier deed led, None until it has."""

    first: bool
    location: str | None = None


@internal
def begin(sessions: Sessions, actor: Actor, key: str, *, now: datetime) -> Sent:
    """Take the key for this deed, or tell that it has been taken; two at the same moment can't both be first."""
    with writing(sessions) as session:
        earlier = session.get(SentForm, key)
        if earlier is not None:
            if earlier.user_id != actor.user_id:
                raise NotFound("form")
            return Sent(False, earlier.location)
        session.execute(delete(SentForm).where(SentForm.sent_at < now - REMEMBERED))
        session.add(SentForm(key=key, user_id=actor.user_id, sent_at=now))
        return Sent(True)


@internal
def finish(sessions: Sessions, actor: Actor, key: str, location: str) -> None:
    """The deed is done; whoever sends the key again goes to the same place."""
    with writing(sessions) as session:
        session.get_one(SentForm, key).location = location


@internal
def forget(sessions: Sessions, actor: Actor, key: str) -> None:
    """The deed was not done, so that the key may be sent again."""
    with writing(sessions) as session:
        session.execute(delete(SentForm).where(SentForm.key == key))


@internal
def keep(sessions: Sessions, user_id: int, *, path: str, page: str, fields: Fields, now: datetime) -> None:
    """Keep what the user had typed; of many, the newest."""
    with writing(sessions) as session:
        session.execute(delete(KeptForm).where(KeptForm.kept_at < now - KEPT))
        older = session.scalars(
            select(KeptForm.id).where(KeptForm.user_id == user_id).order_by(KeptForm.id.desc()).offset(KEPT_AT_ONCE - 1)
        ).all()
        session.execute(delete(KeptForm).where(KeptForm.id.in_(older)))
        session.add(
            KeptForm(user_id=user_id, path=path, page=page, fields=[list(pair) for pair in fields], kept_at=now)
        )


@internal
def kept(sessions: Sessions, actor: Actor) -> list[KeptForm]:
    """What the actor had typed and not sent, newest first."""
    with sessions.begin() as session:
        mine = select(KeptForm).where(KeptForm.user_id == actor.user_id)
        return list(session.scalars(mine.order_by(KeptForm.id.desc())))


@internal
def let_go(sessions: Sessions, actor: Actor, kept_id: int) -> None:
    """It has been sent, or is not wanted any more."""
    with writing(sessions) as session:
        session.execute(delete(KeptForm).where(KeptForm.id == kept_id, KeptForm.user_id == actor.user_id))


@internal
def let_old_go(sessions: Sessions, now: datetime) -> None:
    """Forget keys and typed texts that nobody will come back for."""
    with writing(sessions) as session:
        session.execute(delete(SentForm).where(SentForm.sent_at < now - REMEMBERED))
        session.execute(delete(KeptForm).where(KeptForm.kept_at < now - KEPT))
