"""Everything that is set from outside, read once at the start of a process. The table is in docs/settings.md."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this installation runs.

    database: SQLAlchemy's URL.   queue: sqlite:///file or redis://host.   smtp: smtp://[name:password@]host[:port].
    url: where people reach it, without a slash at the end; links in mails begin with it.
    dask: tcp://host:port of a Dask scheduler whose workers plan, None to plan on this machine.
    """

    instance: Path
    database: str
    queue: str
    secret_key: str
    smtp: str | None = None
    mail_from: str = "schedtest@localhost"
    url: str = "http://127.0.0.1:8000"
    dask: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read SCHEDTEST_*; makes the instance folder, and the secret key in it where none is given."""

        def given(name: str, default: str = "") -> str:
            return environment.get(f"SCHEDTEST_{name}", "").strip() or default

        instance = Path(given("INSTANCE", "instance")).resolve()
        instance.mkdir(parents=True, exist_ok=True)
        return cls(
            instance=instance,
            database=given("DATABASE", f"sqlite:///{instance / 'schedtest.db'}"),
            queue=given("QUEUE", f"sqlite:///{instance / 'queue.db'}"),
            secret_key=given("SECRET_KEY") or _kept_secret(instance / "secret_key"),
            smtp=given("SMTP") or None,
            mail_from=given("MAIL_FROM", "schedtest@localhost"),
            url=given("URL", "http://127.0.0.1:8000").rstrip("/"),
            dask=dask_address(environment),
        )


def dask_address(environment: Mapping[str, str] = os.environ) -> str | None:
    return environment.get("SCHEDTEST_DASK", "").strip() or None


def _kept_secret(path: Path) -> str:
    """The same secret at every start, or everybody would be signed out by a restart."""
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    return path.read_text().strip()
