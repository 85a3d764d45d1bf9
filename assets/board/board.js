// One board: what is looked at, what has attention, and one frame for a burst of events.

import { Bars } from "./bars.js";
import { Calendar } from "./calendar.js";
import { button, element } from "./elements.js";
import { listenToGestures } from "./gestures.js";
import { paintHeader } from "./header.js";
import { listenToKeys } from "./keys.js";
import { Layout } from "./layout.js";
import { bookingAt, marksInView } from "./marks.js";
import { Names } from "./names.js";
import { paintRows } from "./paint.js";
import { Palette } from "./palette.js";
import { Panel } from "./panel.js";
import { Plan } from "./plan.js";
import { Stage } from "./stage.js";
import { Toolbar } from "./toolbar.js";
import { View } from "./view.js";

/** @typedef {import("./plan.js").Booking} Booking */
/** @typedef {import("./toolbar.js").Zoom} Zoom */

const DAYS = { quarter: 91, week: 7, day: 1 };
const CLOSEST = 4; // pixels a minute
const REST = 140; // milliseconds after the last zoom until words come back

export class Board {
  /** @type {Plan} */
  plan;
  /** @type {Layout} */
  layout;
  /** @type {Calendar} */
  calendar;

  /** @param {HTMLElement} root with data-url, data-view, data-views and data-texts */
  constructor(root) {
    this.root = root;
    /** @type {Record<string, string>} */
    this.texts = JSON.parse(root.dataset.texts ?? "{}");
    this.address = new URLSearchParams(location.search);
    this.rows = this.address.get("rows") ?? root.dataset.view ?? "";
    this.view = new View();
    /** @type {Zoom | null} */
    this.zoom = null;
    /** @type {Booking | null} */
    this.chosen = null;
    /** @type {Booking | null} */
    this.cursor = null;
    /** @type {Set<Booking> | null} */
    this.found = null;
    /** @type {import("./marks.js").Mark[]} */
    this.marks = [];
    this.pending = 0;
    this.zoomed = 0;
    this.toolbar = new Toolbar(this, JSON.parse(root.dataset.views ?? "[]"));
    this.panel = new Panel(this);
    this.stage = new Stage(`${root.dataset.label}. ${this.texts.keys}`, this.texts.load);
    this.scroller = this.stage.scroller;
    this.names = new Names(this.stage.names);
    this.bars = new Bars(this.stage.bars);
    this.live = element("div", "board-live");
    this.live.ariaLive = "polite";
    root.replaceChildren(this.toolbar.element, this.toolbar.legend, element("div", "board-main", this.stage.element, this.panel.element), this.live);
    this.palette = new Palette(root);
  }

  /** Loads the data and begins to listen. */
  async open() {
    this.panel.show(null);
    if (!(await this.#load(this.rows))) return;
    this.stage.measure(this.view);
    const zoom = this.address.get("zoom") ?? "";
    this.zoomTo(zoom in DAYS ? /** @type {Zoom} */ (zoom) : "week");
    this.goTo(this.calendar.minuteOf(this.address.get("at")) ?? this.calendar.days.findLast((day) => day <= Math.max(0, this.plan.now)) ?? 0, 0);
    const asked = this.address.get("booking");
    this.choose(this.plan.bookings.find((booking) => booking.id === asked) ?? null, true);
    this.#listen();
  }

  #listen() {
    listenToGestures(this);
    listenToKeys(this);
    this.scroller.addEventListener("scroll", () => this.request(), { passive: true });
    new ResizeObserver(() => {
      this.stage.measure(this.view);
      if (this.zoom) this.zoomTo(this.zoom);
      this.request();
    }).observe(this.scroller);
    const recolour = () => {
      this.palette = new Palette(this.root);
      this.request();
    };
    new MutationObserver(recolour).observe(document.documentElement, { attributes: true });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  }

  /** Other rows, at the same place in time. @param {string} rows */
  async show(rows) {
    const middle = (this.view.from + this.view.to) / 2;
    if (!(await this.#load(rows))) return;
    this.goTo(middle);
    const id = this.chosen?.id;
    this.choose(this.plan.bookings.find((booking) => booking.id === id) ?? null, true);
  }

  /** @param {string} rows @returns {Promise<boolean>} */
  async #load(rows) {
    this.stage.message.textContent = this.texts.loading;
    try {
      const url = new URL(this.root.dataset.url ?? "", location.href);
      if (rows) url.searchParams.set("rows", rows);
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.#take(await answer.json(), rows);
      return true;
    } catch (error) {
      console.warn("board:", error);
      this.stage.message.replaceChildren(this.texts.failed, " ", button(this.texts.retry, () => void (this.plan ? this.show(rows) : this.open())));
      return false;
    }
  }

  /** @param {import("./plan.js").BoardData} data @param {string} rows */
  #take(data, rows) {
    this.rows = rows;
    this.plan = new Plan(data);
    this.calendar = new Calendar(data.zone, this.plan.origin, this.plan.length, document.documentElement.lang || "en");
    this.layout = new Layout(this.plan);
    this.cursor = this.found = null;
    this.names.clear();
    this.bars.clear();
    this.stage.message.textContent = this.plan.rows.length ? "" : this.texts.nothing;
    this.toolbar.views.show(rows);
    this.panel.list(this.plan.unplaced);
    this.search(this.toolbar.find.input.value);
    this.#setSpace();
  }

  #setSpace() {
    this.stage.setSpace(this.view.names + this.plan.length * this.view.scale, this.view.head + this.layout.height);
  }

