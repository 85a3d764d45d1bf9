// Starts every board of the page, and those that htmx brings later.

import { Board } from "./board.js";

/** @type {WeakSet<Element>} */
const started = new WeakSet();

function start() {
  for (const element of document.querySelectorAll("[data-board]")) {
    if (started.has(element)) continue;
    started.add(element);
    void new Board(/** @type {HTMLElement} */ (element)).open();
  }
}

start();
document.addEventListener("htmx:load", start);
