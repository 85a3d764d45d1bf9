// The bookings in view with their places, computed once a frame and used by canvas and elements alike.

/** @typedef {import("./plan.js").Booking} Booking */
/** @typedef {{booking: Booking, x: number, y: number, width: number, height: number}} Mark  x is logical, y from the top of the rows in view */

const GAP = 1;

/**
 * @param {import("./plan.js").Plan} plan @param {import("./layout.js").Line[]} lines @param {import("./view.js").View} view
 * @returns {Mark[]} in order of rows and starts
 */
export function marksInView(plan, lines, view) {
  /** @type {Mark[]} */
  const marks = [];
  for (const line of lines) {
    if (line.row < 0) continue;
    for (const booking of plan.byRow[line.row].between(view.from, view.to)) marks.push(markOf(plan, line, view, booking));
  }
  return marks;
}

/** @param {import("./plan.js").Plan} plan @param {import("./layout.js").Line} line @param {import("./view.js").View} view @param {Booking} booking */
export function markOf(plan, line, view, booking, starts = booking.starts, ends = booking.ends) {
  const lane = plan.lanes.get(booking) ?? 0;
  const inset = line.lane > 8 ? GAP : 0;
  return {
    booking,
    x: view.at(starts),
    y: line.top - view.y + 4 + lane * line.lane + inset,
    width: Math.max(1.5, (ends - starts) * view.scale - (view.scale > 0.02 ? GAP : 0)),
    height: Math.max(2, line.lane - 2 * inset),
  };
}

/** The booking drawn at a point of the rows, the last drawn first. @param {Mark[]} marks @param {number} x logical @param {number} y */
export function bookingAt(marks, x, y) {
  for (let i = marks.length - 1; i >= 0; i--) {
    const mark = marks[i];
    const slack = Math.max(0, (8 - mark.width) / 2);
    if (y >= mark.y && y < mark.y + mark.height && x >= mark.x - slack && x < mark.x + mark.width + slack) return mark.booking;
  }
  return null;
}
