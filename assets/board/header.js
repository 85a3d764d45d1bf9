// Above the rows: load of the whole, two lines of calendar, the flag of now.

import { Calendar } from "./calendar.js";

/** @typedef {import("./paint.js").Scene} Scene */

const LOAD = 34; // height of the strip; the calendar has the rest
const HIGH = 0.7;
const FULL = 0.9;

/** @param {Scene} scene */
export function paintHeader(scene) {
  const { context, view, palette } = scene;
  context.fillStyle = palette.of.surface;
  context.fillRect(0, 0, view.width, view.head);
  paintLoad(scene);
  const tier = (view.head - LOAD) / 2;
  const grain = Calendar.grain(view.pixelsADay);
  context.save();
  context.beginPath();
  context.rect(0, 0, view.width, view.head);
  context.clip();
  context.direction = view.rtl ? "rtl" : "ltr";
  context.textBaseline = "middle";
  context.textAlign = "start";
  context.font = `600 12px ${palette.font}`;
  paintTicks(scene, scene.calendar.majors(grain), LOAD, tier, palette.of.ink, true);
  context.font = `12px ${palette.font}`;
  paintTicks(scene, scene.calendar.minors(grain, view.from, view.to, view.pixelsADay), LOAD + tier, tier, palette.of.muted, false);
  context.restore();
  paintFlag(scene, LOAD + tier, tier);
  context.fillStyle = palette.of["line-strong"];
  context.fillRect(0, view.head - 1, view.width, 1);
}

/** Labels in one line; one without room is left out. If they stay, one that has begun before the view stands at its edge.
 * @param {Scene} scene @param {import("./calendar.js").Tick[]} ticks @param {number} top @param {number} height @param {string} colour @param {boolean} stay */
function paintTicks({ context, view, palette, plan }, ticks, top, height, colour, stay) {
  let free = -Infinity;
  ticks.forEach((tick, i) => {
    const begins = view.at(tick.minute);
    const ends = view.at(ticks[i + 1]?.minute ?? plan.length);
    if (ends <= 0 || begins >= view.width) return;
    context.fillStyle = tick.strong ? palette.of["line-strong"] : palette.of.line;
    context.fillRect(Math.round(view.left(begins, 1)), top, 1, height);
    const width = context.measureText(tick.label).width;
    const at = (stay ? Math.max(begins, Math.min(0, ends - width - 12)) : begins) + 6;
    if (at < free || at + width > ends + (ends - begins) * 0.2) return;
    context.fillStyle = colour;
    context.fillText(tick.label, view.left(at), top + height / 2 + 0.5);
    free = at + width + 6;
  });
}

/** Steps of an hour, or of a pixel where an hour is less; three heights of colour. @param {Scene} scene */
function paintLoad({ context, view, palette, plan }) {
  const bottom = LOAD - 2;
  const step = Math.max(60, 2 / view.scale);
  const first = Math.floor(Math.max(0, view.from) / step) * step;
  /** @type {[string, Path2D][]} */
  const levels = [[palette.of.load, new Path2D()], [palette.of["load-high"], new Path2D()], [palette.of["load-full"], new Path2D()]];
  for (let minute = first; minute < Math.min(view.to, plan.length); minute += step) {
    const share = meanLoad(plan.load, minute / 60, (minute + step) / 60);
    const height = Math.min(1, share) * (LOAD - 8);
    const width = step * view.scale;
    levels[share >= FULL ? 2 : share >= HIGH ? 1 : 0][1].rect(view.left(view.at(minute), width), bottom - height, width, height);
  }
  for (const [colour, path] of levels) {
    context.fillStyle = colour;
    context.fill(path);
  }
  context.fillStyle = palette.of.line;
  context.fillRect(0, bottom - (LOAD - 8), view.width, 1);
  context.fillRect(0, LOAD - 1, view.width, 1);
}

/** @param {Float64Array} load @param {number} from hours @param {number} to */
export function meanLoad(load, from, to) {
  const first = Math.max(0, Math.floor(from));
  const last = Math.min(load.length, Math.max(first + 1, Math.ceil(to)));
  let sum = 0;
  for (let hour = first; hour < last; hour++) sum += load[hour];
  return last > first ? sum / (last - first) : 0;
}

/** @param {Scene} scene @param {number} top @param {number} height */
function paintFlag({ context, view, palette, plan }, top, height) {
  const x = view.at(plan.now);
  if (x < -6 || x > view.width + 6) return;
  const left = view.left(x, 2) + 1;
  context.fillStyle = palette.of.now;
  context.beginPath();
  context.moveTo(left - 6, top + height - 9);
  context.lineTo(left + 6, top + height - 9);
  context.lineTo(left, top + height);
  context.fill();
}
