// The rows on the canvas: lines, closures, places in the published plan, bars. Fills are grouped by colour.

import { Calendar } from "./calendar.js";
import { markOf } from "./marks.js";
import { Palette } from "./palette.js";
import { Plan } from "./plan.js";

/** @typedef {import("./plan.js").Booking} Booking */
/** @typedef {import("./marks.js").Mark} Mark */
/** @typedef {import("./layout.js").Line} Line */
/** @typedef {import("./view.js").View} View */
/** @typedef {{context: CanvasRenderingContext2D, view: View, palette: Palette, calendar: Calendar, plan: Plan, lines: Line[], marks: Mark[]}} Scene */
/** @typedef {{chosen: Booking | null, cursor: Booking | null, found: Set<Booking> | null}} Attention */

const DETAILED = 5; // pixels of width from which a bar is drawn with edge and pattern
const EDGE = 4;

/** @param {Scene} scene @param {Attention} attention */
export function paintRows(scene, attention) {
  const { context, view } = scene;
  context.save();
  context.beginPath();
  context.rect(0, view.head, view.width, view.height);
  context.clip();
  context.translate(0, view.head);
  paintGround(scene);
  paintClosures(scene);
  paintGhosts(scene, attention.chosen);
  paintBars(scene, attention.found);
  paintNow(scene);
  if (attention.chosen) outline(scene, attention.chosen, 3);
  if (attention.cursor && attention.cursor !== attention.chosen) outline(scene, attention.cursor, 1.5);
  context.restore();
}

/** @param {Scene} scene */
function paintGround({ context, view, palette, calendar, lines }) {
  context.fillStyle = palette.of.surface;
  context.fillRect(0, 0, view.width, view.height);
  context.fillStyle = palette.of.row;
  for (const line of lines) if (line.row < 0) context.fillRect(0, line.top - view.y, view.width, line.height);
  const grain = Calendar.grain(view.pixelsADay);
  const ticks = calendar.minors(grain, view.from, view.to, view.pixelsADay);
  for (const strong of [false, true]) {
    context.fillStyle = strong ? palette.of["line-strong"] : palette.of.line;
    for (const tick of ticks) if (tick.strong === strong) context.fillRect(Math.round(view.left(view.at(tick.minute), 1)), 0, 1, view.height);
  }
  context.fillStyle = palette.of.line;
  for (const line of lines) context.fillRect(0, Math.round(line.top + line.height - view.y) - 1, view.width, 1);
}

/** @param {Scene} scene */
function paintClosures({ context, view, palette, plan, lines }) {
  const pattern = Palette.anchored(palette.closed, view.rtl ? view.x : -view.x, -view.y);
  for (const fill of [palette.of.closed, pattern]) {
    context.fillStyle = fill;
    for (const line of lines) {
      if (line.row < 0) continue;
      for (const closure of plan.closed[line.row].between(view.from, view.to)) {
        const width = (closure.ends - closure.starts) * view.scale;
        context.fillRect(view.left(view.at(closure.starts), width), line.top - view.y, width, line.height - 1);
      }
    }
  }
  for (const line of lines) {
    if (line.row < 0) continue;
    for (const closure of plan.closed[line.row].between(view.from, view.to)) nameClosure({ context, view, palette }, line, closure);
  }
}

/** Its reason at the foot of the row, if there is room. @param {Pick<Scene, "context" | "view" | "palette">} scene @param {Line} line @param {import("./plan.js").Closure} closure */
function nameClosure({ context, view, palette }, line, closure) {
  const begins = Math.max(0, view.at(closure.starts));
  context.font = `11px ${palette.font}`;
  const width = context.measureText(closure.reason).width + 10;
  if (view.at(closure.ends) - begins < width + 8) return;
  const top = line.top - view.y + line.height - 19;
  context.fillStyle = palette.of.closed;
  context.fillRect(view.left(begins + 4, width), top, width, 15);
  context.fillStyle = palette.of.muted;
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.fillText(closure.reason, view.left(begins + 4, width) + width / 2, top + 8);
}

/** @param {Scene} scene @param {Booking | null} chosen */
function paintGhosts({ context, view, palette, plan, lines }, chosen) {
  context.strokeStyle = palette.of.muted;
  context.lineWidth = 1;
  context.setLineDash([4, 3]);
  context.beginPath();
  for (const line of lines) {
    if (line.row < 0) continue;
    for (const ghost of plan.ghosts[line.row].between(view.from, view.to)) {
      const { x, y, width, height } = markOf(plan, line, view, ghost.booking, ghost.starts, ghost.ends);
      if (width >= 3) context.roundRect(Math.round(view.left(x, width)) + 0.5, Math.round(y) + 0.5, width - 1, height - 1, 3);
      if (ghost.booking === chosen) {
        const moved = view.at((chosen.starts + chosen.ends) / 2);
        context.moveTo(view.left(x + width / 2), y + height / 2);
        context.lineTo(view.left(moved), y + height / 2);
      }
    }
  }
  context.stroke();
  context.setLineDash([]);
}

