// The data of one board, indexed so that a frame asks only for what it shows.

/**
 * @typedef {{id: string, code: string, name: string, group: string | null, capacity: number, load: [number, number, number][]}} Row
 * @typedef {{id: string, row: string, starts: number, ends: number, pieces: [number, number][] | null, label: string,
 *   organisation: string, campaign: string, state: string, kind: "test" | "preparation", fixed?: boolean,
 *   was: [number, number] | null, href: string | null}} Booking
 * @typedef {{starts: number, ends: number, booking: Booking}} Ghost  where a moved booking stands in the published plan
 * @typedef {{row: string | null, starts: number, ends: number, reason: string}} Closure
 * @typedef {{id: string, label: string, organisation: string, campaign: string, reason: string, href: string | null}} Unplaced
 * @typedef {{zone: string, starts: string, ends: string, now: string, rows: Row[], bookings: Booking[], closures: Closure[],
 *   unplaced?: Unplaced[]}} BoardData
 */

/** Things of one row in order of their start; `reach[i]` is the latest end among the first i + 1. @template {{starts: number, ends: number}} T */
export class Stretch {
  /** @param {T[]} items */
  constructor(items) {
    this.items = items.sort((a, b) => a.starts - b.starts || a.ends - b.ends);
    this.reach = new Int32Array(items.length);
    let latest = -Infinity;
    this.items.forEach((item, i) => (this.reach[i] = latest = Math.max(latest, item.ends)));
  }

  /** Index of the first item that may still be there after `minute`; O(log n). @param {number} minute */
  firstAfter(minute) {
    let low = 0;
    let high = this.reach.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.reach[middle] > minute) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Items that overlap [from, to), in order of start. @param {number} from @param {number} to @returns {Generator<T>} */
  *between(from, to) {
    for (let i = this.firstAfter(from); i < this.items.length && this.items[i].starts < to; i++) {
      if (this.items[i].ends > from) yield this.items[i];
    }
  }
}

/** Gives each booking the first lane that is free at its start. @param {Stretch<Booking>} stretch @param {Map<Booking, number>} lanes */
function takeLanes(stretch, lanes) {
  /** @type {number[]} */
  const freeFrom = [];
  for (const booking of stretch.items) {
    let lane = freeFrom.findIndex((minute) => minute <= booking.starts);
    if (lane < 0) lane = freeFrom.length;
    freeFrom[lane] = booking.ends;
    lanes.set(booking, lane);
  }
  return Math.max(1, freeFrom.length);
}

/** @template {{starts: number, ends: number}} T @param {Map<string, T[]>} lists @param {string} key @param {T} item */
function put(lists, key, item) {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

export class Plan {
  /** @param {BoardData} data */
  constructor(data) {
    this.zone = data.zone;
    this.origin = Date.parse(data.starts);
    this.length = Math.round((Date.parse(data.ends) - this.origin) / 60000);
    this.now = Math.round((Date.parse(data.now) - this.origin) / 60000);
    this.rows = data.rows;
    this.rowIndex = new Map(data.rows.map((row, i) => [row.id, i]));
    this.unplaced = data.unplaced ?? [];
    /** @type {Map<Booking, number>} */
    this.lanes = new Map();
    /** @type {Map<string, Booking[]>} */
    const bookings = new Map();
    /** @type {Map<string, Closure[]>} */
    const closures = new Map();
    /** @type {Map<string, Ghost[]>} */
    const ghosts = new Map();
    for (const booking of data.bookings) {
      put(bookings, booking.row, booking);
      if (booking.was) put(ghosts, booking.row, { starts: booking.was[0], ends: booking.was[1], booking });
    }
    const everywhere = data.closures.filter((closure) => closure.row === null);
    for (const closure of data.closures) if (closure.row !== null) put(closures, closure.row, closure);
    this.byRow = this.rows.map((row) => new Stretch(bookings.get(row.id) ?? []));
    this.closed = this.rows.map((row) => new Stretch([...everywhere, ...(closures.get(row.id) ?? [])]));
    this.ghosts = this.rows.map((row) => new Stretch(ghosts.get(row.id) ?? []));
    this.laneCounts = this.byRow.map((stretch) => takeLanes(stretch, this.lanes));
    this.bookings = this.byRow.flatMap((stretch) => stretch.items);
    this.load = this.#totalLoad();
  }

  /** Share of all capacity in use, one number an hour of the horizon. */
  #totalLoad() {
    const hours = Math.max(1, Math.ceil(this.length / 60));
    const used = new Float64Array(hours);
    let capacity = 0;
    for (const row of this.rows) {
      if (row.load.length) capacity += row.capacity;
      for (const [from, to, amount] of row.load) {
        for (let hour = Math.max(0, Math.floor(from / 60)); hour < hours && hour * 60 < to; hour++) {
          used[hour] += (amount * (Math.min(to, hour * 60 + 60) - Math.max(from, hour * 60))) / 60;
        }
      }
    }
    return capacity ? used.map((amount) => amount / capacity) : used;
  }

  /** Where it works. @param {Booking} booking @returns {[number, number][]} */
  static pieces(booking) {
    return booking.pieces ?? [[booking.starts, booking.ends]];
  }

  /** The booking of a row that is nearest to a minute. @param {number} row @param {number} minute */
  nearest(row, minute) {
    /** @type {Booking | null} */
    let best = null;
    for (const booking of this.byRow[row].items) {
      if (!best || Math.abs(booking.starts - minute) < Math.abs(best.starts - minute)) best = booking;
    }
    return best;
  }

  /** Bookings and rows whose words hold all words of `text`. @param {string} text @returns {Booking[]} */
  find(text) {
    const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    return this.bookings.filter((booking) => {
      const row = this.rows[/** @type {number} */ (this.rowIndex.get(booking.row))];
      const said = `${booking.label} ${booking.organisation} ${booking.campaign} ${row.code} ${row.name}`.toLocaleLowerCase();
      return words.every((word) => said.includes(word));
    });
  }
}
