// Words and icons on the bars: elements for the bars in view that have room, moved as one while panning.

import { code, element } from "./elements.js";

/** @typedef {import("./marks.js").Mark} Mark */

const PIXELS_AN_HOUR = 4; // below, no words
const NARROWEST = 22;
const WORDS = 42; // narrower, only the icon of its state
const ROOMY = 64; // for more than one icon
const LOWEST = 15;

export class Bars {
  /** @param {HTMLElement} holder */
  constructor(holder) {
    this.holder = holder;
    this.layer = holder.appendChild(element("div", "board-bars"));
    /** @type {Map<import("./plan.js").Booking, HTMLElement>} */
    this.shown = new Map();
  }

  clear() {
    this.layer.replaceChildren();
    this.shown.clear();
  }

  /** @param {Mark[]} marks @param {import("./view.js").View} view @param {Set<import("./plan.js").Booking> | null} found */
  place(marks, view, found) {
    if (view.pixelsAnHour < PIXELS_AN_HOUR) return this.clear();
    this.layer.style.transform = `translate(${view.rtl ? view.x : -view.x}px, ${-view.y}px)`;
    const gone = new Set(this.shown.keys());
    for (const mark of marks) {
      if (room(mark, view) < NARROWEST || mark.height < LOWEST) continue;
      gone.delete(mark.booking);
      const bar = this.shown.get(mark.booking) ?? this.#add(mark, view);
      bar.style.paddingInlineStart = `${Math.min(room(mark, view) - 16, Math.max(0, -mark.x)) + 8}px`;
      bar.classList.toggle("is-dimmed", found !== null && !found.has(mark.booking));
    }
    for (const booking of gone) {
      this.shown.get(booking)?.remove();
      this.shown.delete(booking);
    }
  }

  /** @param {Mark} mark @param {import("./view.js").View} view */
  #add(mark, view) {
    const { booking, x, y, height } = mark;
    const width = room(mark, view);
    const bar = element("div", "board-bar", element("i", "board-icon"));
    bar.dataset.state = booking.state;
    if (booking.fixed && width > ROOMY) bar.append(element("i", "board-icon is-fixed"));
    if (booking.was && width > ROOMY) bar.append(element("i", "board-icon is-moved"));
    if (width > WORDS) addWords(bar, booking);
    bar.style.insetInlineStart = `${x + view.x}px`;
    bar.style.top = `${y + view.y}px`;
    bar.style.inlineSize = `${width}px`;
    bar.style.blockSize = `${height}px`;
    this.shown.set(booking, bar);
    return this.layer.appendChild(bar);
  }
}

/** Words end where the work first pauses. @param {Mark} mark @param {import("./view.js").View} view */
function room({ booking, width }, view) {
  if (!booking.pieces) return width;
  const [[starts, ends]] = booking.pieces;
  return Math.min(width, (ends - starts) * view.scale);
}

/** @param {HTMLElement} bar @param {import("./plan.js").Booking} booking */
function addWords(bar, booking) {
  const [first, ...rest] = booking.label.split(" ");
  bar.append(/\d/.test(first) ? code(first) : first, element("bdi", "board-words", rest.join(" ")), element("bdi", "board-words board-whose", booking.campaign));
}
