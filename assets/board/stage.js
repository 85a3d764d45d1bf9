// The elements that are drawn on: a canvas that stays in view inside a native scroller, with words above it.

import { element } from "./elements.js";

/** @param {HTMLElement} made */
function unheard(made) {
  made.ariaHidden = "true"; // the live region and the table say it
  return made;
}

export class Stage {
  /** @param {string} label of the whole @param {string} load of the strip above */
  constructor(label, load) {
    this.canvas = element("canvas", "board-canvas");
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { alpha: false }));
    this.corner = unheard(element("div", "board-corner", load));
    this.names = unheard(element("div", "board-names"));
    this.bars = unheard(element("div", "board-bars-holder"));
    this.stick = element("div", "board-stick", unheard(this.canvas), this.bars, this.names, this.corner);
    this.space = element("div", "board-space", this.stick);
    this.scroller = element("div", "board-scroller", this.space);
    this.scroller.tabIndex = 0;
    this.scroller.role = "application";
    this.scroller.ariaLabel = label;
    this.message = element("div", "board-message");
    this.message.role = "status";
    this.tip = unheard(element("div", "board-tip"));
    this.tip.hidden = true;
    this.element = element("div", "board-stage", this.scroller, this.message, this.tip);
  }

  /** Fits the canvas to the scroller and tells the view its size. @param {import("./view.js").View} view */
  measure(view) {
    const { scroller, canvas } = this;
    view.rtl = getComputedStyle(scroller).direction === "rtl";
    view.names = this.names.offsetWidth;
    view.head = this.corner.offsetHeight;
    view.width = Math.max(1, scroller.clientWidth - view.names);
    view.height = Math.max(1, scroller.clientHeight - view.head);
    this.stick.style.inlineSize = `${scroller.clientWidth}px`;
    this.stick.style.blockSize = `${scroller.clientHeight}px`;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(view.width * ratio);
    canvas.height = Math.round((view.height + view.head) * ratio);
    canvas.style.inlineSize = `${view.width}px`;
    canvas.style.blockSize = `${view.height + view.head}px`;
  }

  /** What can be scrolled over. @param {number} width @param {number} height */
  setSpace(width, height) {
    this.space.style.inlineSize = `${width}px`;
    this.space.style.blockSize = `${height}px`;
  }

  /** The context, ready to draw in pixels of the page. @param {import("./view.js").View} view */
  pen(view) {
    const ratio = this.canvas.width / view.width;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return this.context;
  }

  /** @param {MouseEvent} event @param {HTMLElement[]} lines */
  showTip(event, ...lines) {
    const { tip } = this;
    tip.replaceChildren(...lines);
    tip.hidden = false;
    const stage = this.element.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(event.clientX - stage.left + 14, stage.width - tip.offsetWidth - 8))}px`;
    tip.style.top = `${Math.min(event.clientY - stage.top + 16, stage.height - tip.offsetHeight - 8)}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }
}
