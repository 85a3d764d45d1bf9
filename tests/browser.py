"""Chromium on the real server. A page that breaks the content security policy, or logs an error, fails its test."""

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from waitress.server import create_server

from tests.pages import PASSWORD, PEOPLE

SCREENSHOTS = Path(__file__).parent / "screenshots"
AXE = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {1440: 900, 390: 844}
RECORD_VIOLATIONS = """
addEventListener('securitypolicyviolation', (event) =>
    console.error('breaks the content security policy: ' + event.violatedDirective + ' ' + event.blockedURI));
"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise RuntimeError("the tests need Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=path, args=["--disable-background-networking"], chromium_sandbox=False
        )


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application, served on a free port."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"

    def stop() -> None:
        for channel in list(server.active_channels.values()):
            channel.handle_close()
        server.close()

    server.task_dispatcher.shutdown()  # a page that is still being made needs what is closed then
    server.trigger.pull_trigger(stop)  # in the thread that waits for these sockets
    thread.join(5)
    assert not thread.is_alive()


@pytest.fixture
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """Cookies of its own, at 1440 pixels; whatever goes wrong in any of its pages fails the test."""
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.add_init_script(RECORD_VIOLATIONS)
    wrong: list[str] = []
    context.on("console", lambda message: wrong.append(message.text) if _is_wrong(message) else None)
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.set_default_timeout(10_000)
    yield context
    context.close()
    assert wrong == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def sign_in(page: Page, who: str, password: str = PASSWORD) -> None:
    """Sign in as somebody of PEOPLE, through the page."""
    page.goto("/sign-in")
    page.get_by_label("Email").fill(PEOPLE[who][0])
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"^(?!.*/sign-in)"))


def screenshot(page: Page, name: str) -> None:
    """The page as it stands, light and dark, at both widths, into tests/screenshots/; nothing is cut off sideways."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.wait_for_load_state()  # a click ends when the next page begins, while it has nothing in it yet
    before = page.viewport_size
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width} pixels"
        whole = max(height, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": whole})  # so that what is fixed stands at the foot
        if page.locator(".board").count():
            page.wait_for_timeout(300)  # its words come back when it has been at rest for a moment
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", animations="disabled")
    page.emulate_media(color_scheme="light")
    if before is not None:
        page.set_viewport_size(before)


def check_accessible(page: Page) -> None:
    """axe-core finds nothing, in light and in dark."""
    page.wait_for_load_state()
    page.evaluate(AXE.read_text())
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate("Promise.allSettled(document.getAnimations().map((moving) => moving.finished))")
        result = page.evaluate("axe.run({resultTypes: ['violations']})")
        found = [
            f"{violation['id']}: {violation['help']}: {node['html'][:200]} {node['failureSummary']}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]
        assert found == [], f"in {scheme}:\n" + "\n".join(found)
    page.emulate_media(color_scheme="light")


def _is_wrong(message: ConsoleMessage) -> bool:
    """Chromium and htmx log each refused request too, and tests refuse some on purpose."""
    refused = ("the server responded with a status of 4", "Response Status Error Code 4")
    return message.type == "error" and not any(words in message.text for words in refused)
