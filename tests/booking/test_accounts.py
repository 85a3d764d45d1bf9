from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from schedtest.booking import accounts
from schedtest.booking.access import SYSTEM, Actor, Forbidden, NotFound, Refused
from schedtest.models import Event, Language, Organisation, Role, User
from schedtest.models.database import Sessions, writing
from tests.rows import MONDAY as NOW

PASSWORD = "a road in the rain"


def create(sessions: Sessions, **given: Any) -> User:
    account = {"email": "sara@ikco.example", "name": "Sara", "password": PASSWORD, "role": Role.MANAGER, "now": NOW}
    return accounts.create_user(sessions, SYSTEM, **{**account, **given})


def actions(sessions: Sessions) -> list[str]:
    with sessions.begin() as session:
        return list(session.scalars(select(Event.action).order_by(Event.id)))


def test_a_user_signs_in_with_address_and_password(sessions: Sessions) -> None:
    user = create(sessions)
    assert accounts.authenticate(sessions, "sara@ikco.example", PASSWORD).id == user.id
    assert accounts.authenticate(sessions, " Sara@IKCO.example ", PASSWORD).id == user.id


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("sara@ikco.example", PASSWORD.upper()),
        ("sara@ikco.example", ""),
        ("sara@ikco.example", "x" * 1_000_000),
        ("nobody@ikco.example", PASSWORD),
        ("", ""),
    ],
)
def test_nobody_signs_in_with_what_does_not_fit(sessions: Sessions, email: str, password: str) -> None:
    create(sessions)
    assert accounts.authenticate(sessions, email, password) is None


def test_an_unknown_address_costs_a_verification_too(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    create(sessions)
    verified = []
    fits = accounts._fits
    monkeypatch.setattr(accounts, "_fits", lambda *given: verified.append(given) or fits(*given))
    accounts.authenticate(sessions, "sara@ikco.example", "wrong password")
    accounts.authenticate(sessions, "nobody@ikco.example", "wrong password")
    known, unknown = (password_hash.rsplit("$", 2)[0] for password_hash, _ in verified)
    assert known == unknown  # the same method at the same cost


def test_passwords_are_stored_as_argon2_and_never_in_the_history(sessions: Sessions) -> None:
    user = create(sessions)
    assert user.password_hash.startswith("$argon2id$")
    accounts.change_own_password(sessions, Actor.of(user), PASSWORD, "another road in the rain", now=NOW)
    with sessions.begin() as session:
        for event in session.scalars(select(Event)):
            assert "argon2" not in str((event.before, event.after, event.reason))


def test_a_new_password_ends_every_session_and_the_old_one_no_longer_fits(sessions: Sessions) -> None:
    user = create(sessions)
    changed = accounts.change_own_password(sessions, Actor.of(user), PASSWORD, "another road in the rain", now=NOW)
    assert changed.session_key != user.session_key
    assert accounts.authenticate(sessions, user.email, PASSWORD) is None
    assert accounts.authenticate(sessions, user.email, "another road in the rain").session_key == changed.session_key


def test_a_password_is_not_changed_without_the_present_one(sessions: Sessions) -> None:
    user = create(sessions)
    with pytest.raises(Refused) as refused:
        accounts.change_own_password(sessions, Actor.of(user), "guess", "another road in the rain", now=NOW)
    assert refused.value.field == "password"
    assert accounts.authenticate(sessions, user.email, PASSWORD).session_key == user.session_key


@pytest.mark.parametrize("weak", ["short", "x" * 201, " Sara@ikco.example"])
def test_a_weak_password_is_refused_at_its_field(sessions: Sessions, weak: str) -> None:
    with pytest.raises(Refused) as refused:
        create(sessions, password=weak)
    assert refused.value.field == "password"
    user = create(sessions)
    with pytest.raises(Refused) as refused:
        accounts.change_own_password(sessions, Actor.of(user), PASSWORD, weak, now=NOW)
    assert refused.value.field == "new_password"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "sara"}, "email"),
        ({"email": "sara@"}, "email"),
        ({"email": "sa ra@ikco.example"}, "email"),
        ({"email": "TAKEN@ikco.example"}, "email"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"role": Role.MANUFACTURER}, "organisation_id"),
        ({"organisation_id": 1}, "organisation_id"),
    ],
)
def test_an_account_that_cannot_be_is_refused_at_its_field(
    sessions: Sessions, wrong: dict[str, Any], field: str
) -> None:
    create(sessions, email="taken@ikco.example")
    accounts.create_organisation(sessions, SYSTEM, name="IKCO", country="IR", now=NOW)
    with pytest.raises(Refused) as refused:
        create(sessions, **wrong)
    assert refused.value.field == field
    assert len(accounts.people(sessions, SYSTEM)) == 1


