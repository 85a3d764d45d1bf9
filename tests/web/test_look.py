import pytest
from playwright.sync_api import Page

from tests.browser import check_accessible, screenshot, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_the_account_pages_look_right(page: Page) -> None:
    page.goto("/sign-in")
    screenshot(page, "sign-in")
    check_accessible(page)
    page.get_by_role("button", name="Sign in").click()
    screenshot(page, "sign-in-faults")
    check_accessible(page)
    sign_in(page, "manufacturer")
    page.goto("/settings")
    screenshot(page, "settings")
    page.locator(".topbar .menu summary").click()
    screenshot(page, "settings-menu")
    check_accessible(page)
    page.goto("/nowhere")
    screenshot(page, "trouble")
    check_accessible(page)
