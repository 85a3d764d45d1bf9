"""Sentences that appear after a deed, with a way back for ten seconds."""

from typing import Any, Literal, TypedDict, cast

from flask import flash, get_flashed_messages, render_template
from werkzeug.wrappers import Response

from schedtest.web.kept import is_fragment

Kind = Literal["done", "note", "warning"]


class Undo(TypedDict):
    url: str
    fields: dict[str, str]


class Notice(TypedDict):
    sentence: str
    kind: Kind
    undo: Undo | None


def say(sentence: str, kind: Kind = "done", *, undo_url: str | None = None, **undo_fields: object) -> None:
    """Show the sentence on the next page, or beside the part of one that is being answered.

    undo_url: where the Undo button posts to, with undo_fields.
    """
    undo: Undo | None = None
    if undo_url is not None:
        undo = {"url": undo_url, "fields": {name: str(value) for name, value in undo_fields.items()}}
    notice: Notice = {"sentence": str(sentence), "kind": kind, "undo": undo}
    flash(cast(str, notice))


def notices() -> list[Notice]:
    return cast(list[Notice], get_flashed_messages())


def add_to_fragment(response: Response) -> Response:
    """htmx replaces a part of the page only, so what is to be said travels with it."""
    if is_fragment() and response.status_code == 200 and response.mimetype == "text/html":
        waiting: list[Any] = notices()
        if waiting:
            response.set_data(response.get_data(as_text=True) + render_template("toasts.html", notices=waiting))
    return response
