import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

import schedtest.booking
from schedtest.booking.access import SYSTEM, Actor, Forbidden, NotFound, Refused, allowed, internal, own
from schedtest.models import Campaign, Organisation, Plan, Role, User
from schedtest.models.database import Sessions, writing
from tests import rows

DEEDS = [
    importlib.import_module(f"schedtest.booking.{module.name}")
    for module in pkgutil.walk_packages(schedtest.booking.__path__)
    if module.name != "access"  # declares the others
]


@pytest.mark.parametrize("module", DEEDS, ids=lambda module: module.__name__)
def test_every_deed_declares_who_may_do_it(module: ModuleType) -> None:
    assert [name for name, deed in deeds(module) if not hasattr(deed, "roles")] == []


@pytest.mark.parametrize("module", DEEDS, ids=lambda module: module.__name__)
def test_a_deed_for_some_roles_takes_the_sessions_and_the_actor_first(module: ModuleType) -> None:
    for name, deed in deeds(module):
        if getattr(deed, "roles", None):
            assert list(inspect.signature(deed).parameters)[:2] == ["sessions", "actor"], name


def test_a_deed_without_a_declaration_is_noticed() -> None:
    def forgotten(sessions: Sessions, actor: Actor) -> None: ...

    @internal
    def declared(sessions: Sessions) -> None: ...

    module = ModuleType("new")
    for deed in (forgotten, declared):
        deed.__module__ = "new"
        setattr(module, deed.__name__, deed)
    assert [name for name, deed in deeds(module) if not hasattr(deed, "roles")] == ["forgotten"]


@pytest.mark.parametrize("role", Role)
def test_a_deed_is_forbidden_to_every_role_it_does_not_name(role: Role) -> None:
    done = []

    @allowed("manager", "administrator")
    def publish(sessions: Sessions, actor: Actor) -> None:
        done.append(actor.role)

    sessions = Sessions()
    actor = Actor(1, "Somebody", role, 1 if role == Role.MANUFACTURER else None)
    if role == Role.MANUFACTURER:
        with pytest.raises(Forbidden):
            publish(sessions, actor)
        assert done == []
    else:
        publish(sessions, actor)
        assert done == [role]


def test_a_role_that_does_not_exist_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="visitor"):
        allowed("visitor")


@pytest.mark.parametrize("model", [Campaign, User, Organisation], ids=lambda model: model.__name__)
def test_a_row_of_another_organisation_is_not_found(sessions: Sessions, model: type[Any]) -> None:
    with writing(sessions) as session:
        ours, theirs = rows.an_organisation(session), rows.an_organisation(session)
        for organisation in (ours, theirs):
            user = rows.a_user(session, role=Role.MANUFACTURER, organisation=organisation)
            rows.a_campaign(session, organisation=organisation, created_by=user)
    us = Actor(1, "Us", Role.MANUFACTURER, ours.id)
    with sessions.begin() as session:
        own_row, other_row = (
            session.scalars(select(model).where(model.belongs_to(organisation.id))).one()
            for organisation in (ours, theirs)
        )
        assert own(session, us, model, own_row.id) is own_row
        with pytest.raises(NotFound):
            own(session, us, model, other_row.id)
        with pytest.raises(NotFound):
            own(session, us, model, other_row.id + 100)
        assert own(session, SYSTEM, model, other_row.id) is other_row


def test_a_manufacturer_gets_nothing_of_a_table_that_knows_no_owner(sessions: Sessions) -> None:
    with sessions.begin() as session, pytest.raises(AttributeError):
        own(session, Actor(1, "Us", Role.MANUFACTURER, 1), Plan, 1)


def test_an_actor_is_the_user_signed_in(sessions: Sessions) -> None:
    with writing(sessions) as session:
        user = rows.a_user(session, role=Role.MANAGER)
    assert Actor.of(user) == Actor(user.id, user.name, Role.MANAGER, None)


def test_a_refusal_says_its_sentence_with_its_values() -> None:
    refused = Refused("Road %(road)s is closed.", field="road", road="R28")
    assert str(refused) == "Road R28 is closed."
    assert (refused.sentence, refused.values, refused.field) == ("Road %(road)s is closed.", {"road": "R28"}, "road")
    assert str(Refused("100% is taken.")) == "100% is taken."


def deeds(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The module's own public functions that take sessions or an actor."""
    for name, function in inspect.getmembers(module, inspect.isfunction):
        ours = function.__module__ == module.__name__ and not name.startswith("_")
        if ours and {"sessions", "actor"} & set(inspect.signature(function).parameters):
            yield name, function
