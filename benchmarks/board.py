"""Loads and moves the board in Chromium and prints how long frames take: `python -m benchmarks.board`.

10,000 bookings on 40 rows (a week and 13 weeks in view) and on 3000 rows. Frame times are between animation
frames while panning and zooming at every frame; 17 ms is a screen's own pace. On a busy machine only ratios tell.
"""

import shutil

from playwright.sync_api import Page, expect, sync_playwright

from tests.web.board_page import serve_board

CASES = {
    "40 rows, week": "?rows=route&zoom=week",
    "40 rows, 13 weeks": "?rows=route&zoom=quarter",
    "3000 rows, week": "?rows=device&zoom=week",
}
FRAMES = """
(move) => new Promise((done) => {
  const scroller = document.querySelector('.board-scroller');
  const canvas = document.querySelector('.board-canvas').getBoundingClientRect();
  const moves = {
    pan: (i) => scroller.scrollBy(Math.sin(i / 20) * 40, Math.cos(i / 25) * 12),
    zoom: (i) => scroller.dispatchEvent(new WheelEvent('wheel', {
      ctrlKey: true, cancelable: true, deltaY: Math.sin(i / 15) * 25, clientX: canvas.left + canvas.width / 2 })),
  };
  const times = [];
  let last = performance.now();
  const frame = (now) => {
    times.push(now - last);
    last = now;
    moves[move](times.length);
    if (times.length < 180) requestAnimationFrame(frame);
    else done(times.slice(5).sort((a, b) => a - b));
  };
  requestAnimationFrame(frame);
})
"""


FIRST_ROW = """
new MutationObserver((_, observer) => {
  if (!document.querySelector('.board-row')) return;
  observer.disconnect();
  requestAnimationFrame(() => performance.mark('drawn'));
}).observe(document, {childList: true, subtree: true});
"""


def load(page: Page, address: str) -> float:
    """Milliseconds from the last byte of the data to the frame after the first drawn rows."""
    page.add_init_script(FIRST_ROW)
    page.goto(address)
    expect(page.locator(".board-range")).not_to_be_empty()
    drawn, answered = page.evaluate(
        "[performance.getEntriesByName('drawn')[0].startTime, "
        "performance.getEntriesByType('resource').find((entry) => entry.name.includes('board.json')).responseEnd]"
    )
    return float(drawn - answered)


def main() -> None:
    with serve_board() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--disable-background-networking"], chromium_sandbox=False
        )
        print(f"{'':20}{'load ms':>9}{'pan p50/p95':>14}{'zoom p50/p95':>14}")
        for name, query in CASES.items():
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            loaded = load(page, f"{address}/{query}")
            page.wait_for_timeout(500)
            moves = []
            for move in ("pan", "zoom"):
                times = page.evaluate(FRAMES, move)
                moves.append(f"{times[len(times) // 2]:.0f}/{times[len(times) * 95 // 100]:.0f}")
            print(f"{name:20}{loaded:9.0f}{moves[0]:>14}{moves[1]:>14}")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
