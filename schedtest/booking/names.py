"""What people call the things that the core knows by ids: its sentences and lists, in words."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from schedtest.booking.ways import crew_id
from schedtest.models.campaign import Campaign, TestArticle
from schedtest.models.crew import Crew, CrewKind
from schedtest.models.device import DeviceType
from schedtest.models.organisation import Organisation
from schedtest.models.plan import Part
from schedtest.models.procedure import Procedure
from schedtest.models.request import TestRequest
from schedtest.models.route import Permit, Route
from schedtest.models.segment import Segment
from schedtest.models.site import Site
from schedtest.models.state import StateResource
from schedtest.models.zone import Zone

CATALOGUE = (Segment, Route, Site, DeviceType, StateResource)
NUMBERED = re.compile(r"\b(request|article|campaign|organisation) (\d+)(?: (preparation|test)\b)?")
ONCE = 500
"""Ids asked for in one query."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class TestName:
    """What a requested test is called, whole or in part."""

    __test__ = False  # a name like a test's is no test to pytest

    procedure: str
    article: str
    campaign: str
    organisation: str

    def __str__(self) -> str:
        return f"{self.procedure} · {self.article} ({self.organisation})"


def batched(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """In parts that are small enough for one query."""
    for first in range(0, len(items), ONCE):
        yield items[first : first + ONCE]


def test_names(session: Session, request_ids: Iterable[int]) -> dict[int, TestName]:
    """By request id. Whoever shows them to a manufacturer asks for that one's own requests only."""
    names = {}
    for some in batched(sorted(set(request_ids))):
        rows = session.execute(
            select(TestRequest.id, Procedure.code, Procedure.name, TestArticle.label, Campaign.name, Organisation.name)
            .join(TestRequest.procedure)
            .join(TestArticle, TestArticle.id == TestRequest.article_id)
            .join(Campaign, Campaign.id == TestRequest.campaign_id)
            .join(Campaign.organisation)
            .where(TestRequest.id.in_(some))
        )
        for request_id, code, name, article, campaign, organisation in rows:
            names[request_id] = TestName(f"{code} {name}", article, campaign, organisation)
    return names


class Names:
    """Names of everything that a few sentences of the core speak of."""

    def __init__(self, session: Session, texts: Iterable[str]) -> None:
        found = [match for text in texts for match in NUMBERED.finditer(text)]
        numbers: dict[str, set[int]] = {}
        for match in found:
            numbers.setdefault(match[1], set()).add(int(match[2]))
        self._tests = test_names(session, numbers.get("request", ()))
        named = [
            select(literal(kind), model.id, column).where(model.id.in_(numbers[kind]))
            for kind, model, column in (
                ("article", TestArticle, TestArticle.label),
                ("campaign", Campaign, Campaign.name),
                ("organisation", Organisation, Organisation.name),
            )
            if kind in numbers
        ]
        self._numbered: dict[tuple[str, int], str] = {
            (kind, number): name for kind, number, name in (session.execute(union_all(*named)) if named else ())
        }
        self._things = things_by_id(session)
        codes = sorted(self._things, key=len, reverse=True)
        self._code = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, codes)) + r")(?![\w-])") if codes else None

    def of(self, thing: str) -> str:
        """The name of one id: 'VDA-01' is 'VDA-01 Dynamics area', 'driver P4' is 'Drivers, handling'."""
        match = NUMBERED.fullmatch(thing)
        return self._called(match) if match else self._things.get(thing, thing)

    def say(self, text: str) -> str:
        """The sentence with a name in place of each id."""
        text = NUMBERED.sub(self._called, text)
        return self._code.sub(lambda match: self._things[match[0]], text) if self._code else text

    def _called(self, match: re.Match[str]) -> str:
        kind, number = match[1], int(match[2])
        if kind != "request":
            return self._numbered.get((kind, number), match[0])
        if number not in self._tests:
            return match[0]
        test = str(self._tests[number])
        return f"the preparation of {test}" if match[3] == Part.PREPARATION else test


def things_by_id(session: Session) -> Mapping[str, str]:
    """Code and name of all that the catalogue has, by the core's id of it."""
    places = [select(literal(""), model.code, model.name) for model in CATALOGUE]
    zones = select(literal("zone "), Zone.code, Zone.name)
    names = {
        f"{before}{code}": name if before else f"{code} {name}"
        for before, code, name in session.execute(union_all(*places, zones))
    }
    for kind, permit in session.execute(select(Crew.kind, Crew.permit).distinct()):
        names[crew_id(kind, permit)] = crew_name(kind, permit)
    return names


def crew_name(kind: CrewKind, permit: Permit | None) -> str:
    return f"{kind}s, permit {permit}" if permit else f"{kind}s"
