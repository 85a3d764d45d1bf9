// The column of names: elements for the lines in view, used again while scrolling.

import { code, element } from "./elements.js";

/** @typedef {import("./layout.js").Line} Line */

export class Names {
  /** @param {HTMLElement} holder */
  constructor(holder) {
    this.holder = holder;
    /** @type {Map<Line, HTMLElement>} */
    this.shown = new Map();
  }

  clear() {
    this.holder.replaceChildren();
    this.shown.clear();
  }

  /** @param {Line[]} lines @param {import("./plan.js").Row[]} rows @param {number} y scrolled off @param {number} marked row of the cursor */
  place(lines, rows, y, marked) {
    const wanted = new Set(lines);
    for (const [line, name] of this.shown) {
      if (wanted.has(line)) continue;
      name.remove();
      this.shown.delete(line);
    }
    for (const line of lines) {
      let name = this.shown.get(line);
      if (!name) {
        name = this.holder.appendChild(line.row < 0 ? element("div", "board-group", line.group ?? "") : this.#row(rows[line.row]));
        name.style.blockSize = `${line.height}px`;
        this.shown.set(line, name);
      }
      name.style.transform = `translateY(${line.top - y}px)`;
      name.classList.toggle("is-marked", line.row >= 0 && line.row === marked);
    }
  }

  /** @param {import("./plan.js").Row} row */
  #row(row) {
    const made = element("div", "board-row");
    if (row.code) made.append(code(row.code));
    made.append(element("span", "board-name", row.name));
    if (row.capacity > 1) made.append(element("span", "board-capacity", `×${row.capacity}`));
    made.title = row.name;
    return made;
  }
}
