// What of the plan is looked at, in pixels. Distances along time are logical: from where time begins, left or right.

export class View {
  constructor() {
    this.scale = 0.1; // pixels a minute
    this.x = 0; // of the timeline, scrolled off
    this.y = 0;
    this.width = 0; // of the timeline in view
    this.height = 0; // of the rows in view
    this.names = 0; // width of the column of names
    this.head = 0; // height of load and calendar
    this.rtl = false;
  }

  get from() {
    return this.x / this.scale;
  }

  get to() {
    return (this.x + this.width) / this.scale;
  }

  get pixelsAnHour() {
    return this.scale * 60;
  }

  get pixelsADay() {
    return this.scale * 1440;
  }

  /** Distance of a minute from the beginning of the view. @param {number} minute */
  at(minute) {
    return minute * this.scale - this.x;
  }

  /** Left edge on the canvas of something `width` wide at a logical distance. @param {number} distance @param {number} width */
  left(distance, width = 0) {
    return this.rtl ? this.width - distance - width : distance;
  }
}
