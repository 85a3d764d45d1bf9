"""What a plan costs at the least, by campaigns alone and because they compete: where more is asked of something than
there is, its hours have prices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .arrays import Arrays
from .bounds import Least, least
from .market import MOST_SPANS, SCALE, best_answer, dearest, market_of
from .model.lookup import Lookup
from .stop import Stopwatch

MOST_COLUMNS, FEWEST_SPANS = 60_000, 10
"""Ways to place what competes, in as many spans as it has, above which spans are taken longer; and spans at which this
ends."""


class Bounds(NamedTuple):
    """What no plan goes below. campaigns: what each costs at the least. apart: what is proven of campaigns and tasks
    one by one, added up. total: of the problem, which prices may have raised."""

    campaigns: dict[str, int]
    apart: int
    total: int


def bounds_of(lookup: Lookup, arrays: Arrays, stopped: Callable[[], bool], seconds: float | None) -> Bounds:
    """seconds: for a look for prices after all that needs none; None for as long as it takes."""
    known, watch = least(lookup, stopped), Stopwatch()

    def enough() -> bool:
        return stopped() or (seconds is not None and watch.seconds() > seconds)

    return Bounds(known.campaigns, known.total, known.total if stopped() else price_bound(arrays, known, enough))


def price_bound(arrays: Arrays, known: Least, stopped: Callable[[], bool] = lambda: False) -> int:
    """No plan's total is below it."""
    from .prices import columns, crowded_rows, prices_of

    spans = MOST_SPANS
    while True:
        market = market_of(arrays, known, spans)
        rows = [] if market is None else crowded_rows(arrays.tables, market)
        if market is None or not rows:
            return known.total
        count = columns(market, rows)
        if spans <= FEWEST_SPANS or count <= MOST_COLUMNS:
            break
        spans = max(FEWEST_SPANS, spans * MOST_COLUMNS // count)
    market.price[:] = np.minimum(prices_of(arrays.tables, market, rows, stopped), dearest(market))
    return max(known.total, -(-int(best_answer(arrays.tables, market)) // SCALE))
