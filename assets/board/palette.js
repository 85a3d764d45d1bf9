// Colours of the style sheet as the canvas needs them, and the patterns made from them.

const NAMES = ["surface", "row", "line", "line-strong", "ink", "muted", "closed", "closed-line", "now", "chosen", "load", "load-high", "load-full"];
export const STATES = ["planned", "booked", "under_way", "done"];

/** @typedef {{tint: string, edge: string}} StateColours */

/** A tile of diagonal lines. @param {string} colour @param {number} width @param {number} size */
function hatch(colour, width, size) {
  const tile = document.createElement("canvas");
  const ratio = window.devicePixelRatio || 1;
  tile.width = tile.height = Math.round(size * ratio);
  const context = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  context.scale(tile.width / size, tile.height / size);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineCap = "square";
  for (const shift of [-size, 0, size]) {
    context.moveTo(shift, size);
    context.lineTo(shift + size, 0);
  }
  context.stroke();
  const pattern = /** @type {CanvasPattern} */ (context.createPattern(tile, "repeat"));
  return { pattern, ratio: tile.width / size };
}

export class Palette {
  /** @param {HTMLElement} board whose custom properties `--board-…` are read */
  constructor(board) {
    const probe = board.appendChild(document.createElement("span"));
    probe.hidden = true;
    /** @param {string} name */
    const colour = (name) => {
      probe.style.color = `var(--board-${name})`;
      return getComputedStyle(probe).color;
    };
    this.of = Object.fromEntries(NAMES.map((name) => [name, colour(name)]));
    /** @type {Record<string, StateColours>} */
    this.states = {};
    for (const state of [...STATES, "other"]) this.states[state] = { tint: colour(`${state}-tint`), edge: colour(state) };
    probe.remove();
    this.font = getComputedStyle(board).fontFamily;
    this.closed = hatch(this.of["closed-line"], 1.2, 8);
    this.planned = hatch(this.states.planned.edge, 0.9, 7);
  }

  /** @param {string} state */
  state(state) {
    return this.states[state] ?? this.states.other;
  }

  /** A pattern that stays with what is scrolled. @param {{pattern: CanvasPattern, ratio: number}} hatch @param {number} x @param {number} y */
  static anchored({ pattern, ratio }, x, y) {
    pattern.setTransform(new DOMMatrix().translate(x, y).scale(1 / ratio));
    return pattern;
  }
}
