// The lines of a paper: what a product fills in, what each line and all of them come to, and their order. The grid itself
// is in 67-grid.js; without either the lines are typed and sent as any form.
(() => {
  const row = (form, number) => form.querySelector(`[data-grid-row="${number.slice(1)}"]`);

  seaport.on("grid:looked", "[data-grid]", (e, form) => {
    const found = e.detail;
    if (!found.nets) return;
    for (const [number, cells] of Object.entries(found.filled)) {
      for (const [name, value] of Object.entries(cells)) {
        const cell = form.elements[`${number}-${name}`];
        if (cell && (!cell.value || cell.tagName === "SELECT")) cell.value = value;
      }
    }
    for (const net of form.querySelectorAll("[data-line-net]")) {
      net.textContent = found.nets[`r${net.closest("[data-grid-row]").dataset.gridRow}`] || "";
    }
    const sums = new DOMParser().parseFromString(found.sums, "text/html").body;
    form.querySelector("[data-line-sums]").replaceChildren(...document.importNode(sums, true).childNodes);
  });

  const changed = (form) => form.dispatchEvent(new CustomEvent("grid:changed", { bubbles: true }));

  seaport.on("click", "[data-line-drop]", (e, button) => {
    const form = button.closest("form");
    const line = button.closest("[data-grid-row]");
    const next = line.nextElementSibling || line.previousElementSibling;
    if (!next) return;
    line.remove();
    next.querySelector("[data-line-drop]").focus();
    changed(form);
  });

  // The rows are sent in the order of their numbers: two that change places change numbers too.
  seaport.on("click", "[data-line-up]", (e, button) => {
    const line = button.closest("[data-grid-row]");
    const above = line.previousElementSibling;
    if (!above) return;
    const numbers = [line.dataset.gridRow, above.dataset.gridRow];
    renumber(line, numbers[0], "swap");
    renumber(above, numbers[1], numbers[0]);
    renumber(line, "swap", numbers[1]);
    above.before(line);
    button.focus();
    changed(line.closest("form"));
  });

  const renumber = (line, from, to) => {
    line.dataset.gridRow = to;
    for (const element of line.querySelectorAll("[name], [id], [aria-describedby]")) {
      for (const name of ["name", "id", "aria-describedby"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replace(`r${from}-`, `r${to}-`));
      }
    }
  };

  seaport.on("change", "[data-line-kind]", (e, select) => {
    select.closest("[data-grid-row]").classList.toggle("line-heading", select.value === "heading");
  });

  seaport.on("click", "[data-line-more]", (e, button) => {
    e.preventDefault();
    button.form.dispatchEvent(new CustomEvent("grid:grow", { bubbles: true }));
  });
})();