/** @param {Scene} scene @param {Set<Booking> | null} found all others are dimmed */
function paintBars(scene, found) {
  /** @type {Map<string, Mark[]>} */
  const groups = new Map();
  for (const mark of scene.marks) {
    const { state, kind } = mark.booking;
    const key = `${found && !found.has(mark.booking) ? 1 : 0} ${mark.width >= DETAILED ? 1 : 0} ${kind} ${state}`;
    const group = groups.get(key);
    if (group) group.push(mark);
    else groups.set(key, [mark]);
  }
  for (const [key, marks] of [...groups].sort()) {
    const [dimmed, detailed, kind, state] = key.split(" ");
    scene.context.globalAlpha = dimmed === "1" ? 0.18 : 1;
    if (detailed === "1") paintDetailed(scene, marks, state, kind);
    else paintPlain(scene, marks, state);
  }
  scene.context.globalAlpha = 1;
}

/** Small bars: plain rectangles; one that lies wholly on the one before it is left out. @param {Scene} scene @param {Mark[]} marks @param {string} state */
function paintPlain({ context, view, palette }, marks, state) {
  context.fillStyle = palette.state(state).edge;
  let reached = -Infinity;
  let row = NaN;
  for (const mark of marks) {
    if (mark.y !== row) reached = -Infinity;
    row = mark.y;
    if (mark.x + mark.width <= reached) continue;
    reached = mark.x + mark.width;
    context.fillRect(view.left(mark.x, mark.width), mark.y, mark.width, mark.height);
  }
}

/** @param {Scene} scene @param {Mark[]} marks @param {string} state @param {string} kind */
function paintDetailed({ context, view, palette }, marks, state, kind) {
  const colours = palette.state(state);
  const bodies = new Path2D();
  const edges = new Path2D();
  const joins = new Path2D();
  for (const mark of marks) {
    const middle = mark.y + mark.height / 2;
    const pieces = mark.booking.pieces;
    if (pieces) joins.rect(view.left(mark.x, mark.width), middle - 1, mark.width, 2);
    for (const [from, to] of Plan.pieces(mark.booking)) {
      const width = pieces ? (to - from) * view.scale : mark.width;
      const left = view.left(view.at(from), width);
      const height = kind === "preparation" ? Math.max(2, mark.height * 0.62) : mark.height;
      const top = middle - height / 2;
      const radius = Math.min(4, height / 3);
      bodies.roundRect(left, top, width, height, radius);
      const edge = Math.min(EDGE, Math.max(2, width / 5));
      edges.roundRect(view.rtl ? left + width - edge : left, top, edge, height, view.rtl ? [0, radius, radius, 0] : [radius, 0, 0, radius]);
    }
  }
  context.fillStyle = colours.edge;
  context.fill(joins);
  context.fillStyle = colours.tint;
  context.fill(bodies);
  if (state === "planned") {
    context.save();
    context.globalAlpha *= 0.28;
    context.fillStyle = Palette.anchored(palette.planned, view.rtl ? view.x : -view.x, -view.y);
    context.fill(bodies);
    context.restore();
  }
  context.fillStyle = colours.edge;
  context.fill(edges);
  context.strokeStyle = colours.edge;
  context.lineWidth = 1;
  context.setLineDash(kind === "preparation" ? [2, 2] : []);
  if (kind === "test" && state !== "planned") context.globalAlpha *= 0.45;
  context.stroke(bodies);
  context.setLineDash([]);
}

/** @param {Scene} scene */
function paintNow({ context, view, palette, plan }) {
  context.fillStyle = palette.of.now;
  context.fillRect(Math.round(view.left(view.at(plan.now), 2)), 0, 2, view.height);
}

/** Rings all occurrences in view of a booking. @param {Scene} scene @param {Booking} booking @param {number} thickness */
function outline({ context, view, palette, marks }, booking, thickness) {
  context.strokeStyle = palette.of.chosen;
  context.lineWidth = thickness;
  context.beginPath();
  for (const mark of marks) {
    if (mark.booking.id !== booking.id || mark.booking.kind !== booking.kind) continue;
    const around = thickness / 2;
    context.roundRect(view.left(mark.x, mark.width) - around, mark.y - around, mark.width + thickness, mark.height + thickness, 5);
  }
  context.stroke();
}
