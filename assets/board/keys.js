// The keyboard: arrows move between bookings, Enter chooses, Escape clears, + and - zoom, T is today, / finds.

/** @typedef {import("./board.js").Board} Board */

/** @param {Board} board */
export function listenToKeys(board) {
  board.scroller.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const later = board.view.rtl ? "ArrowLeft" : "ArrowRight";
    const earlier = board.view.rtl ? "ArrowRight" : "ArrowLeft";
    /** @type {Record<string, () => void>} */
    const deeds = {
      [later]: () => along(board, 1),
      [earlier]: () => along(board, -1),
      ArrowDown: () => across(board, 1),
      ArrowUp: () => across(board, -1),
      Home: () => along(board, -Infinity),
      End: () => along(board, Infinity),
      Enter: () => board.choose(board.cursor),
      Escape: () => board.clear(),
      "+": () => board.zoomBy(1.5),
      "=": () => board.zoomBy(1.5),
      "-": () => board.zoomBy(1 / 1.5),
      t: () => board.goTo(board.plan.now),
      "/": () => board.toolbar.focusFind(),
    };
    const deed = deeds[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
}

/** Where the cursor is, or the first booking in view. @param {Board} board */
function begin(board) {
  const inView = board.marks.find((mark) => mark.x >= 0) ?? board.marks[0];
  const first = inView?.booking ?? board.plan.bookings[0];
  if (first) board.moveCursor(first);
}

/** @param {Board} board @param {number} steps */
function along(board, steps) {
  if (!board.cursor) return begin(board);
  const items = board.plan.byRow[board.rowOf(board.cursor)].items;
  const at = items.indexOf(board.cursor) + steps;
  board.moveCursor(items[Math.max(0, Math.min(items.length - 1, at))]);
}

/** To the nearest in time on the next row that has any. @param {Board} board @param {1 | -1} step */
function across(board, step) {
  if (!board.cursor) return begin(board);
  for (let row = board.rowOf(board.cursor) + step; row >= 0 && row < board.plan.rows.length; row += step) {
    const booking = board.plan.nearest(row, board.cursor.starts);
    if (booking) return board.moveCursor(booking);
  }
}
