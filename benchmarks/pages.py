"""How long every page takes to answer at the demo's size, and how often it asks the database.

python benchmarks/pages.py [DATABASE]      the demo's file, instance/demo.db unless given
"""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from flask import Flask
from sqlalchemy import event, func, select
from werkzeug.routing import Rule

from schedtest.booking.demo import accounts_to_try
from schedtest.booking.demo_data import PASSWORD
from schedtest.models import Campaign, Plan, Run, TestArticle, TestRequest, User
from schedtest.settings import Settings
from schedtest.web.app import create_app
from schedtest.web.serve import set_apart

TIMES = 20
LAST = {
    "campaign_id": Campaign.id,
    "request_id": TestRequest.id,
    "article_id": TestArticle.id,
    "run_id": Run.id,
    "plan_id": Plan.id,
}


def main() -> None:
    database = Path(sys.argv[1] if len(sys.argv) > 1 else "instance/demo.db").resolve()
    settings = Settings(
        instance=database.parent,
        database=f"sqlite:///{database}",
        queue=f"sqlite:///{database.with_name('demo-queue.db')}",
        secret_key="a benchmark's own",  # noqa: S106
    )
    app = create_app(settings, clock=lambda: datetime.now(UTC))
    app.config["WTF_CSRF_ENABLED"] = False
    set_apart()
    asked = [0]
    engine = app.extensions["sessions"].kw["bind"]
    event.listen(engine, "before_cursor_execute", lambda *_: asked.__setitem__(0, asked[0] + 1))
    print(f"{'role':14} {'page':42} {'status':>6} {'p50 ms':>7} {'p95 ms':>7} {'queries':>7}")
    for role, email in accounts_to_try():
        client = app.test_client()
        client.post("/sign-in", data={"email": email, "password": PASSWORD})
        for page in _pages(app, email):
            durations = []
            for _ in range(TIMES):
                asked[0] = 0
                started = time.perf_counter()
                response = client.get(page)
                response.get_data()
                durations.append(1000 * (time.perf_counter() - started))
            if response.status_code in (403, 404):
                continue
            p95 = quantiles(durations, n=20)[-1]
            print(f"{role:14} {page:42} {response.status_code:6} {median(durations):7.1f} {p95:7.1f} {asked[0]:7}")


def _pages(app: Flask, email: str) -> Iterator[str]:
    """Every page without arguments, and with them that of the campaign with most tests, or of the last row."""
    with app.extensions["sessions"].begin() as session:
        user = session.scalars(select(User).where(User.email == email)).one()
        largest = (
            select(TestRequest.campaign_id).group_by(TestRequest.campaign_id).order_by(func.count().desc()).limit(1)
        )
        if user.organisation_id:
            largest = largest.join(Campaign).where(Campaign.organisation_id == user.organisation_id)
        campaign_id = session.scalars(largest).one()
        known: dict[str, object] = {"campaign_id": campaign_id, "table": "devices"}
        for name, number in LAST.items():
            rows = select(func.max(number))
            if name == "request_id":
                rows = rows.where(TestRequest.campaign_id == campaign_id)
            if name == "article_id":
                rows = rows.where(TestArticle.campaign_id == campaign_id)
            known.setdefault(name, session.scalar(rows))
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if "GET" in (rule.methods or ()) and rule.arguments - set(rule.defaults or ()) <= set(known):
            yield _built(app, rule, known)


def _built(app: Flask, rule: Rule, known: dict[str, object]) -> str:
    adapter = app.url_map.bind("localhost")
    return adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments if name in known})


if __name__ == "__main__":
    main()
