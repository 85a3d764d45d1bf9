"""`schedtest demo`: the demo institute with pages and worker, until told to stop. Its data are files of their own."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from schedtest.booking import demo
from schedtest.booking.demo_data import PASSWORD
from schedtest.models.database import open_sessions, upgrade
from schedtest.running import run_together
from schedtest.settings import Settings

BEGINS_AT = "05:40+00:00"  # as in the middle of a morning at the institute, when only the day is given


def run_demo(settings: Settings, *, host: str, port: int, reset: bool, today: date | None) -> int:
    """Make the demo if it is not there (or is to start over), then serve it. Returns the exit code."""
    folder = settings.instance
    database, queue = folder / "demo.db", folder / "demo-queue.db"
    if reset:
        for file in _files_of(database, queue):
            file.unlink()
    if not database.exists():
        print("Making the demo institute, which takes about a minute …", flush=True)
        now = datetime.now(UTC) if today is None else datetime.fromisoformat(f"{today}T{BEGINS_AT}")
        _make(database, now)
    address = f"http://{host}:{port}"
    settings = replace(settings, database=f"sqlite:///{database}", queue=f"sqlite:///{queue}", url=address)
    os.environ.update(SCHEDTEST_DATABASE=settings.database, SCHEDTEST_QUEUE=settings.queue, SCHEDTEST_URL=settings.url)
    print(f"The demo is at {address}. The password of every account is {PASSWORD}", flush=True)
    for role, email in demo.accounts_to_try():
        print(f"  {role:14} {email}", flush=True)
    return run_together({"pages": _command("serve", "--host", host, "--port", str(port)), "worker": _command("work")})


def _make(database: Path, now: datetime) -> None:
    """Whole or not at all: a demo that broke off half-way is made anew."""
    unfinished = database.with_name("demo-unfinished.db")
    for file in _files_of(unfinished):
        file.unlink()
    url = f"sqlite:///{unfinished}"
    upgrade(url)
    sessions = open_sessions(url)
    demo.make(sessions, now)
    sessions.kw["bind"].dispose()
    unfinished.rename(database)


def _files_of(*databases: Path) -> Iterator[Path]:
    """A database of SQLite and what lies beside it while it is open, as far as they exist."""
    for database in databases:
        for ending in ("", "-wal", "-shm"):
            file = database.with_name(database.name + ending)
            if file.exists():
                yield file


def _command(*words: str) -> list[str]:
    return [sys.executable, "-c", "import sys; from schedtest.cli import main; sys.exit(main())", *words]
