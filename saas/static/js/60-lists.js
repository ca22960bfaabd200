// Rows are chosen; the bar that acts on them is shown by the style sheet, the count is told here. j and k walk the rows.
(() => {
  const picks = (list) => [...list.querySelectorAll('tbody .pick input[type="checkbox"]')];

  const tell = (list) => {
    const all = picks(list);
    const chosen = all.filter((box) => box.checked).length;
    const words = list.querySelector("[data-chosen]");
    if (words) words.textContent = chosen ? seaport.say("chosen", { n: chosen.toLocaleString(document.documentElement.lang) }) : "";
    const head = list.querySelector("[data-all]");
    if (head) { head.checked = chosen > 0 && chosen === all.length; head.indeterminate = chosen > 0 && chosen < all.length; }
  };

  let last = null; // with Shift all rows between two clicks are chosen
  seaport.on("click", '.pick input[type="checkbox"]', (e, box) => {
    const list = box.closest("[data-list]");
    if (!list || box.matches("[data-all]")) return;
    if (e.shiftKey && last?.isConnected) {
      const all = picks(list);
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
      all.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
    }
    last = box;
  });
  seaport.on("change", "[data-list]", (e, list) => {
    if (e.target.matches("[data-all]")) picks(list).forEach((box) => { box.checked = e.target.checked; });
    tell(list);
  });
  document.addEventListener("reset", (e) => {
    const list = e.target.closest?.("[data-list]");
    if (!list) return;
    e.preventDefault();
    picks(list).forEach((box) => { box.checked = false; });
    tell(list);
  });
  document.addEventListener("htmx:after:settle", () => document.querySelectorAll("[data-list]").forEach(tell));
  seaport.each("[data-list]", tell);

  /** Go to the next (+1) or previous (-1) row or queue entry. */
  seaport.walk = (step) => {
    const stops = [...document.querySelectorAll(".rows tbody a.name, .queue-list a, [data-card] a")].filter((a) => a.offsetParent);
    const at = stops.findIndex((stop) => stop === document.activeElement || stop.getAttribute("aria-current") === "true");
    stops[Math.min(Math.max(at + step, 0), stops.length - 1)]?.focus();
  };
})();
