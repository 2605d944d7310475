// Keys of the queue. They can be switched off, and every page works without them.
const NAME = "clew-keys";
const help = document.querySelector(".desk-keys");
const table = document.querySelector('[data-keys="rows"]');
const toggle = document.querySelector("[data-keys-on]");

function read() {
  try { return localStorage.getItem(NAME) !== "off"; } catch { return true; }
}

let on = read();
if (help) help.hidden = false;
if (toggle) {
  toggle.checked = on;
  toggle.addEventListener("change", () => {
    on = toggle.checked;
    try { localStorage.setItem(NAME, on ? "on" : "off"); } catch { /* kept for this page alone */ }
  });
}

const links = table ? [...table.querySelectorAll("tbody th a")] : [];

function step(by) {
  const row = document.activeElement?.closest?.("tbody tr");
  const here = row ? links.findIndex((link) => row.contains(link)) : -1;
  const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(here + by, 0), links.length - 1);
  links[next]?.focus();
}

function choose() {
  const box = document.activeElement?.closest?.("tbody tr")?.querySelector('input[type="checkbox"]');
  if (box) box.checked = !box.checked;
}

document.addEventListener("keydown", (event) => {
  const where = event.target;
  const typing = where.matches?.('textarea, select, input:not([type="checkbox"]):not([type="radio"])');
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "?" && help) { help.open = !help.open; event.preventDefault(); return; }
  if (!on || !table) return;
  const does = { j: () => step(1), k: () => step(-1), x: choose }[event.key];
  if (does) { does(); event.preventDefault(); }
});