def test_a_manufacturers_account_belongs_to_an_organisation_that_exists(sessions: Sessions) -> None:
    organisation = accounts.create_organisation(sessions, SYSTEM, name="IKCO", country="ir", now=NOW)
    user = create(sessions, role=Role.MANUFACTURER, organisation_id=organisation.id)
    assert Actor.of(user).organisation_id == organisation.id
    with pytest.raises(NotFound):
        create(sessions, email="two@ikco.example", role=Role.MANUFACTURER, organisation_id=organisation.id + 1)


def test_an_organisations_name_is_given_once(sessions: Sessions) -> None:
    accounts.create_organisation(sessions, SYSTEM, name="IKCO", country="IR", now=NOW)
    with pytest.raises(Refused):
        accounts.create_organisation(sessions, SYSTEM, name="IKCO ", country="IR", now=NOW)
    assert [organisation.name for organisation in accounts.organisations(sessions, SYSTEM)] == ["IKCO"]


def test_a_closed_account_signs_nobody_in_and_its_sessions_end_at_once(sessions: Sessions) -> None:
    user = create(sessions)
    accounts.deactivate(sessions, SYSTEM, user.id, now=NOW)
    assert accounts.authenticate(sessions, user.email, PASSWORD) is None
    with sessions.begin() as session:
        assert session.get(User, user.id).session_key != user.session_key
    accounts.reactivate(sessions, SYSTEM, user.id, now=NOW + timedelta(days=1))
    assert accounts.authenticate(sessions, user.email, PASSWORD).id == user.id
    assert actions(sessions) == ["user.created", "user.deactivated", "user.reactivated"]


def test_pressing_deactivate_twice_is_written_once(sessions: Sessions) -> None:
    user = create(sessions)
    for _ in range(2):
        accounts.deactivate(sessions, SYSTEM, user.id, now=NOW)
    assert actions(sessions).count("user.deactivated") == 1


def test_nobody_of_a_closed_organisation_signs_in(sessions: Sessions) -> None:
    organisation = accounts.create_organisation(sessions, SYSTEM, name="IKCO", country="IR", now=NOW)
    user = create(sessions, role=Role.MANUFACTURER, organisation_id=organisation.id)
    with writing(sessions) as session:
        session.get_one(Organisation, organisation.id).active = False
    assert accounts.authenticate(sessions, user.email, PASSWORD) is None


def test_an_administrator_cannot_lock_themselves_out(sessions: Sessions) -> None:
    administrator = create(sessions, role=Role.ADMINISTRATOR)
    with pytest.raises(Refused):
        accounts.deactivate(sessions, Actor.of(administrator), administrator.id, now=NOW)


def test_a_password_given_by_an_administrator_ends_the_sessions_of_its_owner(sessions: Sessions) -> None:
    user = create(sessions)
    accounts.reset_password(sessions, SYSTEM, user.id, "a lent road in the rain", now=NOW)
    signed_in = accounts.authenticate(sessions, user.email, "a lent road in the rain")
    assert signed_in.session_key != user.session_key


def test_settings_are_the_users_own(sessions: Sessions) -> None:
    user = create(sessions)
    accounts.change_own_settings(
        sessions, Actor.of(user), name=" Sara A. ", language=Language.PERSIAN, timezone="Asia/Tehran", now=NOW
    )
    changed = accounts.authenticate(sessions, user.email, PASSWORD)
    assert (changed.name, changed.language, changed.timezone) == ("Sara A.", Language.PERSIAN, "Asia/Tehran")


@pytest.mark.parametrize("role", [Role.MANUFACTURER, Role.MANAGER])
def test_only_administrators_keep_the_accounts(sessions: Sessions, role: Role) -> None:
    actor = Actor(1, "Somebody", role, 1 if role == Role.MANUFACTURER else None)
    for deed in (accounts.people, accounts.organisations):
        with pytest.raises(Forbidden):
            deed(sessions, actor)
    for deed in (accounts.deactivate, accounts.reactivate):
        with pytest.raises(Forbidden):
            deed(sessions, actor, 1, now=NOW)
    with pytest.raises(Forbidden):
        accounts.reset_password(sessions, actor, 1, PASSWORD, now=NOW)
