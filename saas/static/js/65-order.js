// Lines of a list are dragged to their place; by keyboard the arrows on each line do the same.
(() => {
  let held = null;
  const lines = (list) => [...list.querySelectorAll(":scope > [data-place]")];
  const clear = () => document.querySelectorAll(".word-over, .word-under").forEach((line) => line.classList.remove("word-over", "word-under"));

  seaport.each("[data-order]", (list) => lines(list).forEach((line) => { line.draggable = true; }));
  document.addEventListener("dragstart", (e) => {
    held = e.target.closest?.("[data-order] > [data-place]") ?? null;
    if (held) e.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragover", (e) => {
    const over = e.target.closest?.("[data-order] > [data-place]");
    if (!held || !over || over.parentElement !== held.parentElement) return;
    e.preventDefault();
    clear();
    const all = lines(held.parentElement);
    over.classList.add(all.indexOf(over) > all.indexOf(held) ? "word-under" : "word-over");
  });
  document.addEventListener("dragend", () => { held = null; clear(); });
  document.addEventListener("drop", (e) => {
    const over = e.target.closest?.("[data-order] > [data-place]");
    if (!held || !over || over === held || over.parentElement !== held.parentElement) return;
    e.preventDefault();
    const form = [...held.querySelectorAll("form")].find((one) => one.getAttribute("action") === held.dataset.place);
    if (!form) return;
    form.elements.to.value = String(lines(held.parentElement).indexOf(over));
    form.requestSubmit();
  });
})();
