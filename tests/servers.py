"""Real servers for the tests: private instances on free ports, in directories of their own, gone afterwards."""

import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

PATIENCE_S = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server whose data outlives no test session, without its database's name."""
    binaries = _postgresql_binaries()
    owner = "postgres" if os.getuid() == 0 else None  # PostgreSQL does not run as root
    with _directory(owner) as directory:
        data = directory / "data"
        initdb: list[str | Path] = [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "schedtest",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ]
        subprocess.run(initdb, user=owner, cwd=directory, check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        settings = ["listen_addresses=127.0.0.1", "deadlock_timeout=50ms"]
        settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        server: list[str | Path] = [binaries / "postgres", "-D", data, "-p", str(port), "-k", directory]
        server += [word for setting in settings for word in ("-c", setting)]
        address = f"schedtest@127.0.0.1:{port}"
        with _running(server, directory, owner, lambda: psycopg.connect(f"postgresql://{address}/postgres").close()):
            yield f"postgresql+psycopg://{address}"


@contextmanager
def redis() -> Iterator[str]:
    """The URL of a Redis server that keeps nothing."""
    binary = shutil.which("redis-server")
    if binary is None:
        raise RuntimeError("the tests need Redis: apt-get install redis-server")
    with _directory(None) as directory:
        port = free_port()
        server: list[str | Path] = [
            binary,
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            directory,
        ]
        with _running(server, directory, None, lambda: socket.create_connection(("127.0.0.1", port)).close()):
            yield f"redis://127.0.0.1:{port}/0"


def _postgresql_binaries() -> Path:
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: float(Path(path).parts[4]))
    initdb = found[-1] if found else shutil.which("initdb")
    if initdb is None:
        raise RuntimeError("the tests need PostgreSQL: apt-get install postgresql")
    return Path(initdb).resolve().parent


@contextmanager
def _directory(owner: str | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="schedtest-", dir=_memory()) as name:
        if owner:
            shutil.chown(name, owner)
        yield Path(name)


def _memory() -> str | None:
    """A directory in memory, where there is room: a database is made there in a thirtieth of the time."""
    return "/dev/shm" if os.path.isdir("/dev/shm") and shutil.disk_usage("/dev/shm").free > 2**30 else None


@contextmanager
def _running(
    server: list[str | Path], directory: Path, owner: str | None, answers: Callable[[], None]
) -> Iterator[None]:
    """Start a server, wait until `answers` raises no more, and stop it at the end."""
    log = directory / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(server, user=owner, cwd=directory, stdout=output, stderr=output)
    try:
        _wait(process, answers, log)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)


def _wait(process: subprocess.Popen[bytes], answers: Callable[[], None], log: Path) -> None:
    for _ in range(PATIENCE_S * 50):
        try:
            return answers()
        except (OSError, psycopg.OperationalError):
            if process.poll() is not None:
                break
            time.sleep(0.02)
    raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text()}")
