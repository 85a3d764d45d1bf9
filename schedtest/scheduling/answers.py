"""Offers and explanations as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .explain import Explanation
from .files import assignment_fields
from .json_text import json_list, write_whole
from .recommend import Offer


def write_offers(path: Path, offers: Iterable[Offer]) -> None:
    """Whole or not at all. Raises Faulty where there is no place to write."""
    write_whole(
        path,
        json_list(
            {
                "aim": offer.aim,
                "finish": offer.finish,
                "stay": offer.stay,
                "cost": offer.cost,
                "late": offer.late,
                "left_out": offer.left_out,
                "assignments": [assignment_fields(assignment) for assignment in offer.assignments],
            }
            for offer in offers
        ),
    )


def write_explanations(path: Path, explanations: Iterable[Explanation]) -> None:
    """Whole or not at all; every way was verified by putting the task in. Raises Faulty where there is no place."""
    write_whole(
        path,
        json_list(
            {
                "task": explanation.task,
                "reasons": [
                    {"kind": cause.kind, "id": cause.id, "from": cause.start, "to": cause.end, "text": cause.text}
                    for cause in explanation.causes
                ],
                "ways": [
                    {
                        "change": way.change,
                        "text": way.text,
                        "verified": True,
                        "assignments": [assignment_fields(assignment) for assignment in way.assignments],
                    }
                    for way in explanation.ways
                ],
            }
            for explanation in explanations
        ),
    )
