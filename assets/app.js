// What every page shares. All of it is comfort: each form and link works without it.
import htmx from "htmx.org/dist/htmx.esm.js";

const UNDO_MS = 10_000;
window.htmx = htmx; // other bundles (the board, charts) use the same one

// A change asked for by htmx carries the page's token, as a form does.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") {
    event.detail.headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]').content;
  }
});

// No answer at all: the connection is gone. What was typed is still in the page.
document.addEventListener("htmx:sendError", () => {
  const template = document.getElementById("no-connection");
  document.getElementById("toasts").replaceChildren(template.content.cloneNode(true));
});

// Menus close when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Light, dark, or as the system has it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (!button) return;
  const choice = button.dataset.themeChoice;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${choice}; path=/; max-age=31536000; samesite=lax${secure}`;
  if (choice === "auto") delete document.documentElement.dataset.bsTheme;
  else document.documentElement.dataset.bsTheme = choice;
  for (const other of document.querySelectorAll("[data-theme-choice]")) {
    other.setAttribute("aria-pressed", String(other.dataset.themeChoice === choice));
  }
  document.dispatchEvent(new CustomEvent("theme-changed"));
});

// A form is sent once; the server guards it too. Coming back with the Back button makes it ready again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector('[aria-busy="true"]')?.removeAttribute("aria-busy");
  }
});

// What was said after a deed goes away by itself, unless it is being read or reached for.
function leaveLater(said) {
  if (said.dataset.leaving || said.classList.contains("stays")) return;
  said.dataset.leaving = "yes";
  const wait = () => {
    if (said.matches(":hover, :focus-within")) setTimeout(wait, 1000);
    else said.remove();
  };
  setTimeout(wait, UNDO_MS);
}
const toasts = document.getElementById("toasts");
new MutationObserver(() => toasts.querySelectorAll(".said").forEach(leaveLater)).observe(toasts, { childList: true });
toasts.querySelectorAll(".said").forEach(leaveLater);
toasts.addEventListener("click", (event) => {
  if (event.target.closest(".close")) event.target.closest(".said").remove();
});

// A filter that is a choice is applied when it is chosen.
document.addEventListener("change", (event) => {
  if (event.target.matches(".filters select, .filters input[type=checkbox], .filters input[type=date]")) {
    event.target.form.requestSubmit();
  }
});

// Lists by keyboard: "/" searches, arrows move from row to row, Enter opens.
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && !typing(event.target)) {
    const search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
  const row = event.target.closest(".rows tbody tr");
  if (row && (event.key === "ArrowDown" || event.key === "ArrowUp") && !typing(event.target)) {
    const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
    next?.querySelector("a, button, input")?.focus();
    event.preventDefault();
  }
});
