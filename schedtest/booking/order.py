"""Which test of a campaign waits for which: what its people ask, the usual order, and destructive tests last."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, permutations

from schedtest.models.request import Dependency, TestRequest


@dataclass(frozen=True, slots=True)
class Link:
    """start(after) − end(before) lies between the lags, in minutes; without a largest one it may be any."""

    before: TestRequest
    after: TestRequest
    min_lag_min: int = 0
    max_lag_min: int | None = None


UsualOrder = Collection[tuple[int, int]]
"""Pairs of procedures (id before, id after)."""


def links_of(
    usual_order: UsualOrder, requests: Sequence[TestRequest], dependencies: Iterable[Dependency]
) -> list[Link]:
    """Links between the requests, never in a circle: what was asked comes before what is usual."""
    by_id = {request.id: request for request in requests}
    links = [
        Link(by_id[wish.before_id], by_id[wish.after_id], wish.min_lag_min, wish.max_lag_min)
        for wish in dependencies
        if wish.before_id in by_id and wish.after_id in by_id
    ]
    followers: dict[int, list[int]] = defaultdict(list)
    for link in links:
        followers[link.before.id].append(link.after.id)
    for before, after in _customary(usual_order, requests):
        if not _leads_to(followers, after.id, before.id):
            followers[before.id].append(after.id)
            links.append(Link(before, after))
    return links


def _customary(usual_order: UsualOrder, requests: Sequence[TestRequest]) -> list[tuple[TestRequest, TestRequest]]:
    usual, destructive = [], []
    by_article = sorted(requests, key=lambda request: (request.article.id, request.id))
    for _, group in groupby(by_article, key=lambda request: request.article.id):
        for before, after in permutations(group, 2):
            if (before.procedure_id, after.procedure_id) in usual_order:
                usual.append((before, after))
            elif after.procedure.destructive and not before.procedure.destructive:
                destructive.append((before, after))
    return usual + destructive


def _leads_to(followers: dict[int, list[int]], start: int, goal: int) -> bool:
    reached, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        for following in followers.get(here, ()):
            if following not in reached:
                reached.add(following)
                waiting.append(following)
    return False
