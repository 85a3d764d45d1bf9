// Mouse, wheel and touch. Plain scrolling is the browser's own; here are drag, zoom and choosing.

/** @typedef {import("./board.js").Board} Board */

const SLIP = 4; // pixels a press may move and still choose

/** @param {Board} board */
export function listenToGestures(board) {
  listenToMouse(board);
  board.scroller.addEventListener("wheel", (event) => wheel(board, event), { passive: false });
  listenToPinch(board);
}

/** @param {Board} board */
function listenToMouse(board) {
  const { scroller } = board;
  /** @type {{x: number, y: number, left: number, top: number, moved: boolean} | null} */
  let held = null;
  let dragged = false;
  scroller.addEventListener("pointerdown", (event) => {
    dragged = false;
    if (event.pointerType !== "mouse" || event.button !== 0 || !board.isOnCanvas(event)) return;
    held = { x: event.clientX, y: event.clientY, left: scroller.scrollLeft, top: scroller.scrollTop, moved: false };
  });
  scroller.addEventListener("pointermove", (event) => {
    if (!held) {
      if (event.pointerType === "mouse") board.hover(event);
      return;
    }
    if (!held.moved && Math.hypot(event.clientX - held.x, event.clientY - held.y) < SLIP) return;
    if (!held.moved) scroller.setPointerCapture(event.pointerId);
    held.moved = dragged = true;
    scroller.classList.add("is-dragged");
    board.hover(null);
    scroller.scrollLeft = held.left - (event.clientX - held.x);
    scroller.scrollTop = held.top - (event.clientY - held.y);
  });
  const release = () => {
    held = null;
    scroller.classList.remove("is-dragged");
  };
  scroller.addEventListener("pointerup", release);
  scroller.addEventListener("pointercancel", release);
  scroller.addEventListener("pointerleave", () => board.hover(null));
  scroller.addEventListener("click", (event) => {
    if (!dragged && board.isOnCanvas(event)) board.choose(board.bookingUnder(event));
  });
}

/** With Ctrl (or a pinch on a touchpad) it zooms where the pointer is; with Shift it goes along time. @param {Board} board @param {WheelEvent} event */
function wheel(board, event) {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 20 : event.deltaY;
  board.zoomBy(Math.exp(-pixels / 300), board.distanceOf(event.clientX));
}

/** @param {Board} board */
function listenToPinch(board) {
  let apart = 0;
  /** @param {TouchEvent} event */
  const fingers = (event) => {
    const [a, b] = event.touches;
    return { apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), middle: (a.clientX + b.clientX) / 2 };
  };
  board.scroller.addEventListener("touchstart", (event) => {
    if (event.touches.length === 2) apart = fingers(event).apart;
  }, { passive: true });
  board.scroller.addEventListener("touchmove", (event) => {
    if (event.touches.length !== 2 || !apart) return;
    event.preventDefault();
    const now = fingers(event);
    board.zoomBy(now.apart / apart, board.distanceOf(now.middle));
    apart = now.apart;
  }, { passive: false });
  board.scroller.addEventListener("touchend", () => (apart = 0), { passive: true });
}
