// Days, weeks and hours of the facility's zone on a line of minutes, and dates as people say them.

const DAY = 1440;

/** Which ticks to draw, by pixels a day. @typedef {"hours" | "days" | "weeks"} Grain */
/** @typedef {{minute: number, label: string, strong: boolean}} Tick */

/** @param {string} language @returns {number} 1 Monday to 7 Sunday */
function firstWeekday(language) {
  const locale = /** @type {any} */ (new Intl.Locale(language));
  return (locale.getWeekInfo?.() ?? locale.weekInfo ?? { firstDay: 1 }).firstDay;
}

export class Calendar {
  /** @param {string} zone @param {number} origin milliseconds @param {number} length minutes @param {string} language */
  constructor(zone, origin, length, language) {
    if (language === "en") language = "en-GB"; // day before month, weeks from Monday
    this.origin = origin;
    this.length = length;
    /** @param {Intl.DateTimeFormatOptions} options */
    const format = (options) => new Intl.DateTimeFormat(language, { timeZone: zone, ...options });
    this.comma = language === "en-GB" ? "," : ""; // that English puts behind the weekday; the other pages do without
    this.formats = {
      hour: format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
      day: format({ weekday: "short", day: "numeric" }),
      dayNumber: format({ day: "numeric" }),
      dayMonth: format({ day: "numeric", month: "short" }),
      fullDay: format({ weekday: "short", day: "numeric", month: "short", year: "numeric" }),
      month: format({ month: "long", year: "numeric" }),
      dayOfYear: format({ weekday: "short", day: "numeric", month: "short" }),
      year: format({ year: "numeric" }),
    };
    this.iso = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
    this.hourOf = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.weekdayOf = new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short" });
    this.number = new Intl.NumberFormat(language);
    this.percent = new Intl.NumberFormat(language, { style: "percent" });
    this.days = this.#midnights();
    const first = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][firstWeekday(language) - 1];
    this.weeks = this.days.filter((day) => this.weekdayOf.format(this.instant(day)) === first);
    this.months = this.days.filter((day, i) => i === 0 || this.#month(day) !== this.#month(this.days[i - 1]));
  }

  /** @param {number} minute */
  #month(minute) {
    return this.formats.month.format(this.instant(minute));
  }

  /** Minutes at which a day begins, the first at or before 0; a day of changed clocks has 23 or 25 hours. */
  #midnights() {
    const midnights = [];
    let minute = -this.#minuteOfDay(0);
    while (minute < this.length) {
      midnights.push(minute);
      minute += DAY;
      const off = this.#minuteOfDay(minute);
      minute -= off > DAY / 2 ? off - DAY : off;
    }
    return midnights;
  }

  /** @param {number} minute */
  #minuteOfDay(minute) {
    const [hours, minutes] = this.hourOf.format(this.instant(minute)).split(":").map(Number);
    return hours * 60 + minutes;
  }

  /** @param {number} minute */
  instant(minute) {
    return this.origin + minute * 60000;
  }

  /** 2026-07-14, for addresses. @param {number} minute */
  date(minute) {
    return this.iso.format(this.instant(minute));
  }

  /** The minute at which a date begins, null if it is not within the horizon. @param {string | null} date */
  minuteOf(date) {
    return this.days.find((day) => this.date(day) === date) ?? null;
  }

  /** 'Tue 14 Jul 2026, 08:00 – 12:00'. @param {number} starts @param {number} ends */
  span(starts, ends) {
    const { fullDay, dayOfYear, year, hour } = this.formats;
    const [first, last] = [this.instant(starts), this.instant(ends)];
    const day = this.#day(fullDay, first);
    const sameYear = year.format(first) === year.format(last);
    const lastDay = day === this.#day(fullDay, last) ? "" : `${this.#day(sameYear ? dayOfYear : fullDay, last)}, `;
    return `${day}, ${hour.format(first)} – ${lastDay}${hour.format(last)}`;
  }

  /** @param {Intl.DateTimeFormat} format @param {number} instant */
  #day(format, instant) {
    return format.format(instant).replace(this.comma, "");
  }

  /** @param {number} pixelsADay @returns {Grain} */
  static grain(pixelsADay) {
    return pixelsADay >= 250 ? "hours" : pixelsADay >= 34 ? "days" : "weeks";
  }

  /** The upper line of the heading. @param {Grain} grain @returns {Tick[]} */
  majors(grain) {
    const [minutes, format] = grain === "hours" ? [this.days, this.formats.fullDay] : [this.months, this.formats.month];
    return minutes.map((minute) => ({ minute, label: this.#day(format, this.instant(minute)), strong: true }));
  }

  /** The lower line within [from, to). @param {Grain} grain @param {number} from @param {number} to @param {number} pixelsADay @returns {Tick[]} */
  minors(grain, from, to, pixelsADay) {
    if (grain === "hours") return this.#hours(from, to, pixelsADay);
    const weeks = new Set(this.weeks);
    const minutes = grain === "days" ? this.days : this.weeks;
    const format = grain === "weeks" ? this.formats.dayMonth : pixelsADay >= 62 ? this.formats.day : this.formats.dayNumber;
    return minutes
      .filter((minute) => minute > from - 7 * DAY && minute < to)
      .map((minute) => ({ minute, label: format.format(this.instant(minute)), strong: weeks.has(minute) }));
  }

  /** @param {number} from @param {number} to @param {number} pixelsADay @returns {Tick[]} */
  #hours(from, to, pixelsADay) {
    const step = [1, 2, 3, 4, 6, 12].find((hours) => (hours * pixelsADay) / 24 >= 48) ?? 12;
    /** @type {Tick[]} */
    const ticks = [];
    this.days.forEach((day, i) => {
      const next = this.days[i + 1] ?? day + DAY;
      if (next <= from || day >= to) return;
      for (let minute = day; minute < next; minute += step * 60) {
        ticks.push({ minute, label: this.formats.hour.format(this.instant(minute)), strong: minute === day });
      }
    });
    return ticks;
  }
}
