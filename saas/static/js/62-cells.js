// Cells of a list that are changed where they stand. From a row's name the arrows walk its cells; Enter, F2 or a double
// click opens a box, Enter keeps it and goes on below, Tab beside, Escape leaves it as it was.
(() => {
  const was = new Map(); // the place of an open cell → the cell as it was
  const TWICE = 300; // ms in which a second click makes a double one
  let then = null; // where to go once a cell is saved: [row, place, whether to open it]

  const heads = (row) => [...row.closest("table").tHead.rows[0].cells];
  const field = (cell) => heads(cell.parentElement)[cell.cellIndex]?.dataset.edit;
  const isFree = (cell) => cell && field(cell) && !cell.matches(".cell-box");
  const address = (cell) => cell.closest("[data-inline]").dataset.inline
    .replace("00000000-0000-0000-0000-000000000000", cell.parentElement.id.slice(-36)).replace("field", field(cell));
  const place = (cell) => `${cell.parentElement.id}/${cell.cellIndex}`;

  const walk = (cell) => { cell.tabIndex = -1; cell.focus(); };
  const open = (cell) => {
    was.set(place(cell), cell.cloneNode(true));
    pencil.remove();
    htmx.ajax("GET", address(cell), { target: cell, swap: "outerHTML" });
  };
  const close = (form) => {
    const cell = form.closest("td");
    const old = was.get(place(cell));
    if (!old) return null;
    was.delete(place(cell));
    cell.replaceWith(old);
    return old;
  };
  const box = (form) => form.querySelector(".form-control, .form-select");
  const isSame = (form) => [...form.elements].every((one) => one.options
    ? [...one.options].every((option) => option.selected === option.defaultSelected) : one.value === one.defaultValue);

  /** The next cell from here that may be changed. */
  const beside = (cell, step) => {
    let found = cell;
    do { found = step > 0 ? found.nextElementSibling : found.previousElementSibling; } while (found && !isFree(found));
    return found;
  };
  const below = (cell, step) => {
    const row = step > 0 ? cell.parentElement.nextElementSibling : cell.parentElement.previousElementSibling;
    const found = row?.cells[cell.cellIndex];
    return isFree(found) ? found : null;
  };
  const goOn = (cell, [kind, step]) => {
    const next = kind === "beside" ? beside(cell, step) : below(cell, step) || cell;
    if (!next) walk(cell);
    else if (kind === "beside") open(next);
    else walk(next);
  };
  const keep = (form, way) => {
    if (!isSame(form)) { then = way; form.requestSubmit(); return; }
    const cell = close(form);
    if (cell && way) goOn(cell, way);
  };

  seaport.on("dblclick", "[data-inline] tbody td", (e, cell) => { if (isFree(cell)) { e.preventDefault(); open(cell); } });

  // A number or an address in such a cell waits a moment, so that a double click changes it and doesn't dial first.
  let dialling;
  seaport.on("click", "[data-inline] tbody td a.quiet", (e, link) => {
    if (!isFree(link.closest("td")) || !e.detail || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    clearTimeout(dialling);
    if (e.detail === 1) dialling = setTimeout(() => location.assign(link.href), TWICE);
  });

  // The pencil comes to the cell under the pointer; one is enough for all.
  const pencil = document.createElement("button");
  pencil.type = "button";
  pencil.tabIndex = -1;
  pencil.className = "cell-pencil";
  seaport.on("pointerover", "[data-inline] tbody td", (e, cell) => {
    if (e.pointerType === "touch" || pencil.parentElement === cell) return;
    if (!isFree(cell)) { pencil.remove(); return; }
    pencil.title = cell.closest("[data-inline]").dataset.inlineLabel;
    pencil.setAttribute("aria-label", pencil.title);
    cell.append(pencil);
  });
  pencil.addEventListener("click", () => { const cell = pencil.closest("td"); pencil.remove(); open(cell); });

  seaport.on("keydown", "[data-inline] tbody td", (e, cell) => {
    if (e.target.closest(".cell-form") || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.target !== cell && !e.target.matches(".name")) return;
    const to = { ArrowRight: () => beside(cell, 1), ArrowLeft: () => beside(cell, -1),
      ArrowDown: () => below(cell, 1), ArrowUp: () => below(cell, -1) }[e.key]?.();
    if (to) { e.preventDefault(); walk(to); }
    else if (e.target === cell && (e.key === "Enter" || e.key === "F2")) { e.preventDefault(); open(cell); }
    else if (e.target === cell && (e.key === "Escape" || e.key === "ArrowLeft")) cell.parentElement.querySelector("a.name")?.focus();
  });

  seaport.on("keydown", ".cell-form", (e, form) => {
    if (e.isComposing) return;
    if (e.key === "Escape") { e.preventDefault(); const cell = close(form); if (cell) walk(cell); }
    else if (e.key === "Enter" && !e.target.matches("button")) { e.preventDefault(); keep(form, ["below", e.shiftKey ? -1 : 1]); }
    else if (e.key === "Tab" && e.target === box(form)) { e.preventDefault(); keep(form, ["beside", e.shiftKey ? -1 : 1]); }
  });
  seaport.on("click", "[data-cell-leave]", (e, button) => { const cell = close(button.form); if (cell) walk(cell); });
  // Whoever goes elsewhere has what he typed kept; where that is refused, the box stays with the reason.
  seaport.on("focusout", ".cell-form", (e, form) => {
    if (!form.contains(e.relatedTarget) && form.isConnected && !form.dataset.sending) keep(form, null);
  });

  document.addEventListener("htmx:after:settle", (e) => {
    const opened = document.querySelector(".cell-form:not([data-ready])");
    if (opened) {
      opened.dataset.ready = "true";
      then = null;
      box(opened).focus();
      box(opened).select?.();
      return;
    }
    const saved = [...was.keys()].map((key) => key.split("/")).map(([id, at]) => document.getElementById(id)?.cells[at])
      .find((cell) => cell && !cell.matches(".cell-box") && !cell.querySelector(".cell-form"));
    if (!saved) return;
    was.delete(place(saved));
    if (then) goOn(saved, then);
    then = null;
  });
})();
