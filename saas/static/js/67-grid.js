// Records in rows: the keyboard moves from cell to cell, a sheet's cells are pasted as they stand, and each row is looked
// at as it is left. Without this file the rows are typed and sent as any form.
(() => {
  const LATER = 300; // ms after the last change until the rows are looked at
  const lines = (form) => [...form.querySelectorAll("[data-grid-row]")];
  const cells = (line) => [...line.querySelectorAll(".grid-cell")];
  const line = (cell) => cell.closest("[data-grid-row]");

  /** One more row at the end; nothing when the grid is full. */
  const grow = (form) => {
    const all = lines(form);
    if (all.length >= Number(form.dataset.most)) return null;
    const number = Math.max(...all.map((one) => Number(one.dataset.gridRow))) + 1;
    const made = form.querySelector("[data-grid-pattern]").content.firstElementChild.cloneNode(true);
    made.dataset.gridRow = number;
    for (const element of made.querySelectorAll("[name], [id], [aria-describedby]")) {
      for (const name of ["name", "id", "aria-describedby"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replace("r__row", `r${number}`));
      }
    }
    form.querySelector(".grid-rows tbody").append(made);
    htmx.process(made);
    return made;
  };

  const goTo = (cell) => { cell?.focus(); cell?.select(); };

  /** From a cell so many rows down and columns right; below the last row comes a new one. */
  const step = (form, cell, down, right) => {
    const row = line(cell);
    const all = lines(form);
    const to = all[all.indexOf(row) + down] || (down > 0 ? grow(form) : null);
    if (to) goTo(cells(to)[cells(row).indexOf(cell) + right]);
  };

  const atEdge = (cell, key) => {
    const all = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
    return all || (cell.selectionStart === cell.selectionEnd && cell.selectionStart === (key === "ArrowLeft" ? 0 : cell.value.length));
  };

  seaport.on("keydown", "[data-grid] .grid-cell", (e, cell) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    const form = cell.form;
    const move = { ArrowDown: [1, 0], ArrowUp: [-1, 0], Enter: [e.shiftKey ? -1 : 1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key];
    if (!move || (move[1] && (e.shiftKey || !atEdge(cell, e.key)))) return;
    e.preventDefault();
    step(form, cell, ...move);
  });

  /** The cells of what a spreadsheet copies: tabs between, lines below, a cell with either in quotes. */
  const read = (text) => {
    const rows = [[""]];
    let quoted = false;
    for (let at = 0; at < text.length; at += 1) {
      const row = rows[rows.length - 1];
      const sign = text[at];
      if (quoted) {
        if (sign === '"' && text[at + 1] === '"') { row[row.length - 1] += '"'; at += 1; }
        else if (sign === '"') quoted = false;
        else row[row.length - 1] += sign === "\n" ? " " : sign;
      } else if (sign === '"' && row[row.length - 1] === "") quoted = true;
      else if (sign === "\t") row.push("");
      else if (sign === "\n") rows.push([""]);
      else if (sign !== "\r") row[row.length - 1] += sign;
    }
    if (rows.length > 1 && rows[rows.length - 1].join("") === "") rows.pop();
    return rows;
  };

  seaport.on("paste", "[data-grid] .grid-cell", (e, cell) => {
    const text = e.clipboardData.getData("text/plain");
    if (!/[\t\n]/.test(text.trim())) return;
    e.preventDefault();
    const form = cell.form;
    const column = cells(line(cell)).indexOf(cell);
    let row = line(cell);
    let last = cell;
    for (const values of read(text)) {
      row ||= grow(form);
      if (!row) { seaport.toast(form.dataset.full, "waiting"); break; }
      const place = cells(row).slice(column);
      values.slice(0, place.length).forEach((value, at) => { place[at].value = value.trim(); last = place[at]; });
      row = row.nextElementSibling;
    }
    last.dispatchEvent(new Event("input", { bubbles: true }));
    goTo(last);
    lookLater(form);
  });

  const show = (cell, remark) => {
    const hint = cell.parentElement.querySelector("[data-hint]");
    hint.textContent = remark?.text || "";
    cell.classList.toggle("is-wrong", remark?.kind === "wrong");
    cell.classList.toggle("is-odd", remark?.kind === "waiting");
    if (remark?.kind === "wrong") cell.setAttribute("aria-invalid", "true");
    else cell.removeAttribute("aria-invalid");
  };

  const look = async (form) => {
    const body = new FormData(form);
    body.delete("_once");
    const asked = (form.asked = (form.asked || 0) + 1);
    const answer = await fetch(form.dataset.grid, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || asked !== form.asked) return; // saving says it again
    const found = await answer.json();
    for (const row of lines(form)) {
      const remarks = found[`r${row.dataset.gridRow}`] || {};
      const isAtWork = row.contains(document.activeElement);
      for (const cell of cells(row)) {
        const name = cell.name.slice(cell.name.indexOf("-") + 1);
        if (!isAtWork || cell.value) show(cell, remarks[name]); // nobody is told of a cell that he is about to fill
      }
    }
    form.dispatchEvent(new CustomEvent("grid:looked", { bubbles: true, detail: found }));
  };
  const timers = new WeakMap();
  const lookLater = (form) => {
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => look(form), LATER));
  };
  seaport.on("change", "[data-grid] .grid-cell, [data-grid] .grid-select", (e, cell) => lookLater(cell.form));
  seaport.on("grid:changed", "[data-grid]", (e, form) => lookLater(form));
  seaport.on("grid:grow", "[data-grid]", (e, form) => grow(form)?.querySelector(".grid-cell")?.focus());
})();
