"""Addresses of the built CSS, JavaScript, fonts and icons; the build names each file after its content."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path

from flask import url_for
from markupsafe import Markup

MANIFEST = Path(str(files("schedtest.web"))) / "static" / "built" / "manifest.json"


class NotBuilt(RuntimeError):
    """The pages' assets are missing; `make install` builds them."""


def manifest() -> dict[str, str]:
    """{name in assets/: name in static/built/}; read again after a build."""
    try:
        return _read(MANIFEST.stat().st_mtime_ns)
    except FileNotFoundError as missing:
        raise NotBuilt("The pages' CSS and JavaScript are not built yet: run `make install`.") from missing


@cache
def _read(_built_at: int) -> dict[str, str]:
    found: dict[str, str] = json.loads(MANIFEST.read_text())
    return found


def asset(name: str) -> str:
    return url_for("static", filename=f"built/{manifest()[name]}")


def icon(name: str, label: str | None = None) -> Markup:
    """An icon from the sprite; without a label it only decorates the word beside it."""
    named = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon" {}><use href="{}#{}"></use></svg>').format(named, asset("icons.svg"), name)
