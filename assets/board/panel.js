// Beside the board: the chosen booking, and what the plan has no place for.

import { button, code, element } from "./elements.js";

/** @typedef {import("./board.js").Board} Board */
/** @typedef {import("./plan.js").Booking} Booking */

export class Panel {
  /** @param {Board} board */
  constructor(board) {
    this.board = board;
    this.chosen = element("section", "board-chosen");
    this.chosen.ariaLabel = board.texts.chosen;
    this.unplaced = element("section", "board-unplaced");
    this.element = element("aside", "board-panel", this.chosen, this.unplaced);
    this.element.ariaLabel = board.texts.beside;
  }

  /** @param {Booking | null} booking */
  show(booking) {
    this.element.classList.toggle("has-chosen", booking !== null);
    if (!booking) {
      this.chosen.replaceChildren(element("p", "board-hint", this.board.texts.hint));
      return;
    }
    const { texts } = this.board;
    const more = element("div", "board-more");
    const heading = element("h2", "board-title", booking.label);
    const state = element("p", "board-state", element("i", "board-icon"), texts[`state_${booking.state}`] ?? booking.state);
    state.dataset.state = booking.state;
    this.chosen.replaceChildren(element("header", "board-chosen-head", heading, button(texts.close, () => this.board.clear(), "×")), state, this.#facts(booking), more);
    if (booking.href) this.#fetch(booking.href, more);
  }

  /** @param {Booking} booking */
  #facts(booking) {
    const { texts, plan, calendar } = this.board;
    const row = plan.rows[this.board.rowOf(booking)];
    const facts = element("dl", "board-facts");
    /** @param {string} term @param {(Node | string)[]} values */
    const fact = (term, ...values) => facts.append(element("dt", "", term), element("dd", "", ...values));
    fact(texts.when, calendar.span(booking.starts, booking.ends));
    fact(texts.where, ...(row.code ? [code(row.code), " "] : []), row.name);
    fact(texts.organisation, booking.organisation);
    fact(texts.campaign, booking.campaign);
    if (booking.was) fact(texts.moved_from, calendar.span(...booking.was));
    if (booking.kind === "preparation") fact(texts.kind, texts.preparation);
    if (booking.fixed) fact(texts.place, texts.fixed);
    return facts;
  }

  /** The server's own words, where htmx is there to put them. @param {string} href @param {HTMLElement} target */
  #fetch(href, target) {
    const { htmx } = /** @type {any} */ (window);
    htmx?.ajax("GET", href, { target, swap: "innerHTML" });
  }

  /** @param {import("./plan.js").Unplaced[]} unplaced */
  list(unplaced) {
    const { texts, calendar } = this.board;
    this.unplaced.hidden = !unplaced.length;
    const items = unplaced.map((test) => {
      const title = element(test.href ? "a" : "span", "board-unplaced-title", test.label);
      if (test.href && title instanceof HTMLAnchorElement) title.href = test.href;
      return element("li", "", title, element("span", "board-whose", `${test.organisation}, ${test.campaign}`), element("span", "board-reason", test.reason));
    });
    const heading = element("h2", "board-title", element("i", "board-icon is-unplaced"), `${texts.not_placed} (${calendar.number.format(unplaced.length)})`);
    this.unplaced.replaceChildren(heading, element("ul", "", ...items));
  }
}
