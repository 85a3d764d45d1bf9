/** @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {string} className @param {(Node | string)[]} children @returns {HTMLElementTagNameMap[K]} */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

/** @param {string} label @param {() => void} press @param {string} [text] what is seen, if not the label */
export function button(label, press, text) {
  const made = element("button", "board-button", text ?? label);
  made.type = "button";
  if (text) {
    made.setAttribute("aria-label", label);
    made.title = label;
  }
  made.addEventListener("click", press);
  return made;
}

/** A code reads left to right in any language. @param {string} text */
export function code(text) {
  const made = element("bdi", "board-code", text);
  made.dir = "ltr";
  return made;
}