  /** Draws in the next frame; any number of calls before it are one. */
  request() {
    if (!this.pending) this.pending = requestAnimationFrame(() => this.#frame());
  }

  #frame() {
    this.pending = 0;
    const { view, scroller, plan, layout, calendar, palette, found } = this;
    view.x = Math.abs(scroller.scrollLeft);
    view.y = scroller.scrollTop;
    const lines = layout.between(view.y, view.y + view.height);
    this.marks = marksInView(plan, lines, view);
    const context = this.stage.pen(view);
    const scene = { context, view, palette, calendar, plan, lines, marks: this.marks };
    paintRows(scene, this);
    paintHeader(scene);
    this.names.place(lines, plan.rows, view.y, this.cursor ? this.rowOf(this.cursor) : -1);
    const zooming = performance.now() - this.zoomed < REST;
    this.bars.layer.hidden = zooming;
    if (!zooming) {
      this.bars.place(this.marks, view, found);
      this.#tell();
    }
  }

  /** Dates in view, above and in the address. */
  #tell() {
    const { view, calendar } = this;
    const pixels = 2 / view.scale; // the scroller rounds
    const first = view.from + pixels;
    const last = Math.max(first, Math.min(view.to, this.plan.length) - pixels);
    this.toolbar.showRange(calendar.formats.dayMonth.formatRange(calendar.instant(first), calendar.instant(last)));
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => this.#remember(), 300);
  }

  #remember() {
    const url = new URL(location.href);
    const facts = { rows: this.rows, zoom: this.zoom, at: this.calendar.date(Math.max(0, this.view.from + 2 / this.view.scale)), booking: this.chosen?.id };
    for (const [name, value] of Object.entries(facts)) {
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    if (url.href !== location.href) history.replaceState(history.state, "", url);
  }

  /** @param {Booking} booking */
  rowOf(booking) {
    return this.plan.rowIndex.get(booking.row) ?? 0;
  }

  /** @param {number} clientX @returns {number} from where the timeline begins in view */
  distanceOf(clientX) {
    const box = this.stage.canvas.getBoundingClientRect();
    return this.view.rtl ? box.right - clientX : clientX - box.left;
  }

  /** @param {MouseEvent} event */
  isOnCanvas(event) {
    const box = this.stage.canvas.getBoundingClientRect();
    return event.clientX >= box.left && event.clientX < box.right && event.clientY >= box.top && event.clientY < box.bottom;
  }

  /** @param {MouseEvent} event */
  bookingUnder(event) {
    const y = event.clientY - this.stage.canvas.getBoundingClientRect().top - this.view.head;
    return y < 0 ? null : bookingAt(this.marks, this.distanceOf(event.clientX), y);
  }

  /** @param {MouseEvent | null} event */
  hover(event) {
    const booking = event && this.isOnCanvas(event) ? this.bookingUnder(event) : null;
    this.scroller.classList.toggle("is-over", booking !== null);
    if (!event || !booking) return this.stage.hideTip();
    this.stage.showTip(event, element("strong", "", booking.label), element("span", "", `${booking.organisation}, ${booking.campaign}`),
      element("span", "", this.calendar.span(booking.starts, booking.ends)), element("span", "", this.texts[`state_${booking.state}`] ?? booking.state));
  }

  /** @param {Zoom} zoom */
  zoomTo(zoom) {
    const minutes = zoom === "quarter" ? Math.min(this.plan.length, DAYS.quarter * 1440) : DAYS[zoom] * 1440;
    const focus = this.cursor ? this.view.at(this.cursor.starts) : this.view.width / 2;
    const inView = focus >= 0 && focus <= this.view.width;
    this.#scaleTo(this.view.width / minutes, inView ? focus : this.view.width / 2);
    this.zoom = zoom;
    this.toolbar.zooms.show(zoom);
  }

  /** @param {number} factor @param {number} [distance] of what stays where it is */
  zoomBy(factor, distance) {
    const focus = this.cursor ? this.view.at(this.cursor.starts) : -1;
    this.#scaleTo(this.view.scale * factor, distance ?? (focus >= 0 && focus <= this.view.width ? focus : this.view.width / 2));
    this.zoom = null;
    this.toolbar.zooms.show(null);
  }

  /** @param {number} scale @param {number} distance */
  #scaleTo(scale, distance) {
    const { view } = this;
    const minute = (Math.abs(this.scroller.scrollLeft) + distance) / view.scale;
    view.scale = Math.max(view.width / this.plan.length, Math.min(CLOSEST, scale));
    this.#setSpace();
    this.#scrollTo(minute * view.scale - distance);
    this.bars.clear();
    this.zoomed = performance.now();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.request(), REST + 10);
    this.request();
  }

  /** @param {number} x logical */
  #scrollTo(x) {
    this.scroller.scrollLeft = this.view.rtl ? -x : x;
  }

  /** Puts a minute at a share of the width. @param {number} minute @param {number} [share] */
  goTo(minute, share = 0.5) {
    this.#scrollTo(minute * this.view.scale - this.view.width * share);
    this.request();
  }

  /** @param {1 | -1} direction */
  page(direction) {
    this.#scrollTo(Math.abs(this.scroller.scrollLeft) + direction * this.view.width);
    this.request();
  }

  /** @param {Booking} booking */
  moveCursor(booking) {
    this.cursor = booking;
    this.#reveal(booking);
    this.live.textContent = this.#say(booking);
    this.request();
  }

  /** @param {Booking | null} booking @param {boolean} [reveal] */
  choose(booking, reveal = false) {
    this.chosen = this.cursor = booking;
    this.panel.show(booking);
    this.live.textContent = booking ? this.#say(booking) : "";
    if (booking && reveal) this.#reveal(booking);
    this.request();
  }

  clear() {
    this.choose(null);
    this.scroller.focus({ preventScroll: true });
  }

  /** @param {Booking} booking */
  #say(booking) {
    const row = this.plan.rows[this.rowOf(booking)];
    const parts = [booking.label, booking.organisation, booking.campaign, this.calendar.span(booking.starts, booking.ends), `${row.code} ${row.name}`,
      this.texts[`state_${booking.state}`] ?? booking.state];
    if (booking.was) parts.push(`${this.texts.moved_from} ${this.calendar.span(...booking.was)}`);
    return parts.join(", ");
  }

  /** Scrolls no more than is needed. @param {Booking} booking */
  #reveal(booking) {
    const { view, scroller } = this;
    const x = Math.abs(scroller.scrollLeft);
    const starts = booking.starts * view.scale;
    const ends = booking.ends * view.scale;
    if (starts < x || (ends > x + view.width && starts > x + view.width * 0.7)) this.#scrollTo(starts - view.width * 0.3);
    const line = this.layout.ofRow[this.rowOf(booking)];
    if (line.top < scroller.scrollTop) scroller.scrollTop = line.top - 26;
    else if (line.top + line.height > scroller.scrollTop + view.height) scroller.scrollTop = line.top + line.height - view.height + 8;
  }

  /** @param {string} text */
  search(text) {
    const found = this.plan.find(text);
    this.found = text.trim() ? new Set(found) : null;
    this.toolbar.showCount(this.found ? this.calendar.number.format(found.length) : "");
    this.request();
  }

  /** @param {1 | -1} step */
  nextFound(step) {
    const found = [...(this.found ?? [])];
    if (!found.length) return;
    const at = this.cursor ? found.indexOf(this.cursor) : -1;
    const next = at < 0 ? 0 : (at + step + found.length) % found.length;
    this.choose(found[next], true);
    this.toolbar.showCount(`${this.calendar.number.format(next + 1)} / ${this.calendar.number.format(found.length)}`);
  }
}
