"""A board on a page of its own under the strict policy, with generated bookings, served from its sources."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader

ROOT = Path(__file__).parent.parent.parent
POLICY = "default-src 'self'; img-src 'self' data:"
HTMX = '{"includeIndicatorStyles": false, "allowEval": false, "allowScriptTags": false, "selfRequestsOnly": true}'
DAYS = 91
FIRMS = [
    "Iran Khodro",
    "SAIPA",
    "Bahman",
    "Kerman Motor",
    "Zamyad",
    "Crouse",
    "Pars Khodro",
    "Mazda Yadak",
    "Amico",
    "Diar",
]
TESTS = [
    "ESC sine with dwell",
    "Brakes type 0",
    "Pass-by noise",
    "Durability",
    "Lane keeping",
    "Handling",
    "Fuel consumption",
    "Wet grip",
]
ROADS = [
    "High-speed ring lap",
    "Dry brake lane",
    "Wet brake lane",
    "Noise pad",
    "Handling course",
    "Steering pad",
    "Comfort road",
    "Hill 12 %",
]
VIEWS = [("route", "Routes"), ("campaign", "Campaigns"), ("device", "Devices")]


def board_data(rows: str = "route", bookings: int = 10_000, seed: int = 1) -> dict[str, Any]:
    """13 weeks from Monday 13 July 2026 in Moscow; `device` has 3000 rows, the others 40."""
    chance = random.Random(seed)
    count = 3000 if rows == "device" else 40
    data: dict[str, Any] = {
        "zone": "Europe/Moscow",
        "starts": "2026-07-13T00:00:00+03:00",
        "ends": "2026-10-12T00:00:00+03:00",
        "now": "2026-07-14T09:20:00+03:00",
        "rows": [_row(rows, number, count) for number in range(count)],
        "bookings": [],
        "closures": [{"row": None, "starts": 19 * 1440, "ends": 20 * 1440, "reason": "Holiday"}],
        "unplaced": [_unplaced(number) for number in range(12)],
    }
    free = [480] * count
    for number in range(bookings):
        row = chance.randrange(count)
        starts = free[row] + chance.choice([0, 0, 0, 30, 60, 120])
        ends = starts + chance.choice([60, 60, 120, 120, 180, 360])
        if ends % 1440 > 1140 or ends % 1440 < 480:
            starts = (starts // 1440 + 1) * 1440 + 480
            ends = starts + chance.choice([60, 120, 240])
        free[row] = ends if chance.random() < 0.8 or row > 5 else starts
        data["bookings"].append(_booking(number, data["rows"][row], starts % (DAYS * 1440), ends - starts, chance))
    for row in data["rows"]:
        row["load"] = (
            [[b["starts"], b["ends"], 1] for b in data["bookings"] if b["row"] == row["id"]] if count < 100 else []
        )
    for row in data["rows"][3::7]:
        data["closures"].append({"row": row["id"], "starts": 2 * 1440 + 480, "ends": 4 * 1440, "reason": "Resurfacing"})
    return data


def _row(rows: str, number: int, count: int) -> dict[str, Any]:
    letter = {"route": "R", "campaign": "C", "device": "D"}[rows]
    group = None if count > 100 else f"{ROADS[number // 8 * 2 % len(ROADS)]} zone"
    name = ROADS[number % len(ROADS)]
    return {
        "id": f"{letter}{number}",
        "code": f"{letter}{number + 1:02}",
        "name": name,
        "group": group,
        "capacity": 1,
        "load": [],
    }


def _booking(number: int, row: dict[str, Any], starts: int, length: int, chance: random.Random) -> dict[str, Any]:
    state = (
        "done"
        if starts + length < 1900
        else "under_way"
        if starts < 2000
        else chance.choice(["booked", "booked", "planned"])
    )
    interrupted = length >= 240 and chance.random() < 0.1
    return {
        "id": str(number),
        "row": row["id"],
        "starts": starts,
        "ends": starts + length,
        "pieces": [[starts, starts + 90], [starts + length - 60, starts + length]] if interrupted else None,
        "label": f"T{number % 60 + 1:02} {TESTS[number % len(TESTS)]}",
        "organisation": FIRMS[number % len(FIRMS)],
        "campaign": f"Tara T{number % 90}",
        "state": state,
        "kind": "preparation" if chance.random() < 0.15 else "test",
        "fixed": state == "under_way",
        "was": [starts + 1440, starts + 1440 + length] if state == "planned" and chance.random() < 0.3 else None,
        "href": f"/details/{number}",
    }


def _unplaced(number: int) -> dict[str, Any]:
    firm, test = FIRMS[number % len(FIRMS)], TESTS[number % len(TESTS)]
    reason = "The season of grip tests ends on 15 October; wanted by 1 November"
    return {
        "id": f"u{number}",
        "label": f"T{number + 1:02} {test}",
        "organisation": firm,
        "campaign": "Tara T36",
        "reason": reason,
        "href": "#",
    }


def _page(language: str, direction: str) -> str:
    environment = Environment(loader=FileSystemLoader(ROOT / "templates"), autoescape=True)
    environment.globals["_"] = str
    macros = environment.get_template("macros/board.html").make_module()
    board = macros.board("/board.json", VIEWS, "route")  # type: ignore[attr-defined]
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><meta charset="utf-8"><title>Plan</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        '<link rel="stylesheet" href="/page.css"><link rel="stylesheet" href="/assets/board/board.css">'
        f"<meta name='htmx-config' content='{HTMX}'>"
        '<script src="/node_modules/htmx.org/dist/htmx.min.js"></script>'
        f'<main><h1>Plan</h1>{board}</main><script type="module" src="/assets/board/main.js"></script></html>'
    )


def _style() -> str:
    """The tokens of the product's own sheet, without its packages."""
    sheet = (ROOT / "assets" / "app.css").read_text()
    tokens = sheet[sheet.index(":root {") : sheet.index("}", sheet.index(":root {")) + 1]
    body = "body { padding: 0.5rem; background: var(--paper); color: var(--ink); font-family: system-ui, sans-serif; }"
    return f"{tokens}\n{body}\nh1 {{ font-size: 1.25rem; }}"


class _Handler(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/":
            self._answer("text/html; charset=utf-8", _page(query.get("language", "en"), query.get("direction", "ltr")))
        elif url.path == "/page.css":
            self._answer("text/css", _style())
        elif url.path.startswith("/details/"):
            self._answer("text/html", f"<p>All there is to know of {url.path.removeprefix('/details/')}</p>")
        elif url.path == "/board.json":
            self._answer("application/json", json.dumps(board_data(query["rows"])))
        else:
            super().do_GET()

    def _answer(self, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *values: object) -> None:
        pass


@contextmanager
def serve_board() -> Iterator[str]:
    """The address of the page; `?language=fa&direction=rtl` turns it round."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(ROOT)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
