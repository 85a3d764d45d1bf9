"""The wheel is the whole application: built aside, installed in a clean environment, run from another folder."""

import os
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]

CHECKOUT = Path(__file__).parent.parent
PACKAGED = {"schedtest": "schedtest", "templates": "schedtest/templates", "migrations": "schedtest/migrations"}
SERVE = """
from pathlib import Path
import waitress
import schedtest
from schedtest.models.database import upgrade
from schedtest.settings import Settings
from schedtest.web.app import create_app

settings = Settings.from_environment()
upgrade(settings.database)
server = waitress.create_server(create_app(settings), host="127.0.0.1", port=0)
print(server.effective_port, Path(schedtest.__file__).parent, flush=True)
server.run()
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a build reads, with what an older build has left behind."""
    copy = tmp_path_factory.mktemp("checkout")
    for folder in PACKAGED:
        shutil.copytree(CHECKOUT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("setup.cfg", "pyproject.toml", "README.md"):
        shutil.copy(CHECKOUT / file, copy)
    stale = copy / "build/lib/schedtest/templates/stale.html"
    stale.parent.mkdir(parents=True)
    stale.touch()
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path) -> Path:
    run(sys.executable, "-m", "build", "--no-isolation", checkout)
    (wheel,) = (checkout / "dist").glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment's Python, where the wheel is installed and its dependencies are borrowed from this one."""
    environment = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin/python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    (site_packages,) = environment.glob("lib/*/site-packages")
    # A path in a .pth file is searched last, and its own .pth files are not read: the editable install stays out.
    (site_packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def run(*words: object) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def served(python: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """The address that the installed application answers at, run in the folder, and where it was loaded from."""
    environment = {**os.environ, "SCHEDTEST_INSTANCE": str(folder / "instance")}
    environment.pop("PYTHONPATH", None)
    with subprocess.Popen(
        [python, "-c", SERVE], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            port, _, place = server.stdout.readline().strip().partition(" ")
            yield f"http://127.0.0.1:{port}", Path(place)
        finally:
            server.terminate()


def test_the_wheel_holds_every_file_of_the_application(wheel: Path, checkout: Path) -> None:
    expected = {
        f"{package}/{path.relative_to(checkout / folder)}"
        for folder, package in PACKAGED.items()
        for path in (checkout / folder).rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == expected
    assert "schedtest/web/static/built/manifest.json" in held


def test_the_installed_wheel_serves_a_page_and_its_assets_from_another_folder(python: Path, tmp_path: Path) -> None:
    with served(python, tmp_path) as (address, place):
        assert place.is_relative_to(python.parent.parent)
        with urllib.request.urlopen(f"{address}/sign-in") as answer:
            page = answer.read().decode()
        sheet = page.split('.css"')[0].rpartition('"')[2] + ".css"
        with urllib.request.urlopen(address + sheet) as answer:
            assert answer.headers["Content-Type"].startswith("text/css")


def test_the_installed_command_tells_what_it_can_do(python: Path) -> None:
    assert "catalogue" in run(python.parent / "schedtest", "--help")
