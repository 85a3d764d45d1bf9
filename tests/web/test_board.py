"""The board in Chromium with 10,000 bookings; a breach of the policy or an error in the console fails."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import check_accessible
from tests.web.board_page import board_data, serve_board

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def board_address() -> Iterator[str]:
    with serve_board() as address:
        yield address


@pytest.fixture
def address(board_address: str) -> str:
    return board_address


def open_board(page: Page, query: str = "") -> Locator:
    page.goto(f"/{query}")
    expect(page.locator(".board-range")).not_to_be_empty()
    return page.locator(".board-scroller")


def colours_drawn(page: Page) -> int:
    """How many different colours the canvas shows; an empty one has a handful."""
    return int(
        page.evaluate(
            "(() => { const canvas = document.querySelector('.board-canvas');"
            "const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);"
            "return new Set(new Uint32Array(data.buffer)).size; })()"
        )
    )


def chosen(page: Page) -> Locator:
    return page.locator(".board-chosen")


def said(page: Page) -> str:
    return page.locator(".board-live").inner_text()


def scrolled(board: Locator) -> float:
    return float(board.evaluate("(scroller) => scroller.scrollLeft"))


def width_of_time(page: Page) -> float:
    return float(page.locator(".board-space").evaluate("(space) => space.offsetWidth"))


def test_the_board_shows_rows_bars_and_what_is_not_placed(page: Page) -> None:
    open_board(page, "?zoom=day&at=2026-07-14")
    expect(page.locator(".board-row").first).to_contain_text("R01")
    expect(page.locator(".board-bar").first).to_be_visible()
    expect(page.locator(".board-unplaced")).to_contain_text("Not placed (12)")
    assert colours_drawn(page) > 20


def test_only_rows_in_view_are_elements_however_many_there_are(page: Page) -> None:
    board = open_board(page, "?rows=device")
    assert page.locator(".board-row").count() < 40
    board.evaluate("(scroller) => { scroller.scrollTop = scroller.scrollHeight; }")
    expect(page.locator(".board-row").last).to_contain_text("D3000")
    assert page.locator(".board-row").count() < 40


def test_the_zooms_show_13_weeks_a_week_and_a_day(page: Page) -> None:
    open_board(page)
    widths = []
    for name in ("13 weeks", "Week", "Day"):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("button", name=name, exact=True)).to_have_attribute("aria-pressed", "true")
        widths.append(width_of_time(page))
    assert all(wider > 5 * narrower for narrower, wider in pairwise(widths))


def test_a_board_of_13_weeks_has_no_words_on_its_bars(page: Page) -> None:
    open_board(page, "?zoom=quarter")
    assert page.locator(".board-bar").count() == 0
    assert colours_drawn(page) > 20


def test_the_keyboard_moves_between_bookings_chooses_and_clears(page: Page) -> None:
    board = open_board(page, "?at=2026-07-14")
    board.focus()
    page.keyboard.press("ArrowRight")
    first = said(page)
    page.keyboard.press("ArrowRight")
    second = said(page)
    assert first
    assert second != first
    page.keyboard.press("ArrowDown")
    assert "R02" in said(page)
    page.keyboard.press("Enter")
    expect(chosen(page)).to_contain_text("R02")
    page.keyboard.press("Escape")
    expect(chosen(page)).to_contain_text("Choose a booking")


def test_plus_and_minus_zoom_around_the_booking_under_the_cursor(page: Page) -> None:
    board = open_board(page, "?at=2026-07-20")
    board.focus()
    page.keyboard.press("ArrowRight")
    before = width_of_time(page)
    page.keyboard.press("+")
    assert width_of_time(page) == pytest.approx(before * 1.5, rel=0.1)
    page.keyboard.press("-")
    assert width_of_time(page) == pytest.approx(before, rel=0.01)


def test_a_click_chooses_the_booking_under_it(page: Page) -> None:
    open_board(page, "?zoom=day&at=2026-07-16")
    bar = page.locator(".board-bar:has(.board-code)").first
    label = bar.locator(".board-code").inner_text()
    box = bar.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 6, box["y"] + box["height"] / 2)
    expect(chosen(page).locator(".board-title")).to_contain_text(label)


def test_the_server_says_more_of_a_chosen_booking(page: Page) -> None:
    open_board(page, "?booking=4711")
    expect(chosen(page)).to_contain_text("All there is to know of 4711")


def test_find_counts_dims_the_others_and_goes_from_one_to_the_next(page: Page) -> None:
    open_board(page, "?zoom=day&at=2026-07-14")
    find = page.get_by_role("searchbox")
    find.fill("SAIPA T61")
    wanted = [b for b in board_data()["bookings"] if b["organisation"] == "SAIPA" and b["campaign"] == "Tara T61"]
    expect(page.locator(".board-count")).to_have_text(str(len(wanted)))
    find.press("Enter")
    expect(chosen(page)).to_contain_text("Tara T61")
    expect(page.locator(".board-count")).to_have_text(f"1 / {len(wanted)}")
    expect(page.locator(".board-bar.is-dimmed").first).to_be_attached()
    find.press("Escape")
    expect(page.locator(".board-bar.is-dimmed")).to_have_count(0)


def test_other_rows_come_at_the_same_place_in_time(page: Page) -> None:
    open_board(page, "?zoom=week&at=2026-08-10")
    before = page.locator(".board-range").inner_text()
    page.get_by_role("button", name="Campaigns").click()
    expect(page.locator(".board-row").first).to_contain_text("C01")
    expect(page.locator(".board-range")).to_have_text(before)


def test_what_is_looked_at_stands_in_the_address(page: Page) -> None:
    board = open_board(page, "?rows=campaign&zoom=day&at=2026-08-10")
    page.get_by_role("button", name="Week", exact=True).click()
    board.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"rows=campaign&zoom=week&at=2026-08-\d\d&booking=\d+"))
    title = chosen(page).locator(".board-title").inner_text()
    page.reload()
    expect(chosen(page).locator(".board-title")).to_have_text(title)


def test_dragging_moves_the_board_and_chooses_nothing(page: Page) -> None:
    board = open_board(page, "?at=2026-08-10")
    before = scrolled(board)
    box = board.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 700, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 500, box["y"] + 200, steps=5)
    page.mouse.up()
    assert scrolled(board) == pytest.approx(before + 200, abs=2)
    expect(chosen(page)).to_contain_text("Choose a booking")


def test_the_wheel_with_control_zooms_and_leaves_the_time_under_the_pointer(page: Page) -> None:
    board = open_board(page, "?at=2026-08-10")
    before = width_of_time(page)
    box = board.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 400, box["y"] + 200)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    expect(page.get_by_role("button", name="Week", exact=True)).to_have_attribute("aria-pressed", "false")
    assert width_of_time(page) > before * 1.5


def test_two_fingers_zoom(page: Page) -> None:
    board = open_board(page, "?at=2026-08-10")
    before = width_of_time(page)
    box = board.bounding_box()
    assert box is not None
    touches = page.context.new_cdp_session(page)
    middle, y = box["x"] + 500, box["y"] + 200

    def touch(kind: str, apart: float) -> None:
        points = [{"x": middle - apart, "y": y, "id": 0}, {"x": middle + apart, "y": y, "id": 1}]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if kind != "touchEnd" else []})

    touch("touchStart", 40)
    for apart in (50, 60, 70, 80):
        touch("touchMove", apart)
    touch("touchEnd", 80)
    assert width_of_time(page) > before * 1.6


def test_right_to_left_time_runs_to_the_left(page: Page) -> None:
    board = open_board(page, "?language=fa&direction=rtl&zoom=day&at=2026-08-10")
    assert scrolled(board) < 0
    before = scrolled(board)
    page.get_by_role("button", name="Later").click()
    assert scrolled(board) < before
    names, canvas = page.locator(".board-names").bounding_box(), page.locator(".board-canvas").bounding_box()
    assert names is not None
    assert canvas is not None
    assert names["x"] >= canvas["x"] + canvas["width"] - 1
    assert page.locator(".board-row bdi").first.get_attribute("dir") == "ltr"
    bar = page.locator(".board-bar:has(.board-code)").first.bounding_box()
    assert bar is not None
    page.mouse.click(bar["x"] + bar["width"] - 6, bar["y"] + bar["height"] / 2)
    expect(chosen(page)).to_contain_text(page.locator(".board-bar .board-code").first.inner_text())


def test_dates_are_those_of_the_facility_wherever_the_reader_is(page: Page) -> None:
    page.context.new_cdp_session(page).send("Emulation.setTimezoneOverride", {"timezoneId": "America/New_York"})
    board = open_board(page, "?zoom=day&at=2026-08-10")
    board.focus()
    page.keyboard.press("ArrowRight")
    assert "10 Aug 2026" in said(page)


def test_light_and_dark_are_drawn_in_their_own_colours(page: Page) -> None:
    open_board(page)
    corner = (
        "[...document.querySelector('.board-canvas').getContext('2d').getImageData(3, 3, 1, 1).data].slice(0, 3).join()"
    )
    light = page.evaluate(corner)
    page.emulate_media(color_scheme="dark")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert light == "255,255,255"
    assert page.evaluate(corner) != light


def test_a_plan_that_cannot_be_loaded_says_so_and_can_be_asked_for_again(page: Page) -> None:
    page.route("**/board.json*", lambda route: route.fulfill(status=404), times=1)
    page.goto("/")
    expect(page.get_by_text("The plan could not be loaded.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".board-row").first).to_be_visible()


def test_the_board_is_accessible_and_fits_a_phone(page: Page) -> None:
    open_board(page)
    check_accessible(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
