"""What the pages' sources must not hold, for the content security policy and for right-to-left readers."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHEETS = sorted((ROOT / "assets").rglob("*.css"))
SCRIPTS = sorted(path for path in (ROOT / "assets").rglob("*.js"))

FORBIDDEN = {
    "a script with content": r"<script(?![^>]*\bsrc=)",
    "a style element": r"<style",
    "an inline style": r"\sstyle=",
    "an inline handler": r"\son[a-z]+=",
    "htmx code": r"\shx-on|hx-[a-z]+=[\"'](?:js|javascript):",
    "an htmx trigger filter": r"hx-trigger=[\"'][^\"']*\[",
    "another origin": r"(?:src|href|action)=[\"'](?:https?:)?//",
    "a form that changes without form_keys()": r"<form[^>]*method=\"post\"[^>]*>(?!\s*\{\{ form_keys\(\) \}\})",
}
PHYSICAL = re.compile(
    r"(?<![\w-])(?:margin|padding|border)-(?:left|right)|(?<![\w-])(?:left|right)\s*:|"
    r"text-align:\s*(?:left|right)|float:\s*(?:left|right)"
)


def found(pattern: str | re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {match.group().strip()}"
        for path in paths
        for match in re.finditer(pattern, path.read_text())
    ]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what: str) -> None:
    assert TEMPLATES
    assert found(FORBIDDEN[what], TEMPLATES) == []


def test_style_sheets_know_start_and_end_only() -> None:
    assert SHEETS
    assert found(PHYSICAL, SHEETS) == []


def test_scripts_evaluate_nothing() -> None:
    assert SCRIPTS
    assert found(r"\beval\(|new Function|innerHTML\s*=|insertAdjacentHTML", SCRIPTS) == []


@pytest.mark.parametrize(
    ("what", "example"),
    [
        ("a script with content", "<script>go()</script>"),
        ("an inline style", '<p style="color: red">'),
        ("an inline handler", '<p onclick="go()">'),
        ("an htmx trigger filter", "<p hx-trigger=\"keyup[key=='Enter']\">"),
        ("another origin", '<img src="//example.com/a.png">'),
        ("a form that changes without form_keys()", '<form method="post"><button>'),
    ],
)
def test_the_watch_sees(what: str, example: str) -> None:
    assert re.search(FORBIDDEN[what], example)
