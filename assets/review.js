// The queue by keyboard: j and k move, a approves. Each key presses what carries it.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  const target = document.querySelector(`[data-review] [data-key="${CSS.escape(event.key)}"]:not([disabled])`);
  if (target) {
    event.preventDefault();
    target.click();
  }
});
