// Above the board: ways to make rows, find, dates, zoom, and what the colours mean.

import { button, element } from "./elements.js";
import { STATES } from "./palette.js";

/** @typedef {import("./board.js").Board} Board */
/** @typedef {"quarter" | "week" | "day"} Zoom */

/** Buttons of which one is pressed. */
class Choice {
  /** @param {string} label @param {[string, string][]} options @param {(id: string) => void} choose */
  constructor(label, options, choose) {
    this.buttons = new Map(options.map(([id, name]) => [id, button(name, () => choose(id))]));
    this.element = element("div", "board-choice", ...this.buttons.values());
    this.element.role = "group";
    this.element.ariaLabel = label;
  }

  /** @param {string | null} id */
  show(id) {
    for (const [each, pressed] of this.buttons) pressed.setAttribute("aria-pressed", String(each === id));
  }
}

export class Toolbar {
  /** @param {Board} board @param {[string, string][]} views */
  constructor(board, views) {
    const { texts } = board;
    this.board = board;
    this.views = new Choice(texts.rows, views, (id) => void board.show(id));
    /** @type {[Zoom, string][]} */
    const zooms = [["quarter", texts.quarter], ["week", texts.week], ["day", texts.day]];
    this.zooms = new Choice(texts.zoom, zooms, (id) => board.zoomTo(/** @type {Zoom} */ (id)));
    this.range = element("span", "board-range");
    this.find = this.#find();
    const back = button(texts.earlier, () => board.page(-1), "‹");
    const forward = button(texts.later, () => board.page(1), "›");
    const steps = element("div", "board-steps", back, button(texts.today, () => board.goTo(board.plan.now)), forward);
    const scale = element("div", "board-steps", button(texts.zoom_out, () => board.zoomBy(1 / 1.5), "−"), button(texts.zoom_in, () => board.zoomBy(1.5), "+"));
    this.element = element("div", "board-toolbar", this.views.element, this.find.element, element("div", "board-when", steps, this.range), element("div", "board-zoom", this.zooms.element, scale));
    this.legend = element("div", "board-legend", ...STATES.map((state) => this.#key(state, texts[`state_${state}`])),
      this.#key("preparation", texts.preparation), this.#key("was", texts.was), this.#key("closed", texts.closed), this.#key("now", texts.now));
  }

  /** @param {string} kind @param {string} text */
  #key(kind, text) {
    const sample = element("i", "board-sample");
    sample.dataset.sample = kind;
    return element("span", "board-key", sample, text);
  }

  #find() {
    const { board } = this;
    const input = element("input", "board-find");
    input.type = "search";
    input.placeholder = board.texts.find_short;
    input.title = board.texts.find;
    input.ariaLabel = board.texts.find;
    const count = element("span", "board-count");
    count.role = "status";
    input.addEventListener("input", () => board.search(input.value));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") board.nextFound(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") {
        input.value = "";
        board.search("");
        board.scroller.focus();
      }
    });
    return { element: element("div", "board-search", input, count), input, count };
  }

  focusFind() {
    this.find.input.focus();
  }

  /** @param {string} text */
  showCount(text) {
    this.find.count.textContent = text;
  }

  /** @param {string} text */
  showRange(text) {
    if (this.range.textContent !== text) this.range.textContent = text;
  }
}
