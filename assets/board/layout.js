// Heights: where each row and group heading stands, from the top of the first.

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {{row: number, group: string | null, top: number, height: number, lane: number}} Line  row is -1 for a heading; lane is a lane's height */

const ROW = 34;
const HEADING = 26;
const LANE = 24;
const TALLEST = 192; // more lanes than fit into this get thinner

export class Layout {
  /** @param {Plan} plan */
  constructor(plan) {
    /** @type {Line[]} */
    this.lines = [];
    /** The line of each row. @type {Line[]} */
    this.ofRow = [];
    let top = 0;
    /** @type {string | null} */
    let group = null;
    plan.rows.forEach((row, i) => {
      if (row.group !== null && row.group !== group) {
        this.lines.push({ row: -1, group: row.group, top, height: HEADING, lane: 0 });
        top += HEADING;
      }
      group = row.group;
      const lanes = plan.laneCounts[i];
      const lane = lanes === 1 ? ROW - 8 : Math.min(LANE, TALLEST / lanes);
      const line = { row: i, group: null, top, height: Math.max(ROW, Math.ceil(lanes * lane) + 8), lane };
      this.lines.push(line);
      this.ofRow[i] = line;
      top += line.height;
    });
    this.height = top;
  }

  /** Index of the line at a height; the nearest if there is none. @param {number} y */
  at(y) {
    let low = 0;
    let high = this.lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.lines[middle].top <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Lines that overlap [from, to). @param {number} from @param {number} to */
  between(from, to) {
    if (!this.lines.length) return [];
    const first = this.at(from);
    let last = first;
    while (last + 1 < this.lines.length && this.lines[last + 1].top < to) last++;
    return this.lines.slice(first, last + 1);
  }
}
